import type { Fact } from '../../events/facts.ts';
import { isBpfError } from '../bpf/addon.ts';
import type { Wakeful } from '../rhythm.ts';
import { type DecodeDns, readAnswer } from './answers.ts';
import { cgroupTree, type DnsSensor, startDnsSensor, type UnseenAnswers } from './dnsSensor.ts';

/** Names of addresses, learnt from the DNS answers that this host receives: nobody is asked. */
export type Names = Wakeful & {
  /**
   * Looks for new answers, a few milliseconds long at most: before events are read that came after them.
   *
   * @returns whether there were any
   */
  poll(): boolean;
  /** Tells what is new: before events go out that have such names. */
  flush(): void;
  /** Answers that were not looked at; undefined: nothing is watched here, as `trigon doctor` explains. */
  readUnseen(): UnseenAnswers | undefined;
  close(): void;
};

/** Where names go. */
export type NameBook = {
  /** As far as it is known. */
  hostName(address: string): string | undefined;
  learn(facts: readonly Fact[]): void;
};

/** Time for the answers of one look: those that are left when it is over are thrown away, because a flood may want just that. */
const MOST_MS = 3;

/** @param tell what was learnt: for the screens */
export function watchNames(
  objectsDir: string,
  book: NameBook,
  tell: (facts: readonly Fact[]) => void,
): Names {
  const sensor = tryToStart(objectsDir);
  return sensor ? createNames(sensor, book, tell) : NO_NAMES;
}

const NO_NAMES: Names = {
  poll: () => false,
  flush() {},
  readUnseen: () => undefined,
  whenFilled() {},
  stopWaiting() {},
  close() {},
};

/** @param now ms, of a clock that only goes forward */
export function createNames(
  sensor: DnsSensor,
  book: NameBook,
  tell: (facts: readonly Fact[]) => void,
  now: () => number = () => performance.now(),
): Names {
  let decodeDns: DecodeDns | undefined;
  let late = 0;
  /** By address: that of an address that has another name since its last flush is told once. */
  const news = new Map<string, Fact>();
  import('dns-packet').then(
    (packet) => {
      decodeDns = packet.default.decode;
    },
    // A broken installation: names are hints, and everything else works without.
    () => {},
  );

  const takeIn = (message: Uint8Array, decode: DecodeDns) => {
    for (const { address, name } of readAnswer(message, decode)) {
      if (book.hostName(address) === name) continue;
      const fact = { kind: 'name' as const, address, name };
      book.learn([fact]);
      news.set(address, fact);
    }
  };

  return {
    poll() {
      const decode = decodeDns;
      if (!decode) return false;
      const begin = now();
      let isAny = false;
      sensor.drain((message) => {
        isAny = true;
        if (now() - begin > MOST_MS) late += 1;
        else takeIn(message, decode);
      });
      return isAny;
    },
    flush() {
      if (news.size === 0) return;
      tell([...news.values()]);
      news.clear();
    },
    readUnseen() {
      const unseen = sensor.readUnseen();
      return { ...unseen, tooMany: unseen.tooMany + late };
    },
    whenFilled: sensor.whenFilled,
    stopWaiting: sensor.stopWaiting,
    close: sensor.close,
  };
}

/** Where it can't be done, all else is as it was: the doctor says why. */
function tryToStart(objectsDir: string): DnsSensor | undefined {
  const tree = cgroupTree();
  if (tree === undefined) return undefined;
  try {
    return startDnsSensor(objectsDir, tree);
  } catch (error) {
    if (isBpfError(error)) return undefined;
    throw error;
  }
}

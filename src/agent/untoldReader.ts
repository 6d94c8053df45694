import { posix } from 'node:path';
import { decodeUtf8 } from '../events/text.ts';
import { viewOf } from '../events/wire/view.ts';
import { tg_program_name as NAME, tg_untold as UNTOLD } from '../generated/layouts.ts';
import { readProgramNumber } from './aggregate/program.ts';
import {
  difference,
  isNothing,
  NOTHING_UNTOLD,
  type Untold,
  type UntoldEvents,
} from './aggregate/untold.ts';
import type { BpfMap } from './bpf/addon.ts';
import { u64 } from './bytes.ts';
import type { UntoldCounts } from './messages.ts';
import { sumPerCpu } from './sensor.ts';

/**
 * Reads what the kernel side has counted by program of the events that it could not tell (bpf/untold.h): lost in a full ring, or held
 * back. Each of them once: what was told is counted where it is told.
 */
export type UntoldReader = {
  /**
   * Counts what is new.
   * @param missed records that were not told so far: while none is missed nothing is read
   * @param now boot clock, ns
   */
  read(missed: number, now: bigint, counters: Pick<Untold, 'count' | 'setOthers'>): void;
  /** Path of a program whose exec was not told, as `process.binary` would have it; undefined: not known, or too long. */
  nameOf(program: number): string | undefined;
};

export type UntoldMaps = {
  /** tg_untold by program, the same of all others, and tg_program_name by program. */
  readonly untold: Pick<BpfMap, 'entries' | 'delete' | 'maxEntries'>;
  readonly others: Pick<BpfMap, 'get'>;
  readonly names: Pick<BpfMap, 'get' | 'delete'>;
};

/** Beyond this part of the map, programs make room that have lost nothing for so long. */
const FULL = 3 / 4;
const QUIET_NS = 60_000_000_000n;

type Read = { readonly counts: UntoldCounts; readonly last: bigint };

export function createUntoldReader({ untold, others, names }: UntoldMaps): UntoldReader {
  /** What was read of each program the last time. */
  const known = new Map<number, Read>();
  let lastMissed = 0;
  let isSettled = true;

  const readEntry = (key: Uint8Array, value: Uint8Array): [number, UntoldEvents] | undefined => {
    const view = viewOf(value);
    const program = readProgramNumber(viewOf(key), 0);
    const before = known.get(program);
    const last = view.getBigUint64(UNTOLD.at.last, true);
    const counts = readCounts((at) => Number(view.getBigUint64(at, true)));
    const news = difference(counts, before?.counts ?? NOTHING_UNTOLD);
    if (isNothing(news)) return undefined;
    known.set(program, { counts, last });
    const first = before?.last ?? view.getBigUint64(UNTOLD.at.first, true);
    return [program, { counts: news, told: 0, first, last }];
  };

  /**
   * Whoever counts for a program at this very moment would count for nobody: hence those only for which nobody has counted for long,
   * and not for others that might come.
   */
  const makeRoom = (now: bigint) => {
    for (const [program, { last }] of known) {
      if (now - last < QUIET_NS) continue;
      const key = u64(BigInt(program));
      untold.delete(key);
      names.delete(key);
      known.delete(program);
    }
  };

  return {
    read(missed, now, counters) {
      // Once more after it stands still: a program counts what it lost a moment after that it lost it.
      if (missed === lastMissed && isSettled) return;
      isSettled = missed === lastMissed;
      lastMissed = missed;
      const entries = untold.entries();
      for (const { key, value } of entries) {
        const news = readEntry(key, value);
        if (news) counters.count(...news);
      }
      counters.setOthers(readCounts(sumPerCpu(others.get(new Uint8Array(4)), UNTOLD.size)));
      if (entries.length > untold.maxEntries * FULL) makeRoom(now);
    },
    nameOf(program) {
      const value = names.get(u64(BigInt(program)));
      if (!value) return undefined;
      const view = viewOf(value);
      const filename = textAt(
        value,
        NAME.at.filename,
        view.getUint32(NAME.at.filename_length, true),
      );
      const cwd = textAt(value, NAME.at.cwd, view.getUint32(NAME.at.cwd_length, true));
      return filename.startsWith('/') ? filename : posix.join(cwd, filename);
    },
  };
}

const readCounts = (read: (at: number) => number): UntoldCounts => ({
  execs: read(UNTOLD.at.execs),
  exits: read(UNTOLD.at.exits),
  failures: read(UNTOLD.at.failures),
  hits: read(UNTOLD.at.hits),
  files: read(UNTOLD.at.files),
  network: read(UNTOLD.at.network),
  kills: read(UNTOLD.at.kills),
  denials: read(UNTOLD.at.denials),
});

const textAt = (value: Uint8Array, at: number, length: number): string =>
  decodeUtf8(value.subarray(at, at + length));

import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { dropOldest } from '../evict.ts';
import type { HashQuestion } from './messages.ts';
import { openExecutable } from './openExecutable.ts';

/** SHA-256 of executables, one after the other. */
export type Hasher = {
  /** False: too many are waiting. */
  ask(question: HashQuestion): boolean;
  close(): void;
};

type Options = {
  /** 64 hexadecimal digits; undefined: its file can't be had any more, is too large, or nobody answers. */
  onHash(key: string, sha256: string | undefined): void;
  /** Whole kinds of files have no hash: why, and how many so far. Once in a while. */
  onProblem(text: string): void;
  readonly mostBytes?: number;
  /** For tests: where processes are, how executables are opened, and the patience with one. */
  readonly proc?: string;
  readonly openFile?: typeof openExecutable;
  readonly patienceMs?: number;
};

/** Larger programs exist, and are told apart by other means. */
const MOST_HASHED_BYTES = 256 << 20;
const MOST_WAITING = 4096;
const MOST_CACHED = 4096;
const CHUNK_BYTES = 256 << 10;
/** From here on as long a pause follows each chunk as it took: large files must not take a whole processor. */
const PAUSE_FROM = 8 << 20;
/** With one file. */
const PATIENCE_MS = 10_000;
/** Each that hangs takes one of the four threads which all of the program's files need. */
const MOST_STUCK = 1;
/** The same is not told again for so long. */
const QUIET_MS = 600_000;

export function createHasher({
  onHash,
  onProblem,
  mostBytes = MOST_HASHED_BYTES,
  proc = '/proc',
  openFile = openExecutable,
  patienceMs = PATIENCE_MS,
}: Options): Hasher {
  const waiting: HashQuestion[] = [];
  const cache = new Map<string, string>();
  const served = createTeller(onProblem, 'a FUSE or network file system, which may hang, has it');
  const late = createTeller(onProblem, `it could not be read within ${patienceMs / 1000} s`);
  let stuck = 0;
  let isRunning = false;
  let isClosed = false;

  const hashOf = async (
    question: HashQuestion,
    isOver: () => boolean,
  ): Promise<string | undefined> => {
    const file = await openFile(question, proc);
    if (file === 'served') served();
    if (!file || file === 'served') return undefined;
    try {
      const stat = await file.stat({ bigint: true });
      if (stat.size > BigInt(mostBytes)) return undefined;
      const known = cache.get(cacheKey(stat));
      if (known !== undefined) return known;
      const sha256 = await digest(file, Number(stat.size), isOver);
      // It may have been written while it was read.
      const after = await file.stat({ bigint: true });
      if (sha256 === undefined || cacheKey(after) !== cacheKey(stat)) return undefined;
      if (cache.size >= MOST_CACHED) dropOldest(cache, MOST_CACHED >> 3);
      cache.set(cacheKey(stat), sha256);
      return sha256;
    } finally {
      await file.close();
    }
  };

  /** Never waits for longer than the patience, whatever the file does. */
  const answer = async (question: HashQuestion): Promise<string | undefined> => {
    if (stuck > MOST_STUCK) {
      late();
      return undefined;
    }
    let isLate = false;
    const hashing = hashOf(question, () => isLate || isClosed).catch(() => undefined);
    const limit = new AbortController();
    const result = await Promise.race([hashing, over(patienceMs, limit.signal)]);
    limit.abort();
    if (result !== LATE) return result;
    isLate = true;
    stuck += 1;
    void hashing.finally(() => {
      stuck -= 1;
    });
    late();
    return undefined;
  };

  const run = async () => {
    isRunning = true;
    for (let next = waiting.shift(); next && !isClosed; next = waiting.shift())
      onHash(next.key, await answer(next));
    isRunning = false;
  };

  return {
    ask(question) {
      if (waiting.length >= MOST_WAITING) return false;
      waiting.push(question);
      if (!isRunning) void run();
      return true;
    },
    close() {
      isClosed = true;
      waiting.length = 0;
    },
  };
}

const LATE = Symbol('late');
const over = (ms: number, signal: AbortSignal): Promise<typeof LATE> =>
  wait(ms, LATE, { ref: false, signal }).catch(() => LATE);

/** Counts executables without a hash, and tells of them now and then. */
function createTeller(tell: (text: string) => void, why: string): () => void {
  let count = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  return () => {
    count += 1;
    const now = performance.now();
    if (now - toldAt < QUIET_MS) return;
    toldAt = now;
    const which =
      count === 1 ? '1 executable has' : `${count.toLocaleString('en')} executables so far have`;
    tell(`${which} no SHA-256: ${why}`);
  };
}

const cacheKey = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;

async function digest(
  file: FileHandle,
  size: number,
  isOver: () => boolean,
): Promise<string | undefined> {
  const hash = createHash('sha256');
  // Its own: a read that hangs may still write into it, long after.
  const chunk = Buffer.allocUnsafeSlow(Math.min(size, CHUNK_BYTES));
  let at = 0;
  while (at < size) {
    if (isOver()) return undefined;
    const begin = performance.now();
    const { bytesRead } = await file.read(chunk, 0, Math.min(chunk.length, size - at), at);
    if (bytesRead === 0) return undefined;
    hash.update(chunk.subarray(0, bytesRead));
    at += bytesRead;
    if (at > PAUSE_FROM) await wait(performance.now() - begin);
  }
  return hash.digest('hex');
}

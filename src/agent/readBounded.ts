import { closeSync, openSync, readSync } from 'node:fs';

/** Enough for any of them: the agent does nothing else meanwhile. */
const LIMIT_MS = 100;
/** One for all: nothing runs between a read and the copy of what was read. */
const scratch = Buffer.allocUnsafe(64 << 10);

export type Bounded = {
  /** At most as many as were asked for. */
  bytes: Buffer;
  /** There is more: it was too long, or took too long. */
  isCut: boolean;
};

/**
 * The beginning of a file of /proc, whose length is the process's own choice: gigabytes of environment, millions of mappings.
 *
 * @param most bytes
 * @throws what opening and reading throw
 */
export function readBounded(path: string, most: number, limitMs = LIMIT_MS): Bounded {
  const end = performance.now() + limitMs;
  const file = openSync(path, 'r');
  try {
    const chunks: Buffer[] = [];
    let length = 0;
    while (length <= most) {
      const size = readSync(file, scratch, 0, Math.min(scratch.length, most + 1 - length), null);
      if (size === 0) break;
      chunks.push(Buffer.from(scratch.subarray(0, size)));
      length += size;
      // Most are shorter: those are never cut because the machine is slow.
      if (length <= most && length >= scratch.length && performance.now() > end)
        return { bytes: Buffer.concat(chunks), isCut: true };
    }
    return { bytes: Buffer.concat(chunks).subarray(0, most), isCut: length > most };
  } finally {
    closeSync(file);
  }
}

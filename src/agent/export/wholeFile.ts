import type { Descriptor } from './descriptor.ts';

/** What became of some bytes: so many of them stand in the file now, and all whole units. */
export type Appended = {
  readonly kept: number;
  /** Why the others don't; undefined: there are none. */
  readonly error?: unknown;
};

/** A file that only whole units are appended to: lines, or frames. */
export type WholeFile = {
  /** Bytes. */
  readonly size: number;
  /** A part of a unit stands at its end, and can't be taken away. */
  readonly isTorn: boolean;
  /**
   * Writes bytes that end where a unit ends. Of a write that fails half-way only whole units stay.
   *
   * @param whole how many of the first `written` bytes are whole units
   */
  append(bytes: Uint8Array, whole: (written: number) => number): Promise<Appended>;
  /** Looks at the file: somebody may have made it shorter. @returns whether it has a name still */
  look(): Promise<boolean>;
  close(): Promise<void>;
};

/** @param file opened with O_APPEND: whatever else happens to the file, bytes go to its end */
export function createWholeFile(
  file: Pick<Descriptor, 'write' | 'truncate' | 'stat' | 'close'>,
  start: number,
  torn = false,
): WholeFile {
  let size = start;
  let isTorn = torn;

  /** Takes away what was written of a unit, unless somebody else has written behind it. */
  const cut = async (from: number, to: number) => {
    try {
      if ((await file.stat()).size !== to) throw new Error('it has changed');
      await file.truncate(from);
    } catch {
      isTorn = true;
      size = to;
    }
  };

  return {
    get size() {
      return size;
    },
    get isTorn() {
      return isTorn;
    },
    async append(bytes, whole) {
      let written = 0;
      try {
        while (written < bytes.length) {
          const count = await file.write(bytes, written);
          if (count === 0) throw new Error('it takes no more bytes');
          written += count;
        }
        if (written > 0) isTorn = false;
        size += written;
        return { kept: written };
      } catch (error) {
        const kept = written === 0 ? 0 : whole(written);
        if (kept > 0) isTorn = false;
        const [from, to] = [size + kept, size + written];
        size = from;
        if (written > kept) await cut(from, to);
        return { kept, error };
      }
    },
    async look() {
      const stats = await file.stat();
      size = stats.size;
      return stats.nlink > 0;
    },
    close: () => file.close(),
  };
}

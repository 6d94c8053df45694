/** Lines that wait to be written; so many bytes at most. */
export type LineQueue = {
  readonly lines: number;
  /** Bytes, ends of lines included. */
  readonly length: number;
  /** Lines that found no room. */
  readonly dropped: number;
  /** @param line without its end. @returns whether there was room for it */
  add(line: string): boolean;
  /** The first lines, as many as have about so many bytes together, and one at least; undefined: there are none. */
  take(most: number): Buffer | undefined;
};

export function createLineQueue(room: number): LineQueue {
  let waiting: string[] = [];
  let length = 0;
  let dropped = 0;

  const takeSome = (most: number): string[] => {
    if (length <= most) {
      const all = waiting;
      waiting = [];
      length = 0;
      return all;
    }
    let count = 0;
    let taken = 0;
    for (const line of waiting) {
      const bytes = bytesOf(line);
      if (count > 0 && taken + bytes > most) break;
      count += 1;
      taken += bytes;
    }
    length -= taken;
    return waiting.splice(0, count);
  };

  return {
    get lines() {
      return waiting.length;
    },
    get length() {
      return length;
    },
    get dropped() {
      return dropped;
    },
    add(line) {
      const bytes = bytesOf(line);
      if (length + bytes > room) {
        dropped += 1;
        return false;
      }
      waiting.push(line);
      length += bytes;
      return true;
    },
    take(most) {
      const lines = takeSome(most);
      return lines.length === 0 ? undefined : Buffer.from(`${lines.join('\n')}\n`);
    },
  };
}

/**
 * With its end. To count, V8 makes one piece of a string that was put together of many, and the pieces go: until then a line of JSON
 * takes seven times its length.
 */
const bytesOf = (line: string): number => Buffer.byteLength(line) + 1;

const NEWLINE = 0x0a;

/** How many of the first `written` bytes are whole lines. */
export const wholeLines = (bytes: Buffer, written: number): number =>
  written === 0 ? 0 : bytes.lastIndexOf(NEWLINE, written - 1) + 1;

export function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}

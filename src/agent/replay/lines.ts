import type { Pull } from './pull.ts';

/** Of which no line of a log is longer: what is, is told and left out. */
export const MAX_LINE = 8 << 20;

export type Line = {
  /** Without its end. Empty: it was too long. */
  readonly bytes: Buffer;
  /** From 1. */
  readonly number: number;
  readonly isTooLong: boolean;
  /** The input ended in it: it may not be whole. */
  readonly isUnended: boolean;
};

const NEWLINE = 0x0a;
const NOTHING = Buffer.alloc(0);

/** Splits bytes into lines. Each piece holds those that end in one piece of the bytes: none perhaps. */
export function splitLines(raw: Pull<Uint8Array>, maxLine = MAX_LINE): Pull<Line[]> {
  /** The beginning of a line whose end hasn't come yet. */
  let parts: Buffer[] = [];
  let length = 0;
  let isTooLong = false;
  let number = 0;
  let isOver = false;

  const keep = (part: Buffer) => {
    length += part.length;
    if (length > maxLine) {
      isTooLong = true;
      parts = [];
    } else if (part.length > 0) parts.push(part);
  };

  const finish = (last: Buffer, isUnended: boolean): Line => {
    keep(last);
    number += 1;
    const [only = NOTHING] = parts;
    const bytes = isTooLong ? NOTHING : parts.length > 1 ? Buffer.concat(parts) : only;
    const line = { bytes, number, isTooLong, isUnended };
    parts = [];
    length = 0;
    isTooLong = false;
    return line;
  };

  return {
    async next() {
      if (isOver) return undefined;
      const piece = await raw.next();
      if (!piece) {
        isOver = true;
        return length > 0 ? [finish(NOTHING, true)] : undefined;
      }
      const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
      const lines: Line[] = [];
      let from = 0;
      for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
        lines.push(finish(bytes.subarray(from, at), false));
        from = at + 1;
      }
      keep(bytes.subarray(from));
      return lines;
    },
    close: raw.close,
  };
}

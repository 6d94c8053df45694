/**
 * Cuts a stream of bytes into lines of UTF-8 text. Keeps at most `maxBytes` of a line that has not ended yet: `add` returns
 * undefined when a line is longer, and the stream is then of no more use.
 */
export function lineReader(maxBytes: number): {
  add(chunk: Uint8Array | string): string[] | undefined;
} {
  let pending: Uint8Array[] = [];
  let size = 0;
  return {
    add(chunk) {
      const lines: string[] = [];
      // A socket without an encoding gives bytes only; its type doesn't say so.
      let rest = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
        if (size + end + 1 > maxBytes) return undefined;
        lines.push(Buffer.concat([...pending, rest.subarray(0, end)]).toString('utf8'));
        pending = [];
        size = 0;
        rest = rest.subarray(end + 1);
      }
      if (size + rest.length >= maxBytes) return undefined;
      if (rest.length > 0) pending.push(rest);
      size += rest.length;
      return lines;
    },
  };
}

const NEWLINE = 0x0a;

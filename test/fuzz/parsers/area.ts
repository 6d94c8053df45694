import type { Random } from '../../screen/terminal/random.ts';

/** Something that reads what others wrote: files, packets, frames, records. */
export type Area = {
  readonly name: string;
  /** Inputs as they should be: what is tried is made of them. */
  seeds(): readonly [Buffer, ...Buffer[]];
  /** A hostile one; without it bytes of the seeds are changed at random. */
  make?(random: Random, seeds: readonly [Buffer, ...Buffer[]]): Buffer;
  /** Reads the input. Whatever it throws is a finding: errors that the reader declares are caught here. */
  check(input: Buffer): void | Promise<void>;
};

/** Runs `read`; only errors that `isDeclared` may come out of it. @returns undefined: it has refused the input */
export function allowing<T>(isDeclared: (error: unknown) => boolean, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isDeclared(error)) return undefined;
    throw error;
  }
}

/** One of these classes, and not one that merely extends it: RangeError of a full stack is none of Error. */
export const oneOf =
  (...classes: readonly (abstract new (...args: never[]) => Error)[]) =>
  (error: unknown): boolean =>
    error instanceof Error && classes.some((each) => error.constructor === each);

/** Controls, direction marks, invisible characters, line ends of Unicode (src/events/text.ts). */
const HOSTILE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** What is to be shown must not be able to act on a terminal. */
export function expectPrintable(text: string, what: string): void {
  const found = HOSTILE.exec(text);
  if (!found) return;
  const code = found[0].codePointAt(0)?.toString(16);
  throw new Error(`${what} holds U+${code} at ${found.index} of ${text.length} characters`);
}

export function expectEqual(one: string, other: string, what: string): void {
  if (one === other) return;
  let at = 0;
  while (one[at] === other[at]) at += 1;
  const around = (text: string) => JSON.stringify(text.slice(Math.max(0, at - 40), at + 60));
  throw new Error(`${what} differs at ${at}: ${around(one)} and ${around(other)}`);
}

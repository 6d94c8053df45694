/** Tells whether a value that came from elsewhere, over a socket or in a file, is what it should be. */
export type Check = (value: unknown) => boolean;

/** Characters of a text. */
const MAX_TEXT = 64 * 1024;

export const u32: Check = (value) =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff;
export const integer: Check = (value) => typeof value === 'number' && Number.isSafeInteger(value);
export const ns: Check = (value) => typeof value === 'bigint' && value >= 0n && value < 2n ** 64n;
export const flag: Check = (value) => typeof value === 'boolean';
export const text: Check = (value) => typeof value === 'string' && value.length <= MAX_TEXT;

export const textOf =
  (pattern: RegExp): Check =>
  (value) =>
    text(value) && pattern.test(String(value));

export const oneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    words.some((word) => word === value);

export const orNone =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

export const listOf =
  (check: Check, most: number): Check =>
  (value) =>
    Array.isArray(value) && value.length <= most && Array.from(value).every(check);

/** Fields that it has besides aren't looked at. */
export const shape =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isPlain(value) && Object.entries(fields).every(([name, check]) => check(value[name]));

/** An object with any keys. */
export const recordOf =
  (check: Check, most: number): Check =>
  (value) =>
    isPlain(value) && Object.keys(value).length <= most && Object.values(value).every(check);

export function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

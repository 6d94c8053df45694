/** Reading JSON of others without believing anything about its shape. */

/** undefined for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** undefined where there is none. */
export const fieldOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;

/** Of a field in a field …; undefined where there is none. */
export const fieldAt = (value: unknown, ...keys: readonly string[]): unknown =>
  keys.reduce(fieldOf, value);

/** '' for what is no text. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** More than anybody writes are left out. */
const MOST_TEXTS = 256;
const LONGEST_TEXT = 4096;
/** Labels of one container or pod that are kept, and bytes of them all: what is known stays in memory, of thousands of containers. */
const MOST_LABELS = 64;
const MOST_LABEL_BYTES = 8 << 10;

/** The fields of an object that are texts: labels, annotations. Not to be kept: see {@link keptLabels}. */
export function textsOf(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null) return {};
  const texts = Object.entries(value).filter(
    (entry): entry is [string, string] =>
      typeof entry[1] === 'string' &&
      entry[0].length <= LONGEST_TEXT &&
      entry[1].length <= LONGEST_TEXT,
  );
  return Object.fromEntries(texts.slice(0, MOST_TEXTS));
}

/** The first labels, as many as are kept of one container or pod; one that has no room among them is left out. */
export function keptLabels(
  labels: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const kept: [string, string][] = [];
  let room = MOST_LABEL_BYTES;
  for (const [key, value] of Object.entries(labels)) {
    if (kept.length === MOST_LABELS) break;
    const bytes = Buffer.byteLength(key) + Buffer.byteLength(value);
    if (bytes > room) continue;
    room -= bytes;
    kept.push([key, value]);
  }
  return Object.fromEntries(kept);
}

/** A text of at most so many characters: what is longer is cut. */
export const shortTextOf = (value: unknown): string => textOf(value).slice(0, LONGEST_TEXT);

/** Ms since the epoch of a time as RFC 3339 has it; undefined for what is none, and for Go's zero time (year 1). */
export function timeOf(value: unknown): number | undefined {
  const ms = Date.parse(textOf(value));
  return ms > 0 ? ms : undefined;
}

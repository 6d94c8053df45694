/**
 * A parsed policy as the golden files have it: plain JSON without places in the file and without what is absent (undefined, false,
 * no items, 0 where that means none). Numbers of 64 bits become texts, bytes hex digits.
 */
export function concise(value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}`;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(concise);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(([key, field]) => !PLACES.has(key) && !isAbsent(key, field))
    .map(([key, field]) => [key, concise(field)]);
  return Object.fromEntries(entries);
}

const PLACES: ReadonlySet<string> = new Set(['file', 'field', 'position']);

const isAbsent = (key: string, value: unknown): boolean =>
  value === undefined ||
  value === false ||
  (Array.isArray(value) && value.length === 0) ||
  (key === 'sizeArgIndex' && value === 0) ||
  (ALWAYS_THERE.has(key) && Object.keys(concise(value) as object).length === 0);

/** Objects that every policy has; empty ones say nothing. */
const ALWAYS_THERE: ReadonlySet<string> = new Set(['options', 'workload', 'about']);

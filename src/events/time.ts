/** Timestamps: nanoseconds since 1970-01-01 UTC as bigint, and RFC 3339 text. */

const NS_PER_SECOND = 1_000_000_000n;

/** Whole seconds as text, of the last one asked for: events come by the thousand in one. */
const second = { at: Number.NaN, text: '' };

const split = (ns: bigint): { seconds: string; nanos: string } => {
  let nanos = ns % NS_PER_SECOND;
  if (nanos < 0n) nanos += NS_PER_SECOND;
  const seconds = Number((ns - nanos) / NS_PER_SECOND);
  if (second.at !== seconds) {
    // First: of what is no time it throws.
    second.text = new Date(seconds * 1000).toISOString().slice(0, 19);
    second.at = seconds;
  }
  return { seconds: second.text, nanos: String(Number(nanos)).padStart(9, '0') };
};

/** The last one: an event's time stands in it twice. */
const last = { ns: 0n, text: '1970-01-01T00:00:00Z' };

/** As protojson prints it: UTC with 0, 3, 6 or 9 fractional digits, the fewest that lose nothing. */
export const formatTimestamp = (ns: bigint): string => {
  if (last.ns !== ns) {
    last.text = shortest(ns);
    last.ns = ns;
  }
  return last.text;
};

const shortest = (ns: bigint): string => {
  const { seconds, nanos } = split(ns);
  if (nanos === '000000000') return `${seconds}Z`;
  if (nanos.endsWith('000000')) return `${seconds}.${nanos.slice(0, 3)}Z`;
  if (nanos.endsWith('000')) return `${seconds}.${nanos.slice(0, 6)}Z`;
  return `${seconds}.${nanos}Z`;
};

/** As `tetra getevents --timestamps` prints it: UTC with always 9 fractional digits. */
export const formatTimestampNanos = (ns: bigint): string => {
  const { seconds, nanos } = split(ns);
  return `${seconds}.${nanos}Z`;
};

const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

/** Nanoseconds since the epoch of an RFC 3339 time, or undefined when the text is none. */
export const parseTimestamp = (text: string): bigint | undefined => {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [, seconds = '', fraction = '', zone = ''] = match;
  const ms = Date.parse(`${seconds}${zone}`);
  if (Number.isNaN(ms)) return undefined;
  return BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
};

/** HH:MM:SS.mmm of local time. @param ns since the epoch */
export const clockTime = (ns: bigint): string => {
  const date = new Date(Number(ns / 1_000_000n));
  const two = (value: number) => String(value).padStart(2, '0');
  const ms = String(date.getMilliseconds()).padStart(3, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
};

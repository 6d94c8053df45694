import { twoDigits } from '../text/digits.ts';
/** Times as they are typed and shown: local time, with ns since the epoch on the inside. */

/** What a time is counted from. */
export type TimeFrame = {
  /** Where `-30s` and `+10s` count from: the time of the event under the cursor, while following now. */
  readonly from: bigint;
  readonly oldest: bigint;
  readonly newest: bigint;
};

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

const RELATIVE = /^([+-])(\d{1,9}(?:\.\d+)?)(ms|s|m|h)$/;
const CLOCK =
  /^(?:(\d{4})-(\d{1,2})-(\d{1,2})[T ]+)?(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?$/;

export const TIME_FORMS = '12:03, 12:03:11.5, -30s, +5m, 2026-11-21 12:03';

const toNs = (ms: number): bigint => BigInt(Math.round(ms)) * 1_000_000n;

/**
 * A time as it is typed: `12:03`, `12:03:11.5`, `2026-11-21 12:03`, or `-30s`, `+5m` from the cursor, while following from now.
 *
 * Without a date the one of the newest event is meant; where that lies outside of what is held and the day before doesn't, that.
 *
 * @returns undefined: no such time
 */
export function parseTime(text: string, frame: TimeFrame): bigint | undefined {
  const wanted = text.trim();
  const relative = RELATIVE.exec(wanted);
  if (relative) {
    const [, sign, value, unit = ''] = relative;
    const by = toNs(Number(value) * (UNITS[unit] ?? 0));
    return sign === '-' ? frame.from - by : frame.from + by;
  }
  const clock = CLOCK.exec(wanted);
  return clock ? clockTime(clock, frame) : undefined;
}

function clockTime(parts: RegExpExecArray, { oldest, newest }: TimeFrame): bigint | undefined {
  const [, year, month, day, hour, minute, second = '0', fraction = ''] = parts;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const ns = BigInt(fraction.padEnd(9, '0'));
  const on = (date: [number, number, number]): bigint =>
    toNs(new Date(...date, Number(hour), Number(minute), Number(second)).getTime()) + ns;
  if (year !== undefined) {
    const date = new Date(Number(year), Number(month) - 1, Number(day));
    // The 31st of a month without one would be another day.
    const isThere = date.getMonth() === Number(month) - 1 && date.getDate() === Number(day);
    return isThere ? on([date.getFullYear(), date.getMonth(), date.getDate()]) : undefined;
  }
  const last = dateOf(newest);
  const time = on([last.getFullYear(), last.getMonth(), last.getDate()]);
  if (time <= newest) return time;
  const before = on([last.getFullYear(), last.getMonth(), last.getDate() - 1]);
  return before >= oldest ? before : time;
}

const dateOf = (ns: bigint): Date => new Date(Number(ns / 1_000_000n));

/** `12:03:11` of local time. */
export function secondsText(ns: bigint): string {
  const date = dateOf(ns);
  return `${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}:${twoDigits(date.getSeconds())}`;
}

/** `12:03:11.204`. */
export const millisecondsText = (ns: bigint): string =>
  `${secondsText(ns)}.${String(dateOf(ns).getMilliseconds()).padStart(3, '0')}`;

/** The same with its date where that isn't the one of `beside`. */
export function datedText(ns: bigint, beside: bigint): string {
  const date = dateOf(ns);
  if (date.toDateString() === dateOf(beside).toDateString()) return secondsText(ns);
  const day = `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
  return `${day} ${secondsText(ns)}`;
}

/** How long: `00:04:12`; never negative. */
export function durationText(ns: bigint): string {
  const seconds = ns <= 0n ? 0 : Number(ns / 1_000_000_000n);
  return `${twoDigits(Math.floor(seconds / 3600))}:${twoDigits(Math.floor(seconds / 60) % 60)}:${twoDigits(seconds % 60)}`;
}

/** Short forms of numbers for columns of a few characters. */
import { twoDigits } from '../text/digits.ts';

const UNITS = ['', 'k', 'M', 'G', 'T'] as const;

/** At most five characters up to 10^15: `99999`, `100k`, `1.2M`. */
export function shortCount(count: number): string {
  if (count < 100_000) return String(Math.round(count));
  let value = count;
  let unit = 0;
  // 999.5k would be rounded to 1000k.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)}${UNITS[unit]}`;
}

/** Bytes in powers of 1000, at most seven characters: `512 B`, `12 KB`, `1.2 MB`. */
export function shortBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  const power = units.findIndex((_, index) => bytes < 999.5 * 1000 ** index);
  const unit = power < 0 ? units.length - 1 : power;
  const value = bytes / 1000 ** unit;
  return `${unit > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** A rate: one decimal below ten, where it says something. */
export function shortRate(perSecond: number): string {
  if (perSecond <= 0) return '0';
  return perSecond < 9.95 ? Math.max(perSecond, 0.1).toFixed(1) : shortCount(perSecond);
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long something took or is ago, in at most five characters: `59s`, `12m`, `3h`, `400d`. */
export function shortAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < MINUTE) return `${seconds}s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)}m`;
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)}h`;
  return `${Math.floor(seconds / DAY)}d`;
}

/** When something began, local time, in at most eight characters: `12:03:11`, or the date `11-21` when it was another day. */
export function startText(ms: number, now: number): string {
  const date = new Date(ms);
  return date.toDateString() === new Date(now).toDateString()
    ? [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':')
    : [date.getMonth() + 1, date.getDate()].map(twoDigits).join('-');
}

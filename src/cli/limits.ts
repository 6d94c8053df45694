import type { CgroupRate } from '../agent/messages.ts';
import { duration, UsageError, wholeNumber } from './optionValues.ts';

/** The kernel side counts in 32 bits. */
const MOST_EVENTS = 0xffff_ffff;
const LONGEST_INTERVAL_MS = 24 * 3_600_000;

/** `EVENTS,INTERVAL`, as `1000,1s`. @throws UsageError */
export function cgroupRate(flag: string, text: string | undefined): CgroupRate | undefined {
  if (text === undefined) return undefined;
  const [count, time, ...more] = text.split(',');
  if (!count || !time || more.length > 0)
    throw new UsageError(`${flag} must be EVENTS,INTERVAL such as 1000,1s, not "${text}"`);
  const events = wholeNumber(flag, count);
  if (events > MOST_EVENTS)
    throw new UsageError(`${flag} must be at most ${MOST_EVENTS} events, not "${count}"`);
  const intervalMs = Math.round(duration(flag, time));
  if (intervalMs < 1 || intervalMs > LONGEST_INTERVAL_MS)
    throw new UsageError(`${flag} must have an interval from 1ms to 24h, not "${time}"`);
  return { events, intervalMs };
}

/** Events a minute; -1: no limit. @throws UsageError */
export function perMinute(flag: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '-1') return undefined;
  if (!/^\d{1,9}$/.test(text))
    throw new UsageError(
      `${flag} must be events a minute, 0 for none or -1 for no limit, not "${text}"`,
    );
  return Number(text);
}

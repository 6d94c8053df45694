import type { CgroupRate } from '../agent/messages.ts';
import { duration, UsageError, wholeNumber } from './optionValues.ts';
import { RING_BYTES } from './ringBytes.ts';

/** The kernel side counts in 32 bits. */
const MOST_EVENTS = 0xffff_ffff;
const LONGEST_INTERVAL_MS = 24 * 3_600_000;
const LEAST_RING = 1 << 20;
const MOST_RING = 1 << 30;
const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1 << 10, m: 1 << 20, g: 1 << 30 };

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

/**
 * Bytes of the ring buffer, as Tetragon's flag has them: `64M`, `1G`, `65536`. A ring's size is a power of two (BPF_MAP_TYPE_RINGBUF),
 * so that it is the next larger one, and at least 1 MiB: Tetragon's own default would be too little for one ring of all processors.
 *
 * @throws UsageError
 */
export function ringBytes(flag: string, text: string | undefined): number {
  if (text === undefined) return RING_BYTES;
  const [, digits, unit = ''] = /^(\d{1,10})([kmg]?)$/i.exec(text) ?? [];
  const bytes = Number(digits) * (UNITS[unit.toLowerCase()] ?? 1);
  if (!(bytes > 0 && bytes <= MOST_RING))
    throw new UsageError(`${flag} must be a size such as 64M, at most 1G, not "${text}"`);
  return Math.max(LEAST_RING, 2 ** Math.ceil(Math.log2(bytes)));
}

export type FixedClock = {
  /** Wall clock, ms. */
  now(): number;
  set(ms: number): void;
  /** Gives the real clocks and time zone back. */
  close(): void;
};

/** Stops both clocks of this process, and makes its time zone UTC: what is drawn then is the same anywhere. Timers go on. */
export function fixClock(start: number): FixedClock {
  const real = { date: Date.now, performance: performance.now, zone: process.env.TZ };
  let current = start;
  Date.now = () => current;
  performance.now = () => current - start;
  process.env.TZ = 'UTC';
  return {
    now: () => current,
    set(ms) {
      current = ms;
    },
    close() {
      Date.now = real.date;
      performance.now = real.performance;
      if (real.zone === undefined) delete process.env.TZ;
      else process.env.TZ = real.zone;
    },
  };
}

import { expect, test } from 'vitest';
import { createStartTime } from '../../../../src/agent/metrics/startTime.ts';

const MS = 1_000_000n;
const HOUR = 3_600_000n * MS;

/** An agent that began 5 s ago, one hour after the host. */
function agent() {
  let boot = HOUR;
  let real = 1_700_000_000_000n * MS;
  const startTime = createStartTime(
    () => ({ boot, real }),
    () => 5,
  );
  return {
    startTime,
    pass(ns: bigint) {
      boot += ns;
      real += ns;
    },
    setClock(ns: bigint) {
      real += ns;
    },
  };
}

test('a host that sleeps has not started the agent anew', () => {
  const { startTime, pass } = agent();
  expect(startTime()).toBe(1_699_999_995_000);
  // The clock of process.uptime() would stand still meanwhile.
  pass(8n * HOUR);
  expect(startTime()).toBe(1_699_999_995_000);
});

test('a clock that is set moves it, one that is kept in step does not', () => {
  const { startTime, setClock } = agent();
  startTime();
  setClock(400n * MS);
  expect(startTime()).toBe(1_699_999_995_000);
  setClock(HOUR);
  expect(startTime()).toBe(1_699_999_995_400 + 3_600_000);
});

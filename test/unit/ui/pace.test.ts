import { describe, expect, test } from 'vitest';
import { createClock } from '../../../src/ui/clock.ts';
import { createPace } from '../../../src/ui/pace.ts';

/** Paints as often as the pace lets it, frames of the given size; returns when, ms. */
function paintFor(ms: number, pace: ReturnType<typeof createPace>, bytes: () => number): number[] {
  const times: number[] = [];
  let now = 0;
  for (;;) {
    now += Math.ceil(pace.wait(now));
    if (now > ms) return times;
    times.push(now);
    pace.painted(bytes(), now);
  }
}

test.each([1, 2, 10, 30])('%i frames a second', (fps) => {
  const times = paintFor(10_000, createPace({ fps }), () => 5000);
  expect(times.length).toBeGreaterThanOrEqual(10 * fps - fps);
  expect(times.length).toBeLessThanOrEqual(10 * fps + 1);
});

describe('a budget of bytes', () => {
  const budget = 4000;
  test.each([200, 1500, 6000, 20_000])('frames of %i bytes keep to it', (size) => {
    let written = 0;
    const times = paintFor(60_000, createPace({ fps: 2, bytesPerSecond: budget }), () => {
      written += size;
      return size;
    });
    // What was saved up at the start, and the last frame, whose bytes are not yet paid.
    expect(written).toBeLessThanOrEqual(60 * budget + budget + size);
    // It is used, or the frames are as many as there may be.
    expect(written > 50 * budget || times.length >= 119).toBe(true);
  });

  test('after a quiet time a frame comes at once, but not the savings of minutes', () => {
    const pace = createPace({ fps: 10, bytesPerSecond: budget });
    pace.painted(budget, 0);
    expect(pace.wait(600_000)).toBe(0);
    pace.painted(3 * budget, 600_000);
    expect(pace.wait(600_000)).toBeCloseTo(2000, 0);
  });

  test('what keys cost, events wait for', () => {
    const pace = createPace({ fps: 10, bytesPerSecond: budget });
    for (let key = 0; key < 5; key++) pace.painted(budget, 1000);
    expect(pace.wait(1000)).toBeCloseTo(4000, 0);
    expect(pace.wait(3000)).toBeCloseTo(2000, 0);
    expect(pace.wait(6000)).toBe(0);
  });
});

test('frames that had nothing to write cost nothing but their turn', () => {
  const pace = createPace({ fps: 10, bytesPerSecond: 100 });
  pace.painted(0, 1000);
  expect(pace.wait(1000)).toBe(100);
  expect(pace.wait(1100)).toBe(0);
});

test('ages go on in steps, and not while something is armed', () => {
  let now = 1_234_567;
  let isStepped = true;
  const clock = createClock(
    () => isStepped,
    () => now,
  );
  expect(clock()).toBe(1_230_000);
  now += 5000;
  expect(clock()).toBe(1_230_000);
  now += 1000;
  expect(clock()).toBe(1_240_000);
  isStepped = false;
  expect(clock()).toBe(now);
});

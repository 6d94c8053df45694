import { expect, test } from 'vitest';
import { likelySensor, SENSOR_OPTIONS } from '../../../src/cli/likelySensor.ts';
import { OPTIONS } from '../../../src/cli/options.ts';
import { RING_BYTES } from '../../../src/cli/ringBytes.ts';
import { variableOf } from '../../../src/cli/settings.ts';

const USUAL = { ringBytes: RING_BYTES, environment: false, cgroupRate: undefined };

test('without a word of them the sensor is as it always is', () => {
  expect(likelySensor([], {})).toEqual(USUAL);
  expect(likelySensor(['--policy', 'a.yaml', '--read-only'], { TRIGON_THEME: 'light' })).toEqual(
    USUAL,
  );
});

test.each(SENSOR_OPTIONS)('who says something of --%s is waited for', (name) => {
  const option = OPTIONS.find((candidate) => candidate.name === name);
  expect(option).toBeDefined();
  // Another name of it would not be noticed.
  expect(option?.aliases ?? []).toEqual([]);
  expect(likelySensor([`--${name}`, '10'], {})).toBeUndefined();
  expect(likelySensor(['--read-only', `--${name}=10`], {})).toBeUndefined();
  expect(option && likelySensor([], { [variableOf(option)]: '10' })).toBeUndefined();
});

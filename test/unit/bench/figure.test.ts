import { describe, expect, test } from 'vitest';
import { type Figure, figureOf, formatTable, isMet } from '../../bench/figure.ts';

const figure = (changes: Partial<Figure> = {}): Figure => ({
  ...{ name: 'a', value: 5, unit: 'ms', budget: undefined, spread: undefined },
  ...changes,
});

describe('a figure', () => {
  test.each<[string, Partial<Figure>, boolean]>([
    ['has no budget', {}, true],
    ['is at its highest value', { budget: 5 }, true],
    ['is above it', { budget: 4.99 }, false],
    ['is at its lowest value', { atLeast: 5 }, true],
    ['is below it', { atLeast: 5.01 }, false],
    ['is between both', { atLeast: 4, budget: 6 }, true],
    ['is no number', { value: Number.NaN, budget: 6 }, false],
    ['is not possible here', { value: undefined, budget: 6, note: 'no kprobes' }, true],
    ['has no value and no reason', { value: undefined }, false],
    ['failed', { value: undefined, note: 'n', error: 'no such program' }, false],
  ])('that %s', (_, changes, met) => {
    expect(isMet(figure(changes))).toBe(met);
  });

  test('is the median of its measurements, with their spread', () => {
    expect(figureOf('a', 'ms', [3, 1, 9, 2, 4], { budget: 3 })).toEqual(
      figure({ value: 3, budget: 3, spread: [1, 9] }),
    );
  });
});

test('the table says what is met, and why there is no value', () => {
  const text = formatTable([
    figure({ name: 'start', value: 737.4, budget: 700, spread: [690, 801.25] }),
    figure({ name: 'ring', value: 1.5, unit: 'M/s', atLeast: 1 }),
    figure({ name: 'of interest', note: 'of 60 frames' }),
    figure({ name: 'peer', value: undefined, budget: 1, note: 'not possible here: no kprobes' }),
    figure({ name: 'step', value: undefined, error: 'it broke' }),
  ]);
  expect(text.split('\n')).toEqual([
    'figure       value     budget           spread     note',
    'start        737 ms    ≤ 700   NOT MET  690 … 801',
    'ring         1.50 M/s  ≥ 1.00  met',
    'of interest  5.00 ms                               of 60 frames',
    'peer         –         ≤ 1.00                      not possible here: no kprobes',
    'step         –                 NOT MET             failed: it broke',
  ]);
});

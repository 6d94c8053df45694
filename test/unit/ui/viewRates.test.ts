import { expect, test } from 'vitest';
import { createViewRates } from '../../../src/ui/store/viewRates.ts';
import { viewRateSpans } from '../../../src/ui/views/viewRate.ts';
import { DARK } from './samples.ts';

const counts = (total: number, what = 'events/s') => {
  const other = { total: 0, what: 'x/s' };
  return {
    ...{ stream: { total, what }, tree: other, binaries: other, policies: other, alerts: other },
  };
};

test('what was counted since the last second; counting something else begins anew', () => {
  const rates = createViewRates();
  for (const total of [1000, 1010, 1040]) rates.tick(counts(total));
  // The first one only says where counting begins.
  expect(rates.of('stream').meter.history.slice(-3)).toEqual([0, 10, 30]);
  rates.tick(counts(5, 'matching/s'));
  expect(rates.of('stream').meter.history.every((value) => value === 0)).toBe(true);
  rates.tick(counts(8, 'matching/s'));
  expect(rates.of('stream')).toMatchObject({ what: 'matching/s', meter: { perSecond: 3 } });
  rates.tick(counts(2, 'matching/s'));
  expect(rates.of('stream').meter.perSecond).toBe(0);
});

test('as text: a number and its history; none where there is no room', () => {
  const text = (width: number, ascii: boolean) =>
    viewRateSpans(
      { what: 'execs/s', meter: { perSecond: 12, history: [...Array(57).fill(0), 6, 0, 12] } },
      { theme: DARK, width, ascii },
    )
      .map((span) => span.text)
      .join('');
  expect(text(200, false)).toMatch(/^ execs\/s 12 ▁{47}▅▁█ $/);
  expect(text(80, true)).toMatch(/^ execs\/s 12 \.{17}\+\.% $/);
  expect(text(60, false)).toBe('');
});

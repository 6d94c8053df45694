import { expect, test } from 'vitest';
import { streamPositionText } from '../../../src/ui/views/streamPosition.ts';

const AT = {
  ...{ newer: 0, gone: 0, tagged: 0, offset: 0, row: undefined },
  ...{ held: 100_000, capacity: 100_000, span: 0n },
};

test.each([
  [{ matches: 12, progress: 1, skipped: 0 }, 80, '12 of 100,000 match '],
  [{ matches: 12, progress: 0.437, skipped: 0 }, 80, '12 of 100,000 match, 43% searched '],
  [
    { matches: 12, progress: 0.437, skipped: 5123 },
    80,
    '12 of 100,000 match, 43% searched, 5,123 left for later ',
  ],
  // What is not searched is told of on narrow screens too.
  [{ matches: 12, progress: 0.437, skipped: 5123 }, 60, '12 of 100,000 match, 43% searched '],
  // A few skipped ones are not rounded away.
  [{ matches: 12, progress: 0.9999, skipped: 5 }, 60, '12 of 100,000 match, 99% searched '],
])('how far the filter has come: %o in %i columns', (found, width, text) => {
  expect(streamPositionText({ ...AT, found }, width)).toBe(text);
});

import { describe, expect, test } from 'vitest';
import { naturalSort, SORT_COLUMNS } from '../../../src/ui/store/binariesModel.ts';
import { toAscii } from '../../../src/ui/text/ascii.ts';
import { displayWidth } from '../../../src/ui/text/width.ts';
import {
  BINARY_CHOICES,
  type BinaryLook,
  binaryHead,
  binaryLine,
  binaryWords,
} from '../../../src/ui/views/binaryLines.ts';
import { DARK, plain } from './samples.ts';
import { counters } from './treeSamples.ts';

const NOW = 1_700_000_000_000;
const look = (width: number, more: Partial<BinaryLook> = {}): BinaryLook => ({
  theme: DARK,
  width,
  ascii: false,
  now: NOW,
  sort: naturalSort('execs'),
  hidden: new Set(['events', 'firstSeen']),
  hasUntold: false,
  ...more,
});

const HUGE = 123_456_789_012;
const rows = [
  {
    counters: counters('/usr/bin/true', {
      execs: 5,
      lastSeen: NOW - 3000,
      trend: [0, 0, 0, 0, 0, 0, 0, 1, 9, 0],
    }),
    perSecond: 2.5,
  },
  { counters: counters('/tmp/\x1b[2J\u202e主机 🚀'.repeat(30)), perSecond: undefined },
  {
    counters: counters('/x', {
      ...{ execs: HUGE, exits: HUGE, failures: HUGE, running: HUGE, files: HUGE, network: HUGE },
      ...{ hits: HUGE, kills: HUGE, denials: HUGE, lastSeen: 0 },
    }),
    perSecond: HUGE,
  },
];

test('a hidden column is not there, unless it is sorted by; those off at first can be had', () => {
  const hidden = new Set(['exits', 'trend']);
  const titles = (more: Partial<BinaryLook>) =>
    plain(binaryHead(look(160, { hidden, hasUntold: true, ...more })));
  expect(titles({})).not.toMatch(/Exits|Trend/);
  expect(titles({})).toMatch(/Events.*First/);
  expect(titles({ sort: naturalSort('exits') })).toContain('Exits▼');
  const [row] = rows;
  if (!row) throw new Error('no row');
  const line = plain(binaryLine(row, false, look(160, { hidden, hasUntold: true })));
  expect(line.trim().split(/ +/)).toHaveLength(BINARY_CHOICES.length - hidden.size + 1);
});

test('a trend of nothing is empty, and ASCII knows trends too', () => {
  const quiet = { counters: counters('/x'), perSecond: 0 };
  expect(plain(binaryLine(quiet, false, look(120)))).not.toContain('▁');
  const [row] = rows;
  if (!row) throw new Error('no row');
  expect(plain(binaryLine(row, false, look(120, { ascii: true })))).toContain(' .......:%. ');
});

test('one line a program: nothing stands out that is zero', () => {
  expect(plain(binaryHead(look(120)))).toBe(
    ' Execs▼  Exits  Fail   Run  Files   Net  Hits  Kills  Denied  Ev/s Trend       Seen Binary',
  );
  const [row] = rows;
  if (!row) throw new Error('no row');
  expect(plain(binaryLine(row, false, look(120)))).toBe(
    '      5      ·     ·     ·      ·     ·     ·      ·       ·   2.5 ▁▁▁▁▁▁▁▂█▁    3s /usr/bin/true',
  );
});

test('what is known by number only is told apart, where there is any', () => {
  const loser = { counters: counters('/bin/lost', { execs: 9, untold: 7 }), perSecond: 0 };
  expect(plain(binaryHead(look(120)))).not.toContain('Lost');
  const narrow = look(60, { hasUntold: true });
  expect(plain(binaryHead(narrow))).toContain(' Lost ');
  expect(plain(binaryLine(loser, false, narrow))).toMatch(/ 9 .* 7 .*lost$/);
  expect(binaryWords(loser, narrow)).toContain('lost, known by number only 7');
});

describe('widths', () => {
  test('no line is wider than the terminal, or holds a control character', () => {
    for (let width = 60; width <= 200; width++)
      for (const column of SORT_COLUMNS) {
        const options = look(width, { sort: naturalSort(column) });
        const lines = [
          binaryHead(options),
          ...rows.flatMap((row) => [
            binaryLine(row, false, options),
            binaryLine(row, true, options),
          ]),
        ].map(plain);
        for (const line of lines) {
          expect(displayWidth(line)).toBeLessThanOrEqual(width);
          expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        }
      }
  });

  test('the sort column is there and marked at every width, by a sign', () => {
    for (const width of [60, 80, 120, 200])
      for (const column of SORT_COLUMNS)
        for (const [descending, sign] of [
          [true, '▼'],
          [false, '▲'],
        ] as const) {
          const head = plain(binaryHead(look(width, { sort: { column, descending } })));
          expect(head.split(sign)).toHaveLength(2);
        }
    expect(toAscii(plain(binaryHead(look(80))))).toContain('Execs-');
  });

  test('of a long path the end is kept', () => {
    const long = { counters: counters(`/${'deep/'.repeat(50)}program`), perSecond: 0 };
    expect(plain(binaryLine(long, false, look(60)))).toMatch(/…[a-z/]*\/program$/);
  });

  test('--ascii', () => {
    for (const row of rows)
      expect(toAscii(plain(binaryLine(row, false, look(120, { ascii: true }))))).toMatch(
        /^[ -~]*$/,
      );
  });
});

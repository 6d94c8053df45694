import { describe, expect, test } from 'vitest';
import { NOTHING_LOST } from '../../../src/agent/lost.ts';
import { displayWidth } from '../../../src/ui/text/width.ts';
import {
  armedPolicies,
  type ChromeState,
  footerLine,
  headerLine,
  ruleLine,
  tabsLine,
  timeLeft,
} from '../../../src/ui/views/chrome.ts';
import { DARK, plain, policy } from './samples.ts';

const NOW = 1_700_000_000_000;
const widths = Array.from({ length: 141 }, (_, index) => 60 + index);

const state = (change: Partial<ChromeState> = {}): ChromeState => ({
  armed: armedPolicies(change.policies ?? []),
  node: 'host-with-a-long-name.example.org',
  kernel: '6.18.44-generic',
  uptimeSeconds: 90_061,
  status: 'live',
  perSecond: 214,
  history: [1, 2, 3, 4, 5, 6, 7, 8],
  lost: NOTHING_LOST,
  policies: [policy()],
  ...{ readOnly: false, hasBlownFuse: false, errors: 0, now: NOW },
  ...change,
});

describe('header', () => {
  test('what nobody tells is no zero', () => {
    const line = plain(
      headerLine(state({ lost: undefined, policies: undefined }), DARK, 160, false),
    );
    expect(line).toContain('lost ?');
    expect(line).not.toMatch(/lost 0|policies/);
  });

  test.each<[string, Partial<ChromeState>]>([
    ['calm', {}],
    ['armed', { policies: [policy(), policy({ mode: 'enforce', armedUntil: NOW + 271_000 })] }],
    [
      'everything at its longest',
      {
        status: 'starting',
        perSecond: 1_234_567,
        lost: { ...NOTHING_LOST, queue: 1_234_567_890_123 },
        policies: Array.from({ length: 128 }, () => policy({ mode: 'enforce' })),
      },
    ],
    ['a wide node name', { node: '主机'.repeat(20) }],
    ['a hostile node name', { node: '\x1b]0;x\x07\x1b[2J' }],
  ])('%s: at every width it fits, and tells what is lost and armed', (_what, change) => {
    for (const isAscii of [false, true])
      for (const width of widths) {
        const line = headerLine(state(change), DARK, width, isAscii);
        expect(displayWidth(plain(line))).toBeLessThanOrEqual(width);
        expect(plain(line)).toContain(`lost ${change.lost?.queue ?? 0}`);
        expect(plain(line).includes('ARMED')).toBe(
          (change.policies ?? []).some(({ mode }) => mode === 'enforce'),
        );
        expect(plain(line)).not.toMatch(/\p{Cc}/u);
      }
  });

  test('what the operator must know stays at 60 columns', () => {
    const change = { readOnly: true, hasBlownFuse: true, errors: 2 };
    expect(plain(headerLine(state(change), DARK, 60, false)).trimEnd()).toBe(
      ' ● live  lost 0  fuse blown  2 errors  read-only',
    );
    expect(plain(headerLine(state({ errors: 1 }), DARK, 60, false))).toContain('  1 error');
    expect(plain(headerLine(state(), DARK, 200, false))).not.toMatch(/fuse|error|read-only/);
  });

  test('a wide terminal has it all', () => {
    const policies = [
      policy({ mode: 'off' }),
      policy(),
      policy({ mode: 'enforce', armedUntil: NOW + 271_000 }),
      policy({ mode: 'enforce', armedUntil: NOW + 500_000 }),
    ];
    expect(plain(headerLine(state({ policies }), DARK, 200, false))).toBe(
      ' trigon   host-with-a-long-name.example.org  6.18.44-generic  up 1d 01:01   ● live' +
        '  214 ev/s ▂▃▄▅▅▆▇█  lost 0  policies 3 on   2 ARMED 04:31 ',
    );
  });
});

test('time left: minutes and seconds, rounded up, never below zero', () => {
  expect(timeLeft(NOW + 300_000, NOW)).toBe('05:00');
  expect(timeLeft(NOW + 1, NOW)).toBe('00:01');
  expect(timeLeft(NOW - 5000, NOW)).toBe('00:00');
  expect(timeLeft(NOW + 6_000_000, NOW)).toBe('100:00');
});

test('rules: exactly as wide as the terminal; armed they say so, wherever one looks', () => {
  for (const width of widths)
    for (const isAscii of [false, true]) {
      expect(displayWidth(plain(ruleLine(false, DARK, width, isAscii)))).toBe(width);
      const armed = plain(ruleLine(true, DARK, width, isAscii));
      expect(displayWidth(armed)).toBe(width);
      expect(armed.match(/ARMED/g)?.length).toBeGreaterThanOrEqual(Math.floor(width / 20));
    }
});

test('tabs', () => {
  const tabs = [
    { key: '1', title: 'Stream', active: true },
    { key: '4', title: 'Policies', active: false },
  ];
  expect(plain(tabsLine(tabs, DARK, 80))).toBe('  1 Stream   4 Policies ');
});

describe('footer', () => {
  const hints = [
    { key: 'p', text: 'pause' },
    { key: 'F', text: 'follow' },
    { key: '?', text: 'help', isGuide: true },
    { key: 'q', text: 'quit', isGuide: true },
  ];
  const footer = (width: number, notice?: string) =>
    plain(
      footerLine(
        hints,
        notice === undefined ? undefined : { text: notice, level: 'info' },
        '9 of 9 ',
        DARK,
        width,
      ),
    );

  test('hints at the left, the position at the right edge', () => {
    const line = footer(60);
    expect(line).toMatch(/^ p pause {2}F follow {2}\? help {2}q quit +9 of 9 $/);
    expect(displayWidth(line)).toBe(60);
  });

  test('with little room whole hints go; what is used most stays, then help, then quit', () => {
    expect(footer(40)).toMatch(/^ p pause {2}F follow {2}\? help +9 of 9 $/);
    expect(footer(30)).toMatch(/^ p pause {2}F follow +9 of 9 $/);
    expect(footer(17)).toMatch(/^ \? help +9 of 9 $/);
  });

  test('of many the first three stay before help and quit, the others go before them', () => {
    const many = ['a', 'b', 'c', 'd', 'e'].map((key) => ({ key, text: 'does' }));
    const line = (width: number) =>
      plain(footerLine([...many, ...hints.slice(2)], undefined, '', DARK, width)).trim();
    expect(line(60)).toBe('a does  b does  c does  d does  e does  ? help  q quit');
    expect(line(44)).toBe('a does  b does  c does  ? help  q quit');
    // The third one goes where help and quit come in for it.
    expect(line(36)).toBe('a does  b does  ? help  q quit');
    expect(line(27)).toBe('a does  b does  c does');
  });

  test('what is pinned is there at every width, beside a notice too', () => {
    const pinned = [{ key: '!', text: 'disarm all', isPinned: true }, ...hints];
    for (const notice of [undefined, { text: 'x'.repeat(300), level: 'warning' as const }])
      for (const width of widths) {
        const line = plain(footerLine(pinned, notice, 'a long position '.repeat(3), DARK, width));
        expect(line).toMatch(/^ ! disarm all {2}/);
        expect(displayWidth(line)).toBeLessThanOrEqual(width);
      }
  });

  test('a notice takes the place of the hints, and at the most the whole line', () => {
    expect(footer(60, 'disarmed: 1')).toMatch(/^ disarmed: 1 +9 of 9 $/);
    for (const width of [20, 60, 100]) {
      const line = footer(width, 'x'.repeat(500));
      expect(displayWidth(line)).toBe(width);
    }
    expect(footer(60, 'a\x1b[2Jb')).not.toContain('\x1b');
  });
});

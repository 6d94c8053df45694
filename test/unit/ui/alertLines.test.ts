import { describe, expect, test } from 'vitest';
import { SEVERITIES } from '../../../src/policies/model.ts';
import { ALERT_COLUMNS, naturalAlertSort } from '../../../src/ui/store/alertsModel.ts';
import { toAscii } from '../../../src/ui/text/ascii.ts';
import { displayWidth } from '../../../src/ui/text/width.ts';
import {
  type AlertLook,
  alertHead,
  alertLine,
  nameLengths,
  tellingColumns,
} from '../../../src/ui/views/alertLines.ts';
import { alert, NOW } from './alertSamples.ts';
import { DARK, plain } from './samples.ts';

const look = (width: number, more: Partial<AlertLook> = {}): AlertLook => ({
  ...{ theme: DARK, width, ascii: false, now: NOW, sort: naturalAlertSort('lastSeen') },
  telling: new Set(),
  lengths: { policy: 0, binary: 0, target: 0 },
  hidden: new Set<string>(),
  ...more,
});

const HUGE = 123_456_789_012;
const HOSTILE = '/tmp/\x1b[2J\u202e主机 🚀\n'.repeat(30);
const rows = [
  alert('1', {
    ...{ count: 12_345, perMinute: 60, trend: [0, 10, 20, 10, 10, 10], wouldAct: 12_000 },
    ...{ spared: 3, lastSeen: NOW - 3000 },
  }),
  alert('2', { policy: HOSTILE, binary: HOSTILE, target: HOSTILE, severity: undefined }),
  alert('3', {
    ...{ count: HUGE, perMinute: HUGE, killed: HUGE, denied: HUGE, wouldAct: HUGE, spared: HUGE },
    ...{ lastSeen: 0, severity: 'critical', binary: '', target: '', policy: '' },
  }),
];

const cells = (line: string) => plain(line).trim().split(/ +/);

test('one line a group: severity in words, counts, who and what', () => {
  expect(cells(alertHead(look(160)))).toEqual(
    'Severity Policy Count /min Trend Killed Denied Would Spared Seen▼ Binary Target'.split(' '),
  );
  const [row = alert('1')] = rows;
  expect(cells(alertLine(row, false, look(160)))).toEqual(
    'high etc-writes 12345 60 ▁▅█▅▅▅ · · 12000 3 3s /usr/bin/tee /etc/passwd'.split(' '),
  );
});

test('the host name of an address stands beside it', () => {
  const hostName = (address: string) => (address === '203.0.113.9' ? 'api.example' : undefined);
  const line = (target: string) =>
    plain(alertLine(alert('1', { target }), false, look(160, { hostName })));
  expect(line('203.0.113.9:443')).toMatch(/ 203\.0\.113\.9:443 \(api\.example\) *$/);
  expect(line('203.0.113.8:443')).toMatch(/ 203\.0\.113\.8:443 *$/);
});

test('nothing stands out that is zero; what was killed or spared does', () => {
  const line = alertLine(alert('1', { killed: 2, spared: 1 }), false, look(160));
  expect(line).toContain(`${DARK['event.killed'].open}2`);
  expect(line).toContain(`${DARK['event.spared'].open}1`);
  expect(line).toContain(`${DARK['text.dim'].open}·`);
});

test.each(SEVERITIES)('severity %s has a word and a colour', (severity) => {
  const line = alertLine(alert('1', { severity }), false, look(80));
  expect(line).toContain(`${DARK[`severity.${severity}`].open}${severity}`);
});

test('without a target the call stands there', () => {
  expect(cells(alertLine(alert('1', { target: '' }), false, look(120))).at(-1)).toBe('sys_write');
});

describe('widths', () => {
  test('no line is wider than the terminal, or holds a control character', () => {
    for (let width = 60; width <= 200; width += 7)
      for (const column of ALERT_COLUMNS) {
        const options = look(width, { sort: naturalAlertSort(column) });
        const lines = [
          alertHead(options),
          ...rows.flatMap((row) => [alertLine(row, false, options), alertLine(row, true, options)]),
        ].map(plain);
        for (const line of lines) {
          expect(displayWidth(line)).toBeLessThanOrEqual(width);
          expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        }
      }
  });

  test('narrow terminals keep severity, policy, count, binary and target', () => {
    for (const width of [60, 80])
      expect(cells(alertHead(look(width)))).toEqual(
        expect.arrayContaining(['Severity', 'Policy', 'Count', 'Seen▼', 'Target']),
      );
    expect(cells(alertHead(look(80)))).toContain('Binary');
  });

  test('what was done to processes is seen at 80 columns too, if anything was', () => {
    expect(cells(alertHead(look(80)))).not.toContain('Killed');
    for (const [change, title] of [
      [{ killed: 1 }, 'Killed'],
      [{ denied: 1 }, 'Denied'],
    ] as const) {
      const telling = tellingColumns([alert('1'), alert('2', change)]);
      expect(cells(alertHead(look(80, { telling })))).toContain(title);
    }
  });

  test('names share the room: a policy is whole where targets are short, and keeps a part where they are long', () => {
    const long = alert('1', { policy: 'qa-victim-kills-things', target: '/x' });
    const lengths = nameLengths([long]);
    expect(plain(alertLine(long, false, look(80, { lengths })))).toContain(
      'qa-victim-kills-things ',
    );
    const both = alert('1', { ...long, target: `/${'x'.repeat(200)}` });
    const line = plain(alertLine(both, false, look(80, { lengths: nameLengths([both]) })));
    expect(line).toMatch(/qa-victim\S+… .*\/x+…x+$/);
    expect(displayWidth(line)).toBe(80);
  });

  test('at 60 columns what was killed is told before the whole of a target', () => {
    const killed = alert('1', { killed: 7 });
    const options = look(60, { telling: tellingColumns([killed]), lengths: nameLengths([killed]) });
    expect(cells(alertHead(options))).toEqual(expect.arrayContaining(['Killed', 'Target']));
    expect(cells(alertLine(killed, false, options))).toContain('7');
  });

  test('the sort column is there and marked at every width, by a sign', () => {
    for (const width of [60, 80, 120, 200])
      for (const column of ALERT_COLUMNS)
        for (const [descending, sign] of [
          [true, '▼'],
          [false, '▲'],
        ] as const)
          expect(
            plain(alertHead(look(width, { sort: { column, descending } }))).split(sign),
          ).toHaveLength(2);
  });

  test('--ascii', () => {
    for (const row of rows) {
      const line = toAscii(plain(alertLine(row, false, look(160, { ascii: true }))));
      expect(line).toMatch(/^[ -~]*$/);
      expect(line).not.toContain('?');
    }
  });
});

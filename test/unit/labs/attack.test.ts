import { expect, test } from 'vitest';
import { PACKED_KIND } from '../../../src/events/wire/packed.ts';
import { readReport } from '../../../src/labs/attack.ts';
import { createTraces } from '../../../src/labs/traces.ts';

const SCRIPT = [
  ['as', '/tmp/x/thief'],
  ['read', '/etc/passwd'],
];

/** Two deeds were put before the script. */
const ended = (report: string, complaint = '') =>
  readReport(
    report,
    complaint,
    /failed|ended|timeout/.test(report) || complaint ? 1 : 0,
    SCRIPT,
    2,
  );

test.each([
  ['begun\t2\t\n', 'done', /all/],
  ['begun\t2\t\nended\t9\tKilled\n', 'killed', /SIGKILL/],
  ['begun\t2\t\nended\t11\tSegmentation fault\n', 'failed', /signal 11/],
  [
    'begun\t2\t\nfailed\t3\t/etc/passwd: Operation not permitted\n',
    'denied',
    /"read \/etc\/passwd"/,
  ],
  ['begun\t2\t\nfailed\t3\t/etc/passwd: Permission denied\n', 'denied', /refused/],
  ['begun\t2\t\nfailed\t3\t/etc/passwd: No such file or directory\n', 'failed', /No such file/],
  ['failed\t0\t/tmp: Operation not permitted\n', 'failed', /failed: \/tmp/],
  ['timeout\t10\t\n', 'failed', /10 s/],
])('%j: %s', (report, ending, words) => {
  const result = ended(report);
  expect(result.ending).toBe(ending);
  expect(result.words).toMatch(words);
});

test('killed from outside', () => {
  expect(readReport('begun\t2\t\n', '', null, SCRIPT, 2)).toEqual({
    ending: 'failed',
    words: 'was stopped',
  });
});

test('without a sandbox, what the program complained of', () => {
  expect(ended('', 'act: namespaces: Operation not permitted\n')).toEqual({
    ending: 'failed',
    words: 'did not start: act: namespaces: Operation not permitted',
  });
});

test('events of the attack are those of its first process and its descendants', () => {
  const traces = createTraces(10);
  const event = (tgid: number, parentTgid: number, kind: 1 | 2 | 3 = PACKED_KIND.policy) =>
    traces.isOurs({ kind, tgid, parentTgid });
  expect(event(20, 1)).toBe(false);
  expect(event(11, 10)).toBe(true);
  expect(event(12, 11)).toBe(true);
  expect(event(20, 1, PACKED_KIND.exit)).toBe(false);
  expect(traces.areComplete).toBe(false);
  expect(event(10, 1, PACKED_KIND.exit)).toBe(true);
  expect(traces.areComplete).toBe(true);
});

import { expect, test } from 'vitest';
import type { JournalAction, JournalEntry } from '../../../src/agent/journal.ts';
import { createJournalBook } from '../../../src/agent/journalBook.ts';

const entry = (action: JournalAction, second = 0): JournalEntry => ({
  time: Date.UTC(2026, 0, 2, 3, 4, second),
  action,
  policy: `p${second}`,
  detail: '',
  via: 'screen',
  by: { user: 'alice' },
});

test('tells of armings and how they ended, and of nothing else', () => {
  const book = createJournalBook();
  expect(book.armings()).toEqual([]);
  for (const action of ['monitor', 'added', 'off', 'changed', 'removed'] as const)
    book.add(entry(action));
  expect(book.armings()).toEqual([]);
  book.add({ ...entry('armed', 5), detail: 'SIGKILL, 1 min' });
  book.add({ ...entry('time-over', 6), via: 'trigon', by: undefined });
  expect(book.armings()).toEqual([
    'armed and disarmed in this session:',
    '  2026-01-02T03:04:05Z  armed      p5 (SIGKILL, 1 min) by alice',
    '  2026-01-02T03:04:06Z  time over  p6',
  ]);
});

test('keeps the newest, and tells how many there were before', () => {
  const book = createJournalBook(2);
  for (let second = 0; second < 7; second++) book.add(entry('armed', second));
  const [, untold, ...rest] = book.armings();
  expect(untold).toBe('  … 5 before these');
  expect(rest.map((line) => line.slice(35))).toEqual(['p5 by alice', 'p6 by alice']);
});

test('nothing in an entry can pass for another entry, or reach the terminal as it is', () => {
  const book = createJournalBook();
  const tty = '/dev/pts/3\n  2026-01-02T03:04:05Z  disarmed   p5\x1b[2J';
  book.add({ ...entry('armed', 5), by: { user: 'root', tty } });
  expect(book.armings()).toHaveLength(2);
  expect(book.armings()[1]).toContain('pts/3\\n  2026');
  expect(book.armings()[1]).toContain('\\x1b[2J');
});

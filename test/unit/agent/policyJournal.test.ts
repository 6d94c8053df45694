import { expect, test } from 'vitest';
import type { JournalEntry } from '../../../src/agent/journal.ts';
import type { PolicyDescription } from '../../../src/agent/messages.ts';
import { createPolicyJournal } from '../../../src/agent/policies/policyJournal.ts';
import { policy } from '../ui/samples.ts';

const NOW = 1_700_000_000_000;
const START = { via: 'start' } as const;

/** A journal of one policy, which is armed until a minute from now. */
function open() {
  let description: PolicyDescription = policy({ mode: 'enforce', armedUntil: NOW + 60_000 });
  const entries: JournalEntry[] = [];
  const place = { position: 0, origin: 'option' as const, source: '', variables: {} };
  const engine = {
    describe: () => [description],
    policyOf: () => ({ policy: undefined as never, place }),
  };
  const journal = createPolicyJournal(
    () => engine,
    (entry) => entries.push(entry),
    () => NOW,
  );
  journal.during(START, () => {});
  entries.length = 0;
  const tellUntil = (armedUntil: number) => {
    description = { ...description, armedUntil };
  };
  return { journal, entries, tellUntil };
}

test('armed anew: it is written down', () => {
  const { journal, entries, tellUntil } = open();
  journal.during(START, () => tellUntil(NOW + 300_000));
  expect(entries).toMatchObject([{ action: 'armed', detail: expect.stringContaining('5 min') }]);
});

test('the same end by another clock is nobody’s doing, then and later', () => {
  const { journal, entries, tellUntil } = open();
  journal.unnoticed(() => tellUntil(NOW + 3_660_000));
  journal.during(START, () => {});
  expect(entries).toEqual([]);
});

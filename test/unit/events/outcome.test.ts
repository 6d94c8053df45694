import { expect, test } from 'vitest';
import { outcomeWords } from '../../../src/events/outcome.ts';
import type { EventExtension } from '../../../src/events/types.ts';

test.each<[EventExtension, string]>([
  [{ mode: 'enforce' }, ''],
  [{ outcome: 'applied', signal: 'SIGKILL' }, 'killed'],
  [{ outcome: 'applied', signal: 'SIGKILL', error: 'EPERM' }, 'killed'],
  [{ outcome: 'applied', signal: 'SIGTERM' }, 'signalled SIGTERM'],
  [{ outcome: 'applied', signal: 'SIGTERM', error: 'EPERM' }, 'denied EPERM'],
  [{ outcome: 'applied', error: 'EACCES' }, 'denied EACCES'],
  // A log of an earlier version: it could do nothing else.
  [{ outcome: 'applied' }, 'killed'],
  [{ outcome: 'withheld', outcomeReason: 'monitor mode', signal: 'SIGKILL' }, 'would kill'],
  [{ outcome: 'withheld', outcomeReason: 'monitor mode', error: 'EPERM' }, 'would deny EPERM'],
  [{ outcome: 'withheld', signal: 'SIGUSR1' }, 'would signal SIGUSR1'],
  [{ outcome: 'skipped', outcomeReason: 'fuse blown' }, 'spared: fuse blown'],
  [{ outcome: 'skipped', outcomeReason: 'wrong-context' }, 'skipped: wrong-context'],
  [
    { outcome: 'skipped', outcomeReason: 'the call failed by itself before it could be refused' },
    'skipped: the call failed by itself before it could be refused',
  ],
  [{ outcome: 'failed', outcomeReason: 'no such process' }, 'failed: no such process'],
])('%j: %s', (extension, words) => {
  expect(outcomeWords(extension)).toBe(words);
});

import { expect, test } from 'vitest';
import { createOwners } from '../../../../src/agent/attach/owners.ts';
import { createPendingAnswers } from '../../../../src/agent/attach/pendingAnswers.ts';

test('a policy belongs to whoever armed it last, as long as it is armed', () => {
  const owners = createOwners<string>();
  for (const policy of [1, 2, 3, 4, 5]) owners.armed(policy, 'alice');
  owners.armed(2, 'bob');
  owners.armed(3, undefined);
  owners.onPolicies({
    changed: [
      { id: 1, mode: 'enforce' },
      { id: 4, mode: 'monitor' },
    ],
    removed: [5],
  });
  expect(owners.release('alice')).toEqual([1]);
  expect(owners.release('alice')).toEqual([]);
  expect(owners.release('bob')).toEqual([2]);
});

test('an answer finds its screen once; those of screens that have gone find nobody', () => {
  const answers = createPendingAnswers<string>();
  const [one, two] = [answers.ask('alice', 1), answers.ask('bob', 1)];
  expect(one).not.toBe(two);
  expect(answers.answered(one)).toEqual({ screen: 'alice', request: 1 });
  expect(answers.answered(one)).toBeUndefined();
  answers.forget('bob');
  expect(answers.answered(two)).toBeUndefined();
});

test('requests that are never answered are forgotten, the oldest first', () => {
  const answers = createPendingAnswers<string>();
  const numbers = Array.from({ length: 1100 }, (_, request) => answers.ask('alice', request));
  const kept = numbers.filter((number) => answers.answered(number));
  expect(kept).toEqual(numbers.slice(-1024));
});

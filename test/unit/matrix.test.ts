import { expect, test } from 'vitest';
import { missingTypes, operatorsPage } from '../../scripts/matrix.ts';
import { ARGUMENT_OPERATORS } from '../../src/policies/model.ts';
import { forgottenPairs, refusedPairs, SUBJECTS } from '../kernel/matrixCases.ts';

test('every operator is tested on every type that it works on, or it is said why not', () => {
  expect(forgottenPairs()).toEqual([]);
  expect(refusedPairs()).toEqual([]);
  expect(missingTypes()).toEqual([]);
});

test('a case names calls that there are', () => {
  for (const { type, calls, cases } of SUBJECTS)
    for (const [operator, each] of Object.entries(cases))
      if ('matches' in each)
        expect(Object.keys(calls), `${operator} on ${type}`).toEqual(
          expect.arrayContaining([...each.matches]),
        );
      else expect(each.reason).not.toBe('');
});

test('a type is reached in one way', () => {
  const types = SUBJECTS.map(({ type }) => type);
  expect(new Set(types).size).toBe(types.length);
});

test('the page has no empty cell', () => {
  const rows = operatorsPage('')
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  expect(rows.length).toBeGreaterThan(ARGUMENT_OPERATORS.length);
  for (const row of rows)
    expect(row.split('|').slice(1, -1), row).not.toContainEqual(expect.stringMatching(/^ *$/));
});

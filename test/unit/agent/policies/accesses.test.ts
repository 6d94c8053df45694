import { expect, test } from 'vitest';
import { accessesOf } from '../../../../src/agent/policies/accesses.ts';
import { selectorFilters } from '../../../../src/agent/policies/filters.ts';
import { hookValues } from '../../../../src/agent/policies/values.ts';
import type { ArgumentFilter } from '../../../../src/policies/model.ts';
import { filter, hookPlan, point, selector, value } from './samples.ts';

const MASK = 1;

/** The accesses that a hook on file and mask can match, whose selectors filter the mask so. */
function accesses(...masks: readonly ArgumentFilter[][]): string[] {
  const values = hookValues(
    hookPlan({ values: [value({ type: 'TG_TYPE_FILE' }), value({ input: 'TG_INPUT_ACCESS' })] }),
    point(),
  );
  const selectors = masks.map((matchArgs) =>
    selectorFilters(selector({ matchArgs }), {
      values,
      argumentCount: 2,
      hostNamespace: () => undefined,
    }),
  );
  return accessesOf(values, selectors);
}

const numbers = (...list: bigint[]): ArgumentFilter['values'] => ({
  kind: 'ranges',
  ranges: list.map((number) => [number, number] as const),
});
const mask = (operator: ArgumentFilter['operator'], ...list: bigint[]): ArgumentFilter =>
  filter({ arguments: [MASK], operator, values: numbers(...list) });

test.each<[string, ArgumentFilter[][], string[]]>([
  ['no filter on the mask', [[]], ['read', 'write']],
  ['only writes', [[mask('Equal', 2n)]], ['write']],
  ['only reads', [[mask('Equal', 4n)]], ['read']],
  ['both', [[mask('Equal', 2n, 4n)]], ['read', 'write']],
  ['anything but writes', [[mask('NotEqual', 2n)]], ['read']],
  ['a bit', [[mask('Mask', 2n)]], ['write']],
  ['several selectors: any of them', [[mask('Equal', 2n)], [mask('Equal', 4n)]], ['read', 'write']],
  ['several filters: all of them', [[mask('Equal', 2n, 4n), mask('NotEqual', 4n)]], ['write']],
  ['nothing that exists', [[mask('Equal', 1n)]], []],
])('%s', (_, selectors, expected) => {
  expect(accesses(...selectors)).toEqual(expected);
});

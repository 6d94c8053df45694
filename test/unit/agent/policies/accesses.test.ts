import { expect, test } from 'vitest';
import { accessesOf, markFileFilters } from '../../../../src/agent/policies/accesses.ts';
import { type FilterSpec, spec } from '../../../../src/agent/policies/filterSpec.ts';
import { selectorFilters } from '../../../../src/agent/policies/filters.ts';
import { type HookValues, hookValues } from '../../../../src/agent/policies/values.ts';
import { tg_filter_flag, tg_subject } from '../../../../src/generated/layouts.ts';
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

const FILE = 0;
const FIELD_OF_FILE = 2;
const ARGUMENT = 3;

test('filters that the file and the kind of access alone decide', () => {
  const file = value({ type: 'TG_TYPE_FILE', input: 'TG_INPUT_FILE' });
  const values = {
    all: [
      file,
      value({ input: 'TG_INPUT_ACCESS' }),
      value({ type: 'TG_TYPE_U64', input: 'TG_INPUT_FILE', steps: [32], offset: 64 }),
      value({ input: 1 }),
    ] as HookValues['all'],
  };
  const marked = (filters: FilterSpec[]) =>
    markFileFilters(values, filters).map(
      ({ flags }) => (flags & tg_filter_flag.TG_FILTER_ON_FILE) !== 0,
    );
  const onFile = [
    spec('TG_OPERATOR_PREFIX', FILE, { flags: tg_filter_flag.TG_FILTER_NEGATED }),
    spec('TG_OPERATOR_SUBSTRING', FILE),
    spec('TG_OPERATOR_RANGES', MASK),
  ];
  expect(marked(onFile)).toEqual([true, true, true]);
  expect(markFileFilters(values, onFile)[0]?.flags).toBe(
    tg_filter_flag.TG_FILTER_NEGATED | tg_filter_flag.TG_FILTER_ON_FILE,
  );
  const onOthers = [
    spec('TG_OPERATOR_RANGES', FIELD_OF_FILE),
    spec('TG_OPERATOR_RANGES', ARGUMENT),
    spec('TG_OPERATOR_EQUAL', tg_subject.TG_SUBJECT_EXE),
    spec('TG_OPERATOR_RANGES', tg_subject.TG_SUBJECT_PID),
    // Its arguments are in the expression.
    spec('TG_OPERATOR_EXPRESSION', FILE),
    spec('TG_OPERATOR_CAPABILITIES_GAINED', FILE, { second: ARGUMENT }),
  ];
  expect(marked(onOthers)).toEqual(onOthers.map(() => false));
});

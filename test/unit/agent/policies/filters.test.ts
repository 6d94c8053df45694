import { describe, expect, test } from 'vitest';
import { requirementFilter } from '../../../../src/agent/policies/argumentFilters.ts';
import type { FilterSpec } from '../../../../src/agent/policies/filterSpec.ts';
import { selectorFilters } from '../../../../src/agent/policies/filters.ts';
import { isEveryWorkload } from '../../../../src/agent/policies/processFilters.ts';
import { hookValues } from '../../../../src/agent/policies/values.ts';
import type {
  ArgumentFilter,
  PidFilter,
  Selector,
  Workload,
} from '../../../../src/policies/model.ts';
import type { ValuePlan } from '../../../../src/policies/plan.ts';
import { filter, hookPlan, nop, point, selector, text, value } from './samples.ts';

const TOP = 1n << 63n;
const ALL = (1n << 64n) - 1n;

/** The filters of a selector on a hook with these values, the first `argumentCount` of them args. */
function filtersOf(
  change: Partial<Selector>,
  values: ValuePlan[] = [value()],
  argumentCount = values.length,
) {
  const plan = hookPlan({ values, returnValue: value({ input: 'TG_INPUT_RETURN' }) });
  return selectorFilters(selector(change), {
    values: hookValues(plan, point()),
    argumentCount,
    hostNamespace: (name) => (name === 'Time' ? undefined : 4026531840),
  });
}

/** The only filter on an argument of this type. */
function argumentFilter(type: ValuePlan['type'], change: Partial<ArgumentFilter>): FilterSpec {
  const { filters } = filtersOf({ matchArgs: [filter(change)] }, [
    value({ type }),
    value({ type }),
  ]);
  expect(filters).toHaveLength(1);
  return filters[0] as FilterSpec;
}

const ranges = (...list: [bigint, bigint][]): ArgumentFilter['values'] => ({
  kind: 'ranges',
  ranges: list,
});
const texts = (...list: string[]): ArgumentFilter['values'] => ({ kind: 'texts', texts: list });
const bytes = (...list: string[]): Uint8Array[] => list.map((one) => Buffer.from(one));

const [NEGATED, SIGNED, RANGE_SET, NAMESPACE_PID] = [1, 2, 4, 8];

describe('numbers', () => {
  test.each<[ArgumentFilter['operator'], ArgumentFilter['values'], number, bigint[]]>([
    ['Equal', ranges([5n, 5n], [7n, 7n]), 0, [5n, 5n, 7n, 7n]],
    ['NotEqual', ranges([5n, 5n]), NEGATED, [5n, 5n]],
    ['InRange', ranges([5n, 9n]), 0, [5n, 9n]],
    ['NotInRange', ranges([5n, 9n]), NEGATED, [5n, 9n]],
    [
      'InMap',
      {
        kind: 'list',
        list: 'l',
        ranges: [
          [1n, 1n],
          [2n, 2n],
        ],
      },
      0,
      [1n, 2n],
    ],
    ['GT', ranges([5n, 5n], [9n, 9n]), 0, [6n, ALL]],
    ['GreaterThan', ranges([ALL, ALL]), 0, []],
    ['LT', ranges([5n, 5n], [9n, 9n]), 0, [0n, 8n]],
    ['LessThan', ranges([0n, 0n]), 0, []],
  ])('unsigned: %s', (operator, values, flags, numbers) => {
    expect(argumentFilter('TG_TYPE_U32', { operator, values })).toMatchObject({
      operator: 'TG_OPERATOR_RANGES',
      argument: 0,
      flags,
      numbers,
      set: undefined,
    });
  });

  test.each<[ArgumentFilter['operator'], bigint, bigint[]]>([
    ['Equal', -1n, [TOP - 1n, TOP - 1n]],
    ['GT', -1n, [TOP, ALL]],
    ['LT', -1n, [0n, TOP - 2n]],
  ])('signed: %s', (operator, number, numbers) => {
    for (const type of ['TG_TYPE_INT', 'TG_TYPE_S8', 'TG_TYPE_S64'] as const)
      expect(argumentFilter(type, { operator, values: ranges([number, number]) })).toMatchObject({
        flags: SIGNED,
        numbers,
      });
  });

  test('more than four ranges lie in a set of their own', () => {
    const list = [1n, 3n, 5n, 7n, 9n].map((at): [bigint, bigint] => [at, at]);
    expect(
      argumentFilter('TG_TYPE_U64', { operator: 'NotInMap', values: ranges(...list) }),
    ).toEqual({
      operator: 'TG_OPERATOR_RANGE_SET',
      argument: 0,
      second: 0,
      field: 0,
      flags: NEGATED,
      numbers: [],
      set: { kind: 'ranges', ranges: list },
    });
  });

  test('Mask asks for any bit of any value', () => {
    const found = argumentFilter('TG_TYPE_INT', {
      operator: 'Mask',
      values: ranges([1n, 1n], [4n, 4n], [-(1n << 63n), -(1n << 63n)]),
    });
    expect(found).toMatchObject({ operator: 'TG_OPERATOR_MASK', numbers: [TOP | 5n] });
  });
});

describe('parts of values', () => {
  test.each<[ArgumentFilter['operator'], number, number]>([
    ['FileType', 1, 0],
    ['NotFileType', 1, NEGATED],
    ['SPort', 2, 0],
    ['NotDPort', 3, NEGATED],
    ['Protocol', 4, 0],
    ['Family', 5, 0],
    ['State', 6, 0],
  ])('%s', (operator, field, flags) => {
    expect(argumentFilter('TG_TYPE_SOCK', { operator, values: ranges([80n, 80n]) })).toMatchObject({
      operator: 'TG_OPERATOR_RANGES',
      field,
      flags,
      numbers: [80n, 80n],
    });
  });

  test.each<[ArgumentFilter['operator'], number, number]>([
    ['SPortPriv', 2, 0],
    ['NotSPortPriv', 2, NEGATED],
    ['DPortPriv', 3, 0],
    ['NotDPortPriv', 3, NEGATED],
  ])('%s', (operator, field, flags) => {
    expect(argumentFilter('TG_TYPE_SOCK', { operator, values: { kind: 'none' } })).toMatchObject({
      field,
      flags,
      numbers: [0n, 1023n],
    });
  });

  test('addresses', () => {
    const addresses = [{ address: Uint8Array.of(127, 0, 0, 0), prefix: 8 }];
    expect(
      argumentFilter('TG_TYPE_SOCK', {
        operator: 'NotDAddr',
        values: { kind: 'addresses', addresses },
      }),
    ).toMatchObject({
      operator: 'TG_OPERATOR_ADDRESS_SET',
      field: 8,
      flags: NEGATED,
      set: { kind: 'addresses', addresses },
    });
  });
});

describe('texts', () => {
  test.each<[ArgumentFilter['operator'], Partial<FilterSpec>]>([
    [
      'Equal',
      { operator: 'TG_OPERATOR_EQUAL', flags: 0, set: { kind: 'texts', texts: bytes('Ab') } },
    ],
    ['NotEqual', { operator: 'TG_OPERATOR_EQUAL', flags: NEGATED }],
    ['Prefix', { operator: 'TG_OPERATOR_PREFIX', set: { kind: 'prefixes', texts: bytes('Ab') } }],
    ['Postfix', { operator: 'TG_OPERATOR_POSTFIX', set: { kind: 'prefixes', texts: bytes('bA') } }],
    ['NotPostfix', { operator: 'TG_OPERATOR_POSTFIX', flags: NEGATED }],
    [
      'SubString',
      { operator: 'TG_OPERATOR_SUBSTRING', set: { kind: 'patterns', texts: bytes('Ab') } },
    ],
    [
      'SubStringIgnCase',
      { operator: 'TG_OPERATOR_SUBSTRING_NOCASE', set: { kind: 'patterns', texts: bytes('ab') } },
    ],
  ])('%s', (operator, expected) => {
    const found = argumentFilter('TG_TYPE_STRING', { operator, values: texts('Ab') });
    expect({ ...found, set: plain(found.set) }).toMatchObject({
      ...expected,
      ...(expected.set ? { set: plain(expected.set) } : {}),
    });
  });

  /** Buffers and Uint8Arrays of the same bytes are told apart otherwise. */
  const plain = (set: FilterSpec['set']) =>
    set && 'texts' in set
      ? { ...set, texts: set.texts.map((one) => Buffer.from(one).toString()) }
      : set;

  test('a postfix is reversed byte by byte', () => {
    const found = argumentFilter('TG_TYPE_STRING', { operator: 'Postfix', values: texts('xé') });
    expect(found.set?.kind === 'prefixes' && [...(found.set.texts[0] ?? [])]).toEqual([
      0xa9, 0xc3, 0x78,
    ]);
  });
});

describe('positions', () => {
  test('the kernel side has no place for what is not read', () => {
    const values = [nop(), value(), nop(), value({ input: 3 }), text({ input: 4 })];
    const { filters } = filtersOf(
      {
        matchArgs: [filter({ arguments: [1] }), filter({ arguments: [3] })],
        matchData: [filter({ arguments: [0], values: texts('x') })],
      },
      values,
      4,
    );
    expect(filters.map(({ argument }) => argument)).toEqual([0, 1, 2]);
    expect(() => filtersOf({ matchArgs: [filter()] }, values)).toThrow('of which nothing is read');
  });

  test('the return value, capabilities gained, and the arguments of an expression', () => {
    const { filters, returnFilters } = filtersOf(
      {
        matchArgs: [
          filter({ arguments: [1, 2], operator: 'CapabilitiesGained', values: { kind: 'none' } }),
          filter({
            arguments: [1, 2],
            operator: 'CelExpr',
            values: { kind: 'expression', expression: { op: 'argument', argument: 2, width: -4 } },
          }),
        ],
        matchReturnArgs: [filter({ operator: 'LT', values: ranges([0n, 0n]) })],
      },
      [nop(), value(), value({ input: 1 })],
    );
    expect(filters).toMatchObject([
      { operator: 'TG_OPERATOR_CAPABILITIES_GAINED', argument: 0, second: 1 },
      {
        operator: 'TG_OPERATOR_EXPRESSION',
        set: { operations: [{ kind: 'TG_OP_ARGUMENT', width: -4, number: 1n }] },
      },
    ]);
    expect(returnFilters).toMatchObject([{ argument: 5, flags: SIGNED, numbers: [0n, TOP - 1n] }]);
  });

  test('a requirement shares a value that the hook reads too, and takes a place behind it else', () => {
    const requires = [
      { value: value({ input: 1 }), operator: 'Equal', values: ranges([5n, 5n]) },
      { value: value({ input: 2 }), operator: 'Equal', values: ranges([6n, 6n]) },
      { value: value({ input: 'TG_INPUT_RETURN' }), operator: 'LT', values: ranges([0n, 0n]) },
    ] as const;
    const values = hookValues(
      hookPlan({ values: [nop(), value({ input: 1 })] }),
      point({ requires }),
    );
    expect([values.all.length, values.posted, values.returns]).toEqual([2, 1, false]);
    const found = requires.map((one, at) => requirementFilter(one, values.required(at)));
    expect(found.map(({ argument }) => argument)).toEqual([0, 1, 5]);
    const full = hookPlan({ values: [0, 1, 3, 4, 5].map((input) => value({ input })) });
    expect(() => hookValues(full, point({ requires: [requires[1]] }))).toThrow('at most 5 fit');
  });
});

describe('processes', () => {
  test('pids, and the descendants of pids', () => {
    const pids: PidFilter = {
      operator: 'In',
      values: [1, 7],
      isNamespacePID: false,
      followForks: false,
    };
    const { filters } = filtersOf({
      matchPIDs: [
        pids,
        { ...pids, operator: 'NotIn', values: [1], isNamespacePID: true },
        { ...pids, values: [1], isNamespacePID: true, followForks: true },
        { ...pids, values: [1, 3, 5, 7, 9], followForks: true },
      ],
    });
    expect(filters).toMatchObject([
      { operator: 'TG_OPERATOR_RANGES', argument: 8, flags: 0, numbers: [1n, 1n, 7n, 7n] },
      { operator: 'TG_OPERATOR_RANGES', argument: 9, flags: NEGATED, numbers: [1n, 1n] },
      { operator: 'TG_OPERATOR_FOLLOW_PID', argument: 9, flags: NAMESPACE_PID, numbers: [1n, 1n] },
      { operator: 'TG_OPERATOR_FOLLOW_PID', flags: RANGE_SET, set: { kind: 'ranges' } },
    ]);
  });

  test('binaries, of the parent too, and with descendants', () => {
    const binaries = {
      operator: 'NotIn',
      values: ['/bin/a'],
      followChildren: false,
      position: { line: 1, column: 1 },
    } as const;
    const of = (change: Partial<Selector>) => filtersOf(change).filters[0];
    const writable = { ...binaries, values: [...binaries.values] };
    expect(of({ matchBinaries: writable })).toMatchObject({
      operator: 'TG_OPERATOR_EQUAL',
      argument: 6,
      flags: NEGATED,
    });
    expect(of({ matchParentBinaries: { ...writable, operator: 'Postfix' } })).toMatchObject({
      operator: 'TG_OPERATOR_POSTFIX',
      argument: 7,
    });
    expect(
      of({ matchBinaries: { ...writable, operator: 'In', followChildren: true } }),
    ).toMatchObject({
      operator: 'TG_OPERATOR_FOLLOW_BINARY',
      flags: 0,
      set: { kind: 'followed' },
    });
  });

  test('namespaces and what changed in them; a kernel without a kind has everybody in 0', () => {
    const { filters } = filtersOf({
      matchNamespaces: [
        { namespace: 'Net', operator: 'NotIn', values: ['host_ns', 5] },
        { namespace: 'Time', operator: 'In', values: ['host_ns'] },
      ],
      matchNamespaceChanges: { operator: 'In', values: ['Uts', 'User'] },
    });
    expect(filters).toMatchObject([
      { argument: 10, field: 5, flags: NEGATED, numbers: [5n, 5n, 4026531840n, 4026531840n] },
      { argument: 10, field: 6, flags: 0, numbers: [0n, 0n] },
      { operator: 'TG_OPERATOR_NAMESPACE_CHANGES', flags: 0, numbers: [0b10_0000_0001n] },
    ]);
    const others = filtersOf({
      matchNamespaceChanges: { operator: 'NotIn', values: ['Uts', 'User'] },
    });
    expect(others.filters).toMatchObject([{ flags: 0, numbers: [0b01_1111_1110n] }]);
  });

  test('capabilities and what changed in them', () => {
    const capabilities = {
      type: 'Permitted',
      operator: 'NotIn',
      isNamespaceCapability: true,
      values: [0, 40],
    } as const;
    const list = [{ ...capabilities, values: [...capabilities.values] }];
    const { filters } = filtersOf({ matchCapabilities: list, matchCapabilityChanges: list });
    const listed = (1n << 40n) | 1n;
    const others = BigInt.asUintN(64, ~listed);
    expect(filters).toMatchObject([
      { operator: 'TG_OPERATOR_CAPABILITIES', field: 2, flags: NEGATED, numbers: [listed, 1n] },
      { operator: 'TG_OPERATOR_CAPABILITY_CHANGES', field: 2, flags: 0, numbers: [others, 1n] },
    ]);
  });

  test('workloads: which of them mean everything, and that the host is all but the containers', () => {
    const empty = { matchLabels: {}, matchExpressions: [], position: { line: 1, column: 1 } };
    const none: Workload = { pod: undefined, container: undefined, host: false, node: undefined };
    expect(isEveryWorkload(none)).toBe(true);
    expect(isEveryWorkload({ ...none, pod: empty, container: empty, host: true })).toBe(true);
    expect(isEveryWorkload({ ...none, host: true })).toBe(false);
    expect(isEveryWorkload({ ...none, pod: empty })).toBe(false);
    const of = (matchWorkloads: Workload) => filtersOf({ matchWorkloads }).filters;
    expect(of({ ...none, pod: empty })).toMatchObject([
      { operator: 'TG_OPERATOR_WORKLOAD', flags: 0 },
    ]);
    expect(of({ ...none, host: true })).toMatchObject([{ flags: NEGATED }]);
    expect(of(none)).toEqual([]);
  });
});

test('what costs little is tried first; what forgets a change when it matches, last', () => {
  const { filters } = filtersOf(
    {
      matchNamespaceChanges: { operator: 'In', values: ['Net'] },
      matchArgs: [
        filter({ values: texts('x'), operator: 'SubString' }),
        filter({ arguments: [1] }),
      ],
      matchBinaries: {
        operator: 'In',
        values: ['/bin/a'],
        followChildren: false,
        position: { line: 1, column: 1 },
      },
      matchPIDs: [{ operator: 'In', values: [1], isNamespacePID: false, followForks: true }],
    },
    [text(), value({ input: 1 })],
  );
  expect(filters.map(({ operator }) => operator)).toEqual([
    'TG_OPERATOR_RANGES',
    'TG_OPERATOR_EQUAL',
    'TG_OPERATOR_FOLLOW_PID',
    'TG_OPERATOR_SUBSTRING',
    'TG_OPERATOR_NAMESPACE_CHANGES',
  ]);
});

test('more filters than fit are refused', () => {
  expect(() => filtersOf({ matchArgs: Array.from({ length: 25 }, () => filter()) })).toThrow(
    'has 25 filters; at most 24 fit',
  );
});

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bindFilter } from '../../../src/policies/filterValues.ts';
import { parseNetwork } from '../../../src/policies/language/addresses.ts';
import { TYPE_NAMES } from '../../../src/policies/language/argumentTypes.ts';
import { mismatch, operatorByName } from '../../../src/policies/language/operators.ts';
import {
  ARGUMENT_OPERATORS,
  ARGUMENT_TYPES,
  type ArgumentFilter,
  type Hook,
  type Selector,
} from '../../../src/policies/model.ts';
import {
  CAPABILITY_NUMBERS,
  FAMILY_NUMBERS,
  PROTOCOL_NUMBERS,
  TCP_STATE_NUMBERS,
} from '../../../src/policies/namedNumbers.ts';
import { parsePolicies } from '../../../src/policies/parse.ts';
import { changed, errorsOf, policyWith, SAMPLE, warningsOf } from './sample.ts';

function hookOf(source: string): Hook {
  const { policies, errors } = parsePolicies(source, 'p.yaml');
  const hook = policies?.[0]?.hooks[0];
  if (!hook) throw new Error(errors?.map(({ message }) => message).join('\n') ?? 'no hook');
  return hook;
}

function selectorOf(source: string): Selector {
  const [selector] = hookOf(source).selectors;
  if (!selector) throw new Error('no selector');
  return selector;
}

/** The values of one filter on an argument of this type. */
function valuesOf(type: string, operator: string, values: string): unknown {
  return selectorOf(
    policyWith(
      `  kprobes:\n  - call: c\n    args: [{index: 0, type: ${type}}]\n    selectors:\n    - matchArgs: [{index: 0, operator: ${operator}, values: ${values}}]`,
    ),
  ).matchArgs[0]?.values;
}

test('our own library has no mistake', () => {
  const library = new URL('../../../src/policies/library/', import.meta.url);
  const files = readdirSync(library).filter((name) => name.endsWith('.yaml'));
  expect(files.length).toBeGreaterThan(0);
  for (const file of files)
    expect([
      file,
      parsePolicies(readFileSync(new URL(file, library), 'utf8'), file).errors,
    ]).toEqual([file, undefined]);
});

describe('what is allowed', () => {
  test.each<[string, string]>([
    ['a byte order mark', `\ufeff${SAMPLE}`],
    ['line ends of Windows', SAMPLE.replaceAll('\n', '\r\n')],
    ['a hook without arguments and selectors', changed(/ {4}args:[\s\S]*/, '')],
    ['an empty spec', policyWith('  {}')],
    [
      'empty sections beside a full one',
      changed('  kprobes:', '  uprobes: []\n  tracepoints: ~\n  kprobes:'),
    ],
    [
      'sixteen selectors: Tetragon has five',
      changed(/ {4}selectors:[\s\S]*/, `    selectors:\n${'    - {}\n'.repeat(16)}`),
    ],
    [
      'the longest values',
      changed('/etc/', 'x'.repeat(252)).replace('/bin/cat', `/${'y'.repeat(254)}`),
    ],
    ['a name with dots', changed('name: sample', 'name: a.b-c.9')],
    [
      'empty fields',
      changed('    args:', '    message:\n    tags: ~\n    returnArgAction: ""\n    args:'),
    ],
    [
      'what Kubernetes writes into objects',
      changed('name: sample', 'name: sample\n  uid: x\n  resourceVersion: "1"\n  labels: {a: b}'),
    ],
    [
      'a returnArg without return',
      changed('    args:', '    returnArg: {index: 0, type: int}\n    args:'),
    ],
    [
      'several entries and more than four values of matchPIDs',
      policyWith(
        '  kprobes:\n  - call: sys_read\n    selectors:\n    - matchPIDs:\n      - {operator: NotIn, values: [1, 2, 3, 4, 5, 6]}\n      - {operator: NotIn, values: [0]}',
      ),
    ],
    [
      'two policies of one name in two namespaces',
      ['a', 'b']
        .map((name) =>
          SAMPLE.replace('TracingPolicy', 'TracingPolicyNamespaced').replace(
            'name: sample',
            `name: sample\n  namespace: ${name}`,
          ),
        )
        .join('---\n'),
    ],
  ])('%s', (_, source) => {
    expect(errorsOf(source)).toEqual([]);
  });

  test('several documents, empty ones left out', () => {
    const { policies } = parsePolicies(
      `---\n${SAMPLE}---\n---\n# none\n---\n${changed('sample', 'second')}...\n`,
      'p.yaml',
    );
    expect(policies?.map(({ name }) => name)).toEqual(['sample', 'second']);
  });

  test('one bad document spoils the file: all or nothing', () => {
    expect(parsePolicies(`${SAMPLE}---\nkind: x\n`, 'p.yaml').policies).toBeUndefined();
  });

  test('a namespaced policy without a namespace goes to the default one, as with kubectl', () => {
    const source = changed('TracingPolicy', 'TracingPolicyNamespaced');
    expect(parsePolicies(source, 'p.yaml').policies?.[0]?.namespace).toBe('default');
    expect(parsePolicies(SAMPLE, 'p.yaml').policies?.[0]?.namespace).toBeUndefined();
  });

  test('annotations: ours are read, unknown ones of ours told, others left alone', () => {
    const source = changed(
      'name: sample',
      'name: sample\n  annotations: {trigon/title: T, trigon/mitre: "T1053.003, T1098", trigon/ttle: x, none: , __proto__: p}',
    );
    const { policies, warnings } = parsePolicies(source, 'p.yaml');
    expect(policies?.[0]?.about).toMatchObject({ title: 'T', mitre: ['T1053.003', 'T1098'] });
    expect(warnings?.map(({ field }) => field)).toEqual(['metadata.annotations.trigon/ttle']);
  });

  test('parameters: their defaults stand in for placeholders, values go before them', () => {
    const source = changed(
      'name: sample',
      `name: sample
  annotations:
    trigon/parameters: |
      WHAT=who # for whom
      OTHER=
    trigon/title: for \${WHAT}\${OTHER}`,
    );
    const aboutOf = (variables: Record<string, string>) =>
      parsePolicies(source, 'p.yaml', { variables }).policies?.[0];
    expect(aboutOf({})?.about.title).toBe('for who');
    expect(aboutOf({ WHAT: 'me' })?.about.title).toBe('for me');
    expect(aboutOf({ WHAT: 'me' })?.parameters).toEqual([
      { name: 'WHAT', value: 'me', standard: 'who', help: 'for whom' },
      { name: 'OTHER', value: '', standard: '', help: '' },
    ]);
  });
});

test('places: of what names the hook, and of each argument, selector, filter and action', () => {
  const hook = hookOf(SAMPLE);
  expect([hook.field, hook.position]).toEqual(['spec.kprobes[0]', { line: 7, column: 11 }]);
  expect(hook.args.map(({ field, position }) => [field, position.line])).toEqual([
    ['spec.kprobes[0].args[0]', 10],
    ['spec.kprobes[0].args[1]', 12],
  ]);
  const [selector] = hook.selectors;
  expect([
    selector?.field,
    selector?.position.line,
    selector?.matchArgs[0]?.field,
    selector?.matchArgs[0]?.position.line,
    selector?.actions[0]?.position.line,
  ]).toEqual([
    'spec.kprobes[0].selectors[0]',
    15,
    'spec.kprobes[0].selectors[0].matchArgs[0]',
    16,
    23,
  ]);
});

test('messages and tags are cut at whole characters and escaped for events', () => {
  const source = changed(
    '    args:',
    `    message: "a\\x1b[2J\\"${'é'.repeat(130)}"\n    tags: ["${'x'.repeat(129)}"]\n    args:`,
  );
  const hook = hookOf(source);
  // 6 bytes of ASCII and 125 letters of two bytes are 256.
  expect(hook.message).toBe(`a\\x1b[2J\\"${'é'.repeat(125)}`);
  expect(hook.tags).toEqual(['x'.repeat(128)]);
  expect(warningsOf(source)).toEqual([
    '9:15: spec.kprobes[0].message: is cut to 256 bytes',
    '10:13: spec.kprobes[0].tags[0]: is cut to 128 bytes',
  ]);
});

describe('warnings', () => {
  test.each<[string, string, string[]]>([
    [
      'a filter on binaries without values',
      changed('[/bin/cat]', '[]'),
      [
        '21:17: spec.kprobes[0].selectors[0].matchBinaries[0].values: is empty: the filter is ignored, and every binary matches',
      ],
    ],
    [
      'maxData of a number',
      changed('type: int', 'type: int\n      maxData: true'),
      [
        '14:16: spec.kprobes[0].args[1].maxData: has no effect on int; it is for char_buf and iov_iter',
      ],
    ],
    [
      'a namespace of a policy for the host',
      changed('name: sample', 'name: sample\n  namespace: x'),
      [
        '5:14: metadata.namespace: has no effect: a TracingPolicy is for the whole host; TracingPolicyNamespaced has a namespace',
      ],
    ],
    [
      'Override without an error',
      changed('Sigkill', 'Override'),
      [
        '23:9: spec.kprobes[0].selectors[0].matchActions[0]: has no "argError": the call is left out and reports success; write -1 for EPERM',
      ],
    ],
  ])('%s', (_, source, expected) => {
    expect(warningsOf(source)).toEqual(expected);
  });
});

describe('values', () => {
  const number = (text: bigint) => ({ kind: 'ranges', ranges: [[text, text]] });
  test.each<[string, string, string, unknown]>([
    ['string', 'Equal', '["a\\0\\0"]', { kind: 'texts', texts: ['a'] }],
    ['string', 'Equal', '["\\0"]', { kind: 'texts', texts: [''] }],
    ['char_buf', 'Equal', '["\\0"]', { kind: 'texts', texts: ['\0'] }],
    ['int', 'Mask', '["0x80000000"]', number(0x8000_0000n)],
    ['size_t', 'Equal', '["18446744073709551615"]', number(2n ** 64n - 1n)],
    ['unsigned long', 'Equal', '["0x10"]', number(16n)],
    ['capability', 'Equal', '[CAP_SYS_ADMIN]', number(21n)],
    ['bpf_cmd', 'Equal', '[BPF_PROG_LOAD]', number(5n)],
    ['cap_effective', 'Equal', '["CAP_CHOWN, CAP_DAC_OVERRIDE"]', number(3n)],
    ['int64', 'InMap', '["0:9000000000"]', { kind: 'ranges', ranges: [[0n, 9_000_000_000n]] }],
    [
      'uint64',
      'InMap',
      '["010", "9:7"]',
      {
        kind: 'ranges',
        ranges: [
          [10n, 10n],
          [7n, 9n],
        ],
      },
    ],
    [
      'int',
      'GT',
      '["1", "2", "3", "4", "5"]',
      { kind: 'ranges', ranges: [1n, 2n, 3n, 4n, 5n].map((n) => [n, n]) },
    ],
    [
      'file',
      'FileType',
      '[socket, REG]',
      {
        kind: 'ranges',
        ranges: [
          [0o140000n, 0o140000n],
          [0o100000n, 0o100000n],
        ],
      },
    ],
    [
      'sock',
      'Protocol',
      '["6:17", ipproto_udp]',
      {
        kind: 'ranges',
        ranges: [
          [6n, 17n],
          [17n, 17n],
        ],
      },
    ],
    ['sock', 'DPort', '["90:80"]', { kind: 'ranges', ranges: [[80n, 90n]] }],
    ['sockaddr_un', 'Prefix', '["@/tmp/"]', { kind: 'texts', texts: ['@/tmp/'] }],
  ])('%s %s %s', (type, operator, values, expected) => {
    expect(valuesOf(type, operator, values)).toEqual(expected);
  });

  test('every operator has rules, and every type is known by all its names', () => {
    for (const operator of ARGUMENT_OPERATORS)
      for (const type of ARGUMENT_TYPES) expect(typeof mismatch(operator, type)).not.toBe('number');
    for (const name of TYPE_NAMES.filter(
      (each) => !/^(int|auto|syscall64|const_buf|data_loc)$/.test(each),
    ))
      expect([name, errorsOf(changed('type: int', `type: ${name}`))]).toEqual([name, []]);
    expect(operatorByName('NotSportPriv')).toBe('NotSPortPriv');
    expect(operatorByName('SubStringIgnoreCase')).toBe('SubStringIgnCase');
    expect(operatorByName('constructor')).toBeUndefined();
  });

  test('names of numbers', () => {
    expect(FAMILY_NUMBERS.size).toBe(45);
    expect([FAMILY_NUMBERS.get('AF_MCTP'), FAMILY_NUMBERS.get('AF_DECNET')]).toEqual([45, 12]);
    expect([PROTOCOL_NUMBERS.size, PROTOCOL_NUMBERS.get('IPPROTO_MPTCP')]).toEqual([27, 262]);
    expect([TCP_STATE_NUMBERS.size, TCP_STATE_NUMBERS.get('TCP_NEW_SYN_RECV')]).toEqual([12, 12]);
    expect([CAPABILITY_NUMBERS.size, CAPABILITY_NUMBERS.get('CAP_DAC_OVERRIDE')]).toEqual([42, 1]);
  });

  test.each<[string, string, number]>([
    ['10.1.2.3', '0a010203', 32],
    ['10.1.2.3/12', '0a000000', 12],
    ['255.255.255.255/31', 'fffffffe', 31],
    ['0.0.0.0/0', '00000000', 0],
    ['::', '00000000000000000000000000000000', 128],
    ['::1', '00000000000000000000000000000001', 128],
    ['2001:db8::ff00:42:8329', '20010db8000000000000ff0000428329', 128],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008', 128],
    ['fe80::', 'fe800000000000000000000000000000', 128],
    ['fdff:ffff::/9', 'fd800000000000000000000000000000', 9],
    ['::ffff:1.2.3.4', '00000000000000000000ffff01020304', 128],
    ['64:ff9b::1.2.3.4/96', '0064ff9b000000000000000000000000', 96],
  ])('%s', (text, address, prefix) => {
    const network = parseNetwork(text);
    expect(network && [Buffer.from(network.address).toString('hex'), network.prefix]).toEqual([
      address,
      prefix,
    ]);
  });
});

describe('which argument a filter is about', () => {
  const positions = (args: string, filter: string, kind = 'kprobes') => {
    const hook = kind === 'kprobes' ? 'call: c' : 'subsystem: a\n    event: b';
    return selectorOf(
      policyWith(
        `  ${kind}:\n  - ${hook}\n    args: ${args}\n    selectors:\n    - matchArgs: [{${filter}, operator: Equal, values: ["1"]}]`,
      ),
    ).matchArgs[0]?.arguments;
  };
  const TWO = '[{index: 2, type: int}, {index: 1, type: int}]';
  const FIELDS = '[{index: 4, type: int}, {index: 0, type: int}]';

  test.each<[string, string, string, string, number[]]>([
    ["the index of the function's argument", TWO, 'index: 1', 'kprobes', [1]],
    ['a position', TWO, 'args: [0]', 'kprobes', [0]],
    ['the position wins', TWO, 'index: 1, args: [0]', 'kprobes', [0]],
    [
      'of two with one index the first',
      '[{index: 0, type: int}, {index: 0, type: int}]',
      'index: 0',
      'kprobes',
      [0],
    ],
    ["a tracepoint's field number", FIELDS, 'index: 4', 'tracepoints', [0]],
    ["a tracepoint's position", FIELDS, 'index: 1', 'tracepoints', [1]],
    ['a field number rather than a position', FIELDS, 'index: 0', 'tracepoints', [1]],
  ])('%s', (_, args, filter, kind, expected) => {
    expect(positions(args, filter, kind)).toEqual(expected);
  });

  test('no index is index 0', () => {
    const filter = selectorOf(changed('index: 0\n        operator', 'operator')).matchArgs[0];
    expect(filter?.arguments).toEqual([0]);
  });
});

describe('macros', () => {
  const source = policyWith(`  selectorsMacros:
    shells: {label: shells, matchBinaries: [{operator: In, values: [/bin/sh]}]}
    pods: {matchWorkloads: {podSelector: {}}, matchArgs: [{index: 0, operator: Equal, values: ["1"]}]}
  kprobes:
  - call: sys_read
    args: [{index: 0, type: int}]
    selectors:
    - macros: [shells, pods]
    - {macros: [shells], label: own}`);

  test('bring their fields, and a label where there is none', () => {
    const { selectors } = hookOf(source);
    expect(selectors.map(({ label }) => label)).toEqual(['shells', 'own']);
    expect(selectors.map(({ matchBinaries }) => matchBinaries?.values)).toEqual([
      ['/bin/sh'],
      ['/bin/sh'],
    ]);
    expect(selectors[0]?.matchArgs).toHaveLength(1);
  });

  test('bring matchWorkloads too: without it the selector would match more than its author wants', () => {
    expect(selectorOf(source).matchWorkloads?.pod).toBeDefined();
  });

  test('that no selector uses are checked all the same', () => {
    expect(
      errorsOf(
        policyWith('  selectorsMacros:\n    m: {matchPIDs: [{operator: Is, values: [1]}], x: 1}'),
      ),
    ).toEqual([
      '7:32: spec.selectorsMacros.m.matchPIDs[0].operator: "Is" is not allowed; allowed: In, NotIn',
      expect.stringMatching(/^7:51: spec\.selectorsMacros\.m\.x: unknown field/),
    ]);
  });
});

describe('rate limits', () => {
  test.each<[string, unknown]>([
    ['5', { milliseconds: 5000, scope: 'thread' }],
    ['5s', { milliseconds: 5000, scope: 'thread' }],
    ['5m', { milliseconds: 300_000, scope: 'thread' }],
    ['1h', { milliseconds: 3_600_000, scope: 'thread' }],
    ['2000h', { milliseconds: 2 ** 32 - 1, scope: 'thread' }],
    ['0', undefined],
    ['""', undefined],
  ])('%s', (text, expected) => {
    const source = changed('Sigkill', `Post\n        rateLimit: ${text}`);
    expect(selectorOf(source).actions[0]?.rateLimit).toEqual(expected);
  });
});

describe('filters on arguments whose type is found out on the host', () => {
  const filterOf = (operator: string, values: string): ArgumentFilter => {
    const [filter] = selectorOf(
      policyWith(
        `  tracepoints:\n  - subsystem: a\n    event: b\n    args: [{index: 0}]\n    selectors:\n    - matchArgs: [{index: 0, operator: ${operator}, values: ${values}}]`,
      ),
    ).matchArgs;
    if (!filter) throw new Error('no filter');
    return filter;
  };

  test('Equal on what turns out to be a number', () => {
    const { filter, problems } = bindFilter(filterOf('Equal', '["0x10", "7"]'), 'uint32');
    expect(problems).toEqual([]);
    expect(filter.values).toEqual({
      kind: 'ranges',
      ranges: [
        [16n, 16n],
        [7n, 7n],
      ],
    });
  });

  test('Equal on what turns out to be a text', () => {
    const { filter, problems } = bindFilter(filterOf('Equal', '["12\\0"]'), 'const_buf');
    expect(problems).toEqual([]);
    expect(filter.values).toEqual({ kind: 'texts', texts: ['12'] });
  });

  test.each<[string, string, Parameters<typeof bindFilter>[1], string]>([
    ['Equal', '[x]', 'int', '"x" is not a whole number'],
    ['GT', '["256"]', 'uint8', '256 does not fit into uint8; allowed: 0 to 255'],
    [
      'Prefix',
      '[x]',
      'int',
      "Prefix can't be used on an argument of type int (Tetragon takes it, and it never matches); allowed for int: Equal, NotEqual, GreaterThan, LessThan, GT, LT, Mask, InRange, NotInRange, InMap, NotInMap, CelExpr",
    ],
  ])('%s %s on %s', (operator, values, type, message) => {
    expect(bindFilter(filterOf(operator, values), type).problems).toEqual([message]);
  });
});

test('more than eight expressions', () => {
  const filter = '{operator: CelExpr, values: [arg0 > 0]}';
  const source = policyWith(
    `  kprobes:\n  - call: c\n    args: [{index: 0, type: int}]\n    selectors:\n${`    - matchArgs: [${filter}, ${filter}, ${filter}]\n`.repeat(3)}`,
  );
  expect(errorsOf(source)).toEqual([
    '12:112: spec.kprobes[0].selectors[2].matchArgs[2].operator: at most 8 expressions are allowed in a policy',
  ]);
});

test('a file of a hundred thousand mistakes is told in reasonable time', () => {
  const started = performance.now();
  expect(errorsOf(policyWith(`  kprobes: [${'x, '.repeat(90_000)}]`))).toHaveLength(90_000);
  expect(performance.now() - started).toBeLessThan(40_000);
});

test('hostile values cost no time and no screen', () => {
  const started = performance.now();
  const nuls = `"${'\\0'.repeat(200_000)}x"`;
  expect(errorsOf(changed('"/etc/"', nuls))).toEqual([
    '18:19: spec.kprobes[0].selectors[0].matchArgs[0].values[0]: 200001 bytes are too long for Prefix; at most 252 are allowed here',
  ]);
  const [message] = errorsOf(changed('Sigkill', 'K'.repeat(1_000_000)));
  expect(message?.length).toBeLessThan(2000);
  expect(performance.now() - started).toBeLessThan(20_000);
});

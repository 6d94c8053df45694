import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parsePolicies } from '../../../src/policies/parse.ts';
import { changed, errorsOf, SAMPLE } from './sample.ts';

const HOOK = 'spec.kprobes[0]';
const SELECTOR = `${HOOK}.selectors[0]`;
const FILTER = `${SELECTOR}.matchArgs[0]`;
const OPERATORS =
  'Equal, NotEqual, Prefix, NotPrefix, Postfix, NotPostfix, GreaterThan, LessThan, GT, LT, Mask, InRange, InMap, NotInMap, SubString, FileType';

/** The sample with its filter on the number instead of the file. */
const onNumber = (operator: string, values: string) =>
  changed(
    /index: 0\n {8}operator: Prefix\n {8}values: .*/,
    `index: 1\n        operator: ${operator}\n        values: ${values}`,
  );

test('the whole language', () => {
  const source = changed(
    'name: sample',
    'name: sample\n  annotations: {trigon/title: T, none: }\n  labels: {a: b}',
  )
    .replace('    args:', '    message: hello\n    tags: [a, "b c"]\n    args:')
    .replace('type: int', 'type: int\n      label: access');
  expect(parsePolicies(source, 'p.yaml')).toEqual({
    policies: [
      {
        name: 'sample',
        file: 'p.yaml',
        annotations: { 'trigon/title': 'T' },
        hooks: [
          {
            call: 'security_file_permission',
            message: 'hello',
            tags: ['a', 'b c'],
            position: { line: 9, column: 11 },
            args: [
              { index: 0, type: 'file', label: undefined, position: { line: 14, column: 7 } },
              { index: 1, type: 'int', label: 'access', position: { line: 16, column: 7 } },
            ],
            selectors: [
              {
                matchArgs: [{ argument: 0, operator: 'Prefix', values: ['/etc/'] }],
                matchBinaries: { operator: 'In', values: ['/bin/cat'] },
                actions: [{ action: 'Sigkill' }],
              },
            ],
          },
        ],
      },
    ],
  });
});

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

describe('each mistake, where it stands and what is allowed there', () => {
  test.each<[string, string, string[]]>([
    ['nothing', '', ['1:1: the file holds no policy']],
    ['only a comment', '# nothing\n---\n', ['1:1: the file holds no policy']],
    ['a text', 'hello', ['1:1: must be a mapping with apiVersion, kind, metadata, spec']],
    ['a list', '\n- a', ['2:1: must be a mapping with apiVersion, kind, metadata, spec']],
    [
      'a tab',
      'a:\n\tb: 1',
      ['2:1: not valid YAML: tab characters must not be used in indentation'],
    ],
    [
      'an open bracket',
      'a: [1',
      ['1:6: not valid YAML: unexpected end of the stream within a flow collection'],
    ],
    ['a NUL byte', 'a: \0', ['1:4: not valid YAML: null byte is not allowed in input']],
    [
      'a key twice',
      changed('    syscall: false', '    syscall: false\n    syscall: false'),
      ['9:5: not valid YAML: key "syscall" stands here twice'],
    ],
    ['a list as key', '? [a]\n: b', ['1:3: not valid YAML: a key must be a plain text']],
    [
      'another version',
      changed('v1alpha1', 'v2'),
      ['1:13: apiVersion: must be cilium.io/v1alpha1, not "cilium.io/v2"'],
    ],
    ['no version', changed(/apiVersion.*\n/, ''), ['1:1: "apiVersion" is missing']],
    [
      'another kind',
      changed('TracingPolicy', 'Pod'),
      ['2:7: kind: "Pod" is not allowed; allowed: TracingPolicy, TracingPolicyNamespaced'],
    ],
    [
      'a kind of later',
      changed('TracingPolicy', 'TracingPolicyNamespaced'),
      [
        '2:7: kind: "TracingPolicyNamespaced" is not supported by this version of Trigon; it has TracingPolicy',
      ],
    ],
    ['no kind', changed(/kind.*\n/, ''), ['1:1: "kind" is missing']],
    [
      'no metadata',
      changed(/metadata:\n.*\n/, ''),
      ['1:1: "metadata" is missing; it holds the policy\'s name'],
    ],
    ['no name', changed('name: sample', 'labels: {}'), ['4:3: metadata: "name" is missing']],
    [
      'an empty name',
      changed('name: sample', 'name: ""'),
      ['4:10: metadata.name: must not be empty'],
    ],
    [
      'a list as name',
      changed('name: sample', 'name: [a]'),
      ['4:9: metadata.name: must be a text'],
    ],
    [
      'a name nobody can type',
      changed('name: sample', 'name: "a\\nb"'),
      [
        '4:10: metadata.name: may hold lower-case letters, digits, "-" and "." only, with no sign at its ends',
      ],
    ],
    [
      'annotations as list',
      changed('name: sample', 'name: sample\n  annotations: [a]'),
      ['5:16: metadata.annotations: must be a mapping of texts'],
    ],
    ['no spec', changed(/spec:[\s\S]*/, ''), ['1:1: "spec" is missing']],
    [
      'a spec without hooks',
      changed(/spec:[\s\S]*/, 'spec: {}\n'),
      ['5:7: spec: "kprobes" is missing: the policy would watch nothing'],
    ],
    [
      'an empty list of hooks',
      changed(/kprobes:[\s\S]*/, 'kprobes: []\n'),
      ['6:12: spec.kprobes: needs at least one hook: the policy would watch nothing'],
    ],
    [
      'hooks of later',
      changed('  kprobes:', '  uprobes: []\n  kprobes:'),
      ['6:3: spec.uprobes: this version of Trigon does not support this field yet'],
    ],
    [
      'a slip of the pen',
      changed('    selectors:', '    selector:'),
      [
        '14:5: spec.kprobes[0].selector: unknown field; allowed here: call, syscall, args, selectors, message, tags',
      ],
    ],
    [
      'a hostile key',
      changed('    syscall:', '    "\\x1b[2J": 1\n    syscall:'),
      [
        `8:6: ${HOOK}.\\x1b[2J: unknown field; allowed here: call, syscall, args, selectors, message, tags`,
      ],
    ],
    [
      'no syscall',
      changed(/ {4}syscall.*\n/, ''),
      [
        `7:5: ${HOOK}: must be "syscall: false": hooks on system calls are not supported by this version of Trigon`,
      ],
    ],
    [
      'syscall: true',
      changed('syscall: false', 'syscall: true'),
      [
        `8:14: ${HOOK}.syscall: must be "syscall: false": hooks on system calls are not supported by this version of Trigon`,
      ],
    ],
    [
      'syscall: no',
      changed('syscall: false', 'syscall: no'),
      [`8:14: ${HOOK}.syscall: must be true or false, not "no"`],
    ],
    [
      'no call',
      changed('call: security_file_permission\n    ', ''),
      [`7:5: ${HOOK}: "call" is missing`],
    ],
    [
      'a hook that is a text',
      changed(/ {2}- call[\s\S]*/, '  - sys_write\n'),
      [`7:5: ${HOOK}: must be a mapping with call, syscall, args, selectors, message, tags`],
    ],
    [
      'an index that is no number',
      changed('index: 1', 'index: one'),
      [`12:14: ${HOOK}.args[1].index: must be a whole number from 0, not "one"`],
    ],
    [
      'a negative index',
      changed('index: 1', 'index: -1'),
      [`12:14: ${HOOK}.args[1].index: must be a whole number from 0, not "-1"`],
    ],
    [
      'an unknown type',
      changed('type: int', 'type: sock'),
      [`13:13: ${HOOK}.args[1].type: "sock" is not allowed; allowed: file, int`],
    ],
    ['no type', changed(/\n {6}type: int/, ''), [`12:7: ${HOOK}.args[1]: "type" is missing`]],
    [
      'a filter on an argument that is not there',
      changed('index: 0\n        operator', 'index: 4\n        operator'),
      [`16:16: ${FILTER}.index: no argument of this hook has index 4; it has 0, 1`],
    ],
    [
      'a filter without arguments',
      changed(/ {4}args:\n(?:.*\n){4}/, ''),
      [`11:16: ${FILTER}.index: no argument of this hook has index 0; it has none`],
    ],
    [
      'an unknown operator',
      changed('Prefix', 'Prefixx'),
      [`17:19: ${FILTER}.operator: "Prefixx" is not allowed; allowed: ${OPERATORS}`],
    ],
    [
      'an operator of later',
      changed('Prefix', 'Postfix'),
      [
        `17:19: ${FILTER}.operator: "Postfix" is not supported by this version of Trigon; it has Equal, NotEqual, Prefix, NotPrefix`,
      ],
    ],
    [
      'no operator',
      changed(/ {8}operator: Prefix\n/, ''),
      [`16:9: ${FILTER}: "operator" is missing`],
    ],
    [
      'no values',
      changed(/ {8}values: \["\/etc\/"\]\n/, ''),
      [`16:9: ${FILTER}: "values" is missing`],
    ],
    [
      'an empty list of values',
      changed('["/etc/"]', '[]'),
      [`18:17: ${FILTER}.values: needs at least one value`],
    ],
    [
      'empty values',
      changed('["/etc/"]', '["", "/a", "\\0"]'),
      [
        `18:19: ${FILTER}.values[0]: must not be empty`,
        `18:29: ${FILTER}.values[2]: must not be empty`,
      ],
    ],
    [
      'null values',
      changed('["/etc/"]', '[~, "~"]'),
      [`18:18: ${FILTER}.values[0]: must be a text`],
    ],
    [
      'a value that is no list',
      changed('["/etc/"]', '/etc/'),
      [`18:17: ${FILTER}.values: must be a list`],
    ],
    [
      'a mapping as value',
      changed('["/etc/"]', '[{a: b}]'),
      [`18:18: ${FILTER}.values[0]: must be a text`],
    ],
    [
      'Prefix on a number',
      onNumber('Prefix', '[4]'),
      [
        `17:19: ${FILTER}.operator: Prefix compares texts, and this argument is a number; use Equal or NotEqual`,
      ],
    ],
    [
      'no whole numbers',
      onNumber('Equal', '[4x, 4.0, 08, 1e3]'),
      ['4x', '4.0', '08', '1e3'].map(
        (text, i) =>
          `18:${[18, 22, 27, 31][i]}: ${FILTER}.values[${i}]: "${text}" is not a whole number`,
      ),
    ],
    [
      'numbers out of range',
      onNumber('Equal', '[2147483648, -2147483649, 0x80000000]'),
      ['2147483648', '-2147483649', '0x80000000'].map(
        (text, i) =>
          `18:${[18, 30, 43][i]}: ${FILTER}.values[${i}]: ${text} does not fit into an int (32 bits, signed)`,
      ),
    ],
    [
      'five numbers',
      onNumber('Equal', '[1,2,3,4,5]'),
      [`18:26: ${FILTER}.values[4]: at most 4 numbers are allowed here`],
    ],
    [
      'a prefix too long',
      changed('/etc/', `/${'x'.repeat(252)}`),
      [`18:19: ${FILTER}.values[0]: 253 bytes are too long; at most 252 are allowed here`],
    ],
    [
      'a path too long in bytes',
      changed('Prefix', 'Equal').replace('/etc/', `/${'é'.repeat(128)}`),
      [`18:19: ${FILTER}.values[0]: 257 bytes are too long; at most 255 are allowed here`],
    ],
    [
      'a relative binary',
      changed('/bin/cat', 'cat'),
      [`21:18: ${SELECTOR}.matchBinaries[0].values[0]: "cat" must be an absolute path`],
    ],
    [
      'two lists of binaries',
      changed('      matchActions', '      - {operator: In, values: [/b]}\n      matchActions'),
      [`22:9: ${SELECTOR}.matchBinaries[1]: at most 1 entry is allowed here`],
    ],
    [
      'an unknown action',
      changed('Sigkill', 'Kill'),
      [
        `23:17: ${SELECTOR}.matchActions[0].action: "Kill" is not allowed; allowed: Post, NoPost, Sigkill, Override, Signal, GetUrl, DnsLookup, TrackSock, UntrackSock, NotifyEnforcer, CleanupEnforcerNotification, Set`,
      ],
    ],
    [
      'an action of later',
      changed('Sigkill', 'Override'),
      [
        `23:17: ${SELECTOR}.matchActions[0].action: "Override" is not supported by this version of Trigon; it has Post, NoPost, Sigkill`,
      ],
    ],
    [
      'no action',
      changed('action: Sigkill', '{}'),
      [`23:9: ${SELECTOR}.matchActions[0]: "action" is missing`],
    ],
    [
      'four actions',
      changed('      - action: Sigkill', '      - action: Post\n'.repeat(4)),
      [`26:9: ${SELECTOR}.matchActions[3]: at most 3 actions are allowed here`],
    ],
    [
      'six selectors',
      changed(/ {4}selectors:[\s\S]*/, `    selectors:\n${'    - {}\n'.repeat(6)}`),
      [`20:7: ${HOOK}.selectors[5]: at most 5 selectors are allowed here`],
    ],
    [
      'six arguments',
      changed('    selectors:', `${'    - {index: 0, type: file}\n'.repeat(4)}    selectors:`),
      [`17:7: ${HOOK}.args[5]: at most 5 arguments are allowed here`],
    ],
    [
      'six filters',
      changed(
        '      matchBinaries',
        `${'      - {index: 0, operator: Equal, values: [/a]}\n'.repeat(5)}      matchBinaries`,
      ),
      [`23:9: ${SELECTOR}.matchArgs[5]: at most 5 filters are allowed here`],
    ],
    [
      'an alias to nowhere',
      changed('["/etc/"]', '*nowhere'),
      ['18:18: not valid YAML: no anchor "nowhere" before this alias'],
    ],
    [
      'nesting without end',
      '['.repeat(20_000),
      ['1:100: not valid YAML: nesting exceeded maxDepth (100)'],
    ],
    [
      'the second document',
      `${SAMPLE}---\n${changed('Sigkill', 'Kill')}`,
      [expect.stringMatching(/^47:17: spec.*"Kill" is not allowed/)],
    ],
    [
      'all at once',
      changed('v1alpha1', 'v2').replace('Sigkill', 'Kill').replace('index: 1', 'index: x'),
      [
        expect.stringMatching(/^1:13: /),
        expect.stringMatching(/^12:14: /),
        expect.stringMatching(/^23:17: /),
      ],
    ],
  ])('%s', (_, source, expected) => {
    expect(errorsOf(source)).toEqual(expected);
  });
});

describe('what is allowed', () => {
  test.each<[string, string]>([
    ['a byte order mark', `\ufeff${SAMPLE}`],
    ['line ends of Windows', SAMPLE.replaceAll('\n', '\r\n')],
    ['a hook without arguments and selectors', changed(/ {4}args:[\s\S]*/, '')],
    [
      'five selectors',
      changed(/ {4}selectors:[\s\S]*/, `    selectors:\n${'    - {}\n'.repeat(5)}`),
    ],
    [
      'the longest values',
      changed('/etc/', 'x'.repeat(252)).replace('/bin/cat', `/${'y'.repeat(254)}`),
    ],
    ['numbers in every notation', onNumber('NotEqual', '[0x7fffffff, -0x80000000, "010", +5]')],
    ['a name with dots', changed('name: sample', 'name: a.b-c.9')],
    ['empty fields', changed('    args:', '    message:\n    tags: ~\n    args:')],
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

  test('values that end in NUL, as old policies write them', () => {
    const { policies } = parsePolicies(changed('"/etc/"', '"/etc/\\0"'), 'p.yaml');
    expect(policies?.[0]?.hooks[0]?.selectors[0]?.matchArgs[0]?.values).toEqual(['/etc/']);
  });
});

/** docs/policy-language.md: the language of policies, as the reader of policies takes it. */
import {
  CAPABILITY_SET_TYPES,
  INTEGER_TYPES,
  limitsOfType,
  SOCKET_TYPES,
  TEXT_TYPES,
  TYPE_NAMES,
  typeByName,
} from '../src/policies/language/argumentTypes.ts';
import {
  mismatch,
  OPERATOR_NAMES,
  operatorByName,
  valueKind,
} from '../src/policies/language/operators.ts';
import {
  ACTION_NAMES,
  ARGUMENT_OPERATORS,
  ARGUMENT_TYPES,
  type ArgumentOperator,
  type ArgumentType,
} from '../src/policies/model.ts';
import {
  BPF_COMMAND_NUMBERS,
  CAPABILITY_NUMBERS,
  FAMILY_NUMBERS,
  FILE_TYPE_NUMBERS,
  type NamedNumbers,
  PROTOCOL_NUMBERS,
  TCP_STATE_NUMBERS,
} from '../src/policies/namedNumbers.ts';
import { parsePolicies } from '../src/policies/parse.ts';
import { row } from './markdown.ts';
import { limits } from './policyLanguage/limits.ts';
import { fieldRows } from './policyLanguage/mappings.ts';
import { PLACES, type Place } from './policyLanguage/places.ts';
import { allowedWords, policyWith, STRANGER } from './policyLanguage/probe.ts';
import { ACTIONS, HOOKS, OPERATORS, OPTIONS, TYPES, VALUES } from './policyLanguage/words.ts';

const code = (text: string): string => `\`${text}\``;
const codes = (texts: readonly string[]): string => texts.map(code).join(', ');

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  row(...head),
  row(...head.map(() => '---')),
  ...rows.map((cells) => row(...cells.map((cell) => cell.replaceAll('|', '\\|')))),
  '',
];

const EXAMPLE = `apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata:
  name: hosts-file                      # typed to arm it
spec:
  kprobes:                              # hooks of one kind
    - call: security_file_permission    # a function of the kernel …
      syscall: false                    # … and no system call
      args:                             # what is read of the call
        - { index: 0, type: file }
        - { index: 1, type: int }
      selectors:                        # the first that fits counts
        - matchArgs:                    # all of its filters must hold
            - { index: 0, operator: Equal, values: [/etc/hosts] }
            - { index: 1, operator: Mask, values: ["2"] } # 2: write
          matchBinaries:
            - { operator: NotIn, values: [/usr/bin/vim] }
          matchActions:
            - action: Sigkill           # once it is armed
`;

/** The whole page. @param generated the line that says where it comes from */
export function policyLanguagePage(generated: string): string {
  const { errors } = parsePolicies(EXAMPLE, 'example.yaml');
  if (errors) throw new Error(`the example: ${errors[0]?.message}`);
  return [
    '# The language of policies',
    generated,
    '',
    'Every field that a policy may have, what it takes, and what it means. The tables are made by asking the reader of policies, which',
    'refuses anything else with the place and what is allowed there. What of it runs on which kernel: [policies.md](policies.md#what-runs-where);',
    'which operators work on which types: [operators.md](operators.md); policies to begin from: [library.md](library.md). `trigon policy new`',
    'writes one from plain words, `trigon policy check FILE` reads one as strictly as Trigon does, `trigon policy explain FILE` says what it does.',
    '',
    '```yaml',
    EXAMPLE.trimEnd(),
    '```',
    '',
    'A hook’s **selectors** are tried in their order, and the first whose filters all hold counts: its actions are done, those after it are not',
    'tried. If none holds, nothing is told. A hook without selectors tells of each call. Actions that enforce (Sigkill, Signal, Override,',
    'NotifyEnforcer, Set) are done only while the policy is [armed](policies.md#modes); otherwise they are counted.',
    '',
    `\`\${NAME}\` in a value is a [placeholder](policies.md#placeholders). An empty cell below “absent” means: then nothing is asked, or done.`,
    '',
    ...PLACES.flatMap(placeSection),
    ...typesSection(),
    ...operatorsSection(),
    ...namesSection(),
    ...EXPRESSIONS,
    ...actionsSection(),
    ...optionsSection(),
    ...limitsSection(),
  ].join('\n');
}

const placeSection = (place: Place): string[] => [
  `## ${place.title}`,
  ...(place.about === undefined ? [] : [place.about, '']),
  ...table(
    ['field', 'takes', 'absent', ''],
    fieldRows(place).map(({ names, takes, absent, means }) => [codes(names), takes, absent, means]),
  ),
];

/** The other names of something that has several. */
const aliases = <T extends string>(
  names: readonly string[],
  byName: (name: string) => T | undefined,
  of: T,
): string[] => names.filter((name) => name !== of && byName(name) === of);

function typesSection(): string[] {
  const rows = ARGUMENT_TYPES.map((type) => {
    const [least, most] = limitsOfType(type);
    const isNumber = INTEGER_TYPES.some((each) => each === type);
    const others = aliases(TYPE_NAMES, typeByName, type);
    return [codes([type, ...others]), TYPES[type], isNumber ? `${least} to ${most}` : ''];
  });
  return ['## types', ...table(['type', '', 'values in filters'], rows)];
}

const FAMILIES: readonly (readonly [name: string, types: readonly ArgumentType[]])[] = [
  ['numbers', INTEGER_TYPES],
  ['texts and paths', TEXT_TYPES],
  ['sets of capabilities', CAPABILITY_SET_TYPES],
  ['sockets and packets', SOCKET_TYPES],
];

function typesOf(operator: ArgumentOperator): string {
  const fits = (type: ArgumentType) => type !== 'auto' && mismatch(operator, type) === undefined;
  const whole = FAMILIES.filter(([, types]) => types.every(fits));
  const told = new Set(whole.flatMap(([, types]) => [...types]));
  const single = ARGUMENT_TYPES.filter((type) => fits(type) && !told.has(type));
  return [...whole.map(([name]) => name), ...single.map(code)].join(', ');
}

const isPlain = (name: ArgumentOperator): name is keyof typeof OPERATORS =>
  Object.hasOwn(OPERATORS, name);

function operatorsSection(): string[] {
  const rows = ARGUMENT_OPERATORS.filter(isPlain).map((operator) => {
    const names = ARGUMENT_OPERATORS.filter((each) => each.replace(/^Not/, '') === operator);
    const all = names.flatMap((name) => [name, ...aliases(OPERATOR_NAMES, operatorByName, name)]);
    return [
      codes(all),
      OPERATORS[operator],
      typesOf(operator),
      `[${valueKind(operator)}](#values)`,
    ];
  });
  const kinds = new Set(ARGUMENT_OPERATORS.map(valueKind));
  return [
    '## operators',
    'A `Not…` holds when the other doesn’t. The types of each family (numbers, texts and paths, sets of capabilities) are in',
    '[operators.md](operators.md), where each pair is tested.',
    '',
    ...table(['operator', 'holds when the argument', 'types', 'values'], rows),
    '## values',
    ...table(
      ['kind', 'written'],
      [...kinds].map((kind) => [code(kind), VALUES[kind]]),
    ),
  ];
}

const NAMES: readonly (readonly [title: string, numbers: NamedNumbers])[] = [
  ['capabilities', CAPABILITY_NUMBERS],
  ['kinds of files', FILE_TYPE_NUMBERS],
  ['address families', FAMILY_NUMBERS],
  ['protocols', PROTOCOL_NUMBERS],
  ['states of TCP', TCP_STATE_NUMBERS],
  ['commands of bpf(2)', BPF_COMMAND_NUMBERS],
];

const namesSection = (): string[] => [
  '## names',
  'In either case.',
  '',
  ...table(
    ['of', 'names'],
    NAMES.map(([title, numbers]) => [title, codes([...numbers.keys()])]),
  ),
];

const EXPRESSIONS = [
  '## expressions',
  'CelExpr takes one expression over `arg0`, `arg1` …: the hook’s `args` by their position, which must be numbers. It has `+ - && || ! == != <',
  '<= > >=`, parentheses, `true`, `false`, numbers (`7`, `0x1f`, `7u`), `int32()`, `uint32()`, `int64()`, `uint64()` to convert, and bit by bit `and()`,',
  '`or()`, `xor()`, `not()`: `arg1 > 4096 && and(arg2, 1) == 1`.',
  '',
];

function actionsSection(): string[] {
  const allowed = Object.values(HOOKS).map(([section, hook]) => {
    const selectors = [{ matchActions: [{ action: STRANGER }] }];
    return [section, allowedWords(policyWith({ [section]: [{ ...hook, selectors }] }))] as const;
  });
  const rows = ACTION_NAMES.map((name) => {
    const sections = allowed.filter(([, words]) => words.includes(name));
    const where = sections.length === allowed.length ? 'all' : codes(sections.map(([of]) => of));
    return [code(name), ACTIONS[name], where];
  });
  return [
    '## what actions do',
    'Whether a kernel can do it at a hook `trigon policy check` says.',
    '',
    ...table(['action', '', 'in'], rows),
  ];
}

const optionsSection = (): string[] => [
  '## options',
  'Items of `spec.options`, each with `name` and `value`. Others are read over, as Tetragon does it.',
  '',
  ...table(
    ['name', 'value', ''],
    Object.values(OPTIONS).map(([name, takes, means]) => [code(name), takes, means]),
  ),
];

const limitsSection = (): string[] => [
  '## Limits of a policy',
  'Those of all policies together: [policies.md](policies.md#limits).',
  '',
  ...table(
    ['', 'most', ''],
    limits().map(([what, most, note]) => [what, most.toLocaleString('en'), note]),
  ),
];

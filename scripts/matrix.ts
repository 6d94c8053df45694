/** docs/operators.md, from the table of the kernel tests: which operator works on which type of argument, and where that is tested. */
import {
  CAPABILITY_SET_TYPES,
  INTEGER_TYPES,
  TEXT_TYPES,
} from '../src/policies/language/argumentTypes.ts';
import {
  ARGUMENT_OPERATORS,
  type ArgumentOperator,
  type ArgumentType,
} from '../src/policies/model.ts';
import { caseOf, isAllowed, OPERAND_TYPES, SUBJECTS } from '../test/kernel/matrixCases.ts';

/** Types side by side in one table of the page. */
const FAMILIES: readonly (readonly [title: string, types: readonly ArgumentType[]])[] = [
  ['Numbers', INTEGER_TYPES],
  ['Texts and paths', TEXT_TYPES],
  ['Sets of capabilities', CAPABILITY_SET_TYPES],
  ['Network', ['sock', 'socket', 'skb', 'sockaddr']],
];

const REFUSED = '·';
const TESTED = '✓';

export const operatorsOf = (type: ArgumentType): ArgumentOperator[] =>
  ARGUMENT_OPERATORS.filter((operator) => isAllowed(operator, type));

/** Types that no table shows although an operator works on them: none, or the page lacks them. */
export const missingTypes = (): ArgumentType[] => {
  const shown = FAMILIES.flatMap(([, types]) => types);
  return OPERAND_TYPES.filter((type) => operatorsOf(type).length > 0 && !shown.includes(type));
};

/** Reasons by their number, in the order in which the page comes to them. */
type Notes = string[];

function noteMark(notes: Notes, reason: string): string {
  if (!notes.includes(reason)) notes.push(reason);
  return `[${notes.indexOf(reason) + 1}]`;
}

function cell(operator: ArgumentOperator, type: ArgumentType, notes: Notes): string {
  if (!isAllowed(operator, type)) return REFUSED;
  const found = caseOf(operator, type);
  if (!found) return '';
  if ('matches' in found) return TESTED;
  return `${found.untested} ${noteMark(notes, found.reason)}`;
}

function table(title: string, types: readonly ArgumentType[], notes: Notes): string {
  const rows = ARGUMENT_OPERATORS.filter((operator) =>
    types.some((type) => isAllowed(operator, type)),
  ).map((operator) =>
    [`\`${operator}\``, ...types.map((type) => cell(operator, type, notes))].join(' | '),
  );
  return [
    `## ${title}`,
    '',
    `| | ${types.map((type) => `\`${type}\``).join(' | ')} |`,
    `|---|${types.map(() => ':-:|').join('')}`,
    ...rows.map((row) => `| ${row} |`),
  ].join('\n');
}

function reached(): string {
  const rows = SUBJECTS.map(
    ({ type, reached: how, calls, cases }) =>
      `| \`${type}\` | ${how} | ${Object.keys(calls).length} | ${Object.keys(cases).length} |`,
  );
  return [
    '## How the tests reach them',
    '',
    '| type | reached by | calls | operators |',
    '|---|---|--:|--:|',
    ...rows,
  ].join('\n');
}

/** The whole page. @param generated the line that says where it comes from */
export function operatorsPage(generated: string): string {
  const notes: Notes = [];
  const tables = FAMILIES.map(([title, types]) => table(title, types, notes));
  const none = OPERAND_TYPES.filter((type) => operatorsOf(type).length === 0);
  return [
    '# Operators and types of arguments',
    generated,
    '',
    `${TESTED} tested in the kernel by \`test/kernel/matrix.test.ts\`, with calls that match and calls that don't. VM: tested where the`,
    `kernel has what it needs. –: can't be reached, for the reason given. ${REFUSED} the language has no such filter: the policy is`,
    'refused with a message that lists what works. `auto` becomes one of the other types before an operator looks at it.',
    '',
    tables.join('\n\n'),
    '',
    ...(notes.length > 0 ? [...notes.map((note, index) => `${index + 1}. ${note}`), ''] : []),
    `Nothing filters on ${none.map((type) => `\`${type}\``).join(', ')}: they are only shown.`,
    '',
    reached(),
    '',
  ].join('\n');
}

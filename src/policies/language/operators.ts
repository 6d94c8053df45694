/** Which operators work on which types of arguments. */

import { ARGUMENT_OPERATORS, type ArgumentOperator, type ArgumentType } from '../model.ts';
import { CAPABILITY_SET_TYPES, INTEGER_TYPES, SOCKET_TYPES, TEXT_TYPES } from './argumentTypes.ts';

/** Spellings that Tetragon's schema has and its documentation has not, or the other way round. */
const ALIASES: Readonly<Record<string, ArgumentOperator>> = {
  NotSportPriv: 'NotSPortPriv',
  SubStringIgnoreCase: 'SubStringIgnCase',
};

export const OPERATOR_NAMES: readonly string[] = [...ARGUMENT_OPERATORS, ...Object.keys(ALIASES)];

export const operatorByName = (name: string): ArgumentOperator | undefined =>
  Object.hasOwn(ALIASES, name) ? ALIASES[name] : ARGUMENT_OPERATORS.find((each) => each === name);

/** The kind of values an operator compares with. */
export type ValueKind =
  | 'equality'
  | 'text'
  | 'number'
  | 'mask'
  | 'range'
  | 'set'
  | 'fileType'
  | 'port'
  | 'address'
  | 'protocol'
  | 'family'
  | 'state'
  | 'expression'
  | 'none';

type OperatorRule = { types: readonly ArgumentType[]; values: ValueKind };

const FILES: readonly ArgumentType[] = ['file', 'path'];
const WITH_ADDRESS: readonly ArgumentType[] = [...SOCKET_TYPES, 'sockaddr'];

const RULES = {
  Equal: { types: [...TEXT_TYPES, ...INTEGER_TYPES, ...CAPABILITY_SET_TYPES], values: 'equality' },
  GreaterThan: { types: INTEGER_TYPES, values: 'number' },
  LessThan: { types: INTEGER_TYPES, values: 'number' },
  GT: { types: INTEGER_TYPES, values: 'number' },
  LT: { types: INTEGER_TYPES, values: 'number' },
  Mask: { types: [...INTEGER_TYPES, ...CAPABILITY_SET_TYPES], values: 'mask' },
  InRange: { types: INTEGER_TYPES, values: 'range' },
  InMap: { types: INTEGER_TYPES, values: 'set' },
  Prefix: { types: TEXT_TYPES, values: 'text' },
  Postfix: { types: TEXT_TYPES, values: 'text' },
  SubString: { types: TEXT_TYPES, values: 'text' },
  SubStringIgnCase: { types: TEXT_TYPES, values: 'text' },
  FileType: { types: FILES, values: 'fileType' },
  // A sockaddr has one address and one port: Tetragon calls them source.
  SPort: { types: WITH_ADDRESS, values: 'port' },
  DPort: { types: SOCKET_TYPES, values: 'port' },
  SPortPriv: { types: WITH_ADDRESS, values: 'none' },
  DPortPriv: { types: SOCKET_TYPES, values: 'none' },
  SAddr: { types: WITH_ADDRESS, values: 'address' },
  DAddr: { types: SOCKET_TYPES, values: 'address' },
  Protocol: { types: SOCKET_TYPES, values: 'protocol' },
  Family: { types: [...WITH_ADDRESS, 'sockaddr_un'], values: 'family' },
  State: { types: SOCKET_TYPES, values: 'state' },
  CapabilitiesGained: { types: CAPABILITY_SET_TYPES, values: 'none' },
  CelExpr: { types: INTEGER_TYPES, values: 'expression' },
} as const satisfies Record<Exclude<ArgumentOperator, `Not${string}`>, OperatorRule>;

const hasRule = (name: string): name is keyof typeof RULES => Object.hasOwn(RULES, name);

function ruleOf(operator: ArgumentOperator): OperatorRule {
  const name = operator.replace(/^Not/, '');
  if (!hasRule(name)) throw new Error(`operator ${operator} has no rule`);
  return RULES[name];
}

export const valueKind = (operator: ArgumentOperator): ValueKind => ruleOf(operator).values;

/** Why an operator can't be used on a type; undefined: it can. A type that is only found out on the host passes. */
export function mismatch(operator: ArgumentOperator, type: ArgumentType): string | undefined {
  const { types } = ruleOf(operator);
  if (type === 'auto' || types.includes(type)) return undefined;
  const usable = ARGUMENT_OPERATORS.filter((each) => ruleOf(each).types.includes(type));
  const allowed =
    usable.length > 0
      ? `allowed for ${type}: ${usable.join(', ')}`
      : `nothing can filter on ${type}`;
  return `${operator} can't be used on an argument of type ${type}${fate(operator, type)}; ${allowed}`;
}

/** What Tetragon makes of some combinations that it doesn't check. */
function fate(operator: ArgumentOperator, type: ArgumentType): string {
  const isText = ruleOf(operator).values === 'text';
  const isNumber = INTEGER_TYPES.some((each) => each === type);
  return isText && isNumber ? ' (Tetragon takes it, and it never matches)' : '';
}

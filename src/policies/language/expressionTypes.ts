/** The types of expressions: what may stand beside what, and in which width it is computed. */
import type { ArgumentType, Expression, ExpressionWidth } from '../model.ts';
import { signedRange, unsignedRange } from '../numbers.ts';

/** An expression that is wrong; the message says what, and at which character. */
export class ExpressionError extends Error {}

/** `at` counts from 1. */
export type Token = { text: string; at: number };

const WIDTHS = { int32: -4, uint32: 4, int64: -8, uint64: 8 } as const satisfies Record<
  string,
  ExpressionWidth
>;
type NumberType = keyof typeof WIDTHS;

/** How each type of argument is computed with: small ones as 32 bits. */
const ARGUMENT_TYPES: Partial<Record<ArgumentType, NumberType>> = {
  int: 'int32',
  int8: 'int32',
  int16: 'int32',
  int32: 'int32',
  int64: 'int64',
  uint8: 'uint32',
  uint16: 'uint32',
  uint32: 'uint32',
  uint64: 'uint64',
  size_t: 'uint64',
  syscall64: 'uint64',
  capability: 'int32',
  bpf_cmd: 'int32',
};

/** A part of an expression with its type. A literal takes the type of what it meets. */
export type Typed =
  | { type: 'bool'; expression: Expression }
  | { type: NumberType; expression: Expression }
  | { type: 'literal'; value: bigint; unsigned: boolean };
type TypedNumber = Extract<Typed, { type: NumberType }>;
type Literal = Extract<Typed, { type: 'literal' }>;
/** What is no literal. */
export type TypedValue = Exclude<Typed, { type: 'literal' }>;

/** Functions that convert; `int` and `uint` are CEL's own names. */
const CASTS: Readonly<Record<string, NumberType>> = {
  int32: 'int32',
  uint32: 'uint32',
  int64: 'int64',
  uint64: 'uint64',
  int: 'int64',
  uint: 'uint64',
};

const BITWISE: Readonly<Record<string, 'bitAnd' | 'bitOr' | 'bitXor'>> = {
  and: 'bitAnd',
  or: 'bitOr',
  xor: 'bitXor',
};

export const condition = (expression: Expression): Typed => ({ type: 'bool', expression });

/** A literal as a number of a type that it must fit into. */
function settle(literal: Literal, type: NumberType): TypedNumber {
  const width = WIDTHS[type];
  const bits = Math.abs(width) * 8;
  const [least, most] = width < 0 ? signedRange(bits) : unsignedRange(bits);
  if (literal.value < least || literal.value > most)
    throw new ExpressionError(`${literal.value} does not fit into ${type} (${least} to ${most})`);
  if (literal.unsigned && width < 0)
    throw new ExpressionError(
      `${literal.value}u is unsigned, and it stands beside ${type}; leave the "u" out`,
    );
  return { type, expression: { op: 'number', value: literal.value, width } };
}

/** A literal that meets nothing is an int64, as in CEL. */
const settleAlone = (literal: Literal): TypedNumber =>
  settle(literal, literal.unsigned ? 'uint64' : 'int64');

function numeric(operand: Typed, token: Token): TypedNumber {
  if (operand.type === 'bool')
    throw new ExpressionError(
      `"${token.text}" at character ${token.at} needs numbers, not conditions`,
    );
  return operand.type === 'literal' ? settleAlone(operand) : operand;
}

/** Both operands in one type: literals follow the other side, and anything else must agree. */
function matched(token: Token, left: Typed, right: Typed): [TypedNumber, TypedNumber] {
  if (left.type === 'literal' && right.type !== 'literal' && right.type !== 'bool')
    return [settle(left, right.type), right];
  if (right.type === 'literal' && left.type !== 'literal' && left.type !== 'bool')
    return [left, settle(right, left.type)];
  const both: [TypedNumber, TypedNumber] = [numeric(left, token), numeric(right, token)];
  if (both[0].type !== both[1].type)
    throw new ExpressionError(
      `"${token.text}" at character ${token.at} stands between ${both[0].type} and ${both[1].type}; convert one, e.g. with ${both[1].type}()`,
    );
  return both;
}

/** Numbers that stand in the expression are calculated here, and take the type of what they meet only then. */
const FOLD = {
  add: (a: bigint, b: bigint) => a + b,
  subtract: (a: bigint, b: bigint) => a - b,
  bitAnd: (a: bigint, b: bigint) => a & b,
  bitOr: (a: bigint, b: bigint) => a | b,
  bitXor: (a: bigint, b: bigint) => a ^ b,
} as const;

export function calculate(op: keyof typeof FOLD, token: Token, left: Typed, right: Typed): Typed {
  if (left.type === 'literal' && right.type === 'literal')
    return {
      type: 'literal',
      value: FOLD[op](left.value, right.value),
      unsigned: left.unsigned || right.unsigned,
    };
  const [first, second] = matched(token, left, right);
  const width = WIDTHS[first.type];
  return {
    type: first.type,
    expression: { op, left: first.expression, right: second.expression, width },
  };
}

export function logic(op: 'and' | 'or', token: Token, left: Typed, right: Typed): Typed {
  if (left.type !== 'bool' || right.type !== 'bool')
    throw new ExpressionError(
      `"${token.text}" at character ${token.at} needs conditions on both sides; for bits use ${op}()`,
    );
  return condition({ op, left: left.expression, right: right.expression, width: 4 });
}

export function compare(token: Token, left: Typed, right: Typed): Typed {
  const isEquality = token.text === '==' || token.text === '!=';
  const bothConditions = left.type === 'bool' && right.type === 'bool';
  const [a, b, width] =
    isEquality && bothConditions
      ? [left.expression, right.expression, 4 as const]
      : operands(token, left, right);
  const not = (operand: Expression): Typed => condition({ op: 'not', operand, width: 4 });
  switch (token.text) {
    case '==':
      return condition({ op: 'equal', left: a, right: b, width });
    case '!=':
      return not({ op: 'equal', left: a, right: b, width });
    case '<':
      return condition({ op: 'less', left: a, right: b, width });
    case '>':
      return condition({ op: 'less', left: b, right: a, width });
    case '<=':
      return not({ op: 'less', left: b, right: a, width });
    default:
      return not({ op: 'less', left: a, right: b, width });
  }
}

function operands(
  token: Token,
  left: Typed,
  right: Typed,
): [Expression, Expression, ExpressionWidth] {
  const [a, b] = matched(token, left, right);
  return [a.expression, b.expression, WIDTHS[a.type]];
}

export function negation(token: Token, operand: Typed): Typed {
  if (operand.type === 'literal') return { ...operand, value: -operand.value };
  const { type, expression } = numeric(operand, token);
  return { type, expression: { op: 'negate', operand: expression, width: WIDTHS[type] } };
}

export function complement(token: Token, operand: Typed): Typed {
  if (operand.type !== 'bool')
    throw new ExpressionError(`"!" at character ${token.at} needs a condition; for bits use not()`);
  return condition({ op: 'not', operand: operand.expression, width: 4 });
}

/** One of the hook's arguments. */
export function argumentValue(token: Token, position: number, declared: ArgumentType): Typed {
  const type = ARGUMENT_TYPES[declared];
  if (type === undefined)
    throw new ExpressionError(
      declared === 'auto'
        ? `${token.text} at character ${token.at} needs a type in args: an expression can't be checked without it`
        : `${token.text} at character ${token.at} is of type ${declared}; expressions take integers only`,
    );
  return { type, expression: { op: 'argument', argument: position, width: WIDTHS[type] } };
}

export const settled = (operand: Typed): TypedValue =>
  operand.type === 'literal' ? settleAlone(operand) : operand;

/** A call of one of the functions. */
export function apply(name: Token, operands: readonly Typed[]): Typed {
  const [first, second] = operands;
  const pair = Object.hasOwn(BITWISE, name.text) ? BITWISE[name.text] : undefined;
  const target = Object.hasOwn(CASTS, name.text) ? CASTS[name.text] : undefined;
  if (!pair && !target && name.text !== 'not')
    throw new ExpressionError(
      `there is no function ${name.text} (character ${name.at}); allowed: int32, uint32, int64, uint64, and, or, xor, not`,
    );
  const wanted = pair ? 2 : 1;
  if (!first || operands.length !== wanted)
    throw new ExpressionError(
      `${name.text}() at character ${name.at} takes ${wanted} value${wanted === 1 ? '' : 's'}, not ${operands.length}`,
    );
  if (pair && second) return calculate(pair, name, first, second);
  if (target) return cast(target, first, name);
  const { type, expression } = numeric(first, name);
  return { type, expression: { op: 'bitNot', operand: expression, width: WIDTHS[type] } };
}

function cast(type: NumberType, operand: Typed, token: Token): Typed {
  if (operand.type === 'literal') return settle({ ...operand, unsigned: false }, type);
  const number = numeric(operand, token);
  if (number.type === type) return number;
  return { type, expression: { op: 'cast', operand: number.expression, width: WIDTHS[type] } };
}

import { describe, expect, test } from 'vitest';
import { parseExpression } from '../../../src/policies/language/expression.ts';
import { ExpressionError } from '../../../src/policies/language/expressionTypes.ts';
import type { ArgumentType, Expression } from '../../../src/policies/model.ts';

const TYPES: ArgumentType[] = ['int', 'uint32', 'int64', 'uint64', 'uint8', 'file', 'auto'];

/** An expression as text: `(op:width left right)`. */
function show(expression: Expression): string {
  switch (expression.op) {
    case 'argument':
      return `arg${expression.argument}:${expression.width}`;
    case 'number':
      return `${expression.value}:${expression.width}`;
    default: {
      const operands =
        'operand' in expression ? [expression.operand] : [expression.left, expression.right];
      return `(${expression.op}:${expression.width} ${operands.map(show).join(' ')})`;
    }
  }
}

describe('what expressions mean', () => {
  test.each<[string, string, number[]]>([
    ['arg0 == 1', '(equal:-4 arg0:-4 1:-4)', [0]],
    ['1 == arg1', '(equal:4 1:4 arg1:4)', [1]],
    ['arg1 == 1u', '(equal:4 arg1:4 1:4)', [1]],
    ['arg2 != -0x10', '(not:4 (equal:-8 arg2:-8 -16:-8))', [2]],
    ['arg0 < 1', '(less:-4 arg0:-4 1:-4)', [0]],
    ['arg0 > 1', '(less:-4 1:-4 arg0:-4)', [0]],
    ['arg0 <= 1', '(not:4 (less:-4 1:-4 arg0:-4))', [0]],
    ['arg0 >= 1', '(not:4 (less:-4 arg0:-4 1:-4))', [0]],
    ['arg3 < 18446744073709551615', '(less:8 arg3:8 18446744073709551615:8)', [3]],
    ['arg4 == 255', '(equal:4 arg4:4 255:4)', [4]],
    ['arg0 - 1 - 2 == 3', '(equal:-4 (subtract:-4 (subtract:-4 arg0:-4 1:-4) 2:-4) 3:-4)', [0]],
    ['arg0 - (1 - 2) == 3', '(equal:-4 (subtract:-4 arg0:-4 -1:-4) 3:-4)', [0]],
    ['-arg0 == 1', '(equal:-4 (negate:-4 arg0:-4) 1:-4)', [0]],
    [
      'arg0 > 0 || arg0 < 5 && !(arg1 == 1)',
      '(or:4 (less:-4 0:-4 arg0:-4) (and:4 (less:-4 arg0:-4 5:-4) (not:4 (equal:4 arg1:4 1:4))))',
      [0, 1],
    ],
    ['and(arg1, 0xff) == 3', '(equal:4 (bitAnd:4 arg1:4 255:4) 3:4)', [1]],
    [
      'or(xor(arg2, 1), not(arg2)) == 0',
      '(equal:-8 (bitOr:-8 (bitXor:-8 arg2:-8 1:-8) (bitNot:-8 arg2:-8)) 0:-8)',
      [2],
    ],
    ['uint32(arg0) == arg1', '(equal:4 (cast:4 arg0:-4) arg1:4)', [0, 1]],
    ['int32(arg0) == int32(1)', '(equal:-4 arg0:-4 1:-4)', [0]],
    ['int(arg0) < arg2', '(less:-8 (cast:-8 arg0:-4) arg2:-8)', [0, 2]],
    [
      '(arg0 == 1) == (arg1 == 1)',
      '(equal:4 (equal:-4 arg0:-4 1:-4) (equal:4 arg1:4 1:4))',
      [0, 1],
    ],
    ['true', '1:4', []],
    ['arg2==1&&arg0==2', '(and:4 (equal:-8 arg2:-8 1:-8) (equal:-4 arg0:-4 2:-4))', [0, 2]],
  ])('%s', (source, expected, used) => {
    const parsed = parseExpression(source, TYPES);
    expect(show(parsed.expression)).toBe(expected);
    expect(parsed.arguments).toEqual(used);
  });
});

describe('what is wrong with them', () => {
  test.each<[string, string]>([
    [
      '',
      'it ends at character 1, where a number, an argument (arg0), a function or "(" must follow',
    ],
    ['arg0', 'must be a condition: compare it with something, e.g. arg0 > 0'],
    [
      'arg0 ==',
      'it ends at character 8, where a number, an argument (arg0), a function or "(" must follow',
    ],
    ['(arg0 == 1', 'it ends at character 11, where ")" must follow'],
    ['arg0 == 1)', '")" stands at character 10, where nothing can follow'],
    [
      'arg0 = 1',
      '"=" at character 6 can\'t be used; allowed: + - && || ! == != < <= > >= ( ), the functions int32, uint32, and, or, xor, not, and whole numbers',
    ],
    [
      'arg0 * 2 == 1',
      '"*" at character 6 can\'t be used; allowed: + - && || ! == != < <= > >= ( ), the functions int32, uint32, and, or, xor, not, and whole numbers',
    ],
    [
      'arg9 == 1',
      'there is no arg9 (character 1): numbers are positions in args; allowed: arg0, arg1, arg2, arg3, arg4, arg5, arg6',
    ],
    [
      'pid == 1',
      '"pid" at character 1 is unknown; allowed: arg0, arg1, arg2, arg3, arg4, arg5, arg6',
    ],
    ['arg5 == 1', 'arg5 at character 1 is of type file; expressions take integers only'],
    [
      'arg6 == 1',
      "arg6 at character 1 needs a type in args: an expression can't be checked without it",
    ],
    [
      'arg0 == arg1',
      '"==" at character 6 stands between int32 and uint32; convert one, e.g. with uint32()',
    ],
    ['arg0 == 2147483648', '2147483648 does not fit into int32 (-2147483648 to 2147483647)'],
    ['arg0 == 1u', '1u is unsigned, and it stands beside int32; leave the "u" out'],
    ['arg1 == -1', '-1 does not fit into uint32 (0 to 4294967295)'],
    ['!arg0', '"!" at character 1 needs a condition; for bits use not()'],
    ['arg0 && arg1', '"&&" at character 6 needs conditions on both sides; for bits use and()'],
    ['(arg0 == 1) + 1 == 2', '"+" at character 13 needs numbers, not conditions'],
    [
      'size(arg0) == 1',
      'there is no function size (character 1); allowed: int32, uint32, int64, uint64, and, or, xor, not',
    ],
    [
      'toString(arg0) == 1',
      'there is no function toString (character 1); allowed: int32, uint32, int64, uint64, and, or, xor, not',
    ],
    ['and(arg0) == 1', 'and() at character 1 takes 2 values, not 1'],
    ['int32(arg0, 1) == 1', 'int32() at character 1 takes 1 value, not 2'],
    ['arg0 == 1 || '.repeat(8) + 'arg0 == 1', 'needs 35 operations; at most 32 are allowed'],
    ['('.repeat(100), 'is nested too deeply'],
    ['!'.repeat(100), 'is nested too deeply'],
    ['1 + '.repeat(300), 'is too long'],
  ])('%s', (source, message) => {
    expect(() => parseExpression(source, TYPES)).toThrow(new ExpressionError(message));
  });
});

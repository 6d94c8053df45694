import { describe, expect, test } from 'vitest';
import {
  compileExpression,
  encodeExpression,
  type Operation,
} from '../../../../src/agent/policies/expression.ts';
import type { Expression } from '../../../../src/policies/model.ts';

const number = (value: bigint): Expression => ({ op: 'number', value, width: -8 });
const argument = (position: number): Expression => ({
  op: 'argument',
  argument: position,
  width: -4,
});
const add = (left: Expression, right: Expression): Expression => ({
  op: 'add',
  left,
  right,
  width: -8,
});

/** A stack machine, as the kernel side has one. */
function run(operations: readonly Operation[], args: readonly bigint[]): bigint {
  const stack: bigint[] = [];
  const pop = () => stack.pop() ?? 0n;
  for (const { kind, number: operand } of operations) {
    if (kind === 'TG_OP_ARGUMENT') stack.push(args[Number(operand)] ?? 0n);
    else if (kind === 'TG_OP_NUMBER') stack.push(operand);
    else if (kind === 'TG_OP_NEGATE') stack.push(-pop());
    else if (kind === 'TG_OP_NOT') stack.push(pop() === 0n ? 1n : 0n);
    else {
      const right = pop();
      const left = pop();
      if (kind === 'TG_OP_ADD') stack.push(left + right);
      else if (kind === 'TG_OP_SUBTRACT') stack.push(left - right);
      else if (kind === 'TG_OP_LESS') stack.push(left < right ? 1n : 0n);
      else if (kind === 'TG_OP_EQUAL') stack.push(left === right ? 1n : 0n);
      else if (kind === 'TG_OP_LOGIC_AND') stack.push(left !== 0n && right !== 0n ? 1n : 0n);
      else throw new Error(kind);
    }
  }
  expect(stack).toHaveLength(1);
  return pop();
}

describe('expressions', () => {
  test('work out to what they say', () => {
    // -(arg0 - 3) < arg1 + 1 && !(arg0 == 5)
    const expression: Expression = {
      op: 'and',
      width: 4,
      left: {
        op: 'less',
        width: -8,
        left: {
          op: 'negate',
          width: -8,
          operand: { op: 'subtract', left: argument(0), right: number(3n), width: -8 },
        },
        right: add(argument(1), number(1n)),
      },
      right: {
        op: 'not',
        width: 4,
        operand: { op: 'equal', left: argument(0), right: number(5n), width: -4 },
      },
    };
    const operations = compileExpression(expression, (position) => position);
    for (const [first, second, expected] of [
      [0n, 3n, 1n],
      [0n, 2n, 0n],
      [5n, 100n, 0n],
      [6n, -3n, 1n],
    ] as const)
      expect(run(operations, [first, second])).toBe(expected);
  });

  test('name arguments by the places that the kernel side has them at', () => {
    const operations = compileExpression(add(argument(2), argument(0)), (position) => position + 1);
    expect(operations.map((operation) => operation.number)).toEqual([3n, 1n, 0n]);
  });

  test('as long as the kernel side takes them, and not a step longer', () => {
    const sum = (terms: number): Expression =>
      terms === 1 ? number(1n) : add(sum(terms - 1), number(1n));
    expect(compileExpression(sum(16), Number)).toHaveLength(31);
    expect(() => compileExpression(sum(17), Number)).toThrow(
      'an expression takes 33 steps; the kernel side works off 32 at most',
    );
  });

  test('bytes: kind, width, number; the rest ends it', () => {
    const bytes = encodeExpression(compileExpression(add(argument(1), number(-2n)), Number));
    expect(bytes).toHaveLength(512);
    expect(Buffer.from(bytes.subarray(0, 49)).toString('hex')).toBe(
      '01000000fcffffff0100000000000000' +
        '02000000f8fffffffeffffffffffffff' +
        '03000000f8ffffff0000000000000000' +
        '00',
    );
  });
});

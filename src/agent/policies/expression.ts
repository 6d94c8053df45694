import {
  tg_expression as EXPRESSION,
  tg_limit as LIMIT,
  tg_operation as OPERATION,
  tg_operation_kind,
} from '../../generated/layouts.ts';
import type { Expression, ExpressionWidth } from '../../policies/model.ts';
import { PolicyRefusal } from './refusal.ts';

/** One step of the kernel side's stack machine (struct tg_operation). */
export type Operation = {
  kind: Exclude<keyof typeof tg_operation_kind, 'TG_OP_END'>;
  width: ExpressionWidth;
  /** Position of the argument, or the number itself. */
  number: bigint;
};

const UNARY = {
  negate: 'TG_OP_NEGATE',
  not: 'TG_OP_NOT',
  bitNot: 'TG_OP_BIT_NOT',
  cast: 'TG_OP_CAST',
} as const;

const BINARY = {
  add: 'TG_OP_ADD',
  subtract: 'TG_OP_SUBTRACT',
  bitAnd: 'TG_OP_BIT_AND',
  bitOr: 'TG_OP_BIT_OR',
  bitXor: 'TG_OP_BIT_XOR',
  equal: 'TG_OP_EQUAL',
  less: 'TG_OP_LESS',
  and: 'TG_OP_LOGIC_AND',
  or: 'TG_OP_LOGIC_OR',
} as const;

/**
 * An expression in the order in which a stack machine works it off: operands before what is done with them.
 *
 * @param positionOf where the kernel side has the hook's argument that stands at a position in the policy
 * @throws PolicyRefusal when it is longer than the kernel side's programs may be.
 */
export function compileExpression(
  expression: Expression,
  positionOf: (argument: number) => number,
): Operation[] {
  const operations: Operation[] = [];
  const compile = (part: Expression): void => {
    switch (part.op) {
      case 'argument':
        operations.push({
          kind: 'TG_OP_ARGUMENT',
          width: part.width,
          number: BigInt(positionOf(part.argument)),
        });
        return;
      case 'number':
        operations.push({ kind: 'TG_OP_NUMBER', width: part.width, number: part.value });
        return;
      case 'negate':
      case 'not':
      case 'bitNot':
      case 'cast':
        compile(part.operand);
        operations.push({ kind: UNARY[part.op], width: part.width, number: 0n });
        return;
      default:
        compile(part.left);
        compile(part.right);
        operations.push({ kind: BINARY[part.op], width: part.width, number: 0n });
    }
  };
  compile(expression);
  if (operations.length > LIMIT.TG_MAX_OPERATIONS)
    throw new PolicyRefusal(
      `an expression takes ${operations.length} steps; the kernel side works off ${LIMIT.TG_MAX_OPERATIONS} at most`,
    );
  return operations;
}

/** struct tg_expression: TG_OP_END, which is 0, fills the rest. */
export function encodeExpression(operations: readonly Operation[]): Uint8Array {
  const bytes = new Uint8Array(EXPRESSION.size);
  const view = new DataView(bytes.buffer);
  operations.forEach(({ kind, width, number }, index) => {
    const at = EXPRESSION.at.operations + index * OPERATION.size;
    view.setUint32(at + OPERATION.at.kind, tg_operation_kind[kind], true);
    view.setInt32(at + OPERATION.at.width, width, true);
    view.setBigInt64(at + OPERATION.at.number, BigInt.asIntN(64, number), true);
  });
  return bytes;
}

import type { Expression } from '../model.ts';

const OPERATORS = {
  add: '+',
  subtract: '-',
  bitAnd: '&',
  bitOr: '|',
  bitXor: '^',
  equal: '==',
  less: '<',
  and: '&&',
  or: '||',
} as const;

const DENIED = { '==': '!=', '<': '>=', '>': '<=' } as const;

/** A CelExpr as it was understood, `nameAt` naming its arguments by their position. */
export function expressionText(
  expression: Expression,
  nameAt: (position: number) => string,
): string {
  const isLogic = expression.op === 'and' || expression.op === 'or';
  const part = (operand: Expression): string => {
    const text = expressionText(operand, nameAt);
    return 'left' in operand && !(isLogic && isComparison(operand)) ? `(${text})` : text;
  };
  const comparison = ({ op, left, right }: Comparison, isDenied: boolean): string => {
    // `x > 1` is kept as `1 < x`.
    const isTurned = op === 'less' && left.op === 'number';
    const sign = op === 'equal' ? '==' : isTurned ? '>' : '<';
    const [first, second] = isTurned ? [right, left] : [left, right];
    return `${part(first)} ${isDenied ? DENIED[sign] : sign} ${part(second)}`;
  };
  switch (expression.op) {
    case 'argument':
      return nameAt(expression.argument);
    case 'number':
      return String(expression.value);
    case 'cast':
      return part(expression.operand);
    case 'negate':
      return `-${part(expression.operand)}`;
    case 'bitNot':
      return `~${part(expression.operand)}`;
    case 'not':
      return isComparison(expression.operand)
        ? comparison(expression.operand, true)
        : `!${part(expression.operand)}`;
    default:
      return isComparison(expression)
        ? comparison(expression, false)
        : `${part(expression.left)} ${OPERATORS[expression.op]} ${part(expression.right)}`;
  }
}

type Binary = Extract<Expression, { left: Expression }>;
type Comparison = Binary & { op: 'equal' | 'less' };

const isComparison = (expression: Expression): expression is Comparison =>
  expression.op === 'equal' || expression.op === 'less';

/**
 * CelExpr: the integer part of Google's Common Expression Language, with the functions that Tetragon adds to it. Parsed and typed
 * here, run by the kernel side as a stack machine.
 */
import { tg_limit } from '../../generated/layouts.ts';
import type { ArgumentType, Expression } from '../model.ts';
import {
  apply,
  argumentValue,
  calculate,
  compare,
  complement,
  condition,
  ExpressionError,
  logic,
  negation,
  settled,
  type Token,
  type Typed,
  type TypedValue,
} from './expressionTypes.ts';

export type ParsedExpression = {
  expression: Expression;
  /** Positions of the arguments that it uses, each once, in ascending order. */
  arguments: number[];
};

/**
 * Reads an expression over `arg0` … `argN`, the hook's arguments by their position; `types` are theirs.
 *
 * @throws ExpressionError
 */
export function parseExpression(source: string, types: readonly ArgumentType[]): ParsedExpression {
  const used = new Set<number>();
  const tree = createParser(source, types, used).whole();
  if (tree.type !== 'bool')
    throw new ExpressionError('must be a condition: compare it with something, e.g. arg0 > 0');
  const operations = size(tree.expression);
  if (operations > tg_limit.TG_MAX_OPERATIONS)
    throw new ExpressionError(
      `needs ${operations} operations; at most ${tg_limit.TG_MAX_OPERATIONS} are allowed`,
    );
  return { expression: tree.expression, arguments: [...used].sort((a, b) => a - b) };
}

/** Steps of the stack machine: one for each node of the tree. */
function size(expression: Expression): number {
  if ('left' in expression) return 1 + size(expression.left) + size(expression.right);
  return 'operand' in expression ? 1 + size(expression.operand) : 1;
}

const TOKEN =
  /\s*(?:(0[xX][0-9a-fA-F]+[uU]?|\d+[uU]?|[A-Za-z_]\w*|&&|\|\||==|!=|<=|>=|[-+!<>(),])|(\S))/y;

/** More than any expression of so few operations needs; recursion over the tree stays shallow. */
const MAX_TOKENS = 512;

function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(source); match; match = TOKEN.exec(source)) {
    const [whole, text, stranger] = match;
    const length = (text ?? stranger ?? '').length;
    const at = match.index + whole.length - length + 1;
    if (stranger !== undefined)
      throw new ExpressionError(
        `"${stranger}" at character ${at} can't be used; allowed: + - && || ! == != < <= > >= ( ), the functions int32, uint32, and, or, xor, not, and whole numbers`,
      );
    tokens.push({ text: text ?? '', at });
    if (tokens.length > MAX_TOKENS) throw new ExpressionError('is too long');
  }
  return tokens;
}

/** Parentheses and signs nested deeper than this are no expression anybody wrote. */
const MAX_DEPTH = 64;

/** A parser by recursive descent: a function for each level of binding, the loosest first. */
function createParser(
  source: string,
  types: readonly ArgumentType[],
  used: Set<number>,
): { whole(): TypedValue } {
  const tokens = tokensOf(source);
  const end: Token = { text: '', at: source.length + 1 };
  let next = 0;
  let depth = 0;

  function whole(): TypedValue {
    const result = or();
    if (peek().text !== '') throw unexpected(peek());
    return settled(result);
  }

  function peek(): Token {
    return tokens[next] ?? end;
  }

  function take(): Token {
    const token = peek();
    next += 1;
    return token;
  }

  function accept(...texts: string[]): Token | undefined {
    return texts.includes(peek().text) ? take() : undefined;
  }

  function expect(text: string): void {
    if (!accept(text)) throw unexpected(peek(), `"${text}"`);
  }

  function or(): Typed {
    let left = and();
    for (let token = accept('||'); token; token = accept('||'))
      left = logic('or', token, left, and());
    return left;
  }

  function and(): Typed {
    let left = relation();
    for (let token = accept('&&'); token; token = accept('&&'))
      left = logic('and', token, left, relation());
    return left;
  }

  function relation(): Typed {
    let left = sum();
    const relations = ['==', '!=', '<', '<=', '>', '>='];
    for (let token = accept(...relations); token; token = accept(...relations))
      left = compare(token, left, sum());
    return left;
  }

  function sum(): Typed {
    let left = unary();
    for (let token = accept('+', '-'); token; token = accept('+', '-'))
      left = calculate(token.text === '+' ? 'add' : 'subtract', token, left, unary());
    return left;
  }

  function unary(): Typed {
    depth += 1;
    if (depth > MAX_DEPTH) throw new ExpressionError('is nested too deeply');
    const token = accept('!', '-');
    const result = token ? signed(token) : primary();
    depth -= 1;
    return result;
  }

  function signed(token: Token): Typed {
    const operand = unary();
    return token.text === '!' ? complement(token, operand) : negation(token, operand);
  }

  function primary(): Typed {
    const token = take();
    if (token.text === '(') {
      const inner = or();
      expect(')');
      return inner;
    }
    if (/^\d/.test(token.text)) {
      const unsigned = /[uU]$/.test(token.text);
      return { type: 'literal', value: BigInt(token.text.replace(/[uU]$/, '')), unsigned };
    }
    if (token.text === 'true' || token.text === 'false')
      return condition({ op: 'number', value: token.text === 'true' ? 1n : 0n, width: 4 });
    if (/^[A-Za-z_]/.test(token.text)) return accept('(') ? call(token) : argument(token);
    throw unexpected(token, 'a number, an argument (arg0), a function or "("');
  }

  function call(name: Token): Typed {
    const operands = [or()];
    while (accept(',')) operands.push(or());
    expect(')');
    return apply(name, operands);
  }

  function argument(token: Token): Typed {
    const match = /^arg(\d{1,3})$/.exec(token.text);
    if (!match)
      throw new ExpressionError(
        `"${token.text}" at character ${token.at} is unknown; allowed: ${names()}`,
      );
    const position = Number(match[1]);
    const type = types[position];
    if (type === undefined)
      throw new ExpressionError(
        `there is no ${token.text} (character ${token.at}): numbers are positions in args; allowed: ${names()}`,
      );
    used.add(position);
    return argumentValue(token, position, type);
  }

  function names(): string {
    return (
      types.map((_, position) => `arg${position}`).join(', ') ||
      'numbers only: the hook has no args'
    );
  }

  return { whole };
}

function unexpected(token: Token, wanted?: string): ExpressionError {
  const found = token.text === '' ? 'it ends' : `"${token.text}" stands`;
  return new ExpressionError(
    `${found} at character ${token.at}${wanted === undefined ? ', where nothing can follow' : `, where ${wanted} must follow`}`,
  );
}

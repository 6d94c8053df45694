import type { CelEnv, parse } from '@bufbuild/cel';
import type { DescEnum, DescMessage } from '@bufbuild/protobuf';
import { suggest } from '../../suggest.ts';
import {
  accepts,
  BOOL,
  CLASSES,
  describe,
  elementOf,
  type Static,
  scalar,
  typeOfConstant,
  typeOfField,
  typeOfResult,
} from './celTypes.ts';

/**
 * What an expression would fail with on every event is said before there is one: names and fields that there are not, functions
 * likewise, texts compared with numbers, and a result that is neither true nor false. What types can't tell is left to the evaluation.
 */

type ParsedExpression = ReturnType<typeof parse>;
type Expression = ParsedExpression['expr'];

/** Loops in loops over an event's lists could take for ever. */
const MOST_NESTED = 2;
/** Functions that the evaluator has built in, and their results. */
const BUILT_IN: Readonly<Record<string, Static>> = {
  '_&&_': BOOL,
  '_||_': BOOL,
  '!_': BOOL,
  '@not_strictly_false': BOOL,
  __not_strictly_false__: BOOL,
};
const TYPE_NAMES = new Set('int uint double bool string bytes list map null_type type'.split(' '));
type Scope = {
  readonly names: ReadonlyMap<string, Static>;
  readonly loops: number;
};

/**
 * @param variables that there are, by their names
 * @returns those that the expression names
 * @throws Error with line and column
 */
export function checkExpression(
  source: string,
  { expr, sourceInfo }: ParsedExpression,
  env: CelEnv,
  variables: ReadonlyMap<string, DescMessage>,
): ReadonlySet<string> {
  const { registry, namespace } = env;
  const named = new Set<string>();

  const fail = (at: Expression, reason: string): never => {
    const offset = sourceInfo?.positions[String(at.id)] ?? 0;
    const before = source.slice(0, offset).split('\n');
    const column = (before.at(-1)?.length ?? 0) + 1;
    throw new Error(`line ${before.length}, column ${column}: ${reason}`);
  };
  const visit = (at: Expression | undefined, scope: Scope): Static => {
    const kind = at?.exprKind;
    if (!at || !kind) return undefined;
    switch (kind.case) {
      case 'constExpr':
        return typeOfConstant(kind.value.constantKind.case);
      case 'identExpr':
      case 'selectExpr': {
        const found = visitName(at, scope);
        if (found !== 'no name') return found;
        return kind.case === 'selectExpr'
          ? visitField(at, visit(kind.value.operand, scope), kind.value.field, kind.value.testOnly)
          : undefined;
      }
      case 'callExpr':
        return visitCall(at, kind.value, scope);
      case 'listExpr': {
        const [first] = kind.value.elements.map((element) => visit(element, scope));
        return { kind: 'list', element: first };
      }
      case 'structExpr': {
        for (const { value, keyKind } of kind.value.entries) {
          visit(value, scope);
          if (keyKind.case === 'mapKey') visit(keyKind.value, scope);
        }
        return kind.value.messageName === '' ? { kind: 'map', element: undefined } : undefined;
      }
      case 'comprehensionExpr': {
        const { accuInit, accuVar, iterRange, iterVar, loopCondition, loopStep, result } =
          kind.value;
        if (scope.loops === MOST_NESTED)
          fail(at, `loops (all, exists, map, filter …) may be nested ${MOST_NESTED} times at most`);
        const range = visit(iterRange, scope);
        const element = range?.kind === 'list' ? range.element : undefined;
        const names = new Map(scope.names);
        names.set(iterVar, element).set(accuVar, visit(accuInit, scope));
        const inner = { names, loops: scope.loops + 1 };
        visit(loopCondition, inner);
        visit(loopStep, inner);
        return visit(result, inner);
      }
      default:
        return undefined;
    }
  };
  /** A variable, a type, or a value of an enum: perhaps with dots. */
  const visitName = (at: Expression, scope: Scope): Static | 'no name' => {
    const name = qualifiedName(at);
    if (name === undefined) return 'no name';
    const root = name.split('.')[0] ?? '';
    if (scope.names.has(root)) return name === root ? scope.names.get(root) : 'no name';
    const variable = variables.get(root);
    if (variable) {
      named.add(root);
      return name === root ? { kind: 'message', desc: variable } : 'no name';
    }
    if (isType(name)) return undefined;
    if (isEnumValue(name)) return scalar('int');
    const near = suggest(root, [...variables.keys(), ...scope.names.keys()]);
    const hint = near ? `did you mean ${near}?` : `there are ${[...variables.keys()].join(', ')}`;
    return fail(at, `there is no "${name}"; ${hint}`);
  };
  const isType = (name: string): boolean =>
    TYPE_NAMES.has(name) ||
    [name, `${namespace}.${name}`].some((full) => registry.getMessage(full) !== undefined);
  const isEnumValue = (name: string): boolean => {
    const dot = name.lastIndexOf('.');
    const type = name.slice(0, Math.max(dot, 0));
    const found: DescEnum | undefined =
      registry.getEnum(`${namespace}.${type}`) ?? registry.getEnum(type);
    return found?.values.some((value) => value.name === name.slice(dot + 1)) ?? false;
  };
  const visitField = (at: Expression, of: Static, name: string, isTest: boolean): Static => {
    if (!of || of.kind === 'map') return isTest ? BOOL : of?.element;
    if (of.kind !== 'message') return fail(at, `${describe(of)} has no field "${name}"`);
    const field = of.desc.fields.find((one) => one.name === name);
    if (field) return isTest ? BOOL : typeOfField(field);
    const names = of.desc.fields.map((one) => one.name);
    const near = suggest(name, names);
    const hint = near ? `did you mean ${near}?` : `there are ${names.join(', ')}`;
    return fail(at, `${of.desc.name} has no field "${name}"; ${hint}`);
  };
  const visitCall = (
    at: Expression,
    call: { function: string; target?: Expression | undefined; args: Expression[] },
    scope: Scope,
  ): Static => {
    const space = call.target && qualifiedName(call.target);
    const spaced = space === undefined ? undefined : env.funcs.find(`${space}.${call.function}`);
    const target = spaced ? undefined : visit(call.target, scope);
    const args = call.args.map((arg) => visit(arg, scope));
    if (call.function === '_[_]') return elementOf(args[0]);
    if (call.function === '_?_:_') return args[1]?.kind === args[2]?.kind ? args[1] : undefined;
    if (call.function === '_==_' || call.function === '_!=_') checkComparison(at, args[0], args[1]);
    if (Object.hasOwn(BUILT_IN, call.function)) return BUILT_IN[call.function];
    const group = spaced ?? env.funcs.find(call.function);
    if (!group) return fail(at, `there is no function "${call.function}"`);
    const overloads = [...group].filter(
      (one) =>
        one.arguments.length === args.length &&
        (spaced !== undefined || (one.target !== undefined) === (call.target !== undefined)),
    );
    const [first, ...others] = overloads;
    if (!first) return fail(at, `${call.function} can't be called like this: ${shapes(group)}`);
    if (
      target?.kind === 'scalar' &&
      target.name in CLASSES &&
      !overloads.some((one) => accepts(one.target, target))
    )
      return fail(at, `${call.function} is no function of ${describe(target)}`);
    const isSame = others.every((one) => String(one.result) === String(first.result));
    return isSame ? typeOfResult(first.result) : undefined;
  };
  const checkComparison = (at: Expression, left: Static, right: Static): void => {
    if (left?.kind !== 'scalar' || right?.kind !== 'scalar') return;
    const [one, other] = [CLASSES[left.name], CLASSES[right.name]];
    if (one !== undefined && other !== undefined && one !== other)
      fail(at, `${one} is compared with ${other}: they are never equal`);
  };

  const result = visit(expr, { names: new Map(), loops: 0 });
  if (result && !(result.kind === 'scalar' && ['bool', 'dyn'].includes(result.name)))
    fail(expr, `the expression must be true or false, it is ${describe(result)}`);
  return named;
}

/** `a.b.c` of selections that begin at a name. */
function qualifiedName({ exprKind: kind }: Expression): string | undefined {
  if (kind.case === 'identExpr') return kind.value.name;
  if (kind.case !== 'selectExpr' || kind.value.testOnly || !kind.value.operand) return undefined;
  const operand = qualifiedName(kind.value.operand);
  return operand === undefined ? undefined : `${operand}.${kind.value.field}`;
}

const shapes = (group: Iterable<{ readonly id: string }>): string =>
  `there is ${[...group].map(({ id }) => id).join(', ')}`;

/** matchArgs, matchData and matchReturnArgs. */

import { readPlainValues, type WrittenValue } from '../filterValues.ts';
import type {
  ArgumentFilter,
  ArgumentOperator,
  FilterValues,
  HookArgument,
  ValueList,
} from '../model.ts';
import { parseExpression } from './expression.ts';
import { ExpressionError } from './expressionTypes.ts';
import { findList } from './lists.ts';
import { mismatch, OPERATOR_NAMES, operatorByName, valueKind } from './operators.ts';
import {
  type Fields,
  list,
  type Place,
  readFields,
  readItems,
  readNumber,
  readText,
  readTexts,
  report,
  reportMissing,
} from './reader.ts';

export type FilterSection = 'matchArgs' | 'matchData' | 'matchReturnArgs';

/** What a filter's numbers and names refer to. */
export type FilterContext = {
  section: FilterSection;
  /** The arguments that `section` is about. */
  candidates: readonly HookArgument[];
  /** Tracepoints: an index may also be a position. */
  positionsAllowed: boolean;
  lists: readonly ValueList[];
  /** What the whole policy may still use up. */
  budget: Budget;
};

/** Tetragon's limits on a whole policy. */
export type Budget = { patterns: number; expressions: number };
export const newBudget = (): Budget => ({ patterns: 100, expressions: 8 });

export function readArgumentFilter(place: Place, context: FilterContext): ArgumentFilter[] {
  const fields = readFields(place, ['index', 'args', 'operator', 'values']);
  const operator = readOperator(place, fields);
  if (operator === 'CelExpr') return readExpression(place, fields, context);
  const positions = readPositions(place, fields, operator, context);
  const written = readWritten(place, fields, operator);
  if (!operator || positions.length === 0) return [];
  const operatorPlace = fields.get('operator') ?? place;
  const types = positions.map((position) => context.candidates[position]?.type ?? 'auto');
  const wrong = types.map((type) => mismatch(operator, type)).find((each) => each !== undefined);
  if (wrong !== undefined) {
    report(operatorPlace, wrong);
    return [];
  }
  const [type = 'auto'] = types;
  const values =
    valueKind(operator) === 'set'
      ? readSet(operator, type, written, context)
      : readPlainValues(operator, type, written.map(toWritten));
  if (operator.startsWith('SubString')) spendPatterns(written, context.budget);
  return [filterAt(place, operator, positions, values)];
}

type Written = { text: string; place: Place };

const toWritten = ({ text, place }: Written): WrittenValue => ({
  text,
  report: (message) => report(place, message),
});

const filterAt = (
  place: Place,
  operator: ArgumentOperator,
  positions: number[],
  values: FilterValues,
): ArgumentFilter => ({
  arguments: positions,
  operator,
  values,
  field: place.field,
  position: place.node.position,
});

function readOperator(place: Place, fields: Fields): ArgumentOperator | undefined {
  const operatorPlace = fields.get('operator');
  if (!operatorPlace) {
    reportMissing(place, 'operator', `; allowed: ${list(OPERATOR_NAMES)}`);
    return undefined;
  }
  const name = readText(operatorPlace);
  if (name === undefined) return undefined;
  const operator = operatorByName(name);
  if (operator === undefined)
    report(operatorPlace, `"${name}" is not an operator; allowed: ${list(OPERATOR_NAMES)}`);
  return operator;
}

function readWritten(
  place: Place,
  fields: Fields,
  operator: ArgumentOperator | undefined,
): Written[] {
  const values = fields.get('values');
  const written = readTexts(values);
  if (operator === undefined) return written;
  const takesNone = valueKind(operator) === 'none';
  if (takesNone && written.length > 0 && values) report(values, `${operator} takes no values`);
  if (!takesNone && !values) reportMissing(place, 'values');
  else if (!takesNone && values?.node.kind === 'sequence' && values.node.items.length === 0)
    report(values, 'needs at least one value');
  return written;
}

/** Positions in `candidates`: what `args` says, else the argument that `index` names. */
function readPositions(
  place: Place,
  fields: Fields,
  operator: ArgumentOperator | undefined,
  context: FilterContext,
): number[] {
  const wanted = operator === 'CapabilitiesGained' ? 2 : 1;
  const args = readItems(fields.get('args'));
  const argsPlace = fields.get('args');
  const index = readNumber(fields.get('index'));
  if (args.length > 0 && argsPlace) {
    if (args.length !== wanted) {
      report(
        argsPlace,
        wanted === 2
          ? 'CapabilitiesGained takes two: the positions of the old set and of the new one'
          : `${operator ?? 'an operator'} looks at one argument, not ${args.length}`,
      );
      return [];
    }
    const positions = args.map((arg) => readPosition(arg, context));
    return positions.includes(undefined) ? [] : positions.filter((each) => each !== undefined);
  }
  if (wanted === 2) {
    report(
      place,
      'CapabilitiesGained needs "args: [old, new]", the positions of two sets of capabilities',
    );
    return [];
  }
  if (fields.has('index') && index === undefined) return [];
  return positionOf(place, fields, index ?? 0, context);
}

function readPosition(place: Place, { candidates, section }: FilterContext): number | undefined {
  const position = readNumber(place);
  if (position === undefined || position < candidates.length) return position;
  report(
    place,
    `no position ${position} in ${NAMES[section]}; ${candidates.length === 0 ? 'it is empty' : `allowed: 0 to ${candidates.length - 1}`}`,
  );
  return undefined;
}

const NAMES = { matchArgs: 'args', matchData: 'data', matchReturnArgs: 'returnArg' } as const;

function positionOf(place: Place, fields: Fields, index: number, context: FilterContext): number[] {
  const { candidates, section, positionsAllowed } = context;
  const at = fields.get('index') ?? place;
  if (section === 'matchData') {
    if (index < candidates.length) return [index];
    report(
      at,
      `no position ${index} in data; ${candidates.length === 0 ? 'it is empty' : `allowed: 0 to ${candidates.length - 1}`}`,
    );
    return [];
  }
  const found = candidates.findIndex((argument) => argument.index === index);
  if (found >= 0) return [found];
  if (positionsAllowed && index < candidates.length) return [index];
  const indexes = candidates.map((argument) => String(argument.index));
  if (section === 'matchArgs')
    report(at, `no argument of this hook has index ${index}; it has ${list(indexes) || 'none'}`);
  // Without a returnArg the hook or the whole section has been told of already.
  else if (indexes.length > 0)
    report(at, `must be the index of returnArg, ${indexes[0]}, not ${index}`);
  return [];
}

/** InMap: numbers, ranges, and the syscalls of a list. */
function readSet(
  operator: ArgumentOperator,
  type: HookArgument['type'],
  written: readonly Written[],
  { lists }: FilterContext,
): FilterValues {
  const isName = ({ text }: Written) => text.startsWith('list:');
  const plain = readPlainValues(
    operator,
    type,
    written.filter((each) => !isName(each)).map(toWritten),
  );
  const ranges = plain.kind === 'ranges' ? plain.ranges : [];
  const [named, ...more] = written.filter(isName);
  if (!named) return { kind: 'ranges', ranges };
  for (const { place } of more) report(place, 'at most one list is allowed here');
  const found = findList(named.text, named.place, lists);
  if (found && found.type !== 'syscalls' && found.type !== 'generated_syscalls')
    report(
      named.place,
      `list "${found.name}" does not hold syscalls; allowed here: lists of type syscalls, generated_syscalls`,
    );
  if (type !== 'syscall64' && type !== 'auto')
    report(
      named.place,
      `a list of syscalls can only be compared with an argument of type syscall64, not ${type}`,
    );
  return { kind: 'list', list: found?.name ?? '', ranges };
}

function spendPatterns(written: readonly Written[], budget: Budget): void {
  const excess = written[budget.patterns];
  budget.patterns -= written.length;
  if (excess) {
    report(excess.place, 'at most 100 values of SubString operators are allowed in a policy');
    budget.patterns = Number.POSITIVE_INFINITY; // Told once.
  }
}

function readExpression(place: Place, fields: Fields, context: FilterContext): ArgumentFilter[] {
  const operatorPlace = fields.get('operator') ?? place;
  if (context.section !== 'matchArgs') {
    report(
      operatorPlace,
      `CelExpr can only stand in matchArgs: arg0 and its like are the hook's args`,
    );
    return [];
  }
  readItems(fields.get('args')).forEach((arg) => void readPosition(arg, context));
  readNumber(fields.get('index'));
  const written = readTexts(fields.get('values'));
  const [value] = written;
  if (!value || written.length !== 1) {
    const values = fields.get('values');
    if (!values) reportMissing(place, 'values', '; CelExpr takes one expression');
    else if (values.node.kind === 'sequence')
      report(values, `CelExpr takes exactly one expression, not ${values.node.items.length}`);
    return [];
  }
  context.budget.expressions -= 1;
  if (context.budget.expressions === -1)
    report(operatorPlace, 'at most 8 expressions are allowed in a policy');
  try {
    const parsed = parseExpression(
      value.text,
      context.candidates.map(({ type }) => type),
    );
    const values: FilterValues = { kind: 'expression', expression: parsed.expression };
    return [filterAt(place, 'CelExpr', parsed.arguments, values)];
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    report(value.place, `not a usable expression: ${error.message}`);
    return [];
  }
}

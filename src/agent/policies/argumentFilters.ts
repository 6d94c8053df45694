/** Filters on the values of a call. */
import { tg_field } from '../../generated/layouts.ts';
import type { ArgumentFilter, FilterValues } from '../../policies/model.ts';
import type { Requirement, TypeName } from '../../policies/plan.ts';
import { compileExpression } from './expression.ts';
import {
  type FilterSpec,
  isNegated,
  negatedIf,
  rangesFilter,
  spec,
  textFilter,
} from './filterSpec.ts';
import { limitsOf, type Range } from './ranges.ts';
import type { HookValues, PlacedValue } from './values.ts';

/** A filter on one of the args or data, or on the return value. `shift` leads from its positions to those of the plan's values. */
export const argumentFilter = (
  filter: ArgumentFilter,
  values: HookValues,
  shift: number | 'return',
): FilterSpec =>
  valueFilter(
    filter.operator,
    filter.values,
    (nth) => {
      if (shift === 'return') return values.returned();
      const position = filter.arguments[nth] ?? 0;
      return values.at(position + shift);
    },
    (position) => values.at(position).argument,
  );

/**
 * @param operand where the first or second value that the operator looks at lies
 * @param positionOf of an argument of an expression
 */
function valueFilter(
  operator: ArgumentFilter['operator'],
  values: FilterValues,
  operand: (nth: 0 | 1) => PlacedValue,
  positionOf: (argument: number) => number,
): FilterSpec {
  if (values.kind === 'expression')
    return spec('TG_OPERATOR_EXPRESSION', 0, {
      set: { kind: 'expression', operations: compileExpression(values.expression, positionOf) },
    });
  const { argument, type } = operand(0);
  if (operator === 'CapabilitiesGained')
    return spec('TG_OPERATOR_CAPABILITIES_GAINED', argument, { second: operand(1).argument });
  if (values.kind === 'texts') return textFilter(argument, operator, values.texts);
  if (values.kind === 'addresses')
    return spec('TG_OPERATOR_ADDRESS_SET', argument, {
      field: fieldOf(operator),
      flags: negatedIf(isNegated(operator)),
      set: { kind: 'addresses', addresses: values.addresses },
    });
  const ranges = values.kind === 'none' ? [PRIVILEGED_PORTS] : values.ranges;
  if (operator === 'Mask')
    return spec('TG_OPERATOR_MASK', argument, {
      numbers: [
        BigInt.asUintN(
          64,
          ranges.reduce((mask, [bits]) => mask | bits, 0n),
        ),
      ],
    });
  const field = fieldOf(operator);
  const signed = SIGNED_TYPES.has(type) && field === tg_field.TG_FIELD_SELF;
  return rangesFilter(argument, compared(operator, ranges, signed), {
    signed,
    negated: isNegated(operator),
    field,
  });
}

/** A condition on a call that the planner adds to every selector. */
export const requirementFilter = (
  { operator, values }: Pick<Requirement, 'operator' | 'values'>,
  place: PlacedValue,
): FilterSpec =>
  valueFilter(
    operator,
    values,
    () => place,
    () => place.argument,
  );

/** Ports below 1024 are root's (ip(7), ip_unprivileged_port_start). */
const PRIVILEGED_PORTS: Range = [0n, 1023n];

/** The numbers for which a comparison with one of the values holds. */
function compared(
  operator: ArgumentFilter['operator'],
  ranges: readonly Range[],
  signed: boolean,
): readonly Range[] {
  const [min, max] = limitsOf(signed);
  switch (operator) {
    case 'GreaterThan':
    case 'GT':
      return ranges.map(([value]): Range => [value + 1n, max]);
    case 'LessThan':
    case 'LT':
      return ranges.map(([value]): Range => [min, value - 1n]);
    default:
      return ranges;
  }
}

/** What of a socket, an address or a file an operator looks at, by its name without `Not`. */
const FIELDS: Readonly<Record<string, keyof typeof tg_field>> = {
  FileType: 'TG_FIELD_FILE_TYPE',
  SPort: 'TG_FIELD_SPORT',
  SPortPriv: 'TG_FIELD_SPORT',
  DPort: 'TG_FIELD_DPORT',
  DPortPriv: 'TG_FIELD_DPORT',
  Protocol: 'TG_FIELD_PROTOCOL',
  Family: 'TG_FIELD_FAMILY',
  State: 'TG_FIELD_STATE',
  SAddr: 'TG_FIELD_SADDR',
  DAddr: 'TG_FIELD_DADDR',
};

const fieldOf = (operator: ArgumentFilter['operator']): number =>
  tg_field[FIELDS[operator.replace(/^Not/, '')] ?? 'TG_FIELD_SELF'];

/** Types whose numbers the kernel side extends with their sign. */
const SIGNED_TYPES: ReadonlySet<TypeName> = new Set<TypeName>([
  'TG_TYPE_INT',
  'TG_TYPE_S8',
  'TG_TYPE_S16',
  'TG_TYPE_S32',
  'TG_TYPE_S64',
  'TG_TYPE_CAPABILITY',
  'TG_TYPE_BPF_CMD',
]);

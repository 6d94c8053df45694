import { tg_limit as LIMIT, tg_subject as SUBJECT } from '../../generated/layouts.ts';
import type { HookPlan, HookPoint, TypeName, ValuePlan } from '../../policies/plan.ts';
import { PolicyRefusal } from './refusal.ts';

/** A value of which something is read: not a `nop`. */
export type ReadValue = ValuePlan & { type: TypeName };

/** Where a filter finds a value: its position in the hook, or TG_SUBJECT_RETURN. */
export type PlacedValue = { argument: number; type: TypeName };

/** The values of a hook at one of its points, in the kernel side's order. */
export type HookValues = {
  /** Args, data, then what only filters look at. */
  readonly all: readonly ReadValue[];
  /** How many of them are posted. */
  readonly posted: number;
  readonly returnValue: ReadValue | undefined;
  /** The hook asks for its return value; else only a requirement looks at it. */
  readonly returns: boolean;
  /**
   * By its position in the plan.
   *
   * @throws PolicyRefusal on a `nop`, which has no place on the kernel side: there is nothing to compare.
   */
  at(position: number): PlacedValue;
  /** @throws PolicyRefusal when the return value is not read. */
  returned(): PlacedValue;
  /** Of the point's requirement with this number. */
  required(number: number): PlacedValue;
};

const isRead = (value: ValuePlan | undefined): value is ReadValue => value?.type !== undefined;

/** Equal keys: read in the same way. */
export const readingOf = ({
  type,
  input,
  flags,
  sizeInput,
  atMost,
  steps,
  offset,
}: ValuePlan): string =>
  JSON.stringify([type, input, [...flags].sort(), sizeInput ?? null, atMost, steps, offset]);

/** @throws PolicyRefusal when there are more values than the kernel side takes. */
export function hookValues(plan: HookPlan, point: HookPoint): HookValues {
  const planned = plan.values.map((value, position) => point.values.get(position) ?? value);
  const all = planned.filter(isRead);
  const posted = all.length;
  const asked = point.returnValue ?? plan.returnValue;
  let returnValue = isRead(asked) ? asked : undefined;

  const placeRequired = (value: ValuePlan): PlacedValue => {
    if (!isRead(value)) throw new PolicyRefusal(`${plan.hook.field}: a requirement on nothing`);
    if (value.input === 'TG_INPUT_RETURN') {
      returnValue ??= value;
      return { argument: SUBJECT.TG_SUBJECT_RETURN, type: returnValue.type };
    }
    const same = all.findIndex((other) => !other.atReturn && readingOf(other) === readingOf(value));
    const argument = same >= 0 ? same : all.push(value) - 1;
    return { argument, type: value.type };
  };
  const places = point.requires.map(({ value }) => placeRequired(value));
  if (all.length > LIMIT.TG_MAX_ARGS)
    throw new PolicyRefusal(
      `${plan.hook.field} needs ${all.length} values at ${point.functionName}; at most ${LIMIT.TG_MAX_ARGS} fit`,
    );

  return {
    all,
    posted,
    returnValue,
    returns: isRead(asked),
    at(position) {
      const value = planned[position];
      if (!isRead(value))
        throw new PolicyRefusal(
          `${plan.hook.field}: a filter looks at value ${position}, of which nothing is read`,
        );
      return { argument: planned.slice(0, position).filter(isRead).length, type: value.type };
    },
    returned() {
      if (!returnValue)
        throw new PolicyRefusal(
          `${plan.hook.field}: a filter looks at a return value that is not read`,
        );
      return { argument: SUBJECT.TG_SUBJECT_RETURN, type: returnValue.type };
    },
    required(number) {
      const place = places[number];
      if (!place) throw new Error(`no requirement ${number}`);
      return place;
    },
  };
}

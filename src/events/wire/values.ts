import {
  tg_argument as ARGUMENT,
  tg_policy_record as POLICY,
  tg_type,
} from '../../generated/layouts.ts';
import { viewOf } from './view.ts';

/** One value of a policy record (bpf/events.h: struct tg_argument) with the bytes that follow it. */
export type WireValue = {
  /** tg_type */
  readonly type: number;
  readonly number: bigint;
  /** tg_text_flag */
  readonly flags: number;
  /** tg_value_error */
  readonly error: number;
  readonly body: Uint8Array;
};

/** A policy record's values in their order: args and data, return value, stack traces and what else an event carries. */
export type PolicyValues = {
  readonly args: readonly WireValue[];
  readonly returned: WireValue | undefined;
  readonly stacks: readonly WireValue[];
  /** By its tg_type: TG_TYPE_IMA_HASH, TG_TYPE_BUILD_ID. */
  readonly extra: (type: number) => WireValue | undefined;
};

/** Splits a policy record. What a record promises beyond its end is missing in the result. */
export function readValues(record: Uint8Array): PolicyValues {
  const view = viewOf(record);
  const values: WireValue[] = [];
  let at: number = POLICY.size;
  while (at + ARGUMENT.size <= record.length) {
    const size = view.getUint32(at + ARGUMENT.at.size, true);
    const start = at + ARGUMENT.size;
    if (start + size > record.length) break;
    values.push({
      type: view.getUint32(at + ARGUMENT.at.type, true),
      number: view.getBigInt64(at + ARGUMENT.at.number, true),
      flags: view.getUint32(at + ARGUMENT.at.flags, true),
      error: view.getUint32(at + ARGUMENT.at.error, true),
      body: record.subarray(start, start + size),
    });
    at = (start + size + 7) & ~7;
  }
  const count = view.getUint32(POLICY.at.argument_count, true);
  const hasReturn = view.getUint32(POLICY.at.has_return, true) !== 0;
  const behind = values.slice(count + (hasReturn ? 1 : 0));
  const late = behind.filter(({ type }) => !NO_ARGUMENTS.has(type));
  return {
    // A value that is read when the call returns comes behind the return value; an empty one keeps its place.
    args: values
      .slice(0, count)
      .map((value) => (value.type === 0 ? (late.shift() ?? value) : value)),
    returned: hasReturn ? values[count] : undefined,
    stacks: behind.filter(isStack),
    extra: (type) => behind.find((value) => value.type === type),
  };
}

/** Types of what an event carries besides the values that its policy names. */
const NO_ARGUMENTS: ReadonlySet<number> = new Set([
  tg_type.TG_TYPE_KERNEL_STACK,
  tg_type.TG_TYPE_USER_STACK,
  tg_type.TG_TYPE_IMA_HASH,
  tg_type.TG_TYPE_BUILD_ID,
]);

const isStack = ({ type }: WireValue): boolean =>
  type === tg_type.TG_TYPE_KERNEL_STACK || type === tg_type.TG_TYPE_USER_STACK;

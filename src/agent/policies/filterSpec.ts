/** Filters as the kernel side tries them: which operator, on what, with which values. Pure: where the values come to lie (sets.ts)
 * is not known here. */
import {
  tg_filter_flag as FLAG,
  tg_limit as LIMIT,
  tg_field,
  type tg_operator,
} from '../../generated/layouts.ts';
import type { ArgumentFilter, BinaryFilter, Workload } from '../../policies/model.ts';
import type { Operation } from './expression.ts';
import { biasRanges, type Range } from './ranges.ts';
import { PolicyRefusal } from './refusal.ts';

export type FilterSpec = {
  operator: Exclude<keyof typeof tg_operator, 'TG_OPERATOR_NONE'>;
  /** Position in the hook's values, or a tg_subject. */
  argument: number;
  second: number;
  /** tg_field, tg_namespace_kind or tg_capability_set. */
  field: number;
  /** Bits of tg_filter_flag. */
  flags: number;
  /** At most twice TG_INLINE_RANGES. */
  numbers: readonly bigint[];
  /** What must lie in a shared map. */
  set: SetContent | undefined;
};

/** Values that don't fit into a filter. Texts as bytes, without a NUL at the end. */
export type SetContent =
  | { kind: 'texts'; texts: readonly Uint8Array[] }
  /** The same, and a bit in which the kernel side remembers who descends from such a program. */
  | { kind: 'followed'; texts: readonly Uint8Array[] }
  /** Of postfixes: reversed. */
  | { kind: 'prefixes'; texts: readonly Uint8Array[] }
  | { kind: 'patterns'; texts: readonly Uint8Array[] }
  /** Biased, in order. */
  | { kind: 'ranges'; ranges: readonly Range[] }
  | { kind: 'addresses'; addresses: readonly { address: Uint8Array; prefix: number }[] }
  | { kind: 'expression'; operations: readonly Operation[] }
  | { kind: 'workload'; workload: Workload };

export const spec = (
  operator: FilterSpec['operator'],
  argument: number,
  rest: Partial<FilterSpec> = {},
): FilterSpec => ({
  operator,
  argument,
  second: 0,
  field: 0,
  flags: 0,
  numbers: [],
  set: undefined,
  ...rest,
});

export const negatedIf = (negated: boolean): number => (negated ? FLAG.TG_FILTER_NEGATED : 0);

export const isNegated = (operator: string): boolean => operator.startsWith('Not');

export const bytesOf = (text: string): Uint8Array => Buffer.from(text);

/** Bits of all the numbers in a list. */
export const maskOf = (bits: readonly number[]): bigint =>
  bits.reduce((mask, bit) => mask | (1n << BigInt(bit)), 0n);

/** In one of the ranges: in the filter itself when they are few. */
export function rangesFilter(
  argument: number,
  ranges: readonly Range[],
  rest: { signed?: boolean; negated?: boolean; field?: number } = {},
): FilterSpec {
  const { signed = false, negated = false, field = tg_field.TG_FIELD_SELF } = rest;
  const biased = biasRanges(ranges, signed);
  const flags = negatedIf(negated) | (signed ? FLAG.TG_FILTER_SIGNED : 0);
  return biased.length <= LIMIT.TG_INLINE_RANGES
    ? spec('TG_OPERATOR_RANGES', argument, { field, flags, numbers: biased.flat() })
    : spec('TG_OPERATOR_RANGE_SET', argument, {
        field,
        flags,
        set: { kind: 'ranges', ranges: biased },
      });
}

export function textFilter(
  argument: number,
  operator: ArgumentFilter['operator'] | BinaryFilter['operator'],
  values: readonly string[],
): FilterSpec {
  const flags = negatedIf(isNegated(operator));
  const texts = values.map(bytesOf);
  switch (operator.replace(/^Not/, '')) {
    case 'Equal':
    case 'In':
      return spec('TG_OPERATOR_EQUAL', argument, { flags, set: { kind: 'texts', texts } });
    case 'Prefix':
      return spec('TG_OPERATOR_PREFIX', argument, { flags, set: { kind: 'prefixes', texts } });
    case 'Postfix': {
      const reversed = texts.map((text) => text.toReversed());
      return spec('TG_OPERATOR_POSTFIX', argument, {
        flags,
        set: { kind: 'prefixes', texts: reversed },
      });
    }
    case 'SubString':
      return spec('TG_OPERATOR_SUBSTRING', argument, { flags, set: { kind: 'patterns', texts } });
    case 'SubStringIgnCase':
      return spec('TG_OPERATOR_SUBSTRING_NOCASE', argument, {
        flags,
        set: { kind: 'patterns', texts: texts.map(lowerCased) },
      });
    default:
      throw new PolicyRefusal(`the operator ${operator} does not work on texts`);
  }
}

/** Only the letters of ASCII, as the kernel side does: it knows bytes, not characters. */
const lowerCased = (text: Uint8Array): Uint8Array =>
  text.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte));

/** The values of a filter, as the operator compares them. */
import { tg_limit } from '../generated/layouts.ts';
import { parseNetwork } from './language/addresses.ts';
import {
  CAPABILITY_SET_TYPES,
  isAmong,
  limitsOfType,
  maskLimitsOfType,
  PATH_TYPES,
  TEXT_TYPES,
} from './language/argumentTypes.ts';
import { mismatch, valueKind } from './language/operators.ts';
import type { ArgumentFilter, ArgumentOperator, ArgumentType, FilterValues } from './model.ts';
import {
  BPF_COMMAND_NUMBERS,
  CAPABILITY_NUMBERS,
  FAMILY_NUMBERS,
  FILE_TYPE_NUMBERS,
  type NamedNumbers,
  numberOf,
  PROTOCOL_NUMBERS,
  TCP_STATE_NUMBERS,
} from './namedNumbers.ts';
import { type NumberRange, parseDecimal, parseRange, parseWholeNumber } from './numbers.ts';

/** A value as it is written; `report` tells what is wrong with it. */
export type WrittenValue = { text: string; report: (message: string) => void };

/** The ordinary kinds of values: all but expressions and lists. */
export type PlainValues = Extract<
  FilterValues,
  { kind: 'texts' | 'ranges' | 'addresses' | 'none' }
>;

/**
 * Reads values for an operator that works on the type (see mismatch()). Wrong ones are reported and left out.
 *
 * On an argument whose type is `auto`, Equal and NotEqual keep their values as texts, and numbers are only checked to have 64 bits;
 * bindFilter() does the rest when the type is known.
 */
export function readPlainValues(
  operator: ArgumentOperator,
  type: ArgumentType,
  written: readonly WrittenValue[],
): PlainValues {
  const kind = valueKind(operator);
  if (kind === 'none') return { kind: 'none' };
  if (kind === 'address')
    return { kind: 'addresses', addresses: present(written.map(readNetwork)) };
  if (kind === 'text') return { kind: 'texts', texts: readTexts(operator, type, written) };
  if (kind === 'equality' && type === 'auto')
    return { kind: 'texts', texts: written.map(({ text }) => text) };
  if (kind === 'equality' && isAmong(TEXT_TYPES, type))
    return { kind: 'texts', texts: readTexts(operator, type, written) };
  return { kind: 'ranges', ranges: present(written.map((value) => readRange(kind, type, value))) };
}

/**
 * A filter on an argument whose type was `auto` in the policy and is known now. Pure; of a filter whose type was known before
 * nothing changes.
 *
 * @returns what is wrong with it, if the type can't be compared so.
 */
export function bindFilter(
  filter: ArgumentFilter,
  type: ArgumentType,
): { filter: ArgumentFilter; problems: string[] } {
  const wrong = mismatch(filter.operator, type);
  if (wrong !== undefined) return { filter, problems: [wrong] };
  const { values } = filter;
  const problems: string[] = [];
  const report = (message: string) => void problems.push(message);
  if (values.kind === 'texts') {
    const written = values.texts.map((text) => ({ text, report }));
    const read = readPlainValues(filter.operator, type, written);
    return { filter: { ...filter, values: read }, problems };
  }
  if (values.kind === 'ranges' && isNumberOperator(filter.operator))
    for (const range of values.ranges) checkLimits(range, filter.operator, type, report);
  return { filter, problems };
}

const isNumberOperator = (operator: ArgumentOperator): boolean =>
  ['number', 'mask', 'range', 'set'].includes(valueKind(operator));

const present = <T>(values: readonly (T | undefined)[]): T[] =>
  values.filter((value) => value !== undefined);

/** Longest texts in bytes, as the maps of the kernel side take them. */
const LONGEST: Readonly<Record<string, number>> = {
  Equal: tg_limit.TG_BUFFER_MAX,
  Prefix: tg_limit.TG_PREFIX_MAX,
  Postfix: tg_limit.TG_POSTFIX_MAX,
  SubString: tg_limit.TG_PATTERN_MAX - 1,
  SubStringIgnCase: tg_limit.TG_PATTERN_MAX - 1,
};

/** Old policies end their texts in a NUL byte, as C has them. */
export function withoutLastNuls(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === '\0') end -= 1;
  return text.slice(0, end);
}

function readTexts(
  operator: ArgumentOperator,
  type: ArgumentType,
  written: readonly WrittenValue[],
): string[] {
  const comparison = operator.replace(/^Not/, '');
  return written.map(({ text: asWritten, report }) => {
    // In a buffer a NUL is a byte like others.
    const text = type === 'char_buf' ? asWritten : withoutLastNuls(asWritten);
    const longest = LONGEST[comparison] ?? 0;
    const bytes = Buffer.byteLength(text);
    if (bytes > longest)
      report(`${bytes} bytes are too long for ${operator}; at most ${longest} are allowed here`);
    if (text === '' && comparison !== 'Equal')
      report(`must not be empty: every text would match ${operator}`);
    else if (text === '' && isAmong(PATH_TYPES, type)) report('must not be empty: no path is');
    return text;
  });
}

function readNetwork({ text, report }: WrittenValue): ReturnType<typeof parseNetwork> {
  const network = parseNetwork(text);
  if (!network)
    report(
      `"${text}" is not an address; allowed: IPv4 and IPv6 addresses and networks, e.g. 127.0.0.1, 10.0.0.0/8, ::1, fd00::/8`,
    );
  return network;
}

function readRange(
  kind: ReturnType<typeof valueKind>,
  type: ArgumentType,
  value: WrittenValue,
): NumberRange | undefined {
  switch (kind) {
    case 'equality':
      return isAmong(CAPABILITY_SET_TYPES, type)
        ? readCapabilities(value)
        : within(readNamed(value, namesOf(type), 'a whole number'), type, value);
    case 'number':
      return within(readNamed(value, namesOf(type), 'a whole number'), type, value);
    case 'mask':
      return isAmong(CAPABILITY_SET_TYPES, type)
        ? readCapabilities(value)
        : within(readNamed(value, undefined, 'a whole number'), type, value, 'Mask');
    case 'range':
      return within(readBounds(value, parseWholeNumber), type, value);
    case 'set':
      return within(readMember(value), type, value);
    case 'port':
      return inside(readMember(value), 65535n, 'a port', value);
    case 'protocol':
      return inside(
        parseRange(value.text, parseWholeNumber) ??
          readNamed(
            value,
            PROTOCOL_NUMBERS,
            'a number, a range or the name of a protocol (IPPROTO_TCP)',
          ),
        65535n,
        'a protocol',
        value,
      );
    case 'family':
      return inside(
        readNamed(value, FAMILY_NUMBERS, 'a number or the name of an address family (AF_INET)'),
        65535n,
        'an address family',
        value,
      );
    case 'state':
      return inside(
        readNamed(
          value,
          TCP_STATE_NUMBERS,
          `a number or one of ${[...TCP_STATE_NUMBERS.keys()].join(', ')}`,
        ),
        255n,
        'a state',
        value,
      );
    case 'fileType': {
      const number = numberOf(FILE_TYPE_NUMBERS, value.text);
      if (number !== undefined) return single(BigInt(number));
      value.report(
        `"${value.text}" is not a type of file; allowed: ${[...FILE_TYPE_NUMBERS.keys()].join(', ').toLowerCase()}`,
      );
      return undefined;
    }
    default:
      return undefined;
  }
}

const single = (number: bigint): NumberRange => [number, number];

/** The types whose numbers have names. */
function namesOf(type: ArgumentType): NamedNumbers | undefined {
  if (type === 'capability') return CAPABILITY_NUMBERS;
  return type === 'bpf_cmd' ? BPF_COMMAND_NUMBERS : undefined;
}

function readNamed(
  { text, report }: WrittenValue,
  names: NamedNumbers | undefined,
  what: string,
): NumberRange | undefined {
  const named = names && numberOf(names, text);
  const number = named === undefined ? parseWholeNumber(text) : BigInt(named);
  if (number !== undefined) return single(number);
  report(`"${text}" is not ${what}`);
  return undefined;
}

/** A set of capabilities as a number, or as names with commas between them. */
function readCapabilities({ text, report }: WrittenValue): NumberRange | undefined {
  const mask = parseWholeNumber(text);
  if (mask !== undefined) return checkLimits(single(mask), 'Equal', 'kernel_cap_t', report);
  let bits = 0n;
  for (const name of text.split(',')) {
    const number = numberOf(CAPABILITY_NUMBERS, name);
    if (number === undefined) {
      report(
        `"${name.trim()}" is neither a number nor a capability; allowed: CAP_CHOWN, CAP_SYS_ADMIN, …`,
      );
      return undefined;
    }
    bits |= 1n << BigInt(number);
  }
  return single(bits);
}

function readBounds(
  { text, report }: WrittenValue,
  parseEnd: (text: string) => bigint | undefined,
): NumberRange | undefined {
  const range = parseRange(text, parseEnd);
  if (!range) report(`"${text}" is not a range; allowed: min:max, e.g. 1000:60000`);
  else if (range[0] > range[1])
    report(`the range "${text}" is empty; write ${range[1]}:${range[0]}`);
  else return range;
  return undefined;
}

/** `N` or `min:max` in decimal; ends in the wrong order are swapped, as Tetragon does here. */
function readMember({ text, report }: WrittenValue): NumberRange | undefined {
  const number = parseDecimal(text);
  if (number !== undefined) return single(number);
  const range = parseRange(text, parseDecimal);
  if (!range) {
    report(`"${text}" is neither a decimal number nor a range; allowed: N or min:max`);
    return undefined;
  }
  return range[0] > range[1] ? [range[1], range[0]] : range;
}

const within = (
  range: NumberRange | undefined,
  type: ArgumentType,
  value: WrittenValue,
  operator: ArgumentOperator = 'Equal',
): NumberRange | undefined => range && checkLimits(range, operator, type, value.report);

function checkLimits(
  range: NumberRange,
  operator: ArgumentOperator,
  type: ArgumentType,
  report: (message: string) => void,
): NumberRange | undefined {
  const [least, most] = operator === 'Mask' ? maskLimitsOfType(type) : limitsOfType(type);
  if (operator === 'Mask' && range[0] === 0n) {
    report('a mask of 0 has no bit in common with anything; it would never match');
    return undefined;
  }
  const outside = range.find((end) => end < least || end > most);
  if (outside === undefined) return range;
  report(`${outside} does not fit into ${type}; allowed: ${least} to ${most}`);
  return undefined;
}

function inside(
  range: NumberRange | undefined,
  most: bigint,
  what: string,
  { text, report }: WrittenValue,
): NumberRange | undefined {
  if (!range) return undefined;
  const [first, last] = range;
  if (first >= 0n && last <= most && first <= last) return range;
  report(`"${text}" can't be ${what}; allowed: 0 to ${most}`);
  return undefined;
}

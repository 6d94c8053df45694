import type { PolicyError } from '../model.ts';
import { parseWholeNumber } from '../numbers.ts';
import { isNull, type Position, type YamlNode } from '../yaml.ts';

/**
 * A place in a policy file: a node and the path that leads to it. Reading never throws: what is wrong is added to `errors`,
 * and the reader goes on, so that a file's mistakes are told all at once.
 */
export type Place = { node: YamlNode; field: string; errors: ErrorList };

export type ErrorList = { file: string; list: PolicyError[]; warnings: PolicyError[] };

/** The fields of a mapping, by name. */
export type Fields = ReadonlyMap<string, Place>;

export function report(place: Place, message: string, position?: Position): void {
  place.errors.list.push(told(place, message, position));
}

/** What is no error, but not what the author may believe. */
export function warn(place: Place, message: string): void {
  place.errors.warnings.push(told(place, message));
}

/** Messages repeat what is written, and that may be anything; the longest of ours lists all types. */
const LONGEST_MESSAGE = 1000;

function told(place: Place, message: string, position?: Position): PolicyError {
  const { line, column } = position ?? place.node.position;
  const { file } = place.errors;
  const text = message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message;
  return { file, line, column, field: place.field, message: text };
}

/** Tells of an absent field; of a parent that isn't a mapping `readFields` has told already. */
export function reportMissing(parent: Place, name: string, hint = ''): void {
  if (parent.node.kind === 'mapping') report(parent, `"${name}" is missing${hint}`);
}

/**
 * The fields of a mapping by name; null ones count as absent. Names not in `known` are errors, so that a slip of the pen doesn't
 * pass unseen; `strangers` has better words for some of them.
 */
export function readFields(
  place: Place,
  known: readonly string[],
  strangers: Readonly<Record<string, string>> = {},
): Map<string, Place> {
  const fields = new Map<string, Place>();
  if (place.node.kind !== 'mapping') {
    report(place, `must be a mapping with ${list(known)}`);
    return fields;
  }
  for (const { key, keyPosition, value } of place.node.entries) {
    const field = place.field ? `${place.field}.${key}` : key;
    const child = { node: value, field, errors: place.errors };
    if (!known.includes(key)) {
      const words = Object.hasOwn(strangers, key) ? strangers[key] : undefined;
      report(child, words ?? `unknown field; allowed here: ${list(known)}`, keyPosition);
    } else if (!isNull(value)) fields.set(key, child);
  }
  return fields;
}

/** The values of a mapping whose keys are the author's. */
export function readEntries(place: Place | undefined, what: string): [string, Place][] {
  if (!place) return [];
  if (place.node.kind !== 'mapping') {
    report(place, `must be a mapping of ${what}`);
    return [];
  }
  return place.node.entries.map(({ key, value }) => [
    key,
    { node: value, field: `${place.field}.${key}`, errors: place.errors },
  ]);
}

/** The items of a sequence; an absent one is empty. */
export function readItems(place: Place | undefined): Place[] {
  if (!place) return [];
  if (place.node.kind !== 'sequence') {
    report(place, 'must be a list');
    return [];
  }
  return place.node.items.map((node, index) => ({
    node,
    field: `${place.field}[${index}]`,
    errors: place.errors,
  }));
}

/**
 * The items of a sequence that may have so many of them, of which another has `taken` some. The first that is too many is an
 * error, and it and those after it are not read.
 */
export function readLimited(
  place: Place | undefined,
  most: number,
  what: string,
  taken = 0,
): Place[] {
  const items = readItems(place);
  const excess = items[most - taken];
  if (excess) report(excess, `at most ${most} ${what} ${most === 1 ? 'is' : 'are'} allowed here`);
  return items.slice(0, most - taken);
}

export function readText(place: Place | undefined): string | undefined {
  if (!place) return undefined;
  if (place.node.kind !== 'scalar' || isNull(place.node)) {
    report(place, 'must be a text');
    return undefined;
  }
  return place.node.value;
}

/** A text, or undefined when it is absent or empty: Tetragon's fields are empty by default. */
export const readOptionalText = (place: Place | undefined): string | undefined =>
  readText(place) || undefined;

/** Whether a field says something else than the default of texts and switches. */
export const isGiven = ({ node }: Place): boolean =>
  node.kind !== 'scalar' || !['', 'false', 'False', 'FALSE'].includes(node.value);

/** A field that must be there. */
export function readRequiredText(parent: Place, fields: Fields, name: string): string | undefined {
  const place = fields.get(name);
  if (!place) {
    reportMissing(parent, name);
    return undefined;
  }
  const text = readText(place);
  if (text === '') report(place, 'must not be empty');
  return text || undefined;
}

export function readTexts(place: Place | undefined): { text: string; place: Place }[] {
  return readItems(place).flatMap((item) => {
    const text = readText(item);
    return text === undefined ? [] : [{ text, place: item }];
  });
}

/** One of a fixed set of words. */
export function readChoice<const T extends string>(
  place: Place | undefined,
  allowed: readonly T[],
): T | undefined {
  const text = readText(place);
  if (!place || text === undefined) return undefined;
  const found = allowed.find((word) => word === text);
  if (found === undefined) report(place, `"${text}" is not allowed; allowed: ${list(allowed)}`);
  return found;
}

/** One of a fixed set of words, which must be there. */
export function readRequiredChoice<const T extends string>(
  parent: Place,
  fields: Fields,
  name: string,
  allowed: readonly T[],
): T | undefined {
  if (!fields.has(name)) reportMissing(parent, name, `; allowed: ${list(allowed)}`);
  return readChoice(fields.get(name), allowed);
}

/** YAML 1.2 core schema booleans; false when absent, unless told otherwise. */
export function readBoolean(place: Place | undefined, absent = false): boolean {
  const text = readText(place);
  if (!place || text === undefined) return absent;
  if (/^(true|True|TRUE)$/.test(text)) return true;
  if (/^(false|False|FALSE)$/.test(text)) return false;
  report(place, `must be true or false, not "${text}"`);
  return absent;
}

const UINT32_MAX = 0xffff_ffff;

/** A whole number between two bounds, both allowed. */
export function readNumber(
  place: Place | undefined,
  least = 0,
  most = UINT32_MAX,
): number | undefined {
  const text = readText(place);
  if (!place || text === undefined) return undefined;
  const number = parseWholeNumber(text);
  if (number !== undefined && number >= least && number <= most) return Number(number);
  report(place, `must be a whole number from ${least} to ${most}, not "${text}"`);
  return undefined;
}

export function list(words: readonly string[]): string {
  return words.join(', ');
}

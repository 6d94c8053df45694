import type { PolicyError } from './model.ts';
import { isNull, type Position, type YamlNode } from './yaml.ts';

/**
 * A place in a policy file: a node and the path that leads to it. Reading never throws: what is wrong is added to `errors`,
 * and the reader goes on, so that a file's mistakes are told all at once.
 */
export type Place = { node: YamlNode; field: string; errors: ErrorList };

export type ErrorList = { file: string; list: PolicyError[] };

export function report(place: Place, message: string, position?: Position): void {
  const { line, column } = position ?? place.node.position;
  place.errors.list.push({ file: place.errors.file, line, column, field: place.field, message });
}

/** Tells of an absent field; of a parent that isn't a mapping `readFields` has told already. */
export function reportMissing(parent: Place, name: string, hint = ''): void {
  if (parent.node.kind === 'mapping') report(parent, `"${name}" is missing${hint}`);
}

/** The fields of a mapping by name. Names not in `known` are errors, so that a slip of
 * the pen doesn't pass unseen; those in `notYet` belong to the language, but not to this version. */
export function readFields(
  place: Place,
  known: readonly string[],
  notYet: readonly string[] = [],
): Map<string, Place> {
  const fields = new Map<string, Place>();
  if (place.node.kind !== 'mapping') {
    report(place, `must be a mapping with ${list(known)}`);
    return fields;
  }
  for (const { key, keyPosition, value } of place.node.entries) {
    const field = place.field ? `${place.field}.${key}` : key;
    const child = { node: value, field, errors: place.errors };
    if (known.includes(key)) {
      if (!isNull(value)) fields.set(key, child);
    } else if (notYet.includes(key)) {
      report(child, 'this version of Trigon does not support this field yet', keyPosition);
    } else {
      report(child, `unknown field; allowed here: ${list(known)}`, keyPosition);
    }
  }
  return fields;
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

export function readText(place: Place | undefined): string | undefined {
  if (!place) return undefined;
  if (place.node.kind !== 'scalar' || isNull(place.node)) {
    report(place, 'must be a text');
    return undefined;
  }
  return place.node.value;
}

/** A field that must be there. */
export function readRequiredText(
  parent: Place,
  fields: Map<string, Place>,
  name: string,
): string | undefined {
  const place = fields.get(name);
  if (!place) {
    reportMissing(parent, name);
    return undefined;
  }
  const text = readText(place);
  if (text === '') report(place, 'must not be empty');
  return text;
}

/** One of a fixed set of words. */
export function readChoice<const T extends string>(
  place: Place | undefined,
  allowed: readonly T[],
  notYet: readonly string[] = [],
): T | undefined {
  const text = readText(place);
  if (!place || text === undefined) return undefined;
  const found = allowed.find((word) => word === text);
  if (found !== undefined) return found;
  if (notYet.includes(text))
    report(place, `"${text}" is not supported by this version of Trigon; it has ${list(allowed)}`);
  else report(place, `"${text}" is not allowed; allowed: ${list([...allowed, ...notYet])}`);
  return undefined;
}

/** YAML 1.2 core schema booleans. */
export function readBoolean(place: Place | undefined): boolean | undefined {
  const text = readText(place);
  if (!place || text === undefined) return undefined;
  if (/^(true|True|TRUE)$/.test(text)) return true;
  if (/^(false|False|FALSE)$/.test(text)) return false;
  report(place, `must be true or false, not "${text}"`);
  return undefined;
}

export function readCount(place: Place | undefined): number | undefined {
  const text = readText(place);
  if (!place || text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  report(place, `must be a whole number from 0, not "${text}"`);
  return undefined;
}

export function list(words: readonly string[]): string {
  return words.join(', ');
}

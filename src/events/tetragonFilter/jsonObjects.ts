import { FilterError } from './fields.ts';

/** An object of a list of filters, and where it stands. */
export type PlacedObject = { readonly value: unknown; readonly place: string };

/** Longer lists are a mistake, or somebody's attempt to keep us busy. */
const MOST_OBJECTS = 1000;

/**
 * JSON objects as Tetragon takes them: one after the other, on a line each or not. A JSON array of them is fine too.
 *
 * @param name what messages call the text: `--export-allowlist`
 * @throws FilterError
 */
export function readObjects(text: string, name: string): PlacedObject[] {
  const objects: PlacedObject[] = [];
  let line = 1;
  let at = 0;
  let isInArray = false;
  const place = () => `${name}, line ${line}`;
  while (at < text.length) {
    const character = text[at];
    if (character === '\n') line += 1;
    if (character === '{') {
      const end = objectEnd(text, at);
      if (end === undefined)
        throw new FilterError(place(), 'the object that begins here has no end: "}" is missing');
      objects.push({ value: parse(text.slice(at, end), place()), place: place() });
      if (objects.length > MOST_OBJECTS)
        throw new FilterError(place(), `there are more than ${MOST_OBJECTS} filters`);
      line += countLines(text, at, end);
      at = end;
      continue;
    }
    if (character === '[' && objects.length === 0) isInArray = true;
    else if (character === ']') isInArray = false;
    else if (!/\s/.test(character ?? '') && !(character === ',' && isInArray))
      throw new FilterError(place(), `expected {, found "${text.slice(at, at + 20)}"`);
    at += 1;
  }
  if (isInArray) throw new FilterError(place(), 'the list has no end: "]" is missing');
  return objects;
}

/** Behind the bracket that closes the one at `start`; undefined: there is none. */
function objectEnd(text: string, start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (character === '"') {
      at = stringEnd(text, at);
    } else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return undefined;
}

/** Of the quote that closes the string which begins at `start`. */
function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

function parse(json: string, place: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    // In JSON a backslash is written twice: what regular expressions are full of.
    const hint = /escape/i.test(detail) ? '; in JSON a backslash is written \\\\' : '';
    throw new FilterError(place, `no JSON: ${detail}${hint}`);
  }
}

function countLines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1))
    count += 1;
  return count;
}

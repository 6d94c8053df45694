import { isObject, type Json, type Told, titleOf } from './events.ts';
import type { Exception } from './exceptions.ts';

/**
 * How our events differ from the recorded ones, both of the same commands; a line for each difference, empty when there is none.
 * Events are the same when they have the same title and are the n-th of it.
 */
export function differences(
  recorded: readonly Told[],
  ours: readonly Told[],
  exceptions: readonly Exception[],
): string[] {
  const theirs = byTitle(recorded);
  const own = byTitle(ours);
  const names = createNames();
  const found: string[] = [];

  const compare = (
    title: string,
    path: string,
    theirs: Json | undefined,
    own: Json | undefined,
  ) => {
    if (theirs === undefined && own === undefined) return;
    const exception = exceptions.find((one) => one.path.test(path));
    if (exception?.allows({ recorded: theirs, ours: own })) {
      const { naming } = exception;
      const other = naming && names.other(naming, theirs, own);
      if (other) found.push(`${title}: ${path}: another ${naming} than before: ${other}`);
      return;
    }
    if (isList(theirs) && isList(own) && theirs.length === own.length)
      for (const [index, value] of theirs.entries())
        compare(title, `${path}.${index}`, value, own[index]);
    else if (isObject(theirs) && isObject(own))
      for (const key of new Set([...Object.keys(theirs), ...Object.keys(own)]))
        compare(title, path === '' ? key : `${path}.${key}`, theirs[key], own[key]);
    else if (theirs !== own)
      found.push(`${title}: ${path}: Tetragon has ${said(theirs)}, we have ${said(own)}`);
  };

  for (const [title, { line }] of theirs) {
    const counterpart = own.get(title);
    if (counterpart) compare(title, '', line, counterpart.line);
    else found.push(`${title}: we don't have this event`);
  }
  for (const title of own.keys())
    if (!theirs.has(title)) found.push(`${title}: Tetragon doesn't have this event`);
  return found;
}

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

const said = (value: Json | undefined): string =>
  value === undefined ? 'nothing' : JSON.stringify(value);

function byTitle(events: readonly Told[]): Map<string, Told> {
  const found = new Map<string, Told>();
  const counts = new Map<string, number>();
  for (const event of events) {
    const title = titleOf(event);
    const count = (counts.get(title) ?? 0) + 1;
    counts.set(title, count);
    found.set(`${title} #${count}`, event);
  }
  return found;
}

type Names = {
  /** Undefined: the pair stood for each other so far. Else, in words, what one of them stood for. */
  other(naming: string, recorded: Json | undefined, ours: Json | undefined): string | undefined;
};

function createNames(): Names {
  const known = new Map<string, Json | undefined>();
  const pair = (key: string, value: Json | undefined): Json | undefined => {
    if (!known.has(key)) known.set(key, value);
    return known.get(key);
  };
  return {
    other(naming, recorded, ours) {
      const before = pair(`${naming} of theirs ${said(recorded)}`, ours);
      const theirs = pair(`${naming} of ours ${said(ours)}`, recorded);
      if (before !== ours) return `${said(recorded)} was our ${said(before)}, is ${said(ours)}`;
      if (theirs !== recorded) return `our ${said(ours)} was ${said(theirs)}, is ${said(recorded)}`;
      return undefined;
    },
  };
}

import type { ArgumentFilter, Hook, HookArgument, Selector } from '../model.ts';
import { valueTexts } from '../words/values.ts';

/** A hook and one of its selectors, while a sentence about them is made. */
export type Case = {
  hook: Hook;
  selector: Selector | undefined;
  /** Arguments that the hook counts before the call's first. */
  before: number;
  /** Values of a list that are told; the others are counted. */
  shown: number;
  /** Words for things, in the order they came, what is asked of them, and what may stand for them when that comes again. */
  nouns: { words: string; key: string; again: string }[];
  /** Filters that the sentence has told already: what is left over is added at its end. */
  told: Set<ArgumentFilter>;
};

/** `third`: as of a process that *writes*; `bare`: to let it *write*. */
export type Form = 'third' | 'bare';

/**
 * Words for the argument at this index of the function's, which tell those filters on it that they can. A word with `~` behind it
 * is a verb, when `isVerb`; texts of a policy are never looked into for one.
 */
export type Slot = { isVerb: boolean; words: (about: Case, index: number) => string };

const PIECES = /([A-Za-z]+)~|\{(\w+):(\d+)\}|\[|\]/g;

/**
 * A deed from its template: `verb~` is a verb in its bare form, `{slot:index}` what is asked of an argument, `[…]` is left out
 * unless a slot in it has told of a filter.
 *
 * @throws Error for a slot that there is not: a mistake in the tables.
 */
export function fill(
  template: string,
  slots: Readonly<Record<string, Slot>>,
  about: Case,
  form: Form,
): string {
  let text = '';
  let end = 0;
  let optional: { text: string; told: number } | undefined;
  for (const match of template.matchAll(PIECES)) {
    text += template.slice(end, match.index);
    end = match.index + match[0].length;
    const [piece, verb, name, index] = match;
    if (verb !== undefined) text += conjugated(verb, form);
    else if (piece === '[') optional = { text, told: about.told.size };
    else if (piece === ']') {
      if (optional && optional.told === about.told.size) text = optional.text;
      optional = undefined;
    } else {
      const slot = name === undefined ? undefined : slots[name];
      if (!slot) throw new Error(`there is no slot ${name}: ${template}`);
      const words = slot.words(about, Number(index));
      text += slot.isVerb
        ? words.replace(/([A-Za-z]+)~/g, (_, word) => conjugated(word, form))
        : words;
    }
  }
  return text + template.slice(end);
}

/** `write` or `writes`. */
export function conjugated(verb: string, form: Form): string {
  if (form === 'bare') return verb;
  if (verb === 'have') return 'has';
  if (/(?:[sxz]|sh|ch|o)$/.test(verb)) return `${verb}es`;
  return /[^aeiou]y$/.test(verb) ? `${verb.slice(0, -1)}ies` : `${verb}s`;
}

/** The argument that a filter is about, when it is about one only. */
export const argumentOf = (hook: Hook, filter: ArgumentFilter): HookArgument | undefined =>
  filter.arguments.length === 1 ? hook.args[filter.arguments[0] ?? 0] : undefined;

/** Filters on an argument itself, not on something that is found from it, which nothing has told yet. */
export function filtersOn({ hook, selector, told, before }: Case, index: number): ArgumentFilter[] {
  return (selector?.matchArgs ?? []).filter((filter) => {
    const argument = argumentOf(hook, filter);
    return (
      argument?.index === index + before &&
      // An address is told as such wherever it was found.
      (argument.resolve.length === 0 || argument.type.startsWith('sockaddr')) &&
      argument.source === undefined &&
      filter.values.kind !== 'expression' &&
      !told.has(filter)
    );
  });
}

/** `a, b or c`; of more than `shown` the first and how many there are besides. */
export function listed(values: readonly string[], shown: number, word = 'or'): string {
  const hidden = values.length - shown;
  // One more value is as short as "1 more".
  const all = hidden > 1 ? [...values.slice(0, shown), `${hidden} more`] : values;
  if (all.length < 2) return all.join('');
  return `${all.slice(0, -1).join(', ')} ${word} ${all.at(-1)}`;
}

/** What a filter on a text adds to a noun, `known` being what the text is of it: `whose path ends in .conf`. */
export function textCondition(
  { operator, values }: ArgumentFilter,
  known: string,
  { shown }: Case,
): string | undefined {
  const texts = valueTexts(undefined, operator, values);
  const list = listed(texts, shown);
  const areFolders = known.startsWith('path') && texts.every((text) => text.endsWith('/'));
  const property = known === 'path itself' ? 'that' : `whose ${known}`;
  switch (operator) {
    case 'Equal':
      return `${property} is ${list}`;
    case 'NotEqual':
      return known === 'path' || known === 'path itself'
        ? `other than ${list}`
        : `${property} is not ${list}`;
    case 'Prefix':
      return areFolders && known !== 'path as given'
        ? `below ${list}`
        : `${property} begins with ${list}`;
    case 'NotPrefix':
      return areFolders && known !== 'path as given'
        ? `not below ${list}`
        : `${property} does not begin with ${list}`;
    case 'Postfix':
      return `${property} ends in ${list}`;
    case 'NotPostfix':
      return `${property} does not end in ${list}`;
    case 'SubString':
      return `${property} contains ${list}`;
    case 'SubStringIgnCase':
      return `${property} contains ${list} in upper or lower case`;
    default:
      return undefined;
  }
}

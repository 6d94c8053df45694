import type { FieldInfo, FieldTable, Filter, FilterSubject } from './language.ts';
import { compileRegex } from './regex.ts';
import { FilterMistake, type WordToken } from './tokens.ts';

/** What one word asks for. */
export type Term = {
  readonly filter: Filter;
  /** The text that must be somewhere in the line, for marking it; undefined: there is no such text. */
  readonly text: string | undefined;
};

type Sign = ':' | '=' | '!=' | '<' | '<=' | '>' | '>=';
type Asked = { readonly name: string; readonly sign: Sign; readonly value: string };

/** A word, a fuzzy one, or what is asked of a field. @throws FilterMistake */
export function readTerm(token: WordToken, fields: FieldTable): Term {
  const asked = askedOf(token, fields);
  if (asked) return fieldTerm(asked, token, fields);
  if (token.plain > 1 && token.text.startsWith('~')) {
    const letters = token.text.slice(1).toLowerCase();
    return {
      filter: (subject) => hasLetters(subject.text().toLowerCase(), letters),
      text: undefined,
    };
  }
  const word = token.text.toLowerCase();
  return { filter: (subject) => subject.text().toLowerCase().includes(word), text: word };
}

/** The field that a word asks for; undefined: it has none. @throws FilterMistake */
export const fieldOfWord = (token: WordToken, fields: FieldTable): string | undefined =>
  askedOf(token, fields)?.name;

/** Name, sign and value; undefined: it is a word. */
function askedOf({ text, plain, at }: WordToken, fields: FieldTable): Asked | undefined {
  const match = /^([a-z][a-z0-9]*)(:|!=|<=|>=|=|<|>)/i.exec(text.slice(0, plain));
  const [start = '', written = '', sign = ''] = match ?? [];
  const name = written.toLowerCase();
  const value = text.slice(start.length);
  if (!match) return undefined;
  if (Object.hasOwn(fields, name)) return { name, sign: sign as Sign, value };
  // Unless it looks like a mistyped field it is part of the word: an address, a URL, an argument.
  const isWord = sign === ':' ? value.startsWith('//') : sign === '=' || !isOrdered(value);
  if (isWord || written !== name) return undefined;
  throw new FilterMistake(`no field "${name}"; there are ${Object.keys(fields).join(', ')}`, at);
}

/** What only a comparison can mean. */
const isOrdered = (value: string): boolean => /^\d/.test(value);

function fieldTerm({ name, sign, value }: Asked, token: WordToken, fields: FieldTable): Term {
  const info = fields[name];
  const { at } = token;
  if (!info || value === '') throw new FilterMistake(`"${name}${sign}" needs a value`, at);
  if (sign === ':') return partTerm(name, value, info, token);
  if (sign === '=' || sign === '!=') {
    const is = equality(value.toLowerCase(), info);
    const isWanted = sign === '=';
    const filter: Filter = (subject) => {
      const has = subject.field(name).toLowerCase();
      return has !== '' && partsOf(has, info).some(is) === isWanted;
    };
    return { filter, text: isWanted ? value.toLowerCase() : undefined };
  }
  const compare = comparison(value, info);
  if (!compare) throw new FilterMistake(`"${name}${sign}" ${needed(info, fields)}`, at);
  const holds = COMPARISONS[sign];
  const filter: Filter = (subject) => {
    const has = subject.field(name);
    const order = has === '' ? Number.NaN : compare(has);
    return holds(order);
  };
  return { filter, text: undefined };
}

function partTerm(name: string, value: string, info: FieldInfo, token: WordToken): Term {
  const read = (subject: FilterSubject) => subject.field(name);
  const isUnquoted = !token.isQuoted;
  if (isUnquoted && value === '*')
    return { filter: (subject) => read(subject) !== '', text: undefined };
  const signs = token.plain - (token.text.length - value.length);
  if (value.length > 1 && signs > 0 && value.startsWith('~')) {
    const letters = value.slice(1).toLowerCase();
    return {
      filter: (subject) => hasLetters(read(subject).toLowerCase(), letters),
      text: undefined,
    };
  }
  if (signs > 0 && isRegex(value)) {
    const pattern = regex(value.slice(1, -1), token.at);
    return { filter: (subject) => pattern(read(subject)), text: undefined };
  }
  const wanted = value.toLowerCase();
  const has = (subject: FilterSubject) => read(subject).toLowerCase();
  if (info.match === 'whole') return { filter: (subject) => has(subject) === wanted, text: wanted };
  if (info.match === 'start') {
    const begins = (part: string) => part.startsWith(wanted);
    return { filter: (subject) => partsOf(has(subject), info).some(begins), text: wanted };
  }
  return { filter: (subject) => has(subject).includes(wanted), text: wanted };
}

const partsOf = (value: string, { isList }: FieldInfo): readonly string[] =>
  isList ? value.split('\n') : [value];

/** Letters in their order within one word of the text: over a whole line nearly everything would match. */
export function hasLetters(text: string, letters: string): boolean {
  let found = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === letters[found]) {
      found += 1;
      if (found === letters.length) return true;
    } else if (text[at] === ' ') {
      found = 0;
    }
  }
  return letters === '';
}

/** `/…/` is a regular expression, but `/etc/ssh/` is a path: slashes inside and nothing else that is special. */
function isRegex(value: string): boolean {
  if (value.length < 3 || !value.startsWith('/') || !value.endsWith('/')) return false;
  const inner = value.slice(1, -1);
  return /[\\^$.*+?()[\]{}|]/.test(inner) || !inner.includes('/');
}

function regex(source: string, at: number) {
  try {
    return compileRegex(source);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FilterMistake(`not a regular expression: ${reason}`, at);
  }
}

function equality(wanted: string, { isPath, order }: FieldInfo): (has: string) => boolean {
  if (order === 'time') {
    const compare = timeComparison(wanted);
    if (compare) return (has) => compare(has) === 0;
  }
  if (order === 'span') {
    const seconds = secondsOf(wanted);
    if (seconds !== undefined) return (has) => numberOf(has) === seconds;
  }
  if (order === 'number' && isNumber(wanted)) return (has) => numberOf(has) === Number(wanted);
  if (isPath && !wanted.includes('/'))
    return (has) => has === wanted || has.slice(has.lastIndexOf('/') + 1) === wanted;
  return (has) => has === wanted;
}

/** NaN, which a field without a number compares to, holds for none. */
const COMPARISONS: Readonly<Record<'<' | '<=' | '>' | '>=', (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

type Comparison = (has: string) => number;

/** How a field's value stands to this one: below 0 it is less. undefined: it can't be compared. */
function comparison(value: string, { order }: FieldInfo): Comparison | undefined {
  if (order === 'number')
    return isNumber(value) ? (has) => numberOf(has) - Number(value) : undefined;
  if (order === 'time') return timeComparison(value);
  if (order === 'span') {
    const seconds = secondsOf(value);
    return seconds === undefined ? undefined : (has) => numberOf(has) - seconds;
  }
  const wanted = order?.indexOf(value.toLowerCase()) ?? -1;
  if (!order || wanted < 0) return undefined;
  return (has) => {
    const at = order.indexOf(has.toLowerCase());
    return at < 0 ? Number.NaN : at - wanted;
  };
}

const SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };

/** Of a span such as 500ms, 5s, 10m, 2h, 3d; a number alone is in seconds. */
function secondsOf(text: string): number | undefined {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|[smhd])?$/i.exec(text) ?? [];
  return number === undefined ? undefined : Number(number) * (SECONDS[unit.toLowerCase()] ?? 1);
}

const isNumber = (text: string): boolean => /^-?\d+(?:\.\d+)?$/.test(text);

/** The number at the beginning: values may have words behind them. */
const numberOf = (text: string): number => Number.parseFloat(text);

/** Of the day, as exactly as it is written: 12:03 is the whole minute. */
function timeComparison(value: string): Comparison | undefined {
  if (!/^([01]?\d|2[0-3])(:[0-5]\d(:[0-5]\d(\.\d{1,3})?)?)?$/.test(value)) return undefined;
  const wanted = /^\d(:|$)/.test(value) ? `0${value}` : value;
  return (has) => {
    const part = has.slice(0, wanted.length);
    return part === wanted ? 0 : part < wanted ? -1 : 1;
  };
}

function needed({ order }: FieldInfo, fields: FieldTable): string {
  if (order === 'number') return 'needs a number';
  if (order === 'time') return 'needs a time of the day, such as 12:03 or 12:03:11';
  if (order === 'span') return 'needs a span of time, such as 5s, 10m or 2h';
  if (order) return `needs one of ${order.join(', ')}`;
  const ordered = Object.keys(fields).filter((name) => fields[name]?.order !== undefined);
  return `can't be asked: it has no order; ${ordered.join(', ')} have one`;
}

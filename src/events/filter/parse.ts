import {
  EXACT_FIELDS,
  FILTER_FIELDS,
  type FilterField,
  type FilterSubject,
  isFilterField,
  PREFIX_FIELDS,
} from './fields.ts';

/** Whether an event passes. */
export type Filter = (subject: FilterSubject) => boolean;

export type FilterResult =
  | { filter: Filter; error?: undefined }
  /** `at`: index into the text where the mistake begins. */
  | { filter?: undefined; error: string; at: number };

type Token = { text: string; at: number; isQuoted: boolean };

/**
 * Reads a filter: words that must all match; `!` in front negates one; `field:value` and `field:/regex/` ask for one field;
 * `a OR b` joins the two words beside it, and binds closer than the rest; quotes keep spaces. Case doesn't matter. An empty text
 * lets everything pass.
 */
export function parseFilter(text: string): FilterResult {
  try {
    const groups = group(tokenize(text)).map((tokens) => tokens.map(term));
    return {
      filter: (subject) => groups.every((terms) => terms.some((matches) => matches(subject))),
    };
  } catch (error) {
    if (!(error instanceof FilterMistake)) throw error;
    return { error: error.message, at: error.at };
  }
}

class FilterMistake extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** Splits at spaces outside of quotes. */
function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] === ' ') {
      at += 1;
      continue;
    }
    const token: Token = { text: '', at, isQuoted: false };
    let isInside = false;
    for (; at < text.length && (isInside || text[at] !== ' '); at++) {
      if (text[at] === '"') {
        isInside = !isInside;
        token.isQuoted = true;
      } else {
        token.text += text[at];
      }
    }
    if (isInside) throw new FilterMistake('this quote has no end', token.at);
    tokens.push(token);
  }
  return tokens;
}

/** Alternatives joined by OR. */
function group(tokens: Token[]): Token[][] {
  const groups: Token[][] = [];
  let isJoined = false;
  for (const token of tokens) {
    if (token.text === 'OR' && !token.isQuoted) {
      if (groups.length === 0 || isJoined)
        throw new FilterMistake('OR needs a word on both sides', token.at);
      isJoined = true;
    } else if (isJoined) {
      groups.at(-1)?.push(token);
      isJoined = false;
    } else {
      groups.push([token]);
    }
  }
  if (isJoined) throw new FilterMistake('OR needs a word on both sides', tokens.at(-1)?.at ?? 0);
  return groups;
}

function term(token: Token): Filter {
  const isNegated = token.text.startsWith('!') && token.text.length > 1;
  const body = isNegated ? token.text.slice(1) : token.text;
  const matches = positiveTerm(body, token);
  return isNegated ? (subject) => !matches(subject) : matches;
}

function positiveTerm(body: string, token: Token): Filter {
  const colon = body.indexOf(':');
  const name = body.slice(0, Math.max(colon, 0));
  // A colon in a word that names no field is part of the word (an address, a URL), unless it looks like a mistyped field.
  if (/^[a-z]+$/.test(name) && !body.startsWith('//', colon + 1)) {
    if (isFilterField(name)) return fieldTerm(name, body.slice(colon + 1), token.at);
    if (!token.isQuoted) {
      const known = Object.keys(FILTER_FIELDS).join(', ');
      throw new FilterMistake(`no field "${name}"; there are ${known}`, token.at);
    }
  }
  const word = body.toLowerCase();
  return (subject) => subject.text().toLowerCase().includes(word);
}

function fieldTerm(name: FilterField, value: string, at: number): Filter {
  if (value === '') throw new FilterMistake(`"${name}:" needs a value`, at);
  if (isRegex(value)) {
    const pattern = regex(value.slice(1, -1), at);
    return (subject) => pattern.test(subject.field(name));
  }
  const wanted = value.toLowerCase();
  if (EXACT_FIELDS.has(name)) return (subject) => subject.field(name).toLowerCase() === wanted;
  if (PREFIX_FIELDS.has(name))
    return (subject) => subject.field(name).toLowerCase().startsWith(wanted);
  return (subject) => subject.field(name).toLowerCase().includes(wanted);
}

/** `/…/` is a regular expression, but `/etc/ssh/` is a path: slashes inside and nothing else that is special. */
function isRegex(value: string): boolean {
  if (value.length < 3 || !value.startsWith('/') || !value.endsWith('/')) return false;
  const inner = value.slice(1, -1);
  return /[\\^$.*+?()[\]{}|]/.test(inner) || !inner.includes('/');
}

function regex(source: string, at: number): RegExp {
  try {
    return new RegExp(source, 'iu');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FilterMistake(`not a regular expression: ${reason}`, at);
  }
}

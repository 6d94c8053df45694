import { RE2JS } from 're2js';
import { suggest } from '../../suggest.ts';
import { escapeText } from '../text.ts';

/** A filter that can't be used; the message says where, what is wrong with it, and what is right. It is safe to print. */
export class FilterError extends Error {
  constructor(place: string, reason: string) {
    super(escapeText(`${place}: ${reason}`));
    this.name = 'FilterError';
  }
}

/** More of a list are a mistake, or somebody's attempt to keep us busy. */
const MOST_VALUES = 10_000;
/** Of a regular expression, which takes longer to compile than to match. */
const MOST_CHARACTERS = 16_384;

/**
 * The fields of an object, read as protobuf's JSON is: names in snake_case or camelCase, `null` and an empty list say nothing.
 * `end` must be called when all were asked for: a field that nobody asked for is an error, as a misspelt condition would let
 * through, or hide, what it was meant for.
 */
export type FieldReader = {
  readonly place: string;
  /** What the field has; undefined: nothing. */
  take(name: string): unknown;
  strings(name: string): readonly string[] | undefined;
  regexes(name: string): readonly RE2JS[] | undefined;
  /** Unsigned 32-bit numbers. */
  numbers(name: string): readonly number[] | undefined;
  boolean(name: string): boolean | undefined;
  /** Names of a vocabulary, also by their numbers. */
  names<T extends string>(
    name: string,
    known: ReadonlyMap<string | number, T>,
    what: string,
  ): readonly T[] | undefined;
  object(name: string, what: string): FieldReader | undefined;
  /** @throws FilterError */
  fail(name: string, reason: string): never;
  /** @throws FilterError */
  end(): void;
};

/**
 * @param what the object is called in messages: `a filter`
 * @throws FilterError when it is no object
 */
export function fieldsOf(value: unknown, place: string, what: string): FieldReader {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new FilterError(place, `expected ${what}, which is an object {…}`);
  const source = value as Readonly<Record<string, unknown>>;
  const asked: string[] = [];

  const fail = (name: string, reason: string): never => {
    throw new FilterError(place, `${name}: ${reason}`);
  };
  const take = (name: string): unknown => {
    asked.push(name);
    const camel = camelCase(name);
    const key = Object.hasOwn(source, name) ? name : camel;
    if (key === name && camel !== name && Object.hasOwn(source, camel))
      fail(name, `is there twice, also as ${camel}`);
    return Object.hasOwn(source, key) ? (source[key] ?? undefined) : undefined;
  };
  const list = <T>(name: string, expected: string, read: (one: unknown) => T | undefined) => {
    const given = take(name);
    if (given === undefined) return undefined;
    if (!Array.isArray(given)) return fail(name, `expected a list [${expected}, …]`);
    if (given.length > MOST_VALUES) fail(name, `has more than ${MOST_VALUES} values`);
    const values = given.map(
      (one) => read(one) ?? fail(name, `expected ${expected}, found ${shown(one)}`),
    );
    return values.length === 0 ? undefined : values;
  };
  const strings = (name: string) =>
    list(name, 'a text in quotes', (one) => (typeof one === 'string' ? one : undefined));

  return {
    place,
    take,
    strings,
    regexes: (name) =>
      strings(name)?.map((pattern) => {
        try {
          return compileRegex(pattern);
        } catch (error) {
          return fail(name, error instanceof Error ? error.message : String(error));
        }
      }),
    numbers: (name) => list(name, 'a number from 0 to 4294967295', unsigned),
    boolean(name) {
      const given = take(name);
      if (given === undefined || typeof given === 'boolean') return given;
      return fail(name, `expected true or false, found ${shown(given)}`);
    },
    names: (name, known, whatOne) =>
      list(name, whatOne, (one) => {
        if (typeof one !== 'string' && typeof one !== 'number') return undefined;
        const found = known.get(one);
        if (found !== undefined) return found;
        const all = [...known.keys()].filter((key) => typeof key === 'string');
        const near = typeof one === 'string' ? suggest(one.toUpperCase(), all) : undefined;
        const hint = near ? `did you mean ${near}?` : `there are ${all.join(', ')}`;
        return fail(name, `${shown(one)} is no ${whatOne.replace(/^an? /, '')}; ${hint}`);
      }),
    object(name, whatOne) {
      const given = take(name);
      return given === undefined ? undefined : fieldsOf(given, `${place}, ${name}`, whatOne);
    },
    fail,
    end() {
      for (const key of Object.keys(source)) {
        if (asked.some((name) => name === key || camelCase(name) === key)) continue;
        const near = suggest(key, asked);
        const hint = near ? `did you mean ${near}?` : `there are ${asked.join(', ')}`;
        throw new FilterError(place, `${what} has no field "${key}"; ${hint}`);
      }
    },
  };
}

/**
 * A regular expression in RE2's syntax, which matches in a time that only grows with the text.
 *
 * @throws Error saying what is wrong with it
 */
export function compileRegex(source: string): RE2JS {
  if (source.length > MOST_CHARACTERS)
    throw new Error(`a regular expression of more than ${MOST_CHARACTERS} characters`);
  try {
    return RE2JS.compile(source);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `"${source}" is no regular expression of RE2: ${reason.replace('error parsing regexp: ', '')}`,
    );
  }
}

const camelCase = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Numbers may stand in quotes, as in protobuf's JSON. */
function unsigned(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value;
  const isUnsigned =
    Number.isInteger(number) && Number(number) >= 0 && Number(number) <= 0xffff_ffff;
  return isUnsigned ? Number(number) : undefined;
}

const shown = (value: unknown): string => {
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 60 ? `${json.slice(0, 60)}…` : json;
};

/** Signs that mean something outside of quotes. */
const NEEDS_QUOTES = /["\\\s()]|^[~*]|\/$|^OR$/;

/** A value as it must be written behind `field:` to be taken as it is. */
export const writeValue = (value: string): string =>
  value === '' || NEEDS_QUOTES.test(value)
    ? `"${value.replace(/["\\]/g, (letter) => `\\${letter}`)}"`
    : value;

/** What asks for a value of a field; undefined for none: there is nothing to ask. */
export const writeTerm = (field: string, value: string, sign: ':' | '=' | '!=' = ':'): string =>
  `${field}${sign}${writeValue(value)}`;

import { isIP } from 'node:net';
import { constants } from 'node:os';
import type { NewFilter, NewValue } from './newText.ts';
import { parseWholeNumber } from './numbers.ts';

/**
 * Values of `policy new`, from the words of an operator to those of a policy. What is wrong is added to the errors, and reading
 * goes on, so that everything is told at once.
 */

export type Errors = string[];

/** What depends on the host that the policy is written on. */
export type WishHost = {
  uidOf(name: string): number | undefined;
  /** The path without links; undefined: there is no such file here. */
  resolve(path: string): string | undefined;
};

/** Paths in two kinds, which a policy compares differently. */
export type Paths = { exact: NewValue[]; prefixes: NewValue[] };

/** The kernel compares resolved paths: links are replaced, and a comment says so. */
export function readPaths(
  flag: string,
  texts: readonly string[],
  host: WishHost,
  errors: Errors,
): Paths {
  const paths: Paths = { exact: [], prefixes: [] };
  for (const text of texts) {
    if (!text.startsWith('/') || /\/\/|\/\.\.?(\/|$)|\0/.test(text)) {
      errors.push(
        `${flag} must be an absolute path without "//", "." and "..": the kernel compares whole paths, not "${text}"`,
      );
      continue;
    }
    const isFolder = text.endsWith('/');
    const found = host.resolve(text);
    const value = found === undefined ? text : isFolder && found !== '/' ? `${found}/` : found;
    const entry = value === text ? value : { value, why: `what ${text} leads to` };
    paths[isFolder ? 'prefixes' : 'exact'].push(entry);
  }
  return paths;
}

/** Users as a filter on a uid; undefined: none wanted. */
export function readUsers(
  texts: readonly string[],
  host: WishHost,
  errors: Errors,
): NewFilter | undefined {
  if (texts.length === 0) return undefined;
  const isNot = texts.map((text) => text.startsWith('!'));
  if (isNot.includes(true) && isNot.includes(false)) {
    errors.push("--user: either only these users, or all but these ('!name'), not both");
    return undefined;
  }
  const ranges = texts.flatMap((text) => {
    const range = readUser(text.replace(/^!/, ''), host);
    if (!range)
      errors.push(`--user: "${text}" is no user here, and no number or range such as 1000-1999`);
    return range ? [range] : [];
  });
  if (ranges.length > MAX_NUMBERS)
    errors.push(`--user: at most ${MAX_NUMBERS} users or ranges fit into a filter`);
  const not = isNot[0] === true;
  return {
    index: 0,
    operator: not ? 'NotInRange' : 'InRange',
    values: ranges,
    why: not ? 'all users but these, by number:' : 'only these users, by number:',
  };
}

/** Limit of the language: numbers in one filter. */
const MAX_NUMBERS = 4;
const MAX_UID = 0xfffffffe;

function readUser(text: string, host: WishHost): NewValue | undefined {
  const [, first, last = first] = /^(\d{1,10})(?:[-:](\d{1,10}))?$/.exec(text) ?? [];
  if (first !== undefined && last !== undefined) {
    const inOrder = Number(first) <= Number(last) && Number(last) <= MAX_UID;
    return inOrder ? `${Number(first)}:${Number(last)}` : undefined;
  }
  const uid = host.uidOf(text);
  return uid === undefined ? undefined : { value: `${uid}:${uid}`, why: text };
}

/** Ports and ranges of ports, as the language has them. */
export function readPorts(texts: readonly string[], errors: Errors): string[] {
  return texts.flatMap((text) => {
    const [, first, last] = /^(\d{1,5})(?:[-:](\d{1,5}))?$/.exec(text) ?? [];
    const low = Number(first);
    const high = Number(last ?? first);
    if (first === undefined || low > high || high > 0xffff) {
      errors.push(`--port must be a port or a range such as 8000-8099, not "${text}"`);
      return [];
    }
    return [last === undefined ? String(low) : `${low}:${high}`];
  });
}

export function checkNetworks(flag: string, texts: readonly string[], errors: Errors): void {
  for (const text of texts) {
    const [address = '', bits, extra] = text.split('/');
    const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
    const isLength = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
    if (most < 0 || !isLength || extra !== undefined || address.includes('%'))
      errors.push(`${flag} must be an address or a network such as 10.0.0.0/8, not "${text}"`);
  }
}

/** What `--arg` asks of one argument of a system call. */
export type ArgumentWish = { index: number; operator: string; values: string[]; isText: boolean };

/** `N=VALUE`, `N!=VALUE`, `N&MASK`, `N=MIN:MAX`; several for one argument and operator are alternatives. */
export function readArguments(texts: readonly string[], errors: Errors): ArgumentWish[] {
  const wishes = new Map<string, ArgumentWish>();
  for (const text of texts) {
    const [, digits, sign, value] = /^(\d)(=|!=|&)(.+)$/s.exec(text) ?? [];
    if (digits === undefined || sign === undefined || value === undefined || Number(digits) > 4) {
      errors.push(
        `--arg must be N=VALUE, N!=VALUE, N&MASK or N=MIN:MAX with N from 0 to 4, not "${text}"`,
      );
      continue;
    }
    const wish = argumentWish(Number(digits), sign, value);
    if (wish.operator === 'Mask' && wish.isText) {
      errors.push(`--arg: "${value}" in "${text}" must be a number: a mask`);
      continue;
    }
    const key = `${wish.index} ${wish.operator}`;
    const known = wishes.get(key);
    if (known) {
      known.values.push(...wish.values);
      known.isText ||= wish.isText;
    } else wishes.set(key, wish);
  }
  return [...wishes.values()];
}

function argumentWish(index: number, sign: string, value: string): ArgumentWish {
  const not = sign === '!=';
  if (isNumber(value)) {
    const operator = sign === '&' ? 'Mask' : not ? 'NotEqual' : 'Equal';
    return { index, operator, values: [value], isText: false };
  }
  const [low, high, ...more] = value.split(':');
  if (sign !== '&' && more.length === 0 && isNumber(low) && isNumber(high))
    return { index, operator: not ? 'NotInRange' : 'InRange', values: [value], isText: false };
  if (sign === '&') return { index, operator: 'Mask', values: [value], isText: true };
  const kind = value.endsWith('/') ? 'Prefix' : 'Equal';
  return { index, operator: not ? `Not${kind}` : kind, values: [value], isText: true };
}

const isNumber = (text: string | undefined): boolean =>
  text !== undefined && parseWholeNumber(text) !== undefined;

/** What `--return` asks of a result. */
export function readReturn(text: string, errors: Errors): NewFilter | undefined {
  const filter = (operator: string, value: NewValue, why: string): NewFilter => ({
    index: 0,
    operator,
    values: [value],
    why,
  });
  if (text === 'success') return filter('GreaterThan', '-1', 'calls that succeed:');
  if (text === 'failure') return filter('LessThan', '0', 'calls that fail:');
  if (isNumber(text)) return filter('Equal', text, 'calls that return this:');
  const [low, high, ...more] = text.split(':');
  if (more.length === 0 && isNumber(low) && isNumber(high))
    return filter('InRange', text, 'calls that return one of these:');
  const name = text.replace(/^-/, '');
  const number = Object.entries(constants.errno).find(([known]) => known === name)?.[1];
  // The kernel returns errors as negative numbers.
  if (number !== undefined)
    return filter('Equal', { value: String(-number), why: name }, 'calls that fail with:');
  errors.push(
    `--return must be a number, MIN:MAX, an error such as EPERM, success or failure, not "${text}"`,
  );
  return undefined;
}

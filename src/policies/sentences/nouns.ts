import type { ArgumentFilter } from '../model.ts';
import { valueTexts } from '../words/values.ts';
import { type Case, filtersOn, listed, type Slot, textCondition } from './template.ts';

/** Nouns for things that have a path or a name: `a file below /etc/`, `/etc/shadow or 3 more`. */

/** `thing` without its article; `known`: by what it is told. */
const named = (thing: string, known: 'path' | 'path itself' | 'name' = 'path'): Slot => ({
  isVerb: false,
  words: (about, index) => {
    const filters = filtersOn(about, index).filter(isText);
    for (const filter of filters) about.told.add(filter);
    const whole = filters.find(({ operator }) => operator === 'Equal');
    const type = typeOf(filters) ?? thing;
    const conditions = filters
      .filter((filter) => filter !== whole)
      .flatMap((filter) => typeCondition(filter) ?? textCondition(filter, known, about) ?? []);
    const noun = whole ? wholeWords(whole, thing, known, about) : `${article(type)} ${type}`;
    const words = [noun, ...(conditions.length > 0 ? [conditions.join(' and ')] : [])].join(' ');
    const asks = filters.map(({ operator, values }) => [
      operator,
      valueTexts(undefined, operator, values),
    ]);
    const key = JSON.stringify(asks);
    if (conditions.length > 0)
      about.nouns.push({ words, key, again: `such ${article(type)} ${type}` });
    else if (whole && words.includes(' or '))
      about.nouns.push({ words, key, again: 'one of these' });
    return words;
  },
});

const article = (noun: string): string => (/^[aeiou]/.test(noun) ? 'an' : 'a');

const isText = ({ operator, values }: ArgumentFilter): boolean =>
  values.kind === 'texts' || operator.endsWith('FileType');

function wholeWords(
  { operator, values }: ArgumentFilter,
  thing: string,
  known: string,
  { shown }: Case,
): string {
  const list = listed(valueTexts(undefined, operator, values), shown);
  return known === 'name' ? `the ${thing} ${list}` : list;
}

/** Undefined for filters that are not about the type; nothing for the one that is told by the noun. */
function typeCondition({ operator, values }: ArgumentFilter): string[] | undefined {
  if (operator === 'FileType') return [];
  if (operator !== 'NotFileType') return undefined;
  const names = valueTexts(undefined, operator, values).map(typeName);
  return [`that is no ${listed(names, names.length)}`];
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  dir: 'directory',
  reg: 'regular file',
  regular: 'regular file',
  lnk: 'symbolic link',
  link: 'symbolic link',
  sock: 'socket',
  blk: 'block device',
  block: 'block device',
  chr: 'character device',
  char: 'character device',
  fifo: 'named pipe',
  pipe: 'named pipe',
};

const typeName = (name: string): string => TYPE_NAMES[name] ?? name;

function typeOf(filters: readonly ArgumentFilter[]): string | undefined {
  const filter = filters.find(({ operator }) => operator === 'FileType');
  const names = filter && valueTexts(undefined, filter.operator, filter.values).map(typeName);
  return names && listed(names, names.length);
}

export const NOUNS = {
  file: named('file'),
  directory: named('directory'),
  program: named('program'),
  link: named('link'),
  device: named('device or file'),
  source: named('device'),
  path: named('path', 'path itself'),
  module: named('kernel module', 'name'),
  name: named('name', 'name'),
  attribute: named('extended attribute', 'name'),
  type: named('type', 'name'),
  interface: named('network interface', 'name'),
} satisfies Record<string, Slot>;

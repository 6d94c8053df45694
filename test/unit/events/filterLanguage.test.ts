import { describe, expect, test } from 'vitest';
import { FILTER_FIELDS } from '../../../src/events/filter/fields.ts';
import {
  FILTER_RULES,
  type FieldTable,
  type FilterSubject,
} from '../../../src/events/filter/language.ts';
import { parseFilter } from '../../../src/events/filter/parse.ts';
import { compileRegex } from '../../../src/events/filter/regex.ts';
import { writeTerm } from '../../../src/events/filter/write.ts';
import { createRandom, type Random } from '../../screen/terminal/random.ts';

const FIELDS = {
  name: { about: 'a text' },
  path: { about: 'a path', isPath: true },
  id: { about: 'a number', match: 'whole', order: 'number' },
  time: { about: 'a time', match: 'start', order: 'time' },
  level: { about: 'a level', order: ['low', 'high'] },
} as const satisfies FieldTable;

type Row = Partial<Record<keyof typeof FIELDS, string>>;
const subject = (row: Row): FilterSubject<keyof typeof FIELDS> => ({
  field: (name) => row[name] ?? '',
  text: () => Object.values(row).join(' '),
});

const passes = (text: string, row: Row): boolean => {
  const { filter, error } = parseFilter(text, FIELDS);
  if (!filter) throw new Error(error);
  return filter(subject(row));
};

const row: Row = {
  name: 'Alpha "beta" (gamma) back\\slash',
  path: '/usr/bin/chrome',
  id: '1234',
  time: '12:03:11.204',
};

describe('what is written and what it means', () => {
  test.each<[string, boolean]>([
    ['~chrme', true],
    ['~CHRME', true],
    ['~chrmx', false],
    // Not over the bounds of words.
    ['~alphabeta', false],
    ['path:~ubc', true],
    ['name:~ubc', false],
    ['"~chrme"', false],
    ['id>1000', true],
    ['id>1234', false],
    ['id>=1234', true],
    ['id<1235 id<=1234', true],
    ['id!=0', true],
    ['id=1234', true],
    ['id=123', false],
    ['id:123', false],
    ['level!=low', false],
    ['!level=low', true],
    ['level>low', false],
    ['path=chrome', true],
    ['path=/usr/bin/chrome', true],
    ['path=bin/chrome', false],
    ['path!=chrome', false],
    ['path!=firefox', true],
    ['time>12', false],
    ['time>=12', true],
    ['time>12:02', true],
    ['time<12:04 time>=12:03:11', true],
    ['time=12:03', true],
    ['time:12:03', true],
    ['time>9', true],
    ['level:*', false],
    ['!level:*', true],
    ['id:*', true],
    ['name:"*"', false],
    ['(nothing id:1234) OR chrome', true],
    ['(nothing OR id:1234) chrome', true],
    ['nothing (id:1234 OR chrome)', false],
    ['!(alpha nothing)', true],
    ['!(alpha chrome)', false],
    ['((alpha))', true],
    ['alpha!(nothing)', false],
    ['"(gamma)"', true],
    ['"\\"beta\\""', true],
    ['\\"beta\\"', true],
    ['"\\"gamma\\""', false],
    ['alpha\\ \\"beta', true],
    ['back\\slash', true],
    ['"back\\\\slash"', true],
    ['"back\\slash"', true],
    ['name:/beta" "\\(g/', false],
    ['name:/beta.\\ \\(g/', true],
    ['name:/^alpha/ path:/(chrome|firefox)$/', true],
    ['name:/\\balph\\b/', false],
    ['(name:/(be|x)ta/)', true],
    ['"id:1234"', false],
    ['x=1', false],
    ['https://x', false],
  ])('%s: %s', (text, expected) => {
    expect(passes(text, row)).toBe(expected);
  });

  test('levels are compared in their order', () => {
    expect(passes('level>=high', { level: 'high' })).toBe(true);
    expect(passes('level>low', { level: 'HIGH' })).toBe(true);
    expect(passes('level<high', { level: 'high' })).toBe(false);
    expect(passes('level<high', { level: 'other' })).toBe(false);
  });

  test.each<[string, RegExp, number]>([
    ['a (b', /^this parenthesis has no end/, 2],
    ['a b)', /^there is no parenthesis to close/, 3],
    ['a () b', /^nothing stands in here/, 2],
    ['(a OR) b', /^OR needs a word/, 3],
    ['(OR a)', /^OR needs a word/, 1],
    ['id>x', /^"id>" needs a number/, 0],
    ['a time>25', /^"time>" needs a time of the day/, 2],
    ['level>middle', /^"level>" needs one of low, high/, 0],
    ['name>1', /^"name>" can't be asked: it has no order; id, time, level have one/, 0],
    ['nosuch>1', /^no field "nosuch"; there are name, /, 0],
    ['id>=', /^"id>=" needs a value/, 0],
    ['name:/a{1000}{1000}/', /^not a regular expression/, 0],
    ['name:/(?=a)b/', /^not a regular expression: .*\(\?=/, 0],
    ['name:/(a)\\1/', /^not a regular expression: invalid escape/, 0],
    [`${'('.repeat(60)}a${')'.repeat(60)}`, /^too many parentheses/, 50],
    // As many of them as there are levels of the stack, and more.
    [`${'!'.repeat(100_000)}a`, /^too many !/, 50],
  ])('%s is a mistake', (text, error, at) => {
    const result = parseFilter(text, FIELDS);
    expect(result.error).toMatch(error);
    expect(result).toMatchObject({ at });
  });

  test('the texts to be marked are those that must be there', () => {
    const texts = (text: string) => {
      const result = parseFilter(text, FIELDS);
      return result.filter ? result.texts : [];
    };
    expect(texts('Alpha !beta name:Gamma id>1 ~xy (one OR "two words")')).toEqual([
      'alpha',
      'gamma',
      'one',
      'two words',
    ]);
  });

  test('what the rules’ examples say is valid', () => {
    for (const { write } of FILTER_RULES)
      expect(parseFilter(write, FILTER_FIELDS).error).toBeUndefined();
  });
});

const PIECES = [
  ...'()!"\\~/*:=<> ab.+?[]{}|^$-19,',
  ...[
    ' OR ',
    'id',
    'name:',
    'path:/',
    'time>',
    'level',
    '>=',
    '!=',
    '12:03',
    '\n',
    '\u202e',
    '主',
    '\ud800',
  ],
];

const pick = (random: Random, from: readonly string[]): string =>
  from[random.below(from.length)] ?? '';

describe('for texts of any kind', () => {
  test('it never throws: each is a filter, or a mistake with a place in the text', () => {
    const random = createRandom(7);
    let valid = 0;
    for (let i = 0; i < 2000; i++) {
      const text = Array.from({ length: 1 + random.below(14) }, () => pick(random, PIECES)).join(
        '',
      );
      const result = parseFilter(text, FIELDS);
      if (result.filter) {
        valid += 1;
        expect(typeof result.filter(subject(row))).toBe('boolean');
      } else {
        expect(result.at).toBeGreaterThanOrEqual(0);
        expect(result.at).toBeLessThan(text.length);
      }
    }
    expect(valid).toBeGreaterThan(300);
  });

  test('every value can be written, and is found then and there alone', () => {
    const random = createRandom(11);
    for (let i = 0; i < 2000; i++) {
      const value = Array.from({ length: 1 + random.below(8) }, () => pick(random, PIECES)).join(
        '',
      );
      for (const sign of [':', '='] as const) {
        const text = writeTerm('name', value, sign);
        expect(passes(text, { name: value }), text).toBe(true);
        expect(passes(`(${text}) !(${text})`, { name: value }), text).toBe(false);
        expect(passes(text, { name: 'q' }), text).toBe(false);
      }
    }
  });

  test('regular expressions are the usual ones, and characters are whole', () => {
    const match = (source: string, text: string) => compileRegex(source)(text);
    expect(match('^/usr/(s?bin|lib)/[a-c]url$', '/USR/sbin/Curl')).toBe(true);
    expect(match('\\bssh\\b', '/usr/sbin/sshd')).toBe(false);
    expect(match('^.$', '😀')).toBe(true);
    expect(match('ÄÖ{2}', 'x äöö')).toBe(true);
  });

  test('none takes long, whatever the text is', () => {
    const text = 'a'.repeat(20_000);
    const started = performance.now();
    for (const source of ['(a+)+$b', '(a|a)*c', '(a|aa)+$x', '(.*)(.*)(.*)(.*)b', '(a?){50}a{50}b'])
      expect(compileRegex(source)(text)).toBe(false);
    // A backtracking matcher would need years.
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});

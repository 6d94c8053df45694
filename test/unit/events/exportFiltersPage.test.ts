/** The examples of docs/export-filters.md work. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseFieldFilters } from '../../../src/events/tetragonFilter/fieldFilters.ts';
import { compileFilters, readFilterLists } from '../../../src/events/tetragonFilter/filters.ts';
import { parseRedactionFilters } from '../../../src/events/tetragonFilter/redactionFilters.ts';
import { EVENT_TYPES } from '../../../src/events/types.ts';

const page = readFileSync(new URL('../../../docs/export-filters.md', import.meta.url), 'utf8');
const blocks = (kind: string): string[] =>
  [...page.matchAll(/^```json (\w+)\n(.*?)^```$/gms)]
    .filter(([, name]) => name === kind)
    .map(([, , text = '']) => text);

test('filters', async () => {
  expect(blocks('filter')).toHaveLength(2);
  for (const text of blocks('filter'))
    await compileFilters(readFilterLists(text, text), {
      abilities: { credentials: true, ancestors: ['process_exec'] },
    });
});

test('fields', () => {
  expect(blocks('fields')).toHaveLength(1);
  for (const text of blocks('fields')) parseFieldFilters(text);
});

test('redaction', () => {
  expect(blocks('redaction')).toHaveLength(1);
  for (const text of blocks('redaction')) parseRedactionFilters(text, 'page');
});

test('the command', () => {
  const values = [...page.matchAll(/--([a-z-]+) '([^']+)'/g)].map(([, name, text = '']) => [
    name,
    text,
  ]);
  expect(values.map(([name]) => name)).toEqual([
    'export-denylist',
    'field-filters',
    'redaction-filters',
  ]);
  const [deny = '', fields = '', redaction = ''] = values.map(([, text]) => text);
  expect(readFilterLists('', deny).deny).toHaveLength(2);
  parseFieldFilters(fields);
  parseRedactionFilters(redaction, 'page');
});

test('types of events that it names are there', () => {
  const known = Object.values(EVENT_TYPES).map(({ name }) => name as string);
  for (const [name] of page.matchAll(/\b(?:PROCESS|TRIGON)_[A-Z]+\b/g))
    expect(known).toContain(name);
});

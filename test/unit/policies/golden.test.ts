import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { formatPolicyError } from '../../../src/policies/model.ts';
import { parsePolicies } from '../../../src/policies/parse.ts';
import { concise } from './concise.ts';

const FOLDER = new URL('../../golden/policies/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, FOLDER), 'utf8');
const names = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => name.slice(0, -'.yaml'.length));

test('there are golden policies, each with what it means', () => {
  expect(names.length).toBeGreaterThanOrEqual(30);
  expect(names.map((name) => read(`${name}.yaml`).startsWith('# '))).not.toContain(false);
});

test.each(names)('%s', (name) => {
  const { policies, warnings, errors } = parsePolicies(read(`${name}.yaml`), `${name}.yaml`);
  expect(errors?.map(formatPolicyError)).toBeUndefined();
  expect(warnings).toEqual([]);
  expect(concise(policies)).toEqual(JSON.parse(read(`${name}.json`)));
});

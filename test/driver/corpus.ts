/** What Tetragon wrote and its own examples, which aren't ours to hand out: only some have them. `TRIGON_CORPUS` says where. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const FOLDER = process.env.TRIGON_CORPUS ?? resolve(import.meta.dirname, '../../../shared/corpus');

export const hasCorpus = existsSync(FOLDER);

export const corpusPath = (...names: readonly string[]): string => join(FOLDER, ...names);

/** Lines of a file of it; none where there is no corpus. */
export const corpusLines = (name: string): readonly string[] =>
  hasCorpus
    ? readFileSync(corpusPath(name), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : [];

/** Paths of all policies below a folder of it; none where there is no corpus. */
export const corpusPolicies = (...folder: readonly string[]): readonly string[] =>
  hasCorpus
    ? readdirSync(corpusPath(...folder), { recursive: true, encoding: 'utf8' }).filter((name) =>
        /\.ya?ml$/.test(name),
      )
    : [];

/** Tests that need it are there only where it is: one that is skipped fails CI, and a file without any fails too. */
export function describeCorpus(name: string, tests: () => void): void {
  if (hasCorpus) describe(name, tests);
  else test(`${name}: no corpus here`, () => expect(existsSync(FOLDER)).toBe(false));
}

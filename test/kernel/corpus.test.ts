/**
 * Policies as others write them: each is loaded as it stands, in monitor mode, made to tell of something, and says it with the right
 * arguments. Needs root and clang. The library's policies bring their own triggers: library.test.ts.
 */
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXAMPLES, MUST_FIRE } from '../corpus/examples.ts';
import { GOLDEN_POLICIES } from '../corpus/goldenPolicies.ts';
import { type Ground, observe, openGround } from '../corpus/observe.ts';
import { fits, type NoTrigger, type Trigger } from '../corpus/trigger.ts';
import { corpusPath, describeCorpus } from '../driver/corpus.ts';

const root = resolve(import.meta.dirname, '../..');
const corpus = corpusPath('tetragon-examples');

let ground: Ground;

beforeAll(() => {
  ground = openGround();
});
afterAll(() => ground.remove());

const triggered = (
  triggers: Readonly<Record<string, Trigger | NoTrigger>>,
  names: readonly string[],
) =>
  names.flatMap((name): [string, Trigger][] => {
    const trigger = triggers[name];
    return trigger && 'deeds' in trigger ? [[name, trigger]] : [];
  });

async function fires(file: string, trigger: Trigger): Promise<void> {
  const { problems, hooks, missed } = await observe(file, trigger, ground);
  const seen = hooks.map(({ call, events, evidence }) => `${call}: ${events} ${evidence ?? ''}`);
  expect({ missed, problems: missed.length > 0 ? problems : [], seen }).toEqual({
    missed: [],
    problems: [],
    seen,
  });
}

describe('golden policies', () => {
  const folder = join(root, 'test/golden/policies');
  test.each(triggered(GOLDEN_POLICIES, readdirSync(folder)))('%s', (name, trigger) =>
    fires(join(folder, name), trigger),
  );
});

describeCorpus('examples of Tetragon that must fire without kprobes', () => {
  test.each(MUST_FIRE)('%s', async (name) => {
    const trigger = EXAMPLES[name];
    if (!trigger || !('deeds' in trigger)) throw new Error('it has no trigger');
    await fires(join(corpus, name), trigger);
  });
});

test('expectations', () => {
  const value = { path: '/a', list: [1, { n: 2n }], text: 'abc' };
  expect(fits(value, { list: [1, { n: 2 }], text: /^ab/ })).toBe(true);
  expect(fits(value, { list: [1, { n: 3 }] })).toBe(false);
  expect(fits(value, { list: [1, undefined, 3] })).toBe(false);
  expect(fits(undefined, 0)).toBe(false);
  expect(fits(value, { path: (path: unknown) => path === '/b' })).toBe(false);
});

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BenchUsageError, chooseSteps, readArguments, USAGE } from '../../bench/arguments.ts';

const STEPS = ['start', 'policy load', 'many policies'];
const read = (...words: string[]) => readArguments(words, STEPS);

describe('the command line of the benchmarks', () => {
  test('says nothing: everything is measured', () => {
    expect(read()).toEqual({ only: undefined, quick: false, list: false, help: false });
  });

  test('has its options in any order', () => {
    const nothing = { only: undefined, quick: false, list: false, help: false };
    expect(read('--quick', '--only', 'polic')).toEqual({ ...nothing, only: 'polic', quick: true });
    expect(read('--only=start', '--list')).toEqual({ ...nothing, only: 'start', list: true });
    for (const word of ['--help', '-h']) expect(read(word)).toEqual({ ...nothing, help: true });
  });

  test.each<[string[], string]>([
    [['--fast'], 'unknown argument: --fast'],
    [['start'], 'unknown argument: start'],
    [['--only'], '--only needs a text'],
    [['--only='], '--only needs a text'],
    [['--only', 'storms'], 'there are:\n  start\n  policy load\n  many policies'],
  ])('that is wrong is told: %j', (words, message) => {
    expect(() => read(...words)).toThrow(BenchUsageError);
    expect(() => read(...words)).toThrow(message);
  });
});

test('the usage names what npm run bench installs', () => {
  const setup = readFileSync(new URL('../../../scripts/setup.mjs', import.meta.url), 'utf8');
  const [, list = ''] = /peerPrograms = \[([\s\S]*?)\n\];/.exec(setup) ?? [];
  const packages = [...list.matchAll(/'([^']+)'\],/g)].map(([, name]) => name);
  expect(packages.length).toBeGreaterThan(2);
  for (const name of packages) expect(USAGE).toContain(name);
});

test('steps are chosen by a part of their names', () => {
  expect(chooseSteps(STEPS, 'polic')).toEqual(['policy load', 'many policies']);
  expect(chooseSteps(STEPS, undefined)).toEqual(STEPS);
});

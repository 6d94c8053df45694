import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { equivalentFunctions } from '../../../src/policies/equivalents/index.ts';
import { formatPolicyError, type TracingPolicy } from '../../../src/policies/model.ts';
import { parsePolicies } from '../../../src/policies/parse.ts';
import { FILE_DEEDS } from '../../../src/policies/sentences/fileDeeds.ts';
import { KERNEL_DEEDS } from '../../../src/policies/sentences/kernelDeeds.ts';
import { NETWORK_DEEDS } from '../../../src/policies/sentences/networkDeeds.ts';
import { armedSentence, watchSentence } from '../../../src/policies/sentences.ts';
import { corpusPath } from '../../driver/corpus.ts';
import { policyWith } from './sample.ts';

const ARMED = ['kill', 'deny', 'own'] as const;

type Golden = { name: string; spec: string; says: string } & Partial<
  Record<(typeof ARMED)[number], string>
>;

const golden = load(
  readFileSync(new URL('../../golden/sentences.yaml', import.meta.url), 'utf8'),
) as Golden[];

/** Values for placeholders of the corpus. */
const VARIABLES = { PODCIDR: '10.0.0.0/8', SERVICECIDR: '10.96.0.0/12' };

function policiesOf(source: string, file = 'p.yaml'): TracingPolicy[] {
  const { policies, errors } = parsePolicies(source, file, { variables: VARIABLES });
  if (!policies) throw new Error(errors.map(formatPolicyError).join('\n'));
  return policies;
}

const specified = (spec: string): TracingPolicy[] =>
  policiesOf(policyWith(spec.replace(/^/gm, '  ').trimEnd()));

test('there are golden sentences of enough policies', () => {
  expect(golden.length).toBeGreaterThanOrEqual(20);
});

test.each(golden)('$name', ({ spec, says, ...armed }) => {
  const [policy] = specified(spec);
  const [hook] = policy?.hooks ?? [];
  expect(policy && watchSentence(policy)).toBe(says);
  for (const action of ARMED)
    if (armed[action] !== undefined)
      expect(hook && armedSentence(hook, hook.selectors[0], action)).toBe(armed[action]);
});

describe('texts of a policy', () => {
  const hostile = (value: string) =>
    specified(`kprobes:
- call: sys_unlink
  syscall: true
  args: [{index: 0, type: string}]
  selectors:
  - matchArgs: [{index: 0, operator: Equal, values: [${JSON.stringify(value)}]}]`);

  test.each(['/home/~root', '/a[b]', '/{file:0}', '/$&', '/\u001b[2J'])(
    '%j stands as it is',
    (value) => {
      const [policy] = hostile(value);
      expect(policy && watchSentence(policy)).toBe(`Tells of any process that deletes ${value}.`);
    },
  );
});

/** Every sentence of a policy, with how it stands: whatever the author wrote, it must be whole. */
function sentencesOf(policy: TracingPolicy): string[] {
  const armed = policy.hooks.flatMap((hook) =>
    (hook.selectors.length > 0 ? hook.selectors : [undefined]).flatMap((selector) =>
      ARMED.map((action) => armedSentence(hook, selector, action)),
    ),
  );
  return [watchSentence(policy), ...armed];
}

const deeds = [FILE_DEEDS, NETWORK_DEEDS, KERNEL_DEEDS]
  .flatMap((table) => Object.keys(table))
  .flatMap((names) => names.split(' '));

describe('functions and system calls', () => {
  test('stand once in the tables', () => {
    expect(deeds.filter((name, at) => deeds.indexOf(name) !== at)).toEqual([]);
  });

  test('that have an equivalent are put into words', () => {
    expect(
      equivalentFunctions().filter((name) => !deeds.includes(name.replace(/^__sys_/, ''))),
    ).toEqual([]);
  });

  test.each(deeds)('%s', (name) => {
    const [policy] = specified(`kprobes:\n- {call: ${name}, syscall: false}`);
    const sentences = policy ? sentencesOf(policy) : [];
    expect(sentences[0]).toMatch(/^Tells of any process that [a-z]+s[ .]/);
    expect(sentences.filter((sentence) => FLAWS.test(sentence))).toEqual([]);
  });
});

/** What tells of a hole: a value that isn't there, an object as text, an empty or unfilled part, a blank too many. */
const FLAWS =
  /undefined|NaN|\[object|\{\w+:\d+\}|~| {2}|\s[,;]|\s\.$|,,|^\s|\s$|\(\)(?<!\w\(\))|\bnull\b/;

function yamlFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join(folder, name));
}

const library = yamlFiles(resolve(import.meta.dirname, '../../../src/policies/library'));
/** Tetragon's own examples, where they are at hand. */
const corpus = yamlFiles(
  corpusPath('tetragon-examples'),
  // Refused by Tetragon as well.
).filter((file) => !file.endsWith('/list-syscalls-tracepoint.yaml'));

test('the library is there', () => {
  expect(library.length).toBeGreaterThan(0);
});

test.each([...library, ...corpus])('%s has whole sentences', (file) => {
  for (const policy of policiesOf(readFileSync(file, 'utf8'), file)) {
    expect(watchSentence(policy).length).toBeLessThanOrEqual(400);
    expect(watchSentence(policy)).toMatch(/^[A-Z].*\.$/);
    expect(sentencesOf(policy).filter((sentence) => FLAWS.test(sentence))).toEqual([]);
  }
});

test.each(library)('%s is put into words', (file) => {
  for (const policy of policiesOf(readFileSync(file, 'utf8'), file))
    expect(watchSentence(policy)).not.toMatch(/kernel function|makes the system call/);
});

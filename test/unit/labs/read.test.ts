import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createLabReader, labFile, labNames } from '../../../src/labs/catalog.ts';
import { errorsOf, FOLDER, HEAD, LAB_FOLDER, labText, POLICY, read, sampleLab } from './samples.ts';

test('reads all that a lab says', () => {
  const lab = sampleLab();
  expect(lab).toMatchObject({ name: 'sample', level: 'beginner', minutes: 5 });
  expect(lab.policies).toEqual(['lab-reads']);
  expect(lab.scripts.get('attack')).toEqual([
    ['as', `${FOLDER}/thief`],
    ['read', '/etc/passwd'],
  ]);
  expect(lab.steps.map(({ kind }) => kind)).toEqual(['say', 'ask', 'do', 'run']);
  expect(lab.steps[0]?.text).toEqual(['One paragraph.', `Another, in ${FOLDER}.`, '  a command']);
  expect(lab.steps[1]?.hints).toEqual(['look', 'think']);
  expect(lab.steps[3]?.checks).toEqual([
    { kind: 'seen', policy: 'lab-reads' },
    { kind: 'attack', ending: 'done' },
  ]);
});

test('the policies keep their lines, for messages of whoever loads them', () => {
  const text = labText();
  const { policyText } = sampleLab(text);
  const line = text.split('\n').findIndex((each) => each.includes('sys_openat'));
  expect(policyText.split('\n')[line]).toContain('sys_openat');
  expect(policyText).not.toContain('A sample');
});

const STEP = (step: string) => labText({ steps: `steps:\n${step}` });

test.each([
  ['no lab', '# nothing', /sample.yaml:1:1: the file holds no lab/],
  ['no YAML', 'name: [', /sample.yaml:\d+:\d+: not valid YAML/],
  [
    'another kind',
    labText({ head: HEAD.replace('Lab', 'Pod') }),
    /:2:7: kind: "Pod" is not allowed/,
  ],
  ['a level', labText({ head: HEAD.replace('beginner', 'easy') }), /:5:8: level: "easy"/],
  ['minutes', labText({ head: HEAD.replace('5', 'few') }), /:6:10: minutes: must be a whole/],
  ['a name', labText({ head: HEAD.replace('sample', '../x') }), /:3:7: name: must consist of/],
  ['a field', labText({ head: `${HEAD}\nauthor: me` }), /:7:1: author: unknown field/],
  ['mitre', labText({ head: `${HEAD}\nmitre: [T1]` }), /:7:9: mitre\[0\]: "T1" is no MITRE/],
  [
    'a deed',
    labText({ scripts: 'scripts: { attack: "fly /" }' }),
    /"fly" is no deed; there are: as,/,
  ],
  ['an empty script', labText({ scripts: 'scripts: { attack: "# none" }' }), /holds no deed/],
  ['no steps', labText({ steps: 'steps: []' }), /"steps" is missing/],
  [
    'a step of no kind',
    STEP('  - text: x'),
    /:12:5: steps\[0\]: must have exactly one of say, run/,
  ],
  ['a step of two kinds', STEP('  - { say: x, do: y }'), /must have exactly one of/],
  [
    'an unknown script',
    STEP('  - run: atack'),
    /there is no script "atack"; did you mean "attack"/,
  ],
  ['nothing to do', STEP('  - do: x'), /needs "check"/],
  ['a check of no kind', STEP('  - { do: x, check: [{ like: y }] }'), /check\[0\]\.like: unknown/],
  [
    'two checks in one',
    STEP('  - { do: x, check: [{ off: a, armed: a }] }'),
    /must have one field/,
  ],
  [
    'an unknown policy',
    STEP('  - { do: x, check: [{ off: lab-read }] }'),
    /did you mean "lab-reads"/,
  ],
  ['an ending', STEP('  - { run: attack, check: [{ attack: gone }] }'), /"gone" is not allowed/],
  [
    'an attack elsewhere',
    STEP('  - { do: x, check: [{ seen: lab-reads }] }'),
    /that runs an attack/,
  ],
  [
    'one choice',
    STEP('  - { ask: x, choices: [{ text: a, reply: b }] }'),
    /at least two "choices"/,
  ],
  [
    'no right choice',
    STEP('  - { ask: x, choices: [{ text: a, reply: b }, { text: c, reply: d }] }'),
    /no choice with "right: true"/,
  ],
  [
    'a policy of the library armed',
    STEP('  - { do: x, check: [{ armed: etc-writes }] }'),
    /etc-writes is a policy of the library: armed it could hit other programs/,
  ],
  ['a wrong policy', labText({ policies: POLICY.replace('index: 1', 'indx: 1') }), /indx: unknown/],
])('%s: told with its place', (_what, text, message) => {
  expect(errorsOf(text).join('\n')).toMatch(message);
});

test.each([
  ['no selectors', POLICY.replace(/ {6}selectors:[\s\S]*$/, '')],
  [
    'a selector without binaries',
    POLICY.replace(/matchBinaries.*$/, 'matchPIDs: [{ operator: In, values: [1] }]'),
  ],
  ['other binaries', POLICY.replace(LAB_FOLDER, '/usr/bin/')],
  ['all binaries but some', POLICY.replace('Prefix', 'NotPrefix')],
  ['all binaries but one', POLICY.replace('Prefix', 'NotIn')],
  ['the end of a path', POLICY.replace('Prefix', 'Postfix')],
  ['no value', POLICY.replace(/values: \[.*?\]/, 'values: []')],
  ['another binary beside', POLICY.replace(/(values: \[)/, '$1/usr/bin/sh, ')],
  ['a second selector without', `${POLICY}\n        - matchPIDs: [{ operator: In, values: [1] }]`],
  ['a folder that only begins so', POLICY.replace(LAB_FOLDER, LAB_FOLDER.slice(0, -1))],
])('a policy that could hit others is refused: %s', (_what, policies) => {
  expect(errorsOf(labText({ policies })).join('\n')).toMatch(/every selector needs matchBinaries/);
});

test('a policy with parameters is refused: other values could lead out of the folder', () => {
  const policies = POLICY.replace(
    '{ name: lab-reads }',
    '{ name: lab-reads, annotations: { trigon/parameters: LAB=/usr } }',
  );
  expect(errorsOf(labText({ policies })).join('\n')).toMatch(/"trigon\/parameters": not in a lab/);
});

test('a policy of the library may be watched', () => {
  expect(errorsOf(STEP('  - { do: x, check: [{ watching: etc-writes }] }'))).toEqual([]);
});

test('the example of docs/labs.md is right', () => {
  const page = readFileSync(new URL('../../../docs/labs.md', import.meta.url), 'utf8');
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
  expect(read(example, { deeds: undefined }).errors).toBeUndefined();
  expect(read(example, { deeds: undefined }).lab?.steps.length).toBeGreaterThan(5);
});

test('all labs that come with Trigon are right', () => {
  const readFile = createLabReader();
  const names = labNames();
  expect(names.length).toBeGreaterThanOrEqual(6);
  for (const name of names) {
    const { lab, errors } = readFile(labFile(name));
    expect(errors, name).toBeUndefined();
    expect(lab?.name).toBe(name);
    expect(lab?.steps.some(({ hints }) => hints.length > 0)).toBe(true);
    // Each lets the attack succeed, shows it, and shows it fail.
    const endings = lab?.steps.flatMap(({ checks }) =>
      checks.flatMap((check) => (check.kind === 'attack' ? [check.ending] : [])),
    );
    expect(endings?.at(0)).toBe('done');
    expect(endings?.at(-1)).toMatch(/killed|denied/);
  }
});

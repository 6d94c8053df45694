/** No shell, and no program but those that are known: what they are given is never a line of text. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { importsFrom, root, type Source, sources } from './sources.ts';

const CHILD_PROCESS = /^(?:node:)?child_process$/;

/** Who starts programs, by which function, and why that is harmless. */
const STARTS: Readonly<Record<string, readonly string[]>> = {
  // The program of this folder on the Node of this folder; stty with the state that stty itself has told.
  'bin/trigon.mjs': ['spawn', 'spawnSync'],
  // build/act, with an empty environment; the script goes to its standard input.
  'src/agent/trials/act.ts': ['spawn'],
  // build/act list.
  'src/labs/catalog.ts': ['execFileSync'],
  // Ourselves: trigon doctor.
  'src/ui/doctorProcess.ts': ['execFile'],
};

const WITHOUT_SHELL = new Set(['spawn', 'spawnSync', 'execFile', 'execFileSync']);

test('programs are started by few files, and never through a shell', () => {
  const found = sources().flatMap((source) => {
    const names = importsFrom(CHILD_PROCESS, source);
    return names.length === 0 ? [] : [[source.file, [...new Set(names)].sort()] as const];
  });
  expect(Object.fromEntries(found)).toEqual(STARTS);
  for (const [, names] of found) for (const name of names) expect(WITHOUT_SHELL).toContain(name);
});

/** What runs a text as a program, in whatever language. */
const EVALUATORS: readonly [what: string, pattern: RegExp][] = [
  ['a shell', /\bshell:\s*(?:true|['"`])/],
  ['eval', /(?<![\w.'"`#/-])eval\(/],
  ['new Function', /\bnew Function\(/],
  ['vm', /from 'node:vm'|require\('(?:node:)?vm'\)/],
  ['a process without an import', /process\.binding|process\.dlopen|getBuiltinModule/],
];

/** Texts that name a shell without starting one: the completion for three of them. */
const HARMLESS: readonly string[] = ['src/cli/completion.ts: a shell'];

const evaluatorsIn = ({ text }: Source): string[] =>
  EVALUATORS.flatMap(([what, pattern]) => (pattern.test(text) ? [what] : []));

test('no text is run as a program', () => {
  const found = sources().flatMap((source) =>
    evaluatorsIn(source).map((what) => `${source.file}: ${what}`),
  );
  expect(found).toEqual(HARMLESS);
});

test('the rules find what they look for', () => {
  const sample = (text: string): Source => ({ file: 'x', text });
  expect(evaluatorsIn(sample("spawn('x', { shell: true })"))).toEqual(['a shell']);
  expect(evaluatorsIn(sample('const x = eval(y)'))).toEqual(['eval']);
  expect(evaluatorsIn(sample("import vm from 'node:vm';"))).toEqual(['vm']);
  expect(
    importsFrom(
      CHILD_PROCESS,
      sample("import cp, { exec as run } from 'child_process'; cp.fork()"),
    ),
  ).toEqual(['exec', 'fork']);
});

/** What may be loaded at run time beside our own modules: by name, never by a path that somebody else gives. */
test('modules are named in the source', () => {
  const found = sources().flatMap(({ file, text }) =>
    [...text.matchAll(/(?<![\w.])(?:import|require)\((?!['"])([^)]{0,60})/g)].map(
      ([, what]) => `${file}: ${what}`,
    ),
  );
  expect(found).toEqual([]);
  // The addon: build/trigon.node, or what TRIGON_ADDON says (docs/security.md).
  const loaders = sources().filter(({ text }) => /\bcreateRequire\b/.test(text));
  expect(loaders.map(({ file }) => file)).toEqual(['src/agent/bpf/addon.ts']);
});

/** Variables of ours that are read by name; every option has one too (docs/configuration.md), those that arm excepted. */
test('variables that name code are the three that are known', () => {
  const found = sources().flatMap(({ text }) =>
    [...text.matchAll(/process\.env\.(TRIGON_\w+)/g)].map(([, name]) => name),
  );
  const names = [...new Set(found)].sort();
  expect(names).toEqual([
    'TRIGON_ACT',
    'TRIGON_ADDON',
    'TRIGON_AGENT_SOCKET',
    'TRIGON_MAIN',
    'TRIGON_POLICY_PATH',
    'TRIGON_SOCKET',
  ]);
  const page = readFileSync(join(root, 'docs/security.md'), 'utf8');
  for (const name of ['TRIGON_ACT', 'TRIGON_ADDON', 'TRIGON_MAIN']) expect(page).toContain(name);
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { guessHostAbilities } from '../../../src/agent/host/abilities.ts';
import { type CheckReport, checkFiles, reportText } from '../../../src/cli/policyCheck.ts';
import { readPolicyFiles } from '../../../src/cli/policyFiles.ts';
import type { HostToPlanFor } from '../../../src/cli/policyHost.ts';
import { DEBIAN_6_12 } from '../policies/stockHost.ts';

/** What files tell of this host: nothing is loaded. */
const abilities = guessHostAbilities();
const privileged: HostToPlanFor = { abilities, guessed: undefined };
const unprivileged: HostToPlanFor = { abilities, guessed: 'not root' };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tgcheck-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const policy = (name: string, hook: string): string => `apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata: {name: ${name}}
spec:
  kprobes:
  - call: ${hook}
    args: [{index: 0, type: int}]
`;
const RIGHT = policy('right', 'sys_close');

const check = async (paths: string[], host = privileged, variables = {}): Promise<CheckReport> =>
  checkFiles(await readPolicyFiles(paths), variables, host);

describe('policy check', () => {
  test('a right policy: each hook with its point', async () => {
    const path = file('right.yaml', RIGHT);
    const report = await check([path]);
    expect(report).toMatchObject({
      ok: true,
      plan: { made: true, reason: null },
      files: [{ file: path, errors: [], policies: [{ name: 'right', namespace: null, line: 1 }] }],
    });
    const [hook] = report.files[0]?.policies[0]?.hooks ?? [];
    expect(hook).toMatchObject({ hook: 'sys_close', field: 'spec.kprobes[0]', missing: [] });
    expect(hook?.points.length).toBeGreaterThan(0);
    const text = reportText(report).split('\n');
    expect(text).toContain(`${path}: right: no errors`);
    expect(text).toContain('  sys_close');
    expect(text.at(-1)).toBe('1 file, no errors');
  });

  test('all files are looked at, and all errors told', async () => {
    const paths = [
      file('wrong.yaml', RIGHT.replace('type: int', 'type: integer').replace('kprobes', 'kprobs')),
      file('syntax.yaml', 'a: {'),
      join(folder, 'none.yaml'),
      file('right.yaml', RIGHT),
    ];
    const report = await check(paths);
    expect(report.ok).toBe(false);
    expect(report.files.map(({ errors }) => errors.length > 0)).toEqual([true, true, true, false]);
    const lines = reportText(report).split('\n');
    expect(lines[0]).toMatch(/wrong\.yaml:5:3: spec\.kprobs: unknown field; allowed here: /);
    expect(lines.filter((line) => /syntax\.yaml:1:\d+: not valid YAML/.test(line))).toHaveLength(1);
    expect(
      lines.filter((line) => line.includes("none.yaml:1:1: can't be read: ENOENT")),
    ).toHaveLength(1);
    expect(lines.at(-1)).toBe('4 files, 3 with errors');
  });

  test('a folder: its policies by name, others are left alone', async () => {
    const inner = join(folder, 'inner');
    mkdirSync(inner);
    for (const name of ['b.yaml', 'a.yml', 'c.txt']) writeFileSync(join(inner, name), RIGHT);
    expect((await check([inner])).files.map((one) => one.file)).toEqual([
      join(inner, 'a.yml'),
      join(inner, 'b.yaml'),
    ]);
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    expect((await check([empty])).files[0]?.errors[0]?.message).toContain('holds no *.yaml');
  });

  test('several documents: warnings go to the policy they are of', async () => {
    const path = file('two.yaml', `${RIGHT}---\n${policy('second', 'sys_symlinkat')}`);
    const [checked] = (await check([path])).files;
    expect(checked?.policies.map(({ name, line }) => [name, line])).toEqual([
      ['right', 1],
      ['second', 9],
    ]);
    for (const { warnings, line } of checked?.policies ?? [])
      for (const warning of warnings) expect(warning.line).toBeGreaterThanOrEqual(line);
  });

  test('placeholders', async () => {
    const path = file('variable.yaml', RIGHT.replace('sys_close', '$\u007bCALL}'));
    expect((await check([path])).files[0]?.errors[0]?.message).toContain('--set CALL=VALUE');
    expect((await check([path], privileged, { CALL: 'sys_close' })).ok).toBe(true);
  });

  test('calls of an enforcer: each refused by its hooks, or not, with the reason', async () => {
    const spec = [
      'spec:',
      '  enforcers: [{calls: [sys_mkdir, sys_dup]}]',
      '  kprobes:',
      '  - call: sys_mkdir',
      '    syscall: true',
      '    selectors: [{matchActions: [{action: NotifyEnforcer, argError: -1, argSig: 9}]}]',
      '',
    ].join('\n');
    const path = file('enforcer.yaml', RIGHT.replace(/spec:[\s\S]*$/, spec));
    const stock = { abilities: DEBIAN_6_12, guessed: undefined };
    const report = await check([path], stock);
    const [policy] = report.files[0]?.policies ?? [];
    expect(policy?.enforced).toEqual([
      { call: 'sys_mkdir', refused: true, hooks: ['inode_mkdir'], why: null },
      { call: 'sys_dup', refused: false, hooks: [], why: 'it comes to no LSM hook' },
    ]);
    expect(policy?.hooks?.[0]?.points[0]?.actions).toEqual([
      {
        action: 'NotifyEnforcer',
        possible: true,
        why: '1 of 2 calls of spec.enforcers are refused, the process gets the signal',
      },
    ]);
    const text = reportText(report);
    expect(text).toContain('    sys_mkdir: refused in the LSM hook inode_mkdir');
    expect(text).toContain('    sys_dup: not refused here: it comes to no LSM hook');
  });

  test('without privileges: no plan, and what would be refused is a warning', async () => {
    const path = file('unknown.yaml', policy('unknown', 'no_such_function_here'));
    expect((await check([path])).ok).toBe(false);
    const report = await check([path], unprivileged);
    expect(report.ok).toBe(true);
    expect(report.files[0]?.policies[0]?.hooks).toBeNull();
    const text = reportText(report);
    expect(text).toMatch(/warning: on this kernel it would probably be refused/);
    expect(text).toContain('how they would run here is not shown: not root');
  });

  test('nothing in a file can act on the terminal', async () => {
    const path = file('evil\u001b[31m.yaml', RIGHT.replace('kprobes', '"\\e]0;x\\a"'));
    const text = reportText(await check([path]));
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    expect(text).toContain('\\x1b');
  });
});

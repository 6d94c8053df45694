/** Policy events as alerts, and from there to the events. Needs root and a built dist/. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppSession, startApp } from '../../driver/app.ts';
import { run } from '../../driver/command.ts';
import { LIMIT_MS } from '../../driver/until.ts';

let folder: string;
let name: string;
let app: AppSession;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tgalert-'));
  name = basename(folder).toLowerCase();
  mkdirSync(path('data'));
  for (const shell of ['one-sh', 'two-sh']) copyFileSync('/bin/bash', path(shell));
  writeFileSync(path('policy.yaml'), policyText(name, `${path('data')}/`));
  app = await startApp(['--policy', path('policy.yaml')], { columns: 160, rows: 40 });
  app.command('view.alerts');
  await app.waitForText('no policy has seen anything yet');
});
afterAll(async () => {
  expect(await app.quit()).toBe(0);
  rmSync(folder, { recursive: true, force: true });
});

const path = (...names: string[]) => join(folder, ...names);
const patient = { timeoutMs: LIMIT_MS };

/** A policy that would kill who writes in a folder that only this test has. */
const policyText = (policy: string, prefix: string) => `apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata:
  name: ${policy}
  annotations: { trigon/severity: critical }
spec:
  kprobes:
  - call: security_file_permission
    syscall: false
    args: [{index: 0, type: file}, {index: 1, type: int}]
    selectors:
    - matchArgs:
      - {index: 0, operator: Prefix, values: [${prefix}]}
      - {index: 1, operator: Equal, values: ["2"]}
      matchActions: [{action: Sigkill}]
`;

/** A shell that writes to the file so many times: each is a call of its own. */
const write = async (shell: string, times: number) => {
  const script = `exec 3>>'${path('data', 'file')}'; for ((i = 0; i < ${times}; i++)); do echo >&3; done`;
  expect(await run(path(shell), ['-c', script])).toMatchObject({ code: 0 });
};

/** The rows: severity, policy, count, rate, trend, killed, denied, would, seen, binary, target. */
const rows = () =>
  app
    .screen()
    .slice(4, -2)
    .map((row) => row.trim())
    .filter((row) => row !== '');
/** Names are shown by their ends. */
const rowOf = (shell: string) => rows().find((row) => row.includes(`${shell} `));
const countOf = (shell: string) => Number(rowOf(shell)?.split(/ +/)[2]);

describe('by keys only', () => {
  test('two programs that fire one policy are two rows, and their counts go up', async () => {
    await write('one-sh', 3);
    await write('two-sh', 40);
    await app.waitFor(() => countOf('one-sh') === 3 && countOf('two-sh') === 40, patient);
    expect(rows()).toHaveLength(2);
    expect(rowOf('one-sh')).toMatch(new RegExp(`^critical +${name} `));
    expect(rowOf('one-sh')).toMatch(/data\/file$/);
    await write('one-sh', 500);
    await app.waitFor(() => countOf('one-sh') === 503, patient);
    expect(rows()).toHaveLength(2);
  });

  test('keys sort them, / narrows them', async () => {
    const head = () => app.screen()[3] ?? '';
    expect(head()).toContain('Seen▼');
    for (let i = 0; i < 6; i++) app.command('sort.previous');
    await app.waitFor(() => head().includes('Count▼') && rows()[0]?.includes('one-sh') === true);
    app.command('sort.reverse');
    await app.waitFor(() => head().includes('Count▲') && rows()[0]?.includes('two-sh') === true);
    app.command('row.filter');
    app.enter('binary:one-sh');
    await app.waitFor(() => rows().length === 1 && rowOf('one-sh') !== undefined);
    app.command('app.back');
    await app.waitFor(() => rows().length === 2);
  });

  test('Enter shows the row’s events, all of them and no others; Esc goes back to it', async () => {
    // The first row is the other program's by now.
    app.command('alerts.events');
    const isWanted = (row: string) => row.includes('would kill') && row.includes(path('two-sh'));
    await app.waitFor(
      () => app.text().includes(' 40 of ') && rows().length > 30 && rows().every(isWanted),
      patient,
    );
    expect(app.screen()[1]).toContain(`filter: policy:${name} binary:${path('two-sh')} path:`);
    app.command('app.back');
    await app.waitForNoText('filter: policy');
    await app.waitFor(() => rows().length === 2 && countOf('one-sh') === 503, patient);
  });

  test('a policy that is switched off keeps its rows', async () => {
    app.command('view.policies');
    await app.waitForText('policies 1 on');
    app.command('policy.toggle');
    await app.waitForText('policies 0 on');
    app.command('view.alerts');
    await app.waitFor(() => countOf('one-sh') === 503 && countOf('two-sh') === 40, patient);
    expect(rows()).toHaveLength(2);
  });
});

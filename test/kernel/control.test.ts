/** `trigon policy add`, `list`, `show`, `mode` and `rm` on a running Trigon, as an operator uses them. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { LAUNCHER } from '../driver/app.ts';
import { type Ended, run } from '../driver/command.ts';
import { until } from '../driver/until.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/trigon.mjs', import.meta.url));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tgcontrol-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Running = {
  child: ChildProcess;
  pid: number;
  lines: string[];
  errors: () => string;
  exit: Promise<number | null>;
};

/** A headless Trigon that listens already; without its guardian, so that its process number is known. */
async function start(...args: string[]): Promise<Running> {
  const child = spawn(process.execPath, [PROGRAM, 'events', '-o', 'json', ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const running: Running = {
    child,
    pid: child.pid ?? 0,
    lines: [],
    errors: () => errors,
    exit: new Promise((resolve) => child.once('close', resolve)),
  };
  let errors = '';
  let rest = '';
  child.stdout.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    running.lines.push(...lines);
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  started.push(running);
  return running;
}

let started: Running[];
beforeEach(() => {
  started = [];
});
afterEach(async () => {
  for (const { child, exit } of started) {
    child.kill('SIGKILL');
    await exit;
  }
});

/** Waits for the socket: it is there when all policies of the command line are loaded. */
async function listening(running: Running, path: string): Promise<void> {
  await until(() => existsSync(path) || running.child.exitCode !== null);
  expect(existsSync(path), running.errors()).toBe(true);
}

const policy = (...args: string[]): Promise<Ended> =>
  run(process.execPath, [LAUNCHER, 'policy', ...args]);

/** Runs a command that must succeed; gives its output. */
async function done(...args: string[]): Promise<string> {
  const ended = await policy(...args);
  expect([ended.code, ended.stderr.replaceAll(/^trigon: warning: .*\n/gm, '')]).toEqual([0, '']);
  return ended.stdout;
}

async function refused(...args: string[]): Promise<string> {
  const ended = await policy(...args);
  expect(ended.code, ended.stdout).toBe(1);
  expect(ended.stderr).not.toMatch(/\n +at /);
  return ended.stderr;
}

test('a policy is written, loaded, seen, armed and removed while Trigon runs', async () => {
  const secret = join(folder, 'secret');
  const other = join(folder, 'other');
  writeFileSync(secret, 'secret\n');
  writeFileSync(other, 'other\n');
  const file = join(folder, 'secret.yaml');
  await done('new', '--path', secret, '--write', '--kill', '--name', 'secret', '--out', file);

  const socket = join(folder, 's');
  const trigon = await start('--socket', socket, '--event-types', 'kprobe');
  await listening(trigon, socket);
  expect(statSync(socket).mode & 0o777).toBe(0o600);
  expect(await done('list', '--socket', socket)).toMatch(/^ID +NAME +STATE +FILTERID[^\n]*\n$/);

  const added = await done('add', file, '--socket', socket);
  const id = /^added (\d+) secret \(monitor\)\n$/.exec(added)?.[1];
  expect(id, added).toBeDefined();
  const list = await done('list', '--socket', socket);
  expect(list.split('\n')[1]).toMatch(
    new RegExp(
      `^${id} +secret +(enabled|partially_enabled) +0 +\\(global\\) +generic_kprobe .* monitor `,
    ),
  );
  expect(await refused('add', file, '--socket', socket)).toContain('loaded already');

  // Monitor: it sees the write, and lets it happen.
  const append = (path: string) => run('/bin/sh', ['-c', `echo more >> '${path}'`]);
  expect((await append(other)).code).toBe(0);
  expect((await append(secret)).code).toBe(0);
  expect(readFileSync(secret, 'utf8')).toBe('secret\nmore\n');
  const hits = () => trigon.lines.filter((line) => line.includes('"policy_name":"secret"'));
  await until(() => hits().length > 0);
  expect(hits().length, trigon.errors()).toBeGreaterThan(0);
  for (const hit of hits()) expect(hit).toContain(secret);
  await until(async () => (await done('show', 'secret', '--socket', socket)).includes('would act'));
  const shown = await done('show', 'secret', '--socket', socket);
  expect(shown).toContain('security_file_permission');
  expect(shown).toMatch(/would act \d+/);
  const json = JSON.parse(await done('show', id ?? '', '--socket', socket, '-o', 'json'));
  expect(json.policies).toMatchObject([{ name: 'secret', mode: 'monitor', enforces: true }]);

  // Off: neither seen nor stopped; and not to be armed from there.
  expect(await done('mode', 'secret', 'off', '--socket', socket)).toBe(`${id} secret: off\n`);
  expect(await refused('mode', 'secret', 'enforce', '--yes', '--socket', socket)).toContain(
    'switch it to monitor first',
  );
  await done('mode', 'secret', 'monitor', '--socket', socket);

  // Armed: only deliberately.
  expect(await refused('mode', 'secret', 'enforce', '--socket', socket)).toContain('needs --yes');
  expect(await done('mode', 'secret', 'enforce', '--yes', '--for', '5m', '--socket', socket)).toBe(
    `${id} secret: enforce for 300 s\n`,
  );
  const before = readFileSync(secret, 'utf8');
  expect((await append(secret)).signal).toBe('SIGKILL');
  expect(readFileSync(secret, 'utf8')).toBe(before);
  expect((await append(other)).code).toBe(0);

  expect(await done('rm', 'secret', '--socket', socket)).toBe(`removed ${id} secret\n`);
  expect((await append(secret)).code).toBe(0);
  expect(await refused('show', 'secret', '--socket', socket)).toContain(
    'there is no policy "secret"; loaded: none',
  );

  trigon.child.kill('SIGTERM');
  expect(await trigon.exit).toBe(0);
  expect(existsSync(socket)).toBe(false);
  expect(await refused('list', '--socket', socket)).toContain('no Trigon listens on');
});

test('a wrong file loads nothing; the right one beside it does', async () => {
  const policies = join(folder, 'policies');
  mkdirSync(policies);
  await done(
    'new',
    '--path',
    join(folder, 'x'),
    '--read',
    '--name',
    'right',
    '--out',
    join(policies, 'b.yaml'),
  );
  appendFileSync(
    join(policies, 'a.yaml'),
    readFileSync(join(policies, 'b.yaml'), 'utf8').replace('operator: Equal', 'operator: Eqal'),
  );
  const socket = join(folder, 'two');
  await listening(await start('--socket', socket), socket);
  const ended = await policy('add', policies, '--socket', socket);
  expect(ended.code).toBe(1);
  expect(ended.stderr).toMatch(/^trigon: \S*a\.yaml:\d+:\d+: spec\.kprobes\[0\]\.selectors\[0\]/m);
  expect(ended.stdout).toMatch(/^added \d+ right \(monitor\)\n$/);
});

test('placeholders take values from --set and the environment of the one who adds', async () => {
  const file = join(folder, 'variable.yaml');
  await done('new', '--path', join(folder, 'PLACE'), '--read', '--name', 'variable', '--out', file);
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('PLACE', '$\u007bPLACE}'));
  const socket = join(folder, 'three');
  await listening(await start('--socket', socket), socket);
  expect(await refused('add', file, '--socket', socket)).toContain('--set PLACE=VALUE');
  await done('add', file, '--set', 'PLACE=chosen', '--socket', socket);
  expect(await done('show', 'variable', '--socket', socket)).toContain(join(folder, 'chosen'));
  await done('rm', 'variable', '--socket', socket);
  const words = [LAUNCHER, 'policy', 'add', file, '--socket', socket];
  const env = { ...process.env, PLACE: 'elsewhere' };
  expect((await run(process.execPath, words, { env })).code).toBe(0);
  expect(await done('show', 'variable', '--socket', socket)).toContain(join(folder, 'elsewhere'));
});

test('each Trigon has its own socket; a killed one leaves a file that the next start removes', async () => {
  const first = await start();
  const socketOf = ({ pid }: Running) => `/run/trigon/${pid}.sock`;
  await listening(first, socketOf(first));
  expect(statSync('/run/trigon').mode & 0o777).toBe(0o700);
  const second = await start();
  await listening(second, socketOf(second));
  const message = await refused('list');
  expect(message).toContain('say which with --pid:');
  expect(message).toContain(String(first.pid));
  expect(await done('list', '--pid', String(second.pid))).toContain('NAME');

  first.child.kill('SIGKILL');
  await first.exit;
  expect(existsSync(socketOf(first))).toBe(true);
  expect(await refused('list', '--pid', String(first.pid))).toContain('no Trigon listens on');
  const third = await start();
  await listening(third, socketOf(third));
  expect(existsSync(socketOf(first))).toBe(false);
});

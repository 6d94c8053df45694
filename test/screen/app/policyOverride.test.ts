/** Override chosen in the arming dialog for a policy that only watches: a connection is refused, by a cgroup program here. */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AppSession, startApp } from '../../driver/app.ts';
import { run } from '../../driver/command.ts';
import { LIMIT_MS } from '../../driver/until.ts';
import { NAME_PROMPT } from './arming.ts';

let folder: string;
let name: string;
let victim: string;
let server: Server;
let app: AppSession;

/** Bash connects by itself: no other program of the machine is at this path. */
const connect = () => run(victim, ['-c', `exec 3<>/dev/tcp/127.0.0.1/${portOf(server)}`]);

const portOf = (of: Server): number => {
  const address = of.address();
  return typeof address === 'object' && address ? address.port : 0;
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tgdeny-'));
  name = basename(folder).toLowerCase();
  victim = join(folder, 'victim-sh');
  copyFileSync('/bin/bash', victim);
  server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const file = join(folder, 'policy.yaml');
  writeFileSync(
    file,
    `apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata: { name: ${name} }
spec:
  kprobes:
  - call: tcp_connect
    syscall: false
    args: [{index: 0, type: sock}]
    selectors:
    - matchBinaries: [{operator: In, values: [${victim}]}]
      matchArgs: [{index: 0, operator: DAddr, values: [127.0.0.0/8]}]
  - call: security_file_permission
    syscall: false
    args: [{index: 0, type: file}]
    selectors:
    - matchBinaries: [{operator: In, values: [${victim}]}]
      matchArgs: [{index: 0, operator: Prefix, values: [${folder}/nothing]}]
`,
  );
  app = await startApp(['--policy', file], { columns: 160, rows: 40 });
  app.command('view.policies');
  await app.waitForText(name);
});
afterAll(() => {
  app.kill('SIGKILL');
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** State, seen, would deny, denied. */
const row = () => {
  const line = app.screen().find((text) => text.includes(` ${name} `)) ?? '';
  const [, state, seen, denied] =
    /^ (.*?) +- +\S+ +\S+ +\d+\/\d+ +[\d.]+ +(\d+) +\d+ +\d+ +\d+ +(\d+) /.exec(line) ?? [];
  return { state, seen: Number(seen), denied: Number(denied) };
};

const whenRow = (isSo: (of: ReturnType<typeof row>) => boolean) =>
  app.waitFor(() => isSo(row()), { timeoutMs: LIMIT_MS });

test('in monitor it connects and is counted', async () => {
  expect(await connect()).toMatchObject({ code: 0, signal: null });
  await whenRow(({ state, seen }) => state === 'monitor' && seen > 0);
});

test('nothing chosen: there is nothing to arm; Override where it can’t be had: greyed, with the reason', async () => {
  app.command('policy.arm');
  await app.waitForText('[watch only]');
  await app.waitForText('No Override: ');
  app.press('enter');
  await app.waitForText('Nothing would be done');
  // Of the second selector only SIGKILL can be chosen.
  app.press('down', 'right', 'right', 'right');
  await app.waitForText('SIGKILL any');
  expect(app.text()).not.toContain('[Override]');
  app.press('left', 'left', 'up');
});

test('Override for the connection alone, for a minute', async () => {
  app.press('right', 'right');
  await app.waitForText('[Override]');
  app.press('enter');
  await app.waitForText('2 of 4');
  await app.waitForText('victim-sh');
  app.press('enter', 'left');
  await app.waitForText('[1 min]');
  app.press('enter');
  await app.waitForText(NAME_PROMPT);
  app.enter(name);
  await app.waitFor((screen) => /1 ARMED 0[01]:\d\d/.test(screen[0] ?? ''), {
    timeoutMs: LIMIT_MS,
  });
});

test('armed: the connection is refused, the process lives', async () => {
  const refused = await connect();
  expect(refused.signal).toBeNull();
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain('not permitted');
  await whenRow(({ denied }) => denied > 0);
});

test('"!" and it connects again', async () => {
  app.command('policy.disarmAll');
  await whenRow(({ state }) => state === 'monitor');
  expect(await connect()).toMatchObject({ code: 0, signal: null });
  expect(await app.quit()).toBe(0);
});

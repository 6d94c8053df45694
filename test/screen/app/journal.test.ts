/** What the screen's operator did to policies, told after the end on standard error; and --read-only. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AppSession, appSession, LAUNCHER, startApp } from '../../driver/app.ts';
import { run } from '../../driver/command.ts';
import { startPty } from '../../driver/pty.ts';
import { LIMIT_MS, until } from '../../driver/until.ts';
import { type Armed, arm, startArmed } from './arming.ts';
import { createTarget, type Target } from './target.ts';

let folder: string;
let target: Target | undefined;
let app: AppSession | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tgjournal-'));
});
afterEach(() => {
  app?.kill('SIGKILL');
  target?.remove();
  rmSync(folder, { recursive: true, force: true });
  app = undefined;
  target = undefined;
});

test('whoever quits is told who armed what', async () => {
  const armed: Armed = await startArmed({ underShell: true, env: { SUDO_USER: 'alice' } });
  ({ app, target } = armed);
  app.command('view.stream');
  app.command('row.filter');
  app.enter('event:journal');
  await app.waitForText(`armed   ${target.policyName} (SIGKILL, 5 min) by alice via sudo`);
  app.command('row.detail');
  await app.waitForText('by whom');
  app.command('app.back');
  app.command('app.quit');
  const { afterwards, code } = await app.report();
  expect(code).toBe(0);
  expect(afterwards).toContain('armed and disarmed in this session:');
  expect(afterwards).toMatch(
    new RegExp(`armed {6}${target.policyName} \\(SIGKILL, 5 min\\) by alice via sudo on pts/\\d+`),
  );
  expect(afterwards).toContain(`disarmed   ${target.policyName} (Trigon ends)`);
});

test('when the link is gone it stands in the file that standard error goes to', async () => {
  target = createTarget();
  const said = join(folder, 'said');
  const words = [process.execPath, LAUNCHER, '--policy', target.policy].join(' ');
  const session = startPty('/bin/sh', ['-c', `${words} 2>${said}; read word`], {
    columns: 120,
    rows: 40,
  });
  await session.waitFor('live', { timeoutMs: LIMIT_MS });
  app = appSession(session);
  await arm(app, target);
  // The session's leader is gone: the kernel hangs the terminal up.
  app.kill('SIGKILL');
  const text = () => (existsSync(said) ? readFileSync(said, 'utf8') : '');
  await until(() => text().includes('disarmed'));
  expect(text()).toMatch(new RegExp(`armed {6}${target.policyName} .* on pts/\\d+`));
  expect(text()).toContain(`disarmed   ${target.policyName} (Trigon ends)`);
});

test('--read-only: the key and the socket refuse to arm, with the reason', async () => {
  target = createTarget();
  const socket = join(folder, 's');
  const words = ['--policy', target.policy, '--read-only', '--socket', socket];
  app = await startApp(words, { columns: 120, rows: 40 });
  app.command('view.policies');
  await app.waitForText(target.policyName);
  app.command('policy.arm');
  await app.waitForText('--read-only');
  expect(app.text()).not.toContain('of 4');
  await until(() => existsSync(socket));
  const mode = ['policy', 'mode', target.policyName, 'enforce', '--yes', '--socket', socket];
  const refused = await run(process.execPath, [LAUNCHER, ...mode]);
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stderr).toContain('nothing can be armed: Trigon was started with --read-only');
  expect(await target.survives()).toBe(true);
  expect(await app.quit()).toBe(0);
});

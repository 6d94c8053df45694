/** Ctrl-Z under a shell with job control. */
import { existsSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { appSession, LAUNCHER } from '../../driver/app.ts';
import { type PtySession, startPty } from '../../driver/pty.ts';
import { SANE_MODES } from '../../driver/terminalModes.ts';
import { LIMIT_MS, until } from '../../driver/until.ts';

let session: PtySession | undefined;
afterEach(() => session?.kill('SIGKILL'));

const direct = LAUNCHER.replace('/bin/', '/dist/');

test.each([
  ['with its guardian', LAUNCHER],
  ['without a guardian', direct],
])('%s: a sane shell; fg brings the screen back, in the new size', async (_how, program) => {
  const shell = startPty('/bin/bash', ['--norc', '-i'], { columns: 100, rows: 30 });
  session = shell;
  const app = appSession(shell);
  shell.type(`'${process.execPath}' '${program}'\r`);
  await app.waitForText('live');
  expect(shell.bufferType()).toBe('alternate');
  app.command('app.suspend');
  await app.waitForText('Stopped');
  expect(shell.bufferType()).toBe('normal');
  expect(shell.isCursorVisible()).toBe(true);
  // Readline sets its own modes at the prompt: ask from within a command.
  const before = shell.raw().length;
  shell.type('stty -a; echo END-OF-"MODES"\r');
  const modes = await until(() => /[\s\S]*END-OF-MODES/.exec(shell.raw().slice(before))?.[0]);
  expect(modes?.split(/[\s;]+/)).toEqual(expect.arrayContaining(SANE_MODES));
  shell.resize(80, 24);
  shell.type('fg\r');
  await shell.waitFor((screen) => /live/.test(screen[0] ?? '') && /quit/.test(screen[23] ?? ''), {
    timeoutMs: LIMIT_MS,
  });
  expect(shell.bufferType()).toBe('alternate');
  app.command('app.help');
  await app.waitForText('The first minute');
  app.command('app.back', 'app.quit');
  await app.waitForText('trigon: ');
  shell.type('echo "still" here\r');
  await app.waitForText('still here');
});

test('the guardian is killed below a shell with job control: the shell keeps a sane terminal', async () => {
  const shell = startPty('/bin/bash', ['--norc', '-i'], { columns: 100, rows: 30 });
  session = shell;
  const app = appSession(shell);
  shell.type(`'${process.execPath}' '${LAUNCHER}'\r`);
  await app.waitForText('live');
  const pid = app.appPid();
  process.kill(app.guardianPid(), 'SIGKILL');
  expect(await until(() => !existsSync(`/proc/${pid}`))).toBe(true);
  await shell.waitFor(() => shell.bufferType() === 'normal' && shell.isCursorVisible(), {
    timeoutMs: LIMIT_MS,
  });
  const before = shell.raw().length;
  shell.type('stty -a; echo END-OF-"MODES"\r');
  const modes = await until(() => /[\s\S]*END-OF-MODES/.exec(shell.raw().slice(before))?.[0]);
  expect(modes?.split(/[\s;]+/)).toEqual(expect.arrayContaining(SANE_MODES));
});

/** A policy that comes to the full-screen Trigon from another terminal, and is armed there by its name. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LAUNCHER, startApp } from '../../driver/app.ts';
import { run } from '../../driver/command.ts';
import { startPty } from '../../driver/pty.ts';
import { LIMIT_MS, until } from '../../driver/until.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tgpolicy-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the screen shows what another terminal loads and arms; arming asks for the name', async () => {
  const socket = join(folder, 's');
  const app = await startApp(['--socket', socket], { columns: 140, rows: 40 });
  await until(() => existsSync(socket));
  const policy = (...args: string[]) =>
    run(process.execPath, [LAUNCHER, 'policy', ...args], {
      env: { ...process.env, TRIGON_SOCKET: socket },
    });
  const file = join(folder, 'guest.yaml');
  const place = join(folder, 'nothing-there');
  await policy('new', '--path', place, '--write', '--kill', '--name', 'guest', '--out', file);
  expect(await policy('add', file)).toMatchObject({ code: 0 });
  app.command('view.policies');
  await app.waitForText('guest');

  const arm = (typed: string) => {
    const words = ['policy', 'mode', 'guest', 'enforce', '--for', '1m', '--socket', socket];
    const session = startPty(process.execPath, [LAUNCHER, ...words], { columns: 140 });
    return session
      .waitFor("Type the policy's name to arm it:", { timeoutMs: LIMIT_MS })
      .then(async () => {
        session.type(typed);
        return { code: (await session.exit).code, text: session.text() };
      });
  };
  const slip = await arm('gest\r');
  expect(slip).toMatchObject({ code: 1 });
  expect(slip.text).toContain('that is not its name: guest stays in monitor');
  expect(await arm('\x03')).toMatchObject({ code: 1 });
  expect((await policy('list')).stdout).toMatch(/guest .* monitor /);

  const armed = await arm('guest\r');
  expect(armed).toMatchObject({ code: 0 });
  expect(armed.text).toContain('guest will enforce for 60 s. More than 20 actions in 10 s end it.');
  expect(armed.text).toContain('guest: enforce for 60 s');
  await app.waitForText('guest: armed by "trigon policy mode"');

  expect(await policy('rm', 'guest')).toMatchObject({ code: 0 });
  expect(await app.quit()).toBe(0);
  expect(existsSync(socket)).toBe(false);
});

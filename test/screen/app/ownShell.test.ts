/** A policy armed against the very shell that Trigon runs in: others that run it die, the operator's own is spared. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AppSession, appSession, LAUNCHER } from '../../driver/app.ts';
import { startPty } from '../../driver/pty.ts';
import { LIMIT_MS, until } from '../../driver/until.ts';
import { arm } from './arming.ts';
import { untilRow } from './stream.ts';
import { createTarget, type Target } from './target.ts';

let target: Target;
let app: AppSession;

/** The shell waits for the program, and writes the file when it is told to, as a prompt command would. */
const shellLine = ({ file, policy }: Target): string =>
  [
    `trap 'echo own >> ${file}' USR1`,
    `'${process.execPath}' '${LAUNCHER}' --policy '${policy}' </dev/tty & trigon=$!`,
    'while kill -0 $trigon 2>/dev/null; do wait $trigon; done',
  ].join('; ');

beforeAll(async () => {
  target = createTarget();
  const session = startPty(target.victim, ['-c', shellLine(target)], { columns: 160, rows: 40 });
  await session.waitFor('live', { timeoutMs: LIMIT_MS });
  app = appSession(session);
});
afterAll(() => {
  app.kill('SIGKILL');
  target.remove();
});

test('its own shell writes and lives, told as protected; the same shell elsewhere dies', async () => {
  await arm(app, target);
  expect(await target.write('stranger')).toMatchObject({ signal: 'SIGKILL' });
  expect(target.content()).toBe('');
  app.command('view.stream');
  const row = await untilRow(
    app,
    (line) => line.includes(target.file) && /protected/.test(line),
    async () => {
      process.kill(app.pid, 'SIGUSR1');
      expect(await until(() => target.content().includes('own'))).toBe(true);
    },
  );
  expect(row, app.shown()).toBeDefined();
  expect(await app.quit()).toBe(0);
});

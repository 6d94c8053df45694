import { join } from 'node:path';
import { askTrigon } from '../../src/agent/control/client.ts';
import { type AppSession, startApp } from '../driver/app.ts';
import { LIMIT_MS, until } from '../driver/until.ts';
import type { Bench } from './fixtures.ts';

/** Terminal of what is measured, unless its size is the point. */
export const SIZE = { columns: 200, rows: 60 };
/** For V8 to compile what is used often, and for the view to fill. */
export const SETTLE_MS = 2000;
/** What comes so late is a figure too. */
export const PATIENCE = { timeoutMs: 30_000 };

/** Policies and options of the host at hand are no part of what is measured. */
export const OWN_ONLY = ['--policy-path', 'none', '--config', 'none'];

/** Does the work with the real program on a terminal, which has ended when this resolves, or rejects as the work did. */
export async function withApp<T>(
  args: readonly string[],
  size: typeof SIZE,
  work: (app: AppSession) => Promise<T>,
): Promise<T> {
  const app = await startApp([...OWN_ONLY, ...args], size);
  try {
    return await work(app);
  } finally {
    await quit(app);
  }
}

/** One that doesn't end by its key is killed: the steps after it are to run alone. */
async function quit(app: AppSession): Promise<void> {
  const late = setTimeout(() => app.kill('SIGKILL'), PATIENCE.timeoutMs);
  try {
    await app.quit();
  } finally {
    clearTimeout(late);
  }
}

/**
 * The same with policies, when all of them are loaded: the screen is up before.
 *
 * @param policies paths of their files
 */
export function withPolicies<T>(
  { folder }: Bench,
  policies: readonly string[],
  size: typeof SIZE,
  work: (app: AppSession, socket: string) => Promise<T>,
): Promise<T> {
  const socket = join(folder, 'screen.sock');
  const options = policies.flatMap((path) => ['--policy', path]);
  return withApp([...options, '--socket', socket], size, async (app) => {
    const loaded = () =>
      askTrigon(socket, { command: 'status' }).then(
        // The program's own are there too, switched off.
        (status) => status.policies.filter(({ mode }) => mode !== 'off').length,
        () => 0,
      );
    if (!(await until(async () => (await loaded()) === policies.length)))
      throw new Error(`${await loaded()} of ${policies.length} policies after ${LIMIT_MS} ms`);
    return work(app, socket);
  });
}

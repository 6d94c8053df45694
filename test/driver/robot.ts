import { afterAll, beforeAll, beforeEach } from 'vitest';
import { type AppOptions, type AppSession, startApp } from './app.ts';

/** One running program for all scenarios of a file. */
export type Robot = { readonly app: AppSession };

/** More than anything that can lie over anything else. */
const MOST_LEVELS = 6;

/**
 * Starts the real program once for the scenarios of a file, brings it back to the stream, live and without a filter, before each
 * of them, and fails when it doesn't quit as it should after the last.
 *
 * @param prepare what must be there before it starts; its result is the command line
 */
export function sharedRobot(
  prepare: () => readonly string[] = () => [],
  options: AppOptions = {},
): Robot {
  const size = { columns: options.columns ?? 120, rows: options.rows ?? 40 };
  let app: AppSession | undefined;
  const running = (): AppSession => {
    if (!app) throw new Error('the program does not run');
    return app;
  };
  beforeAll(async () => {
    app = await startApp(prepare(), { ...size, ...options });
  });
  beforeEach(async () => {
    const session = running();
    // A scenario that failed may have left it too small to show anything.
    session.resize(size.columns, size.rows);
    for (let level = 0; level < MOST_LEVELS; level++) session.command('app.back');
    session.command('view.stream', 'app.back', 'move.last');
    await session.waitFor((screen) => (screen[0] ?? '').includes('live'), { timeoutMs: 30_000 });
  });
  afterAll(async () => {
    // In what is being typed the key that quits is a letter.
    for (let level = 0; level < MOST_LEVELS; level++) app?.command('app.back');
    const code = await app?.quit();
    if (code !== 0) throw new Error(`the program ended with ${code}`);
  });
  return {
    get app() {
      return running();
    },
  };
}

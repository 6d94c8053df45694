import { existsSync, rmSync } from 'node:fs';
import { LAUNCHER } from '../driver/app.ts';
import { run } from '../driver/command.ts';
import { LIMIT_MS } from '../driver/until.ts';
import type { Ledger } from './ledger.ts';
import { goHome, runTyped } from './screenWalk.ts';
import type { Shop } from './shop.ts';
import type { Subject } from './subject.ts';

/** Recordings of the session, started and ended at the screen; one of them is replayed. */
export type Recorder = {
  /** Starts one, or ends the one there is. */
  toggle(): Promise<void>;
  stop(): Promise<void>;
};

export function createRecorder({ app }: Subject, shop: Shop, ledger: Ledger): Recorder {
  let current: string | undefined;
  let number = 0;

  const start = async () => {
    number += 1;
    const file = shop.path('recordings', `session-${number}.zst`);
    await goHome(app);
    await runTyped(app, `record ${file}`);
    await app.waitFor(([header = '']) => header.includes('REC '), { timeoutMs: LIMIT_MS });
    current = file;
    ledger.count('recordings');
  };
  const stop = async () => {
    if (current === undefined) return;
    const file = current;
    current = undefined;
    await goHome(app);
    await runTyped(app, 'record');
    await app.waitFor(([header = '']) => !header.includes('REC '), { timeoutMs: LIMIT_MS });
    if (number === 1) await replay(file);
    if (!existsSync(file)) ledger.fail(`the recording ${file} is not there`);
    rmSync(file, { force: true });
  };
  const replay = async (file: string) => {
    const words = ['replay', file, '-o', 'json', '--count', '5', '--config', 'none'];
    const { code, stdout, stderr } = await run(process.execPath, [LAUNCHER, ...words]);
    const lines = stdout.split('\n').filter((line) => line !== '');
    if (code !== 0 || lines.length === 0)
      ledger.fail(`the recording can't be replayed: ${lines.length} lines, ${stderr}`);
  };
  return { stop, toggle: () => (current === undefined ? start() : stop()) };
}

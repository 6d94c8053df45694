import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { PolicyDeed } from '../../policies/model.ts';
import { encodeScript, problemText, readProblems } from './script.ts';

/** native/act at work: `pid` is the process that was started; see createFamily for those that do the deeds. */
export type Act = {
  /** undefined: it could not be started. */
  pid: number | undefined;
  /** When it and all below it have ended: what went wrong, if anything did. */
  ended: Promise<string | undefined>;
  kill(): void;
};

/** The program ends itself before. */
const LIMIT_MS = 12_000;
/** Exit codes of native/act/act.h. */
const NO_SANDBOX = 3;

/** Starts the program, which waits for a script. Its processes get nothing of this one's environment: it may hold secrets. */
export const spawnAct = (program: string): ChildProcessWithoutNullStreams =>
  spawn(program, ['run'], {
    ...{ stdio: 'pipe', cwd: '/', env: {}, detached: true },
    ...{ timeout: LIMIT_MS, killSignal: 'SIGKILL' },
  });

/** Begins to do the deeds. */
export function startAct(program: string, deeds: readonly PolicyDeed[]): Act {
  const child = spawnAct(program);
  const { promise: ended, resolve } = Promise.withResolvers<string | undefined>();
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  child.on('error', ({ message }) =>
    resolve(`${program} does not run (npm run build makes it): ${message}`),
  );
  child.on('close', async (code, signal) => {
    const [report, errors] = await output;
    const message = errors.trim();
    if (code === NO_SANDBOX) return resolve(`there is no sandbox for it: ${message}`);
    const problem = problemText(deeds, readProblems(report));
    if (problem !== undefined || code === 0) return resolve(problem);
    resolve(message || `${program} ended with ${signal ?? `code ${code}`}`);
  });
  // A program that refuses the script at once may not read all of it.
  child.stdin.on('error', () => {});
  child.stdin.end(encodeScript(deeds));
  return { pid: child.pid, ended, kill: () => void child.kill('SIGKILL') };
}

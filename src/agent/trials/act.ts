import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { PolicyDeed } from '../../policies/model.ts';
import { encodeScript, problemText, readProblems } from './script.ts';

/** native/act at work: `pid` is the process that made the sandbox, parent of the one that does the deeds. */
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

/** Begins to do the deeds. */
export function startAct(program: string, deeds: readonly PolicyDeed[]): Act {
  const child = spawn(program, ['run'], {
    stdio: 'pipe',
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
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

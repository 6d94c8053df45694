import { type SpawnOptions, spawn } from 'node:child_process';

export type Ended = {
  readonly pid: number;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
};

/**
 * Runs a command in a session of its own and collects what it writes. Its own session, because Trigon never kills a process
 * on the controlling terminal of the agent: that would be this test's when somebody runs it by hand.
 */
export function run(
  command: string,
  args: readonly string[] = [],
  options: Pick<SpawnOptions, 'cwd' | 'uid' | 'gid' | 'env' | 'argv0' | 'signal'> = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...options,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const texts = { stdout: '', stderr: '' };
    child.stdout.setEncoding('latin1').on('data', (text: string) => {
      texts.stdout += text;
    });
    child.stderr.setEncoding('latin1').on('data', (text: string) => {
      texts.stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ pid: child.pid ?? 0, code, signal, ...texts }));
  });
}

/** Runs a command that must end well. @returns what it wrote @throws with what it said */
export async function succeed(
  command: string,
  args: readonly string[],
  options: Parameters<typeof run>[2] = {},
): Promise<string> {
  const ended = await run(command, args, options);
  if (ended.code !== 0)
    throw new Error(`${command} ${args.join(' ')}: ${ended.code}\n${ended.stderr}${ended.stdout}`);
  return ended.stdout;
}

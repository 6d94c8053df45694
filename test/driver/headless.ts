import { spawn } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { askTrigon } from '../../src/agent/control/client.ts';
import type { PolicyStatus } from '../../src/agent/messages.ts';
import { START_LIMIT_MS, until } from './until.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/trigon.mjs', import.meta.url));

export type Headless = {
  /** Lines of standard output so far. */
  readonly lines: readonly string[];
  readonly pid: number;
  /** Its control socket. */
  readonly socket: string;
  policies(): Promise<PolicyStatus[]>;
  /** Resolves to all of standard error. */
  stop(signal?: NodeJS.Signals): Promise<string>;
};

/**
 * Starts `trigon events` with JSON lines, in a process of its own, and resolves when its policies are loaded.
 *
 * @param folder where its control socket may lie
 * @param wrap a command in front of it, e.g. one that changes a namespace and then calls exec
 */
export async function startHeadless(
  folder: string,
  args: readonly string[],
  wrap: readonly string[] = [],
): Promise<Headless> {
  const socket = join(folder, 'headless.sock');
  const [command = '', ...rest] = [
    ...wrap,
    ...[process.execPath, PROGRAM, 'events', '-o', 'json', '--socket', socket, ...args],
  ];
  const child = spawn(command, rest, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  let pending = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = `${pending}${chunk}`.split('\n');
    pending = parts.pop() ?? '';
    lines.push(...parts);
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const policies = async () => (await askTrigon(socket, { command: 'status' })).policies;
  const hasPolicies = () =>
    policies().then(
      (all) => all.length > 0,
      () => false,
    );
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const isUp = await until(async () => hasEnded() || (await hasPolicies()), {
    limitMs: START_LIMIT_MS,
  });
  if (hasEnded()) throw new Error(`trigon events ended: ${errors}`);
  if (!isUp) {
    child.kill('SIGKILL');
    await ended;
    throw new Error(`trigon events loaded no policy: ${errors}`);
  }
  return {
    lines,
    pid: child.pid ?? 0,
    socket,
    policies,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      await ended;
      return errors;
    },
  };
}

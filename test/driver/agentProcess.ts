import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { askTrigon } from '../../src/agent/control/client.ts';
import type { PolicyStatus } from '../../src/agent/messages.ts';
import { LAUNCHER } from './app.ts';
import { START_LIMIT_MS, until } from './until.ts';

export type AgentProcess = {
  /** Of the agent itself; the guardian is its parent. */
  readonly pid: number;
  readonly guardian: number;
  /** Where screens attach, and where `trigon policy` asks. */
  readonly socket: string;
  readonly control: string;
  /** Standard error so far. */
  log(): string;
  policy(name: string): Promise<PolicyStatus>;
  isRunning(): boolean;
  /** Resolves to its exit code. */
  stop(): Promise<number | null>;
  readonly ended: Promise<number | null>;
};

/** Starts `trigon agent` as a service would, without a terminal, and resolves when its policies are loaded. */
export async function startAgentProcess(
  folder: string,
  args: readonly string[] = [],
): Promise<AgentProcess> {
  const [socket, control] = [join(folder, 'agent.sock'), join(folder, 'control.sock')];
  const child = spawn(
    process.execPath,
    [
      ...[LAUNCHER, 'agent', '--agent-socket', socket, '--socket', control],
      ...['--server-address', 'none', ...args],
    ],
    { detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    log += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const isUp = await until(() => log.includes('policies are loaded') || !isRunning(), {
    limitMs: START_LIMIT_MS,
  });
  const pid = Number(/agent (\d+) on /.exec(log)?.[1]);
  if (!isUp || !(pid > 0)) {
    child.kill('SIGTERM');
    throw new Error(`trigon agent did not start: ${log}`);
  }
  return {
    ...{ pid, socket, control, ended },
    guardian: child.pid ?? 0,
    log: () => log,
    async policy(name) {
      const { policies } = await askTrigon(control, { command: 'status' });
      const found = policies.find((policy) => policy.name === name);
      if (!found) throw new Error(`no policy ${name}`);
      return found;
    },
    isRunning,
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

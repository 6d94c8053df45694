import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { askTrigon } from '../../src/agent/control/client.ts';
import type { PolicyStatus } from '../../src/agent/messages.ts';
import type { AgentStats } from '../../src/agent/metrics/types.ts';
import { escapeText } from '../../src/events/text.ts';
import { LAUNCHER } from '../driver/app.ts';
import { until } from '../driver/until.ts';
import { describeEnding, endChild, followChild } from './child.ts';
import { processCpu } from './cpu.ts';
import type { Bench } from './fixtures.ts';
import { OWN_ONLY } from './session.ts';

/** No agent of the machine's own is attached to. */
export const ALONE = { TRIGON_AGENT_SOCKET: 'none' };

/** Longest time that it may take to start. */
const PATIENCE_MS = 60_000;

/** A Trigon without a screen, as users start it: by its launcher, which makes settings of memory and stays as its guardian. */
export type HeadlessTrigon = {
  /** Of the program itself, below its launcher. */
  readonly pid: number;
  /** Its control socket. */
  readonly socket: string;
  /** Seconds that program and guardian have used so far. */
  cpu(): number;
  stats(): Promise<AgentStats>;
  policies(): Promise<PolicyStatus[]>;
  /** Resolves when it is switched. */
  setMode(name: string, mode: 'off' | 'monitor'): Promise<void>;
  /** Resolves when it has ended. Rejects when it had ended by itself, or not in order, each time it is called. */
  stop(): Promise<void>;
};

/**
 * Starts it and resolves when it has seen the first process.
 *
 * @param output file for its standard output
 * @throws Error what it said, when it ends before
 */
export async function startTrigon(
  { folder, drop }: Bench,
  args: readonly string[],
  output = '/dev/null',
): Promise<HeadlessTrigon> {
  const socket = join(folder, 'trigon.sock');
  const errors = join(folder, 'trigon.errors');
  const files = [openSync(output, 'w'), openSync(errors, 'w')] as const;
  const command = [LAUNCHER, ...args, ...OWN_ONLY, '--socket', socket];
  const launcher = followChild(
    spawn(process.execPath, command, {
      detached: true,
      env: { ...process.env, ...ALONE },
      stdio: ['ignore', ...files],
    }),
  );
  for (const file of files) closeSync(file);
  const said = () => escapeText(readFileSync(errors, 'utf8').trim());
  const stats = () => askTrigon(socket, { command: 'stats' });
  const status = () => askTrigon(socket, { command: 'status' });
  const state = await until(
    async () => {
      if (launcher.ending() !== undefined) return 'ended';
      // When it can't be started nothing is seen, and that is told.
      spawn(drop, ['start'], { stdio: 'ignore' }).on('error', () => {});
      return stats().then(
        ({ ring }) => ring.records > 0 && 'watches',
        () => false,
      );
    },
    { limitMs: PATIENCE_MS, everyMs: 100 },
  );
  const { pid } = state === 'watches' ? await status().catch(() => ({ pid: 0 })) : { pid: 0 };
  if (pid === 0) {
    launcher.kill();
    const ending = await launcher.ended;
    const what = state === undefined ? `not in ${PATIENCE_MS / 1000} s` : describeEnding(ending);
    throw new Error(`trigon ${args[0]} does not watch: ${said() || what}`);
  }
  const stop = async (): Promise<void> => {
    const before = launcher.ending();
    if (before)
      throw new Error(`Trigon ended by itself: ${[describeEnding(before), said()].join(' ')}`);
    const ending = await endChild(launcher);
    if (ending.code !== 0)
      throw new Error(`Trigon did not end in order: ${describeEnding(ending)}`);
  };
  let stopped: Promise<void> | undefined;
  return {
    pid,
    socket,
    cpu: () => processCpu(pid) + processCpu(launcher.pid),
    stats,
    policies: async () => (await status()).policies,
    async setMode(name, mode) {
      const policy = (await status()).policies.find((one) => one.name === name);
      if (!policy) throw new Error(`no policy ${name}: ${said()}`);
      await askTrigon(socket, { command: 'set-mode', id: policy.id, mode });
    },
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** Does the work beside a Trigon, which has ended when this resolves, or rejects as the work did. */
export async function withTrigon<T>(
  bench: Bench,
  args: readonly string[],
  work: (trigon: HeadlessTrigon) => Promise<T>,
): Promise<T> {
  const trigon = await startTrigon(bench, args);
  try {
    return await work(trigon);
  } finally {
    await trigon.stop();
  }
}

import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { escapeText } from '../../src/events/text.ts';
import { until } from '../driver/until.ts';
import { describeEnding, endChild, followChild } from './child.ts';
import { processCpu, sleep } from './cpu.ts';
import { countMatches, NotPossible, type Running, type Tracer } from './tracer.ts';

/** What operators of a Debian would take instead: each told to watch execs of the whole machine, writing to a file. */
type Peer = {
  readonly name: string;
  command(output: string): readonly string[];
  /** One match for each exec in what it writes; its group is the turn. */
  execs(target: string): RegExp;
};

const PEERS: readonly Peer[] = [
  {
    name: 'execsnoop (libbpf-tools)',
    command: () => ['execsnoop'],
    execs: (target) => new RegExp(`${target} (\\d+)\\s*$`, 'gm'),
  },
  {
    name: 'bpftrace',
    command: () => [
      ...['bpftrace', '-e', 'tracepoint:syscalls:sys_enter_execve { join(args->argv); }'],
    ],
    execs: (target) => new RegExp(`^${target} (\\d+)$`, 'gm'),
  },
  {
    name: 'perf trace',
    command: (output) => [
      ...['perf', 'trace', '-a', '--no-syscalls', '-e', 'sched:sched_process_exec', '-o', output],
    ],
    execs: (target) => new RegExp(`filename: "?${target}\\b`, 'g'),
  },
];

/** Longest time that one may take to attach: bpftrace compiles first. */
const PATIENCE_MS = 20_000;
/** After the last program has been attached. */
const SETTLE_MS = 500;

/**
 * Tracepoints are found through tracefs, which not every machine has mounted. In a mount namespace of the peer's own, so that
 * nothing is left behind.
 */
const WITH_TRACEFS = [
  ...['unshare', '--mount', 'sh', '-c'],
  'mount -t tracefs none /sys/kernel/tracing 2>/dev/null; mount -t debugfs none /sys/kernel/debug 2>/dev/null; exec "$@"',
  'sh',
];

const systemWide = ({ name, command, execs }: Peer): Tracer => ({
  name,
  isTrigon: false,
  async start({ folder }, target) {
    const output = join(folder, 'peer.output');
    const errors = join(folder, 'peer.errors');
    const files = [openSync(output, 'w'), openSync(errors, 'w')] as const;
    const [program = '', ...args] = [...WITH_TRACEFS, ...command(output)];
    const child = followChild(
      spawn(program, args, {
        detached: true,
        env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
        stdio: ['ignore', ...files],
      }),
    );
    for (const file of files) closeSync(file);
    const said = () => escapeText(readFileSync(errors, 'utf8').trim().split('\n')[0] ?? '');
    const state = await until(
      () => (child.ending() ? 'ended' : isAttached(child.pid) ? 'attached' : undefined),
      { limitMs: PATIENCE_MS },
    );
    if (state !== 'attached') {
      const ending = await endChild(child, 'SIGINT');
      const what =
        state === 'ended' ? describeEnding(ending) : `not attached in ${PATIENCE_MS / 1000} s`;
      throw new NotPossible(said() || what);
    }
    await sleep(SETTLE_MS);
    const end = async () => {
      const before = child.ending();
      if (before) throw new NotPossible(`it ended by itself: ${describeEnding(before)} ${said()}`);
      await endChild(child, 'SIGINT');
    };
    let ended: Promise<void> | undefined;
    const endOnce = () => {
      ended ??= end();
      return ended;
    };
    return {
      cpu: () => processCpu(child.pid),
      async stop(count) {
        await sleep(SETTLE_MS);
        await endOnce();
        const seen = countMatches(readFileSync(output, 'utf8'), execs(target));
        if (seen === 0) throw new NotPossible(`it saw nothing. ${said()}`);
        return count - seen;
      },
      end: endOnce,
    };
  },
});

/** A program of it is attached to the kernel: it holds a link, or a perf event. */
function isAttached(pid: number): boolean {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).some((name) =>
      /^anon_inode:(bpf_link|bpf-link|\[perf_event\])/.test(readlinkSync(join(folder, name))),
    );
  } catch {
    return false; // a file was closed, or it ended
  }
}

/** Starts the load itself, and sees only what comes of that; with a filter in the kernel, which makes it several times faster. */
const strace: Tracer = {
  name: 'strace -f --seccomp-bpf',
  isTrigon: false,
  async start({ folder }, target): Promise<Running> {
    const output = join(folder, 'strace.output');
    rmSync(output, { force: true });
    return {
      wrap: ['strace', '-f', '--seccomp-bpf', '-qq', '-e', 'trace=execve', '-o', output],
      cpu: (spawned) => (spawned === 0 ? 0 : processCpu(spawned)),
      async stop(count) {
        if (!existsSync(output)) return count;
        const pattern = new RegExp(`execve\\("${target}", \\["${target}", "(\\d+)"`, 'g');
        return count - countMatches(readFileSync(output, 'utf8'), pattern);
      },
      // It ends with the load.
      end: async () => {},
    };
  },
};

export const peers: readonly Tracer[] = [...PEERS.map(systemWide), strace];

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, version } from 'node:os';
import { join } from 'node:path';
import { sleep } from './cpu.ts';

/** Where and when the figures were measured. */
export type Machine = {
  /** `uname -r` and the build of it. */
  readonly kernel: string;
  readonly cpu: string;
  readonly cpus: number;
  readonly memoryMb: number;
  readonly node: string;
  /** Of git; with `-dirty` when files differ from it; 'unknown' outside of a checkout. */
  readonly commit: string;
  /** ISO 8601, UTC. */
  readonly date: string;
  /** Over 1, 5 and 15 minutes, at the start. */
  readonly load: readonly number[];
  /** The same as Disturbance has it, while nothing was measured yet. */
  readonly busy: number;
  readonly stolen: number;
};

const WATCH_MS = 2000;
/** Percent of the machine. Beyond, figures say as much about the neighbours as about Trigon. */
const QUIET = 5;

const root = join(import.meta.dirname, '../..');

/** What took this machine from what was measured: percent of all processors' time. */
export type Disturbance = {
  /** By programs that the benchmarks did not start. Work of the kernel that it charges to none is among it. */
  readonly others: number;
  /** By the hypervisor. */
  readonly stolen: number;
};

/** Starts to watch; what it returns tells of the time since. What was started meanwhile must have ended by then. */
export function watchMachine(): () => Disturbance {
  const before = readTimes();
  return () => {
    const after = readTimes();
    const passed = (of: keyof Times) => after[of] - before[of];
    const all = Math.max(1, passed('all'));
    const busy = all - passed('idle') - passed('stolen');
    return {
      others: (Math.max(0, busy - passed('own')) / all) * 100,
      stolen: (passed('stolen') / all) * 100,
    };
  };
}

/** Watches the machine for two seconds. */
export async function describeMachine(): Promise<Machine> {
  const read = watchMachine();
  await sleep(WATCH_MS);
  const { others, stolen } = read();
  const [first] = cpus();
  return {
    kernel: `${release()} ${version()}`,
    cpu: first?.model.trim() || 'unknown',
    cpus: cpus().length,
    memoryMb: Math.round(totalmem() / 2 ** 20),
    node: process.version,
    commit: findCommit(),
    date: new Date().toISOString(),
    load: loadavg(),
    busy: others,
    stolen,
  };
}

/** What makes the figures doubtful, in words; undefined: the machine was quiet before them. */
export function noiseOf({ busy, stolen, load, cpus: count }: Machine): string | undefined {
  const causes = [
    ...causesOf({ others: busy, stolen }, 'just before'),
    // The build before may have left some.
    ...((load[1] ?? 0) > count / 2 ? [`its load was ${(load[1] ?? 0).toFixed(1)} of late`] : []),
  ];
  if (causes.length === 0) return undefined;
  return `this machine is not quiet (${causes.join('; ')}): the figures are worth less`;
}

/** The same of a single step. */
export function noiseDuring(disturbance: Disturbance): string | undefined {
  const causes = causesOf(disturbance, 'meanwhile');
  return causes.length === 0 ? undefined : causes.join('; ');
}

const causesOf = ({ others, stolen }: Disturbance, when: string): string[] => [
  ...(others > QUIET ? [`others used ${others.toFixed(0)} % of it ${when}`] : []),
  ...(stolen > QUIET ? [`its hypervisor took ${stolen.toFixed(0)} % away`] : []),
];

/** Clock ticks of all processors together. */
type Times = { all: number; idle: number; stolen: number; own: number };

/** USER_HZ: proc_stat(5). */
const TICKS = 100;

/**
 * `all` by the clock, not by the kernel's sum: the kernel looks at each tick who runs, and a load of the benchmarks that works in the
 * rhythm of ticks is missed, or counted too often. Idle time is exact. `own`: of this process and of all its descendants that have ended.
 */
function readTimes(): Times {
  const text = readFileSync('/proc/stat', 'utf8');
  const line = /^cpu +(.*)$/m.exec(text)?.[1] ?? '';
  const [, , , idle = 0, wait = 0, , , stolen = 0] = line.split(' ').map(Number);
  const processors = text.match(/^cpu\d+ /gm)?.length ?? 1;
  const self = readFileSync('/proc/self/stat', 'utf8');
  // utime, stime, cutime, cstime: proc_pid_stat(5)
  const used = self
    .slice(self.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15);
  return {
    all: (performance.now() / 1000) * TICKS * processors,
    idle: idle + wait,
    stolen,
    own: used.reduce((sum, value) => sum + Number(value), 0),
  };
}

function findCommit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty', '--abbrev=12'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}

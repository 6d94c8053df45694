import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { childOf, median, processCpu, sleep } from './cpu.ts';
import type { Figure } from './figure.ts';
import type { Bench } from './fixtures.ts';

const COUNT = 4000;
const ROUNDS = 5;
const root = join(import.meta.dirname, '../..');

type Run = {
  /** CPU seconds of the storm itself: fork, exec, exit of all its children, tracing in the kernel included. */
  storm: number;
  /** CPU seconds of Trigon, all threads, meanwhile. */
  trigon: number;
  wall: number;
};

/** CPU of the children that the storm waited for is its own (getrusage(2), RUSAGE_CHILDREN): measured by a shell's `times`. */
async function runStorm(bench: Bench): Promise<{ cpu: number; wall: number }> {
  const script = `"${bench.storm}" ${COUNT} "${bench.drop}"; times`;
  const started = performance.now();
  const child = spawn('bash', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  await new Promise((resolve) => child.on('close', resolve));
  const wall = (performance.now() - started) / 1000;
  // `times` prints user and system time of the shell, then of its children: 0m1.234s
  const children = text.trim().split('\n')[1] ?? '';
  const cpu = [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds),
    0,
  );
  return { cpu, wall };
}

async function withTrigon(bench: Bench, args: readonly string[]): Promise<Run> {
  const launcher = spawn('node', [join(root, 'bin/trigon.mjs'), 'events', ...args], {
    stdio: ['ignore', openSync('/dev/null', 'w'), 'ignore'],
  });
  await sleep(1500);
  const pid = childOf(launcher.pid ?? 0);
  const before = processCpu(pid);
  const { cpu, wall } = await runStorm(bench);
  await sleep(200);
  const trigon = processCpu(pid) - before;
  launcher.kill('SIGTERM');
  await new Promise((resolve) => launcher.on('exit', resolve));
  return { storm: cpu, trigon, wall };
}

/** An exec storm with nothing, with Trigon counting, and with Trigon writing JSON: rounds take turns, so that noise hits all. */
export async function measureStorm(bench: Bench): Promise<Figure[]> {
  const none: number[] = [];
  const watched: Run[] = [];
  const exported: Run[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    none.push((await runStorm(bench)).cpu);
    // Nothing is written: the filter lets nothing pass, everything else is done.
    watched.push(await withTrigon(bench, ['--binary', '^/nothing$']));
    exported.push(await withTrigon(bench, ['-o', 'json']));
  }
  const base = median(none);
  const over = (runs: Run[], of: (run: Run) => number): number[] =>
    runs.map((run) => (of(run) / base - 1) * 100);
  const figure = (name: string, values: number[], budget: number | undefined): Figure => ({
    name,
    value: median(values),
    unit: '% CPU over none',
    budget,
    spread: [Math.min(...values), Math.max(...values)],
  });
  const share = (runs: Run[]) => runs.map((run) => (run.trigon / base) * 100);
  return [
    figure(
      'exec storm, workload itself, watched',
      over(watched, (run) => run.storm),
      undefined,
    ),
    figure(
      'exec storm, workload itself, JSON export',
      over(exported, (run) => run.storm),
      6,
    ),
    figure("exec storm, Trigon's own CPU, watched", share(watched), undefined),
    figure("exec storm, Trigon's own CPU, JSON export", share(exported), undefined),
  ];
}

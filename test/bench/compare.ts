import { median, sleep } from './cpu.ts';
import { type Cost, type ExecLoad, runExecs } from './execs.ts';
import { type Figure, figureOf } from './figure.ts';
import type { Bench } from './fixtures.ts';
import { createSeries } from './series.ts';
import { NotPossible, type Running, type Tracer } from './tracer.ts';

export type Contestant = {
  readonly tracer: Tracer;
  /** Highest CPU together over none, in percent: what the load takes more, and what the tracer takes itself. */
  readonly budget?: number;
};

export type Comparison = {
  /** What the figures' names begin with. */
  readonly name: string;
  readonly load: ExecLoad;
  /** How many of the load's programs are started each time that nothing watches. */
  readonly bareCount: number;
  readonly rounds: number;
  /** Other programs that are started before, for V8 to compile what an agent that has been running for a while has compiled. */
  readonly warmUp: number;
};

/** Per program that was started: the loads are not of one length. */
const perStart = ({ cpu, wall }: Cost, count: number): Cost => ({
  cpu: cpu / count,
  wall: wall / count,
});

const percentOver = (value: number, base: number) => (value / base - 1) * 100;

/** A tracer that takes less of a core than this does no work on events any more. */
const IDLE = { share: 0.1, sliceMs: 100, limitMs: 3000 };

/**
 * CPU seconds of a tracer when it has worked off what it was told of: in the kernel's ring, in buffers, unwritten. What it puts off
 * until its own end is not in it.
 */
async function readWorkedOff(cpu: () => number): Promise<number> {
  let before = cpu();
  for (let waited = 0; waited < IDLE.limitMs; waited += IDLE.sliceMs) {
    await sleep(IDLE.sliceMs);
    const now = cpu();
    if (now - before < (IDLE.sliceMs / 1000) * IDLE.share) return now;
    before = now;
  }
  return before;
}

/** The load with a tracer at work: its cost, and the CPU seconds of the tracer itself for it. */
async function runTraced(
  bench: Bench,
  { load, warmUp }: Comparison,
  running: Running,
): Promise<{ cost: Cost; own: number }> {
  if (running.wrap) {
    // It takes in each exec before that goes on, and ends with the load.
    let own = 0;
    const cost = await runExecs(bench, load, running.wrap, (spawned) => {
      own = running.cpu(spawned);
    });
    return { cost, own };
  }
  // Not of the load's program: nobody counts these.
  await runExecs(bench, { count: warmUp, workers: 1, perSecond: 0, program: '/bin/true' });
  const before = await readWorkedOff(() => running.cpu(0));
  const cost = await runExecs(bench, load);
  return { cost, own: (await readWorkedOff(() => running.cpu(0))) - before };
}

/**
 * What watching costs a load. All take turns, round by round; before and after each tracer the load runs with nothing, and it is
 * the mean of these two that the tracer's run is compared with: a machine that gets slower or faster meanwhile hits all alike.
 */
export async function compare(
  bench: Bench,
  comparison: Comparison,
  contestants: readonly Contestant[],
): Promise<Figure[]> {
  const { name, load, bareCount, rounds } = comparison;
  const together = createSeries();
  const cpu = createSeries();
  const wall = createSeries();
  const own = createSeries();
  const ownPerStart = createSeries();
  const lost = createSeries();
  const refused = new Map<string, string>();
  /** Of the load with nothing, one run against the next: what can't be told apart here. */
  const noise: number[] = [];
  const bareLoad = { ...load, count: bareCount };
  const bare: Cost[] = [];
  const runBare = async () => {
    const cost = perStart(await runExecs(bench, bareLoad), bareCount);
    bare.push(cost);
    return cost;
  };
  /** With nothing, just now; undefined when something else has run since. */
  let last: Cost | undefined;

  const runRound = async (tracer: Tracer): Promise<void> => {
    const before = last ?? (await runBare());
    last = undefined;
    const running = await tracer.start(bench, load.program);
    let traced: { cost: Cost; own: number };
    let missing: number;
    try {
      traced = await runTraced(bench, comparison, running).catch((error: unknown) => {
        // The load itself runs with the others.
        throw running.wrap && error instanceof Error ? new NotPossible(error.message) : error;
      });
      missing = await running.stop(load.count);
    } finally {
      // When it ended by itself, that is what the others' errors come from.
      await running.end();
    }
    const after = await runBare();
    last = after;
    noise.push(percentOver(after.cpu, before.cpu));
    const base = { cpu: (before.cpu + after.cpu) / 2, wall: (before.wall + after.wall) / 2 };
    const cost = perStart(traced.cost, load.count);
    const ownCost = traced.own / load.count;
    together.add(tracer.name, percentOver(cost.cpu + ownCost, base.cpu));
    cpu.add(tracer.name, percentOver(cost.cpu, base.cpu));
    wall.add(tracer.name, percentOver(cost.wall, base.wall));
    own.add(tracer.name, (ownCost / base.cpu) * 100);
    ownPerStart.add(tracer.name, ownCost * 1e6);
    lost.add(tracer.name, missing);
  };

  for (let round = 0; round < rounds; round++)
    for (const { tracer } of contestants)
      if (!refused.has(tracer.name))
        await runRound(tracer).catch((error: unknown) => {
          if (!(error instanceof NotPossible)) throw error;
          refused.set(tracer.name, error.message);
        });

  const figures = contestants.flatMap(({ tracer: { name: who, isTrigon }, budget }): Figure[] => {
    const words = refused.get(who);
    if (words !== undefined) return [notPossible(`${name}, ${who}`, words)];
    const total = load.count * rounds;
    const start = `${median(ownPerStart.of(who)).toFixed(0)} µs a start`;
    return [
      figureOf(`${name}, ${who}: CPU together`, '% over none', together.of(who), { budget }),
      figureOf(`${name}, ${who}: the load's CPU`, '% over none', cpu.of(who)),
      figureOf(`${name}, ${who}: its own CPU`, '% over none', own.of(who), { note: start }),
      figureOf(`${name}, ${who}: the load's time`, '% over none', wall.of(who)),
      {
        ...figureOf(`${name}, ${who}: lost`, `of ${total}`, lost.of(who)),
        value: lost.of(who).reduce((sum, count) => sum + count, 0),
        budget: isTrigon ? 0 : undefined,
      },
    ];
  });
  return [
    figureOf(
      `${name}, nothing: CPU of a start`,
      'µs',
      bare.map((cost) => cost.cpu * 1e6),
    ),
    figureOf(`${name}, nothing: one run against the next`, '% CPU', noise),
    ...figures,
  ];
}

const notPossible = (name: string, words: string): Figure => ({
  ...{ name, value: undefined, unit: '', budget: undefined, spread: undefined },
  note: `not possible here: ${words}`,
});

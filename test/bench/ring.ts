import { until } from '../driver/until.ts';
import { startReader } from './agentReader.ts';
import { mainThreadCpu, median, processCpu, threadCpu } from './cpu.ts';
import { buildFeed } from './feed.ts';
import { type Figure, figureOf } from './figure.ts';
import type { Bench } from './fixtures.ts';
import { measureReader } from './reader.ts';
import type { Effort } from './step.ts';

/** Records a second, each for a second; a round ends with the first that loses any. */
const RATES = [250_000, 500_000, 750_000, 1_000_000, 1_250_000, 1_500_000, 2_000_000, 3_000_000];
const ROUNDS = 3;
/** At this one the cost of a record is measured: the budget's. */
const BUDGET_RATE = 1_000_000;
/** V8 compiles what these run through. */
const WARM_UP_SECONDS = 2;

/**
 * Bursts of a second through the whole agent: ring, addon, process table, counters, packed batches, the screen's store. A program of
 * ours (feed.bpf.c) posts them, since no hook of a real call is as fast.
 */
export async function measureRing(bench: Bench, { quick }: Effort): Promise<Figure[]> {
  const feed = buildFeed(bench);
  // First: two agents at a time would share a process, and the feed finds the ring by that.
  const alone: number[] = [];
  for (let round = 0; round < (quick ? 1 : ROUNDS); round++)
    alone.push(await measureReader(feed, BUDGET_RATE));
  const agent = await startReader({ path: '/feed.yaml', text: POLICY });
  try {
    const burst = async (perSecond: number, seconds = 1): Promise<Burst> => {
      const cpu = readCpu(agent.thread);
      const before = { ...agent.counts() };
      const { posted, perSecond: reached } = await feed.post(agent, perSecond, seconds);
      const told = () => agent.counts().events - before.events;
      const lost = () => agent.counts().lost - before.lost;
      if (!(await until(() => told() + lost() >= posted)))
        throw new Error(`${posted} posted, ${told()} came and ${lost()} were counted as lost`);
      const now = readCpu(agent.thread);
      const [agentCpu, mainCpu] = [now.agent - cpu.agent, now.main - cpu.main];
      const otherCpu = now.all - cpu.all - agentCpu - mainCpu;
      return { perSecond: reached, events: told(), lost: lost(), agentCpu, mainCpu, otherCpu };
    };

    await burst(BUDGET_RATE, WARM_UP_SECONDS);
    const atBudget: Burst[] = [];
    const best: number[] = [];
    const refused: number[] = [];
    for (let round = 0; round < (quick ? 1 : ROUNDS); round++) {
      atBudget.push(await burst(BUDGET_RATE));
      let most = 0;
      for (const rate of RATES) {
        const { perSecond, lost } = await burst(rate);
        if (lost > 0) {
          refused.push(perSecond / 1e6);
          break;
        }
        most = perSecond / 1e6;
        const isFeedAtItsLimit = perSecond < rate * 0.95;
        if (isFeedAtItsLimit) break;
      }
      best.push(most);
    }
    const perRecord = (cpu: (burst: Burst) => number) =>
      atBudget.map((result) => (cpu(result) / result.events) * 1e9);
    return [
      figureOf('ring to packed batches, no record lost for 1 s', 'M records/s', best, {
        atLeast: 1,
        note:
          refused.length > 0
            ? `at ${median(refused).toFixed(2)} M/s some were lost`
            : 'as fast as one processor can post them',
      }),
      {
        ...figureOf(
          'ring to packed batches at 1 M/s, agent',
          'ns/record',
          perRecord(({ agentCpu }) => agentCpu),
          { budget: 200, note: 'the smallest record there is, always the same' },
        ),
        ...shareProblem(atBudget),
      },
      figureOf('ring to packed batches at 1 M/s, reader and batches alone', 'ns/record', alone, {
        note: 'no process table, no counters',
      }),
      figureOf(
        'ring to packed batches at 1 M/s, main thread with the store',
        'ns/record',
        perRecord(({ mainCpu }) => mainCpu),
      ),
      figureOf(
        'ring to packed batches at 1 M/s, other threads',
        'ns/record',
        perRecord(({ otherCpu }) => otherCpu),
        { note: "V8's helpers: garbage and compiling" },
      ),
    ];
  } finally {
    await agent.stop();
  }
}

const readCpu = (thread: number) => ({
  agent: threadCpu(process.pid, thread),
  main: mainThreadCpu(process.pid),
  all: processCpu(process.pid),
});

/** Of the process's CPU, what the two threads whose cost is told have at least: V8's helpers, which collect garbage, are the rest. */
const LEAST_SHARE = 0.8;

/** A cost that another thread bears would be told of nowhere. */
function shareProblem(bursts: readonly Burst[]): Pick<Figure, 'error'> {
  const share = median(
    bursts.map(({ agentCpu, mainCpu, otherCpu }) => {
      const both = agentCpu + mainCpu;
      return both / (both + otherCpu);
    }),
  );
  if (share >= LEAST_SHARE) return {};
  return { error: `agent and main thread took but ${(share * 100).toFixed(0)} % of the process` };
}

type Burst = {
  readonly perSecond: number;
  readonly events: number;
  readonly lost: number;
  /** Seconds of CPU. */
  readonly agentCpu: number;
  readonly mainCpu: number;
  /** All other threads. */
  readonly otherCpu: number;
};

/** Never true by itself: no process has this number. */
const POLICY = JSON.stringify({
  apiVersion: 'cilium.io/v1alpha1',
  kind: 'TracingPolicy',
  metadata: { name: 'feed' },
  spec: {
    kprobes: [
      {
        call: 'sys_getpgid',
        syscall: true,
        args: [{ index: 0, type: 'int' }],
        selectors: [{ matchArgs: [{ index: 0, operator: 'Equal', values: ['-4242'] }] }],
      },
    ],
  },
});

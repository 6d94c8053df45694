import { processCpu, residentMb } from '../bench/cpu.ts';
import { hasGrown, type Point, type Trend, trendOf } from './flat.ts';
import { createHeapQuestions } from './heaps.ts';
import { holdingsOf } from './holdings.ts';

/** A measure over time, and by how much it may grow from the first third to the last. */
export type Measure = {
  readonly name: string;
  readonly unit: string;
  readonly limit: number;
  /** undefined: none yet. */
  readonly latest: number | undefined;
  readonly trend: Trend | undefined;
  readonly isFlat: boolean;
};

export type Sampler = {
  /** The warm-up is over: asks for the heaps, and what is sampled from then on counts. */
  begin(): Promise<void>;
  /** Nothing is sampled any more; asks for the heaps once more. */
  end(): Promise<void>;
  stop(): void;
  measures(): Measure[];
  /** Every BPF object that it has ever held. */
  readonly seen: ReadonlySet<string>;
  /** Seconds of CPU of the program so far. */
  cpuSeconds(): number;
};

/**
 * MB, but for descriptors and threads. Resident memory moves by itself by some 20 MB: collections, pages that the allocator gives
 * back. A run in which the stream's store (64 MiB) was not filled before may fill it meanwhile.
 */
const limitsOf = (isFilled: boolean, isLong: boolean) => ({
  resident: isFilled ? (isLong ? 24 : 40) : 120,
  guardian: 16,
  heapOfScreen: isFilled ? 8 : 24,
  heapOfAgent: isFilled ? 8 : 24,
  buffers: isFilled ? 16 : 80,
  maps: 4,
  descriptors: 8,
  threads: 2,
});

type Limits = ReturnType<typeof limitsOf>;

const NAMES: Readonly<Record<keyof Limits, readonly [string, string]>> = {
  resident: ['resident memory', 'MB'],
  guardian: ['resident memory of the launcher', 'MB'],
  heapOfScreen: ['heap of the screen, after a collection', 'MB'],
  heapOfAgent: ['heap of the agent, after a collection', 'MB'],
  buffers: ['buffers of all threads', 'MB'],
  maps: ['kernel memory of its maps', 'MB'],
  descriptors: ['descriptors', ''],
  threads: ['threads', ''],
};

/** After a collection by force a program takes less than the one that you run: for so long what it takes doesn't count, in long runs. */
const RECOVERY_SECONDS = 90;
/** They are asked for, and the threads collect for that: nothing else is sampled meanwhile, and nothing afterwards. */
const COLLECTED: ReadonlySet<keyof Limits> = new Set(['heapOfScreen', 'heapOfAgent', 'buffers']);

const MB = 1 << 20;
/** Times that the heaps are asked for at the beginning, and at the end. */
const QUESTIONS = 3;

export type SamplerOptions = {
  readonly pid: number;
  readonly guardian: number;
  readonly heapFolder: string;
  readonly everyMs: number;
  /** The stores of the past were filled before. */
  readonly isFilled: boolean;
  /** Long enough for noise to even out. */
  readonly isLong: boolean;
};

/** Looks at the program now and then. */
export function startSampler(options: SamplerOptions): Sampler {
  const limits = limitsOf(options.isFilled, options.isLong);
  const keys = Object.keys(limits) as (keyof Limits)[];
  const points = new Map<keyof Limits, Point[]>(keys.map((key) => [key, []]));
  const seen = new Set<string>();
  const started = performance.now();
  let cpu = 0;
  let isWarm = false;
  let warmAt = 0;

  const add = (key: keyof Limits, value: number) =>
    points.get(key)?.push({ at: (performance.now() - started) / 1000, value });
  const look = () => {
    try {
      const { holdings, ids } = holdingsOf(options.pid);
      for (const id of ids) seen.add(id);
      add('maps', holdings.mapBytes / MB);
      add('descriptors', holdings.descriptors);
      add('threads', holdings.threads);
      add('resident', residentMb(options.pid));
      add('guardian', residentMb(options.guardian));
      cpu = processCpu(options.pid);
    } catch {
      // It has ended: whoever drives it says so.
    }
  };
  const timer = setInterval(look, options.everyMs);
  look();
  const askHeaps = createHeapQuestions(options.heapFolder, options.pid);
  const lookAtHeaps = async () => {
    for (let at = 0; at < QUESTIONS; at++) {
      const heaps = await askHeaps();
      if (!heaps) return;
      add('heapOfScreen', heaps.screen / MB);
      add('heapOfAgent', heaps.agent / MB);
      add('buffers', heaps.buffers / MB);
    }
  };

  return {
    seen,
    cpuSeconds: () => cpu,
    async begin() {
      for (const list of points.values()) list.length = 0;
      await lookAtHeaps();
      for (const key of keys) if (!COLLECTED.has(key)) points.get(key)?.splice(0);
      isWarm = true;
      warmAt = (performance.now() - started) / 1000;
    },
    async end() {
      clearInterval(timer);
      if (isWarm) await lookAtHeaps();
    },
    stop: () => clearInterval(timer),
    measures: () =>
      keys.map((key) => {
        const all = points.get(key) ?? [];
        const hasRecovered = ({ at }: Point) => !isWarm || at >= warmAt + RECOVERY_SECONDS;
        const list = key === 'resident' && options.isLong ? all.filter(hasRecovered) : all;
        const seconds = (list.at(-1)?.at ?? 0) - (list[0]?.at ?? 0);
        // A run that came to nothing says nothing about growth.
        const trend = isWarm ? trendOf(list) : undefined;
        const [name, unit] = NAMES[key];
        const limit = limits[key];
        const isFlat = trend === undefined || !hasGrown(trend, limit, seconds);
        return { name, unit, limit, latest: all.at(-1)?.value, trend, isFlat };
      }),
  };
}

/**
 * What is wrong with what was measured.
 *
 * @param mustTell a measure without a trend is a failure: it would be flat whatever happened
 */
export function measureFailures(measures: readonly Measure[], mustTell: boolean): string[] {
  return measures.flatMap(({ name, unit, limit, trend, isFlat }) => {
    if (!trend)
      return mustTell ? [`${name}: there are too few points to say whether it grows`] : [];
    if (isFlat) return [];
    const [first, last] = [trend.first.toFixed(1), trend.last.toFixed(1)];
    return [`${name} has grown from ${first} to ${last} ${unit}, by more than ${limit}`];
  });
}

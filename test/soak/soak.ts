import { createServer, type Server } from 'node:net';
import { AGENT_THREAD } from '../../src/agent/aheadWorker.ts';
import { threadNamed } from '../bench/cpu.ts';
import { run } from '../driver/command.ts';
import { until } from '../driver/until.ts';
import { type DriveOptions, drive, LONG_SECONDS } from './drive.ts';
import { checkCounts, checkEnd, processesOf } from './ending.ts';
import { pinnedObjects } from './holdings.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { addLoads, fillUp, type LoadCounts, startLoad } from './load.ts';
import { createLosses } from './losses.ts';
import { type Measure, measureFailures, startSampler } from './measures.ts';
import type { Hands } from './operator.ts';
import { writeRules, writeWatchers } from './policies.ts';
import { createRecorder } from './recorder.ts';
import { createRests, type Rest } from './rests.ts';
import { createRules } from './rules.ts';
import { openShop, type Shop } from './shop.ts';
import { startSubject } from './subject.ts';
import { createVisitors } from './visitors.ts';
import { type Waits, watchWaits } from './waits.ts';

export type SoakOptions = DriveOptions & {
  /** Deeds of the load a second. */
  readonly perSecond: number;
};

export type SoakSummary = {
  readonly seed: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly measures: readonly Measure[];
  readonly rests: readonly Rest[];
  readonly load: LoadCounts | undefined;
  readonly counts: Readonly<Record<string, number>>;
  /** Empty: it has passed. */
  readonly failures: readonly string[];
};

/** From here on what Trigon keeps of the past (100,000 events, 4096 programs) is filled before, so that only what shouldn't can grow. */
const FILLED_SECONDS = 120;
const FILL = { execs: 60_000, binaries: 4500 } as const;

/** Puts the real program under mixed load and drives it by all its ways, then tells what has grown, was lost, or went wrong. */
export async function soak(options: SoakOptions): Promise<SoakSummary> {
  const ledger = createLedger((what) => options.onProgress?.(`FAILED: ${what}`));
  const pinned = new Set(pinnedObjects());
  const shop = openShop();
  const server = createServer((socket) => socket.destroy());
  const started = performance.now();
  try {
    const run = await soakIn(shop, server, ledger, options);
    const fresh = pinnedObjects().filter((name) => !pinned.has(name) && name.includes('trigon'));
    if (fresh.length > 0) ledger.fail(`pinned in the kernel: ${fresh.join(' ')}`);
    return {
      seed: options.seed,
      seconds: Math.round((performance.now() - started) / 1000),
      ...run,
      counts: Object.fromEntries([...ledger.counts].sort(([a], [b]) => a.localeCompare(b))),
      failures: ledger.failures,
    };
  } finally {
    server.close();
    for (const pid of processesOf(shop)) kill(pid);
    shop.remove();
  }
}

type Run = Pick<SoakSummary, 'cpuSeconds' | 'measures' | 'rests' | 'load'>;

async function soakIn(
  shop: Shop,
  server: Server,
  ledger: Ledger,
  options: SoakOptions,
): Promise<Run> {
  const { seconds, seed, perSecond } = options;
  const written = writeRules(shop, await listen(server));
  const [rules, watchers] = [atLeastOne(written), atLeastOne(writeWatchers(shop))];
  const files = [...rules, ...watchers].map(({ file }) => file);
  const subject = await startSubject(shop, files);
  const isFilled = seconds >= FILLED_SECONDS;
  const sampler = startSampler({
    ...{ pid: subject.pid, guardian: subject.guardian, heapFolder: shop.path('heap'), isFilled },
    everyMs: Math.min(2000, Math.max(250, seconds * 10)),
    isLong: seconds >= LONG_SECONDS,
  });
  const losses = createLosses(subject, ledger);
  const rests = createRests(subject, shop, losses, ledger);
  let load: LoadCounts | undefined;
  let waits: Waits | undefined;
  try {
    const agent = threadNamed(subject.pid, AGENT_THREAD);
    // Of the screen's thread the number is the process's.
    waits = watchWaits(subject.pid, [subject.pid, agent]);
    const marker = shop.victim('marker');
    await run(marker, ['0']);
    if (!(await until(async () => (await subject.execsOf(marker)) === 1)))
      throw new Error('it does not tell of a process');
    if (isFilled) options.onProgress?.('filling what Trigon keeps of the past');
    const filled = isFilled
      ? await fillUp(shop, FILL.execs, FILL.binaries, options.signal)
      : undefined;
    const mixed = startLoad(shop, seed, perSecond);
    const parts = { subject, ledger, watchers };
    const hands: Hands = {
      ...parts,
      rules: createRules(subject, rules, shop.victim('bystander'), waits, ledger),
      visitors: createVisitors(subject, shop, ledger),
      recorder: createRecorder(subject, shop, ledger),
    };
    const isOver = () => mixed.failed() !== undefined || ledger.isFull();
    try {
      await drive({ ...options, hands, rests, losses, sampler, isOver, marker });
    } finally {
      // Whatever happens, nothing of it stays.
      const counts = await mixed.stop();
      load = filled ? addLoads(filled, counts) : counts;
    }
    await losses.check();
    await checkCounts(subject, shop, load, losses.explained().processRing, ledger);
    await losses.check();
    sampler.stop();
    await checkEnd(await subject.quit(), subject, shop, sampler.seen, ledger);
  } catch (error) {
    ledger.fail(error instanceof Error ? error.message : String(error));
  } finally {
    waits?.stop();
    sampler.stop();
    subject.app.kill('SIGKILL');
  }
  const measures = sampler.measures();
  // A run that was broken off may have nothing to compare.
  const mustTell = isFilled && !options.signal?.aborted && ledger.failures.length === 0;
  for (const what of measureFailures(measures, mustTell)) ledger.fail(what);
  return { cpuSeconds: sampler.cpuSeconds(), measures, rests: rests.all, load };
}

const listen = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });

function atLeastOne<T>([first, ...others]: readonly T[]): readonly [T, ...T[]] {
  if (first === undefined) throw new Error('there is none');
  return [first, ...others];
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}

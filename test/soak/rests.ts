import { until } from '../driver/until.ts';
import { filesBelow, type Holdings, holdingsOf } from './holdings.ts';
import type { Ledger } from './ledger.ts';
import type { Losses } from './losses.ts';
import type { Shop } from './shop.ts';
import type { Subject } from './subject.ts';

/** What it holds when everything is back to how it was: nothing of it may grow from rest to rest. */
export type Rest = Omit<Holdings, 'mapBytes'> & { readonly temporaryFiles: number };

export type Rests = {
  /** Compares with the first rest, and looks whether something was lost. */
  check(): Promise<void>;
  readonly all: readonly Rest[];
};

/** A file that is being rotated, a descriptor of /proc that is being read. */
const SPARE_DESCRIPTORS = 6;
/** The pool of Node's file operations, and helpers that are started when they are needed. */
const SPARE_THREADS = 1;
const SETTLING_MS = 15_000;

export function createRests(subject: Subject, shop: Shop, losses: Losses, ledger: Ledger): Rests {
  const all: Rest[] = [];
  const look = (): Rest => {
    const { mapBytes: _, ...counted } = holdingsOf(subject.pid).holdings;
    const recordings = filesBelow(shop.path('recordings'));
    return { ...counted, temporaryFiles: temporaryFiles(shop).length + recordings.length };
  };
  return {
    all,
    async check() {
      const [first] = all;
      if (first) await until(() => grownIn(first, look()).length === 0, { limitMs: SETTLING_MS });
      const now = look();
      all.push(now);
      for (const what of first ? grownIn(first, now) : [])
        ledger.fail(`at rest ${all.length}: ${what}`);
      await losses.check();
    },
  };
}

const SPARE: Readonly<Record<keyof Rest, number>> = {
  ...{ programs: 0, maps: 0, links: 0, perfEvents: 0, children: 0, temporaryFiles: 0 },
  ...{ descriptors: SPARE_DESCRIPTORS, threads: SPARE_THREADS },
};

const grownIn = (first: Rest, now: Rest): string[] =>
  (Object.keys(SPARE) as (keyof Rest)[])
    .filter((key) => now[key] > first[key] + SPARE[key])
    .map((key) => `${key}: ${first[key]} at first, ${now[key]} now`);

/** What it leaves lying about, but for the export, whose files are counted by themselves. */
export const temporaryFiles = (shop: Shop): string[] => [
  ...filesBelow(shop.path('tmp')),
  ...filesBelow(shop.path('trigon')),
];

import type { View } from '../commands.ts';
import { createRateMeter, type RateMeter } from './rate.ts';

/** What a view counts: so many until now, of something; when that is another thing, its history begins anew. */
export type ViewCount = { readonly total: number; readonly what: string };

/** What each view is about, per second over the last minute. */
export type ViewRates = {
  /** Closes the current second; call once a second, or for several at once. */
  tick(counts: Readonly<Record<View, ViewCount>>, seconds?: number): void;
  /** Forgets all: what is counted begins anew. */
  reset(): void;
  of(view: View): {
    readonly meter: Pick<RateMeter, 'perSecond' | 'history'>;
    readonly what: string;
  };
};

const SECONDS = 60;

export function createViewRates(): ViewRates {
  const made = () => ({ meter: createRateMeter(SECONDS), what: '', total: 0 });
  const rates = {
    ...{ stream: made(), tree: made(), binaries: made(), policies: made(), alerts: made() },
  };
  return {
    tick(counts, seconds = 1) {
      for (const [view, count] of Object.entries(counts) as [View, ViewCount][]) {
        const rate = rates[view];
        if (rate.what === count.what) {
          // Counters of a policy that was removed are missing from the sum.
          rate.meter.count(Math.max(0, count.total - rate.total));
          rate.meter.tick(seconds);
        } else rate.meter.reset();
        rate.what = count.what;
        rate.total = count.total;
      }
    },
    reset() {
      for (const rate of Object.values(rates)) rate.what = '';
    },
    of: (view) => rates[view],
  };
}

import type { BpfMap } from '../bpf/addon.ts';
import type { Installed } from './install.ts';
import { GRACE_MS } from './installation.ts';
import { forgetHooks } from './pending.ts';

/** What plans that were taken out still hold, until no program can be at work on it any more. */
export type Releases = {
  /** @param then its numbers are free again */
  add(installed: Installed, then?: () => void): void;
  /** Nothing more is given back: the maps go too. */
  close(): void;
};

/** @param pending the kernel side's map of calls that wait for their return */
export function createReleases(pending: BpfMap): Releases {
  const timers = new Set<NodeJS.Timeout>();
  return {
    add({ hooks, installation }, then = () => {}) {
      const timer = setTimeout(() => {
        timers.delete(timer);
        const numbers = hooks.flatMap(({ points }) => points.flatMap((point) => point.numbers));
        forgetHooks(pending, new Set(numbers));
        installation.release();
        then();
      }, GRACE_MS);
      timers.add(timer);
    },
    close() {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

/** What the soak has done, counted, and what was not as it must be. */
export type Ledger = {
  readonly counts: Map<string, number>;
  readonly failures: string[];
  count(what: string, times?: number): void;
  fail(what: string): void;
  /** When something is wrong all the time, its first few reports say all. */
  readonly isFull: () => boolean;
};

const MOST = 20;

/** @param onFailure hears of each at once */
export function createLedger(onFailure: (what: string) => void = () => {}): Ledger {
  const counts = new Map<string, number>();
  const failures: string[] = [];
  return {
    ...{ counts, failures },
    count: (what, times = 1) => void counts.set(what, (counts.get(what) ?? 0) + times),
    fail(what) {
      failures.push(what);
      onFailure(what);
    },
    isFull: () => failures.length >= MOST,
  };
}

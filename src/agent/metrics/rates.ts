/** Events a second of late, by type, from totals that are noted now and then. */
export type Rates = {
  /** @param now ms, of a clock that only goes forward; at most twice a second */
  note(now: number, totals: ReadonlyMap<string, number>): void;
  /** By type: of the last ten seconds, or since the first note. */
  perSecond(now: number, totals: ReadonlyMap<string, number>): ReadonlyMap<string, number>;
};

const WINDOW_MS = 10_000;

export function createRates(): Rates {
  /** The oldest first: the first one is as old as the window, or the start. */
  const notes: { at: number; totals: ReadonlyMap<string, number> }[] = [];
  return {
    note(at, totals) {
      notes.push({ at, totals });
      while ((notes[1]?.at ?? at) <= at - WINDOW_MS) notes.shift();
    },
    perSecond(now, totals) {
      const [first] = notes;
      const seconds = first ? (now - first.at) / 1000 : 0;
      return new Map(
        Array.from(totals, ([type, count]) => [
          type,
          seconds > 0 ? (count - (first?.totals.get(type) ?? 0)) / seconds : 0,
        ]),
      );
    },
  };
}

/** Counts of the last so many stretches of time, each overwritten when its place comes round again. */
export type Slots = {
  readonly counts: Uint32Array;
  /** Number of the newest stretch that something was counted in. */
  newest: number;
};

export const createSlots = (count: number): Slots => ({
  counts: new Uint32Array(count),
  newest: Number.NEGATIVE_INFINITY,
});

/** What is older than all the stretches that are kept is not counted. */
export function countIn(slots: Slots, slot: number, count = 1): void {
  const { counts, newest } = slots;
  const { length } = counts;
  if (slot > newest) {
    const from = Math.max(newest + 1, slot - length + 1);
    for (let at = from; at <= slot; at++) counts[at % length] = 0;
    slots.newest = slot;
  } else if (slot <= newest - length) return;
  const at = slot % length;
  counts[at] = (counts[at] ?? 0) + count;
}

/** What was counted in the last `span` stretches up to `slot`, the oldest first; at most as many as are kept. */
export function recentCounts({ counts, newest }: Slots, slot: number, span: number): number[] {
  const { length } = counts;
  const kept = Math.min(span, length);
  return Array.from({ length: kept }, (_, index) => {
    const at = slot - kept + 1 + index;
    return at > newest || at <= newest - length || at < 0 ? 0 : (counts[at % length] ?? 0);
  });
}

/** The sum of these. */
export function sumRecent({ counts, newest }: Slots, slot: number, span: number): number {
  const { length } = counts;
  let sum = 0;
  const from = Math.max(slot - Math.min(span, length) + 1, newest - length + 1, 0);
  for (let at = from; at <= Math.min(slot, newest); at++) sum += counts[at % length] ?? 0;
  return sum;
}

/** How many events came before a time, about: in bounded memory, whatever their number. */
export type TimeIndex = {
  /** @param latest time among the first `count` events, ns since the epoch */
  add(count: number, latest: bigint): void;
  /** Events of which it is known that they all lie before this time: as many as are, or some fewer. */
  before(time: bigint): number;
};

const MAX_ENTRIES = 4096;

export function createTimeIndex(maxEntries = MAX_ENTRIES): TimeIndex {
  let counts: number[] = [];
  let times: bigint[] = [];
  /** An entry for each so many events. */
  let every = 1;
  return {
    add(count, latest) {
      if (count % every !== 0) return;
      counts.push(count);
      times.push(latest);
      if (counts.length < maxEntries) return;
      every *= 2;
      times = times.filter((_, at) => (counts[at] ?? 0) % every === 0);
      counts = counts.filter((each) => each % every === 0);
    },
    before(time) {
      let [low, high] = [0, times.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        // Within the arrays: the bounds are.
        if ((times[middle] ?? 0n) < time) low = middle + 1;
        else high = middle;
      }
      return counts[low - 1] ?? 0;
    },
  };
}

/** Counts by a group (a kind of event, a hook) and a binary, in bounded memory. */
export type LabelCounter = {
  add(group: string, binary: string): void;
  list(): readonly LabelCount[];
};

export type LabelCount = {
  readonly group: string;
  readonly binary: string;
  readonly count: number;
};

/** Pairs of a group and a binary that are told apart: whoever runs a program for each event fills no memory and no time series. */
export const MOST_PAIRS = 1000;
/** Groups that are told apart: policies come and go, each with a name of its own. */
export const MOST_GROUPS = 1000;
/** Where the rest is counted. No path is called so, and no group. */
export const OTHER_BINARIES = 'other';

/** @param perBinary false: all are counted together, under '' */
export function createLabelCounter(perBinary: boolean, most = MOST_PAIRS): LabelCounter {
  const groups = new Map<string, Map<string, number>>();
  let pairs = 0;

  const groupOf = (group: string): Map<string, number> => {
    const known = groups.get(group);
    if (known) return known;
    if (groups.size >= MOST_GROUPS && group !== OTHER_BINARIES) return groupOf(OTHER_BINARIES);
    const fresh = new Map<string, number>();
    groups.set(group, fresh);
    return fresh;
  };

  return {
    add(group, binary) {
      const counts = groupOf(group);
      let key = perBinary ? binary : '';
      let count = counts.get(key);
      // Those that came first stay: a counter must never fall.
      if (count === undefined && pairs >= most) {
        key = OTHER_BINARIES;
        count = counts.get(key);
      } else if (count === undefined) pairs += 1;
      counts.set(key, (count ?? 0) + 1);
    },
    list: () =>
      [...groups].flatMap(([group, counts]) =>
        Array.from(counts, ([binary, count]) => ({ group, binary, count })),
      ),
  };
}

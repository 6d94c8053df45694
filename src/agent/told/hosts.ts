/**
 * Processes of several hosts, or of one before and after it was started anew, among which a number means one process at a time: each
 * host has its own range of numbers, and its boot clock is set to the wall clock.
 */
export type Host = {
  readonly index: number;
  /** Ns: boot clock + this = the wall clock, as far as exec ids go. */
  readonly toWall: bigint;
  /** Of the programs that it was seen to start, the latest, boot clock ns. */
  latest: bigint;
};

export type Hosts = {
  /**
   * The host that a process is of.
   *
   * @param ktime boot clock ns of its exec id
   * @param wall the same moment as the wall clock had it, ns since the epoch
   * @param isNew it was started just now
   */
  of(node: string, ktime: bigint, wall: bigint, isNew: boolean): Host;
  /** The one with a number of `numberOf`. */
  byNumber(number: number): Host | undefined;
  all(): readonly Host[];
};

/** The boot clock never goes back, but lines of a log may stand a little out of order. */
const DISORDER_NS = 60_000_000_000n;
/** Those beyond share one. */
const MAX_HOSTS = 1000;
const RANGE = 2 ** 32;

/** A number that no other host's process has; 0 stays what it is: nobody. */
export const numberOf = ({ index }: Host, pid: number): number =>
  pid === 0 ? 0 : index * RANGE + pid;

/** Undoes {@link numberOf}. */
export const pidOf = (number: number): number => number % RANGE;

export function createHosts(): Hosts {
  const list: Host[] = [];
  const current = new Map<string, Host>();

  const create = (node: string, toWall: bigint): Host => {
    const last = list.at(-1);
    if (last && list.length === MAX_HOSTS) return last;
    const host: Host = { index: list.length, toWall, latest: 0n };
    list.push(host);
    current.set(node, host);
    return host;
  };

  return {
    of(node, ktime, wall, isNew) {
      let host = current.get(node) ?? create(node, wall - ktime);
      if (!isNew) return host;
      if (ktime + DISORDER_NS < host.latest) host = create(node, wall - ktime);
      if (ktime > host.latest) host.latest = ktime;
      return host;
    },
    byNumber: (number) => list[Math.floor(number / RANGE)],
    all: () => list,
  };
}

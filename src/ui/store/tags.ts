/** A process that was tagged: its row in the tree, and the exec id's parts by which the agent is asked for more. */
export type TaggedProcess = { readonly key: string; readonly pid: number; readonly ktime: bigint };

export type Tagging = 'tagged' | 'untagged' | 'full';

/**
 * Rows that the operator has picked out, for copying, saving and signals: events by their numbers in the store, processes by their
 * keys in the tree. Whoever asks for them says which are still there; the tags of the others go.
 */
export type Tags = {
  /** Changes with every change, for whoever keeps finished lines. */
  readonly version: number;
  toggleEvent(number: number): Tagging;
  toggleProcess(process: TaggedProcess): Tagging;
  hasEvent(number: number): boolean;
  hasProcess(key: string): boolean;
  /** Numbers of tagged events from `first` on, the oldest first; older ones have left the store, and their tags go too. */
  heldEvents(first: number): readonly number[];
  /** How many these are. */
  countEvents(first: number): number;
  /** Tagged processes that the tree still has, in the order in which they were tagged; they may have ended. */
  heldProcesses(has: HasProcess): readonly TaggedProcess[];
  countProcesses(has: HasProcess): number;
  /** Takes all tags away. @returns how many there were */
  clear(): number;
};

type HasProcess = (key: string) => boolean;

/** Of each of the two. */
export const MAX_TAGS = 1000;

export function createTags(limit = MAX_TAGS): Tags {
  const events = new Set<number>();
  const processes = new Map<string, TaggedProcess>();
  let version = 0;

  const toggle = (isTagged: boolean, count: number, remove: () => void, add: () => void) => {
    if (!isTagged && count >= limit) return 'full';
    version += 1;
    if (isTagged) remove();
    else add();
    return isTagged ? 'untagged' : 'tagged';
  };

  const forgetEvents = (first: number) => {
    for (const number of events) if (number < first) events.delete(number);
  };
  const forgetProcesses = (has: HasProcess) => {
    for (const key of processes.keys()) if (!has(key)) processes.delete(key);
  };

  return {
    get version() {
      return version;
    },
    toggleEvent: (number) =>
      toggle(
        events.has(number),
        events.size,
        () => events.delete(number),
        () => events.add(number),
      ),
    toggleProcess: (process) =>
      toggle(
        processes.has(process.key),
        processes.size,
        () => processes.delete(process.key),
        () => processes.set(process.key, process),
      ),
    hasEvent: (number) => events.has(number),
    hasProcess: (key) => processes.has(key),
    heldEvents(first) {
      forgetEvents(first);
      return [...events].sort((a, b) => a - b);
    },
    countEvents(first) {
      forgetEvents(first);
      return events.size;
    },
    heldProcesses(has) {
      forgetProcesses(has);
      return [...processes.values()];
    },
    countProcesses(has) {
      forgetProcesses(has);
      return processes.size;
    },
    clear() {
      const count = events.size + processes.size;
      events.clear();
      processes.clear();
      version += 1;
      return count;
    },
  };
}

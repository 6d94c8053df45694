import { filterSubject } from '../events/filter/fields.ts';
import { isProcessRecord } from '../events/filter/packedSubject.ts';
import { parseFilter } from '../events/filter/parse.ts';
import {
  EVENT_TYPES,
  type Event,
  type EventKind,
  hasProcess,
  type Process,
  shortKind,
} from '../events/types.ts';
import { PACKED_KIND, type PackedEvent, type PackedKind } from '../events/wire/packed.ts';
import { readBinary } from '../events/wire/process.ts';
import { binaryOf, type Program } from './aggregate/program.ts';

/** Which events the headless command wants: all conditions must hold, of each list one entry. Empty lists ask for nothing. */
export type EventSelection = {
  kinds: EventKind[];
  /** Regular expressions on the binary's path, as tetra's --process. */
  binaries: string[];
  pids: number[];
  /** Also all descendants of `pids`, those that are running already and those to come. */
  follow: boolean;
  /** Names or uids. */
  users: string[];
  /** Beginnings of container ids, or names. */
  containers: string[];
  policies: string[];
  /** In the filter language of the screen. */
  filter: string;
};

export const SELECT_ALL: EventSelection = {
  kinds: [],
  binaries: [],
  pids: [],
  follow: false,
  users: [],
  containers: [],
  policies: [],
  filter: '',
};

export type Selector = {
  /** Cheap and first: on the undecoded event. @param program that of its process, where it is at hand: it is decoded once */
  wantsPacked(event: PackedEvent, program?: Program): boolean;
  wants(event: Event): boolean;
  /** For `follow`: the processes that run already, in any order. */
  start(processes: readonly { pid: number; parent: number }[]): void;
  /** For `follow`: every new process. */
  onFork(pid: number, creator: number): void;
  onExit(pid: number): void;
};

/** What an undecoded event can turn out to be. */
const KINDS: Readonly<Record<PackedKind, readonly EventKind[]>> = {
  [PACKED_KIND.exec]: ['process_exec'],
  [PACKED_KIND.exit]: ['process_exit'],
  [PACKED_KIND.policy]: [
    'process_kprobe',
    'process_tracepoint',
    'process_uprobe',
    'process_usdt',
    'process_lsm',
    'process_loader',
  ],
  [PACKED_KIND.throttle]: ['process_throttle'],
  [PACKED_KIND.journal]: ['trigon_journal'],
  [PACKED_KIND.other]: ['rate_limit_info', 'test'],
};

const policyOf = (event: Event): string | undefined => {
  if (event.kind === 'trigon_journal') return event.policy;
  return 'policyName' in event ? event.policyName : undefined;
};

/** Of events without a process: what is asked of processes never holds for them. */
const NO_PROCESS: Partial<Process> = {};

/** @throws Error with the reason when a regular expression or the filter is wrong. */
export function createSelector(
  selection: EventSelection,
  /** Of events that don't tell it. */
  userName: (uid: number) => string | undefined,
  severityOf: (policy: string) => string | undefined = () => undefined,
): Selector {
  const { kinds, pids, follow, users, containers, policies } = selection;
  const binaries = selection.binaries.map((source) => new RegExp(source, 'u'));
  const isBinary = (path: string) => binaries.some((pattern) => pattern.test(path));
  const parsed = parseFilter(selection.filter);
  if (!parsed.filter) throw new Error(`in the filter, at ${parsed.at + 1}: ${parsed.error}`);
  const { filter } = parsed;
  const names = {
    userName: (uid: number) => userName(uid) ?? '',
    severityOf: (policy: string) => severityOf(policy) ?? '',
  };
  const followed = new Set(pids);
  const some = <T>(wanted: readonly T[], test: (one: T) => boolean) =>
    wanted.length === 0 || wanted.some(test);

  return {
    wantsPacked: (event, program) =>
      some(kinds, (kind) => KINDS[event.kind].includes(kind)) &&
      (pids.length === 0 || followed.has(event.tgid)) &&
      // Of what others told the whole event says it.
      (binaries.length === 0 ||
        !isProcessRecord(event) ||
        isBinary(program ? binaryOf(program) : readBinary(event.process))),
    wants(event) {
      const process = hasProcess(event) ? event.process : NO_PROCESS;
      const { binary, uid, docker, pod, trigon } = process;
      const user = process.user?.name || userName(uid ?? -1);
      const container = trigon?.container?.name ?? pod?.container?.name;
      const policy = policyOf(event);
      return (
        some(kinds, (kind) => kind === event.kind) &&
        (binaries.length === 0 || (binary !== undefined && isBinary(binary))) &&
        some(users, (wanted) => wanted === String(uid) || wanted === user) &&
        some(containers, (id) => docker?.startsWith(id) || id === container) &&
        some(policies, (name) => name === policy) &&
        filter(filterSubject(event, names))
      );
    },
    start(processes) {
      if (!follow) return;
      const children = Map.groupBy(processes, ({ parent }) => parent);
      // Without recursion: a chain of processes can be as long as there are process numbers.
      const pending = [...pids];
      for (let pid = pending.pop(); pid !== undefined; pid = pending.pop())
        for (const child of children.get(pid) ?? []) {
          if (followed.has(child.pid)) continue;
          followed.add(child.pid);
          pending.push(child.pid);
        }
    },
    onFork(pid, creator) {
      if (follow && followed.has(creator)) followed.add(pid);
    },
    onExit(pid) {
      if (!pids.includes(pid)) followed.delete(pid);
    },
  };
}

/** Tetragon's names of event types, as --event-types takes them: PROCESS_EXEC, or process_exec, or exec. */
export function eventKind(name: string): EventKind | undefined {
  const lower = name.toLowerCase();
  return (Object.keys(EVENT_TYPES) as EventKind[]).find(
    (kind) => kind === lower || shortKind(kind) === lower,
  );
}

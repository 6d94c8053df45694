import { formatExecId } from '../../events/execId.ts';
import { type Event, hasProcess, type Process, type ProcessEvent } from '../../events/types.ts';
import type { Severity } from '../../policies/model.ts';
import { type Aggregates, createAggregates } from '../aggregate/aggregates.ts';
import type { ProcessDescription } from '../inspect/types.ts';
import type { BinaryProfile, FromAgent, Topic, TreeProcess } from '../messages.ts';
import { describe } from './describe.ts';
import { createHosts, pidOf } from './hosts.ts';
import { createToldProcesses, type Seen, type ToldEntry } from './processes.ts';
import { isPolicyEvent, type PolicyEvent, sightingOf, subjectOf, waitCode } from './sighting.ts';

/**
 * The process tree, the counters of binaries, the alerts and what is known of processes, all from events that others told of: a
 * log's, another agent's. Their clock is that of the events. Bounded like the agent's own, however much is told.
 */
export type ToldModels = {
  /** @param time ns since the epoch, for events that have none of their own */
  add(event: Event, time: bigint): void;
  /** Processes that ran before the events began. */
  found(processes: readonly TreeProcess[], node: string): void;
  watch(topics: readonly Topic[]): void;
  /** Sends what changed in the watched topics. */
  send(): void;
  profile(binary: string): BinaryProfile | undefined;
  /** By the exec id's parts. */
  describe(pid: number, ktime: bigint): ProcessDescription;
  /** Ns since the epoch: of the latest event so far; 0n: none. */
  readonly clock: bigint;
};

export type ToldModelsOptions = {
  tell(message: FromAgent): void;
  severityOf(policy: string): Severity | undefined;
  /** Every process that is heard of for the first time, and every one that ends. */
  onProcess?: ((pid: number, parentPid: number) => void) | undefined;
  onExit?: ((pid: number) => void) | undefined;
  /** The clock that counts where events come as they happen; ns since the epoch. Without it theirs is all there is. */
  now?: (() => bigint) | undefined;
};

export function createToldModels({
  tell,
  severityOf,
  onProcess,
  onExit,
  now,
}: ToldModelsOptions): ToldModels {
  const hosts = createHosts();
  const processes = createToldProcesses(hosts);
  let clock = 0n;

  /** Rows have the models' numbers and times. */
  const tellRows = (message: FromAgent) => {
    if (message.type !== 'tree') return tell(message);
    const changed = message.changed.map((row) => ({
      ...row,
      pid: pidOf(row.pid),
      ktime: row.ktime - (hosts.byNumber(row.pid)?.toWall ?? 0n),
    }));
    tell({ ...message, changed });
  };

  const aggregates: Aggregates = createAggregates(
    tellRows,
    () => ({ boot: now?.() ?? clock, bootToWall: 0n }),
    // Nobody can be asked who adopted the children of those that ended.
    () => undefined,
    () => undefined,
  );

  const forget = () => {
    for (const { tgid } of processes.takeForgotten()) aggregates.vanished(tgid, clock);
  };

  /** Somebody of whom no event told how it began. */
  const discover = ({ entry, isNew }: Seen): ToldEntry => {
    if (isNew) {
      if (entry.cloned) aggregates.forked(entry);
      else aggregates.found(entry);
      onProcess?.(pidOf(entry.tgid), pidOf(entry.parentTgid));
    }
    return entry;
  };

  const seeLineage = (event: ProcessEvent, time: bigint) => {
    for (const ancestor of (event.ancestors ?? []).toReversed()) {
      const seen = processes.see(ancestor, time);
      if (seen) discover(seen);
    }
    const seen = event.parent && processes.see(event.parent, time);
    if (seen) discover(seen);
  };

  const hit = (entry: ToldEntry, event: PolicyEvent, time: bigint) => {
    const sighting = sightingOf(event, time, severityOf(event.policyName));
    const { outcome } = sighting;
    aggregates.toldHit(
      entry.tgid,
      entry,
      {
        time: sighting.time,
        subject: subjectOf(event),
        killed: outcome === 'killed',
        denied: outcome === 'denied',
      },
      sighting,
    );
  };

  return {
    get clock() {
      return clock;
    },
    add(event, fallback) {
      const time = event.time ?? fallback;
      if (time > clock) clock = time;
      if (!hasProcess(event)) return;
      seeLineage(event, time);
      const seen = processes.see(event.process, time, {
        isExec: event.kind === 'process_exec',
      });
      if (!seen) return;
      const { entry } = seen;
      if (event.kind === 'process_exec' && !entry.program.told?.isOld) {
        // Of somebody out of order the models can't take it any more.
        if (processes.isLive(entry)) aggregates.executed(entry);
        if (seen.isNew) onProcess?.(pidOf(entry.tgid), pidOf(entry.parentTgid));
      } else discover(seen);
      if (event.kind === 'process_exit' && processes.isLive(entry)) {
        const code = waitCode(event);
        aggregates.exited(entry.tgid, entry, time, code);
        processes.exit(entry, time, code);
        onExit?.(pidOf(entry.tgid));
      } else if (isPolicyEvent(event)) hit(entry, event, time);
      forget();
    },
    found(rows, node) {
      for (const row of rows) {
        if (row.endedAt !== undefined) continue;
        const process = processOfRow(row, node);
        const seen = processes.see(process, BigInt(row.startedAt) * 1_000_000n, {
          start: startOf(row),
          kernelThread: row.isKernelThread ? row.binary : undefined,
        });
        if (seen) discover(seen);
      }
      forget();
    },
    watch: aggregates.watch,
    send: aggregates.send,
    profile: aggregates.profile,
    describe: (pid, ktime) => describe(processes.table, hosts.all(), pid, ktime),
  };
}

/** A row of the tree as a recording has it. */
function processOfRow(row: TreeProcess, node: string): Process {
  const [parentPid = '0', parentStart = '0'] = row.parent?.split(':') ?? [];
  const parent = { node, ktimeNs: BigInt(parentStart), pid: Number(parentPid) };
  return {
    execId: formatExecId({ node, ktimeNs: row.ktime, pid: row.pid }),
    pid: row.pid,
    uid: row.uid,
    cwd: '',
    binary: row.binary,
    arguments: row.arguments,
    flags: 'procFS',
    // Of the process, not of what it runs: the difference is no matter of the wall clock.
    startTime: BigInt(row.startedAt) * 1_000_000n + (row.ktime - startOf(row)),
    ...(row.user === undefined ? {} : { user: { name: row.user } }),
    ...(row.container === '' ? {} : { docker: row.container }),
    parentExecId: row.parent === undefined ? '' : formatExecId(parent),
    refcnt: 0,
    tid: row.pid,
  };
}

/** Boot clock ns: in the row's key, `pid:start`. */
const startOf = ({ key, ktime }: TreeProcess): bigint => {
  const [, start] = /^\d+:(\d{1,20})$/.exec(key) ?? [];
  return start === undefined ? ktime : BigInt(start);
};

import { join } from 'node:path';
import { compactLine, formatCompact } from '../events/compact.ts';
import type { Event, Process } from '../events/types.ts';
import { containerIdOf } from '../events/wire/container.ts';
import { type EventContext, packJournal, readEvent, type Symbolise } from '../events/wire/event.ts';
import {
  PACKED_FLAG,
  PACKED_KIND,
  type PackedEvent,
  type PackedKind,
} from '../events/wire/packed.ts';
import { readExecTexts, readProcess } from '../events/wire/process.ts';
import type { ProcessDetail } from '../events/wire/processDetail.ts';
import { viewOf } from '../events/wire/view.ts';
import {
  tg_action as ACTION,
  tg_exec_record as EXEC,
  tg_exit_record as EXIT,
  tg_fork_record as FORK,
  tg_record_kind as KIND,
  tg_policy_record as POLICY,
  tg_record as RECORD,
} from '../generated/layouts.ts';
import { createAggregates } from './aggregate/aggregates.ts';
import { MOST_MINUTES } from './aggregate/blast.ts';
import { readHit } from './aggregate/hit.ts';
import { lineageOf, parentProcess, parentProgram } from './aggregate/lineage.ts';
import { isKernelThread } from './aggregate/program.ts';
import { clock, possibleCpus } from './bpf/addon.ts';
import { findGuarded } from './guard.ts';
import { findHostAbilities } from './host/abilities.ts';
import { createInspector } from './inspect/inspector.ts';
import type { JournalEntry } from './journal.ts';
import { createLoaderRecords } from './loader/loaderRecords.ts';
import { openMappedFiles } from './loader/mappedFiles.ts';
import type { AgentOptions, BlastRadius, FromAgent, LostCounts, ToAgent } from './messages.ts';
import { createOutput } from './output.ts';
import type { PolicyEngine } from './policies/engine.ts';
import { createNetworkActions } from './policies/networkActions.ts';
import type { Actor } from './policies/policyJournal.ts';
import { startPolicies } from './policies/service.ts';
import { allDetail, findHostNamespaces, processDetail } from './processDetail.ts';
import { createProcessTable, type ProcessEntry } from './processTable.ts';
import { readStat } from './procfs.ts';
import { createReconciler } from './reconcile.ts';
import { createSafety } from './safety.ts';
import { createSelector, type EventSelection, type Selector } from './selection.ts';
import { startSensor } from './sensor.ts';
import { createHandSignals } from './signals.ts';
import { completeSnapshot, readMissing, readUnseen } from './snapshot.ts';
import { openKernelSymbols } from './symbols/kernel.ts';
import { openUserSymbols } from './symbols/user.ts';
import { createThrottles } from './throttles.ts';
import { createTrials } from './trials/trials.ts';
import { createUnconfirmed } from './unconfirmed.ts';
import { readUserNames } from './users.ts';

/** The ring is polled: a wake-up per event would cost the traced processes more than the event itself. */
const POLL_MS = 10;
/** The pace after some empty looks: a burst still finds room in the ring for many times as long. */
const IDLE_POLL_MS = 40;
const EMPTY_LOOKS = 20;
/** Batches leave at most this often. */
const FLUSH_MS = 30;
const STATUS_MS = 500;
/** Processes that no action may hit are looked up anew this often while a policy is armed. */
const PROTECT_MS = 3000;
/** The agent: everything that touches the kernel. Runs until it is told to stop, or throws at start. */
export type Agent = {
  handle(message: ToAgent): void;
  stop(): void;
};

/** @param onProblem told of what goes wrong after the start, and can't be gone on with */
export function startAgent(
  options: AgentOptions,
  objectsDir: string,
  send: (message: FromAgent, transfer: ArrayBuffer[]) => void,
  onProblem: (error: unknown) => void,
): Agent {
  /** Of the policies by their names, for a filter of events that asks for it. */
  const severities = new Map<string, string>();
  const tell = (message: FromAgent) => {
    if (message.type === 'policies')
      for (const { name, severity } of message.changed) severities.set(name, severity ?? '');
    send(message, []);
  };
  const { cgroupRate } = options;
  const sensor = startSensor(objectsDir, options.ringBytes, {
    environment: options.detail.environment,
    cgroupRate,
  });
  const throttles = cgroupRate && createThrottles(sensor.cgroupRates(), cgroupRate, possibleCpus());
  const table = createProcessTable();
  let bootToWall = wallOffset();

  // They are for the screen: without one they cost nothing.
  const aggregates =
    options.output.kind === 'records'
      ? createAggregates(
          tell,
          () => ({ boot: clock().boot, bootToWall }),
          readStat,
          (hook) => policies.engine.findHook(hook),
        )
      : undefined;
  // Which events are wanted is asked for lines only: the screen gets everything, and narrows it itself.
  const selector =
    options.output.kind === 'records'
      ? undefined
      : selectorOf(options.output.selection, severities);
  const addFound = (record: Uint8Array) => {
    const entry = table.exec(record);
    aggregates?.found(entry);
    return entry;
  };
  for (const record of completeSnapshot(sensor.readSnapshot())) addFound(record);
  const parentKtime = (pid: number) => table.findLive(pid)?.ktime ?? 0n;
  const unknownToKernel = createUnconfirmed(table, readStat);
  for (const record of readMissing((pid) => table.findLive(pid) !== undefined, parentKtime))
    unknownToKernel.add(addFound(record));
  selector?.start(
    table.listLive().map(({ tgid, parentTgid }) => ({ pid: tgid, parent: parentTgid })),
  );
  const hostNamespaces = findHostNamespaces(table);
  const detail = processDetail(options.detail, hostNamespaces);
  // Lines are Tetragon's; the screen's tree is one of processes.
  const parentOf = options.output.kind === 'records' ? parentProcess : parentProgram;
  const read = (entry: ProcessEntry, wanted: ProcessDetail): Process =>
    readProcess(
      entry.record,
      { ...entry, ...parentOf(entry), tid: entry.tgid, bootToWall, node: options.node },
      wanted,
    );
  const inspector = createInspector({
    table,
    read: (entry) => read(entry, allDetail(hostNamespaces)),
    bootToWall: () => bootToWall,
    withEnvironment: options.detail.environment,
  });
  const context: EventContext = {
    node: options.node,
    hookNames: (policy, hook) => policies.engine.hookNames(policy, hook),
    detail,
    parent(tgid, ktime) {
      const entry = table.find(tgid, ktime);
      return entry && read(entry, detail);
    },
    ancestors: (kind, tgid, ktime) =>
      options.detail.ancestors.includes(kind)
        ? lineageOf(table, tgid, ktime, parentOf)
            .slice(1)
            .map((entry) => read(entry, detail))
        : [],
    symbolise: createSymboliser(),
  };
  const output = createOutput(options.output, context, selector, send);
  const ownPids = [process.pid, ...options.protect];
  const safety = createSafety(sensor, ownPids);
  const loaderRecords = createLoaderRecords(openMappedFiles());
  const networkActions = createNetworkActions(options.allowNetworkActions);

  const runNetworkActions = (view: DataView) => {
    const bits =
      view.getUint32(POLICY.at.actions, true) | view.getUint32(POLICY.at.return_actions, true);
    if ((bits & NETWORK_ACTIONS) === 0) return;
    const hook = policies.engine.findHook(view.getUint32(POLICY.at.hook, true));
    const selector = hook?.selectors[view.getUint32(POLICY.at.selector, true)];
    if (hook && selector)
      networkActions.run([...selector.actions, ...selector.returnActions], hook.network);
  };

  const addEvent = (
    kind: PackedKind,
    payload: Uint8Array,
    view: DataView,
    entry: ProcessEntry | undefined,
  ): PackedEvent | undefined => {
    // Kernel threads run before us or are left out by the sensor; what they do is nobody's process.
    if (entry && isKernelThread(entry.record)) return undefined;
    const flags = entry
      ? (entry.cloned ? PACKED_FLAG.cloned : 0) | (entry.inInitTree ? PACKED_FLAG.inInitTree : 0)
      : PACKED_FLAG.unknownProcess;
    const { parentTgid, parentKtime } = entry ? parentOf(entry) : NOBODY;
    const event: PackedEvent = {
      kind,
      flags,
      time: view.getBigUint64(RECORD.at.ktime, true) + bootToWall,
      tgid: view.getUint32(RECORD.at.tgid, true),
      tid: view.getUint32(RECORD.at.tid, true),
      ktime: entry?.ktime ?? 0n,
      parentTgid,
      parentKtime,
      payload,
      process: kind === PACKED_KIND.exec ? payload : (entry?.record ?? EMPTY),
    };
    output.add(event);
    return event;
  };

  /** About a cgroup: nothing of it is a process's. */
  const addThrottle = (record: Uint8Array) =>
    output.add({
      kind: PACKED_KIND.throttle,
      flags: 0,
      time: viewOf(record).getBigUint64(RECORD.at.ktime, true) + bootToWall,
      ...{ tgid: 0, tid: 0, ktime: 0n, parentTgid: 0, parentKtime: 0n },
      payload: record,
      process: EMPTY,
    });

  /** About a policy: told as an event, and to whoever keeps the journal. */
  const addJournal = (entry: JournalEntry) => {
    output.add({
      kind: PACKED_KIND.journal,
      flags: 0,
      time: BigInt(entry.time) * 1_000_000n,
      ...{ tgid: 0, tid: 0, ktime: 0n, parentTgid: 0, parentKtime: 0n },
      payload: packJournal(entry),
      process: EMPTY,
    });
    tell({ type: 'journal', entry });
  };

  const signals = createHandSignals({
    table,
    read: (entry) => read(entry, detail),
    bootToWall: () => bootToWall,
    own: ownPids,
    readOnly: options.readOnly === true,
    operator: options.operator,
    onJournal: addJournal,
  });

  const visit = (record: Uint8Array) => {
    const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
    const tgid = view.getUint32(RECORD.at.tgid, true);
    switch (view.getUint32(RECORD.at.kind, true)) {
      case KIND.TG_RECORD_FORK: {
        const entry = table.fork(record);
        const creator = view.getUint32(FORK.at.creator_tgid, true);
        selector?.onFork(tgid, creator);
        trials.forked(tgid, creator);
        aggregates?.forked(entry);
        return;
      }
      case KIND.TG_RECORD_EXEC: {
        const copy = record.slice();
        const entry = table.exec(copy);
        addEvent(PACKED_KIND.exec, copy, view, entry);
        seeContainer(policies.engine.workloads, copy);
        aggregates?.executed(entry);
        return;
      }
      case KIND.TG_RECORD_EXIT: {
        const ktime = view.getBigUint64(EXIT.at.process_ktime, true);
        const entry = table.find(tgid, ktime);
        addEvent(PACKED_KIND.exit, record, view, entry);
        selector?.onExit(tgid);
        trials.exited(tgid);
        const time = view.getBigUint64(RECORD.at.ktime, true);
        const code = view.getUint32(EXIT.at.code, true);
        table.exit(tgid, { time, code });
        aggregates?.exited(tgid, entry, time, code);
        return;
      }
      case KIND.TG_RECORD_POLICY: {
        const ktime = view.getBigUint64(POLICY.at.process_ktime, true);
        const entry = table.find(tgid, ktime);
        const policy = view.getUint32(POLICY.at.policy, true);
        const hook = view.getUint32(POLICY.at.hook, true);
        const isLoader = policies.engine.hookNames(policy, hook)?.kind === 'loader';
        const whole = isLoader ? loaderRecords.complete(record, tgid, entry) : record;
        if (!whole) return;
        const event = addEvent(PACKED_KIND.policy, whole, view, entry);
        if (event) trials.hit(policy, tgid, () => lineOf(readEvent(event, context)));
        aggregates?.hit(tgid, entry, readHit(view), view);
        runNetworkActions(view);
        return;
      }
      case KIND.TG_RECORD_THROTTLE:
        if (throttles?.begin(record)) addThrottle(record);
        return;
    }
  };

  const lost = (): LostCounts => ({
    ...sensor.readLost(),
    recursion: sensor.recursionMisses() + policies.engine.recursionMisses(),
    queue: output.dropped,
  });

  const sendStatus = () => {
    policies.tellChanges();
    tell({ type: 'status', policies: policies.engine.takeStates(), lost: lost() });
  };

  safety.protect();
  safety.renewDeadline();
  tell({ type: 'ready', hostNamespaces });
  const policies = startPolicies({
    options,
    objectsDir,
    sensor,
    safety,
    tell,
    onJournal: addJournal,
    findHost: findHostAbilities,
    onEngine: ({ workloads }) => {
      for (const { record } of table.listLive()) seeContainer(workloads, record);
    },
    onProblem,
  });

  const trials = createTrials({
    act: join(objectsDir, '..', 'act'),
    engine: () => policies.engine,
    drain: () => void sensor.drain(visit),
    lost,
    setMode(policy, mode) {
      policies.during(TRIAL, () => policies.engine.setMode(policy, mode));
      policies.tellChanges();
    },
  });

  let lastFlush = 0;
  let emptyLooks = 0;
  const poll = () => {
    emptyLooks = sensor.drain(visit) > 0 ? 0 : emptyLooks + 1;
    pollTimer = setTimeout(poll, emptyLooks > EMPTY_LOOKS ? IDLE_POLL_MS : POLL_MS);
    const now = performance.now();
    if (now - lastFlush < FLUSH_MS) return;
    lastFlush = now;
    policies.tellChanges();
    output.flush();
  };
  let pollTimer = setTimeout(poll, POLL_MS);
  const removeVanished = () => {
    // The kernel tells of an exit before /proc does: what is pending now is all there will be.
    const gone = unknownToKernel.findGone();
    if (gone.length > 0) sensor.drain(visit);
    gone.forEach(removeUntold);
  };
  /** Its exit was not told. */
  const removeUntold = (entry: ProcessEntry) => {
    if (table.findLive(entry.tgid) !== entry) return;
    table.exit(entry.tgid);
    selector?.onExit(entry.tgid);
    aggregates?.vanished(entry.tgid, clock().boot);
  };
  const reconciler = createReconciler({
    table,
    processes: sensor.sharedMap('processes'),
    drain: () => void sensor.drain(visit),
    readStat,
    readRecord: readUnseen,
  });
  const takeInUntold = () => {
    const { processRing, throttled } = sensor.readLost();
    const { gone, unseen } = reconciler.findDifferences(processRing + throttled, performance.now());
    gone.forEach(removeUntold);
    for (const record of unseen) {
      const { tgid, parentTgid } = addFound(record);
      selector?.onFork(tgid, parentTgid);
      seeContainer(policies.engine.workloads, record);
    }
  };

  const timers = [
    setInterval(() => {
      bootToWall = wallOffset();
      for (const { name, why } of policies.during(TIME_OVER, () => policies.engine.settle()))
        tell({ type: 'notice', level: 'warning', text: settledText(name, why) });
      throttles?.endQuiet(clock().boot).forEach(addThrottle);
      sendStatus();
      removeVanished();
      takeInUntold();
      // While the screen hangs, nothing piles up on the way to it: changes are kept, messages are not.
      if (!safety.hasLapsed()) aggregates?.send();
    }, STATUS_MS),
    setInterval(() => {
      if (policies.engine.isArmed()) safety.protect();
      policies.engine.sweep();
    }, PROTECT_MS),
  ];

  const blastOf = (policy: number): BlastRadius => {
    const minutes = MOST_MINUTES;
    const watched = policies.engine.watchedOf(policy, minutes * 60);
    const nothing = { minutes, watched, rows: [], untold: 0 };
    const counts = policies.engine.stateOf(policy).counts.flat();
    const { session, onTerminal } = findGuarded(ownPids);
    return (
      aggregates?.blastRadius({
        policy,
        minutes,
        watched,
        counted: counts.reduce((sum, { matched }) => sum + matched, 0),
        own: {
          protected: [...session.keys(), ...onTerminal],
          trigon: ownPids,
        },
      }) ?? nothing
    );
  };

  const act = (action: () => void) => {
    policies.act(action);
    sendStatus();
  };

  /** Nothing depends on the answer: what goes wrong with it, /proc that can't be read say, is told and no more. */
  const inquire = (answer: () => void) => {
    try {
      answer();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      tell({ type: 'notice', level: 'warning', text: `this can't be answered: ${reason}` });
    }
  };

  const stop = () => {
    for (const timer of timers) clearInterval(timer);
    clearTimeout(pollTimer);
    trials.close();
    policies.during(ENDING, () => policies.engine.disarmAll());
    sensor.drain(visit);
    policies.tellChanges();
    output.close();
    const counts = lost();
    networkActions.close();
    policies.close();
    sensor.close();
    tell({ type: 'stopped', lost: counts });
  };

  return {
    handle(message) {
      switch (message.type) {
        case 'heartbeat':
          // Enforcement that ended on its own doesn't come back on its own: arming is a deliberate act.
          if (safety.hasLapsed() && policies.during(HUNG, () => policies.engine.disarmAll()) > 0)
            tell({ type: 'notice', level: 'warning', text: LAPSED });
          return safety.renewDeadline();
        case 'done':
          return output.done(message.bytes);
        case 'set-mode':
          return act(() => policies.engine.setMode(message.policy, message.mode));
        case 'arm':
          return act(() => policies.arm(message));
        case 'prepare-arming':
          return inquire(() =>
            act(() => {
              const choices = policies.armingChoices(message.policy);
              tell({
                ...message,
                type: 'arming',
                arming: { ...choices, blast: blastOf(message.policy) },
              });
            }),
          );
        case 'set-parameters': {
          const { request, policy, values } = message;
          const problems = policies.setParameters(policy, values);
          tell({ type: 'edited', request, policy, problems });
          return sendStatus();
        }
        case 'read-policy':
          return act(() => {
            const { source } = policies.engine.policyOf(message.policy).place;
            tell({ ...message, type: 'policy-text', source });
          });
        case 'test-policy':
          return void trials
            .test(message.policy)
            .then((result) => tell({ ...message, type: 'tested', result }))
            .catch(onProblem);
        case 'disarm-all':
          return act(() => {
            const count = policies.engine.disarmAll();
            const text = count > 0 ? `disarmed: ${count}, back to monitor` : 'nothing was armed';
            tell({ type: 'notice', level: 'info', text });
          });
        case 'watch':
          return aggregates?.watch(message.topics);
        case 'describe': {
          const { request, pid, ktime } = message;
          return inquire(() =>
            tell({ type: 'description', request, ...inspector.describe(pid, ktime) }),
          );
        }
        case 'open-files': {
          const { request, pid, ktime } = message;
          return inquire(() =>
            tell({ type: 'open-files', request, files: inspector.openFiles(pid, ktime) }),
          );
        }
        case 'describe-binary': {
          const { request, binary } = message;
          return inquire(() =>
            tell({ type: 'binary-description', request, profile: aggregates?.profile(binary) }),
          );
        }
        case 'find-target': {
          const { request, process } = message;
          return inquire(() => tell({ type: 'target', request, answer: signals.find(process) }));
        }
        case 'signal':
          return inquire(() =>
            tell({ type: 'notice', ...signals.send(message.signal, message.processes) }),
          );
        case 'stop':
          return stop();
      }
    },
    stop,
  };
}

const EMPTY = new Uint8Array();
const NOBODY = { parentTgid: 0, parentKtime: 0n };

/** One line, as `events -o compact` has it. */
const lineOf = (event: Event): string =>
  formatCompact(compactLine(event, { stackTraces: false, imaHash: false }), { color: false });

const NETWORK_ACTIONS = ACTION.TG_ACTION_URL | ACTION.TG_ACTION_DNS;

/** Tells of the container that an exec record's cgroup belongs to, if it is one. */
function seeContainer(workloads: PolicyEngine['workloads'], record: Uint8Array): void {
  if (record.length < EXEC.size) return;
  const container = containerIdOf(readExecTexts(record).cgroup);
  if (container !== '')
    workloads.seen(viewOf(record).getBigUint64(EXEC.at.cgroup_id, true), container);
}

function selectorOf(selection: EventSelection, severities: ReadonlyMap<string, string>): Selector {
  const names = readUserNames();
  return createSelector(
    selection,
    (uid) => names.get(uid),
    (policy) => severities.get(policy),
  );
}

/** Reads symbols when the first stack trace asks for them. */
function createSymboliser(): Symbolise {
  const kernel = openKernelSymbols();
  const user = openUserSymbols();
  return (kind, addresses, { pid, execId }) =>
    kind === 'kernel' ? kernel.describe(addresses) : user.describe(pid, execId, addresses);
}

const LAPSED = 'Trigon was stopped or hung: all policies are back to monitor';

/** What the journal says of disarmings that nobody asked for. */
const TIME_OVER: Actor = { via: 'trigon', ended: 'time-over' };
const HUNG: Actor = { via: 'trigon', ended: 'lapsed', reason: 'Trigon was stopped or hung' };
const TRIAL: Actor = { via: 'trigon' };
const ENDING: Actor = { via: 'trigon', reason: 'Trigon ends' };

function settledText(name: string, why: 'time' | 'fuse'): string {
  return why === 'time'
    ? `${name}: its time is over, back to monitor`
    : `${name}: its fuse blew, back to monitor`;
}

/** Ns to add to the boot clock to get the wall clock. */
function wallOffset(): bigint {
  const { boot, real } = clock();
  return real - boot;
}

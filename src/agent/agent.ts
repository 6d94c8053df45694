import { compactLine, formatCompact } from '../events/compact.ts';
import { createRedaction } from '../events/redaction.ts';
import type { Event, Process } from '../events/types.ts';
import { type EventContext, packJournal, readEvent, type Symbolise } from '../events/wire/event.ts';
import { PACKED_KIND, type PackedEvent, type PackedKind } from '../events/wire/packed.ts';
import { type ProcessIdentity, readProcess } from '../events/wire/process.ts';
import type { ProcessDetail } from '../events/wire/processDetail.ts';
import { createProcessReader } from '../events/wire/recentProcesses.ts';
import { redactRecord } from '../events/wire/redactRecord.ts';
import { bytesOf, type RecordSpan, u32In, u64In } from '../events/wire/span.ts';
import { viewOf } from '../events/wire/view.ts';
import {
  tg_action as ACTION,
  tg_exit_record as EXIT,
  tg_fork_record as FORK,
  tg_record_kind as KIND,
  tg_policy_record as POLICY,
  tg_record as RECORD,
} from '../generated/layouts.ts';
import { createAggregates } from './aggregate/aggregates.ts';
import { MOST_MINUTES } from './aggregate/blast.ts';
import { createHitReader } from './aggregate/hit.ts';
import { lineageOf, type ParentOf, parentProcess, parentProgram } from './aggregate/lineage.ts';
import { type Program, runsInKernel } from './aggregate/program.ts';
import type { TakeSensor } from './aheadSensor.ts';
import { attachScreens } from './attach/attachScreens.ts';
import { clock, possibleCpus } from './bpf/addon.ts';
import type { AgentStart } from './client.ts';
import { createSightings } from './enrichment/sightings.ts';
import { startExport } from './export/startExport.ts';
import { createFactBook } from './factBook.ts';
import { startGrpc } from './grpc/service.ts';
import { findGuarded } from './guard.ts';
import { findHostAbilities } from './host/abilities.ts';
import { createInspector } from './inspect/inspector.ts';
import type { JournalEntry, Operator } from './journal.ts';
import { createLoaderRecords } from './loader/loaderRecords.ts';
import { openMappedFiles } from './loader/mappedFiles.ts';
import type { BlastRadius, FromAgent, LostCounts, ToAgent } from './messages.ts';
import { createMetrics } from './metrics/metrics.ts';
import { watchNames } from './names/names.ts';
import { createOutput } from './output.ts';
import { createNetworkActions } from './policies/networkActions.ts';
import type { Actor } from './policies/policyJournal.ts';
import { startPolicies } from './policies/service.ts';
import { createPolicyPass, flagsOf } from './policyPass.ts';
import { allDetail, findHostNamespaces, processDetail } from './processDetail.ts';
import { createProcessTable, type ProcessEntry } from './processTable.ts';
import { readStat } from './procfs.ts';
import { createReconciler } from './reconcile.ts';
import { processRows } from './recording/processRows.ts';
import { createRecorder, type Recorder } from './recording/recorder.ts';
import { createRhythm } from './rhythm.ts';
import { createRingReader } from './ringReader.ts';
import { createSafety } from './safety.ts';
import { createSelector, type EventSelection, type Selector } from './selection.ts';
import { attachSensor } from './sensor.ts';
import { createHandSignals } from './signals.ts';
import { completeSnapshot, readMissing, readUnseen } from './snapshot.ts';
import { type FileOwner, sudoUser } from './sudoUser.ts';
import { openKernelSymbols } from './symbols/kernel.ts';
import { openUserSymbols } from './symbols/user.ts';
import { createTaps, type Tap } from './taps.ts';
import { createThrottles } from './throttles.ts';
import { createTrials } from './trials/trials.ts';
import { createUnconfirmed } from './unconfirmed.ts';
import { createUntoldReader } from './untoldReader.ts';
import { readUserNames } from './users.ts';
import { ownVersion } from './version.ts';
import { within } from './within.ts';
import { actProgram } from './workerFiles.ts';

const STATUS_MS = 500;
/** Processes that no action may hit are looked up anew this often while a policy is armed. */
const PROTECT_MS = 3000;
/** Asked of the kernel in one turn: about a microsecond each. */
const NAMES_AT_A_TIME = 1000;
/** At the end: for what lies in the ring. Whoever stops the agent waits three seconds, of which taps may take two. */
const LAST_EVENTS_MS = 800;
/** The agent: everything that touches the kernel. Runs until it is told to stop, or throws at start. */
export type Agent = {
  /** All but `stop`. */
  handle(message: Exclude<ToAgent, { type: 'stop' }>): void;
  /** Resolves when nothing of it is left in the kernel. */
  stop(): Promise<void>;
};

/**
 * @param takeSensor called once
 * @param onProblem told of what goes wrong after the start, and can't be gone on with
 */
export function startAgent(
  { options, objectsDir, beats }: AgentStart,
  takeSensor: TakeSensor,
  send: (message: FromAgent, transfer: ArrayBuffer[]) => void,
  onProblem: (error: unknown) => void,
): Agent {
  /** Of the policies by their names, for a filter of events that asks for it. */
  const severities = new Map<string, string>();
  let recorder: Recorder | undefined;
  const tell = (message: FromAgent) => {
    if (message.type === 'policies')
      for (const { name, severity } of message.changed) severities.set(name, severity ?? '');
    recorder?.hear(message);
    if (screens?.hub.tell(message) !== true) send(message, []);
  };
  /** Those that are attached to this agent, if any may be. */
  const screens = attachScreens(options, {
    handle: (request, by, owner) => agent.handle(request, by, owner),
    facts: () => facts.all(),
    introduce: () => [
      { type: 'policies', changed: policies.engine.describe(), removed: [] },
      {
        type: 'status',
        policies: policies.engine.describe().map(({ id }) => policies.engine.stateOf(id)),
        lost: lost(),
      },
    ],
    watch: (topics, again) => aggregates?.watch(topics, again),
    disarm(ids, actor) {
      policies.during(actor, () => policies.engine.disarm(ids));
      sendStatus();
    },
    onScreen() {
      if (policies.engine.isArmed()) safety.protect();
    },
    tell: (message) => tell(message),
    tellMain: (message) => send(message, []),
  });
  const { cgroupRate } = options;
  const sensor = attachSensor(
    takeSensor({
      ringBytes: options.ringBytes,
      environment: options.detail.environment,
      cgroupRate,
    }),
  );
  const throttles = cgroupRate && createThrottles(sensor.cgroupRates(), cgroupRate, possibleCpus());
  const table = createProcessTable();
  const redaction = createRedaction(options.redaction ?? [], () =>
    tell({ type: 'notice', level: 'warning', text: TOO_MUCH_TO_HIDE }),
  );
  /** Of an exec record, before anything else is done with it. */
  const withoutSecrets = (record: Uint8Array) =>
    redaction ? redactRecord(record, redaction) : record;
  let bootToWall = wallOffset();

  // They are for screens: without any they cost nothing.
  const hasScreens = options.output.kind === 'records' || options.attachSocket !== undefined;
  const aggregates = hasScreens
    ? createAggregates(
        tell,
        () => ({ boot: clock().boot, bootToWall }),
        readStat,
        (hook) => policies.engine.findHook(hook),
      )
    : undefined;
  // Which events are wanted is asked for lines only: the screen gets everything, and narrows it itself.
  const selector =
    'selection' in options.output ? selectorOf(options.output.selection, severities) : undefined;
  const addFound = (record: Uint8Array) => {
    const entry = table.exec(withoutSecrets(record));
    aggregates?.found(entry);
    return entry;
  };
  for (const record of completeSnapshot(sensor.readSnapshot())) addFound(record);
  const parentKtime = (pid: number) => table.findLive(pid)?.ktime ?? 0n;
  const unknownToKernel = createUnconfirmed(table, readStat);
  for (const record of readMissing((pid) => table.findLive(pid) !== undefined, parentKtime))
    unknownToKernel.add(addFound(record));
  const running = () =>
    table.listLive().map(({ tgid, parentTgid }) => ({ pid: tgid, parent: parentTgid }));
  selector?.start(running());
  const hostNamespaces = findHostNamespaces(table);
  const detail = processDetail(options.detail, hostNamespaces);
  /** What was learnt about containers, addresses and executables. */
  const facts = createFactBook();
  // Lines, files and clients get Tetragon's parent; the screen's tree is one of processes.
  const identityOf = (entry: ProcessEntry, parentOf: ParentOf): ProcessIdentity => {
    const { parentTgid, parentKtime } = parentOf(entry);
    return {
      tgid: entry.tgid,
      tid: entry.tgid,
      ktime: entry.ktime,
      parentTgid,
      parentKtime,
      cloned: entry.cloned,
      bootToWall,
      node: options.node,
      inInitTree: entry.inInitTree,
    };
  };
  const read = (entry: ProcessEntry, wanted: ProcessDetail): Process =>
    readProcess(entry.record, identityOf(entry, parentProcess), wanted, facts);
  const inspector = createInspector({
    table,
    facts,
    read: (entry) => read(entry, allDetail(hostNamespaces)),
    bootToWall: () => bootToWall,
    withEnvironment: options.detail.environment,
    redaction,
  });
  const symbolise = createSymboliser();
  const contextWith = (wanted: ProcessDetail): EventContext => {
    const readRecent = createProcessReader(wanted, facts);
    const ofProgram = (entry: ProcessEntry) =>
      readRecent(entry.record, identityOf(entry, parentProgram));
    return {
      node: options.node,
      facts,
      hookNames: (policy, hook) => policies.engine.hookNames(policy, hook),
      detail: wanted,
      process: readRecent,
      parent(tgid, ktime) {
        const entry = table.find(tgid, ktime);
        return entry && ofProgram(entry);
      },
      ancestors: (kind, tgid, ktime) =>
        options.detail.ancestors.includes(kind)
          ? lineageOf(table, tgid, ktime, parentProgram).slice(1).map(ofProgram)
          : [],
      symbolise,
    };
  };
  const context = contextWith(detail);
  const output = createOutput(options.output, context, selector, send);
  /** Whoever else takes events. */
  const tapList: Tap[] = screens ? [screens.hub.tap] : [];
  const taps = createTaps(
    tapList,
    // A recording beside a screen has all that the screen shows; beside lines what these have, so that the same lines come out of it.
    {
      asked: context,
      whole: 'selection' in options.output ? context : contextWith(allDetail(hostNamespaces)),
    },
    (text) => tell({ type: 'notice', level: 'warning', text }),
  );
  const exporter = startExport(options, tell, running);
  if (exporter) tapList.push(exporter);
  recorder = createRecorder(
    {
      node: options.node,
      tell,
      processes: () => processRows(table, readStat, { boot: clock().boot, bootToWall }),
      facts: facts.all,
      owner: sudoUser(),
    },
    options.record,
  );
  tapList.push(recorder);
  const metrics = createMetrics({
    node: options.node,
    version: ownVersion(),
    served: options.metrics,
    sensor,
    dns: () => names?.readUnseen(),
    engine: () => policies.engine,
    lost: () => lost(),
    processes: () => table.size,
    exported: () => taps.exported(),
    attached: () => ({ screens: screens?.hub.screens ?? 0, grpc: grpc?.clients ?? 0 }),
    onServed: (url) => tell({ type: 'notice', level: 'info', text: `metrics: ${url}` }),
    onTrouble: (text) => tell({ type: 'notice', level: 'warning', text }),
  });
  const isShown = options.output.kind === 'records';
  const pass = (event: PackedEvent, program?: Program, forScreens = event) => {
    metrics.add(event, program);
    output.add(isShown ? forScreens : event, program);
    taps.add(event, forScreens);
  };
  const ownPids = () => [process.pid, ...options.protect, ...(screens?.hub.pids() ?? [])];
  const safety = createSafety(sensor, ownPids, beats);
  const loaderRecords = createLoaderRecords(openMappedFiles());
  const networkActions = createNetworkActions(options.allowNetworkActions);

  const runNetworkActions = (record: RecordSpan) => {
    const bits = u32In(record, POLICY.at.actions) | u32In(record, POLICY.at.return_actions);
    if ((bits & NETWORK_ACTIONS) === 0) return;
    const hook = policies.engine.findHook(u32In(record, POLICY.at.hook));
    const selector = hook?.selectors[u32In(record, POLICY.at.selector)];
    if (hook && selector)
      networkActions.run([...selector.actions, ...selector.returnActions], hook.network);
  };

  const addEvent = (
    kind: PackedKind,
    span: RecordSpan,
    payload: Uint8Array,
    entry: ProcessEntry | undefined,
  ): PackedEvent | undefined => {
    // Kernel threads run before us or are left out by the sensor; what they do is nobody's process.
    if (entry && runsInKernel(entry.program)) return undefined;
    const { parentTgid, parentKtime } = entry ? parentProgram(entry) : NOBODY;
    const event: PackedEvent = {
      kind,
      flags: flagsOf(entry),
      time: u64In(span, RECORD.at.ktime) + bootToWall,
      tgid: u32In(span, RECORD.at.tgid),
      tid: u32In(span, RECORD.at.tid),
      ktime: entry?.ktime ?? 0n,
      parentTgid,
      parentKtime,
      payload,
      process: kind === PACKED_KIND.exec ? payload : (entry?.record ?? EMPTY),
    };
    // Most processes are in their first program: then it is the same parent.
    const isFirst = !entry || entry.previousKtime === 0n;
    pass(event, entry?.program, isFirst ? event : { ...event, ...parentOfProcess(entry) });
    return event;
  };

  /** About a cgroup: nothing of it is a process's. */
  const addThrottle = (record: Uint8Array) => {
    rhythm.wake();
    pass({
      kind: PACKED_KIND.throttle,
      flags: 0,
      time: viewOf(record).getBigUint64(RECORD.at.ktime, true) + bootToWall,
      ...{ tgid: 0, tid: 0, ktime: 0n, parentTgid: 0, parentKtime: 0n },
      payload: record,
      process: EMPTY,
    });
  };

  /** About a policy: told as an event, and to whoever keeps the journal. */
  const addJournal = (entry: JournalEntry) => {
    rhythm.wake();
    pass({
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
    pulse: safety.pulse,
    readOnly: options.readOnly === true,
    onJournal: addJournal,
  });

  const tellTrial = (policy: number, tgid: number, event: PackedEvent) =>
    trials.hit(policy, tgid, () => lineOf(readEvent(event, context)));

  const readHit = createHitReader();
  const passPolicy = output.addRecord && createPolicyPass(metrics, output.addRecord);

  /** Nearly all records of a flood: they have a way of their own, on which nothing is made that nobody looks at. */
  const visit = (span: RecordSpan) => {
    if (u32In(span, RECORD.at.kind) === KIND.TG_RECORD_POLICY) visitPolicy(span);
    else visitProcess(span);
  };

  const visitPolicy = (span: RecordSpan) => {
    const tgid = u32In(span, RECORD.at.tgid);
    const entry = table.findIn(tgid, span, POLICY.at.process_ktime);
    const policy = u32In(span, POLICY.at.policy);
    const isLoader =
      policies.engine.hookNames(policy, u32In(span, POLICY.at.hook))?.kind === 'loader';
    if (passPolicy && !isLoader && !taps.isOpen && !trials.isObserving)
      passPolicy(span, entry, bootToWall);
    else {
      const record = bytesOf(span);
      const whole = isLoader ? loaderRecords.complete(record, tgid, entry) : record;
      if (!whole) return;
      const event = addEvent(PACKED_KIND.policy, span, whole, entry);
      if (event && trials.isObserving) tellTrial(policy, tgid, event);
    }
    aggregates?.hit(tgid, entry, readHit(span));
    runNetworkActions(span);
  };

  const visitProcess = (span: RecordSpan) => {
    const tgid = u32In(span, RECORD.at.tgid);
    switch (u32In(span, RECORD.at.kind)) {
      case KIND.TG_RECORD_FORK: {
        const entry = table.fork(span);
        const creator = u32In(span, FORK.at.creator_tgid);
        selector?.onFork(tgid, creator);
        taps.onFork(tgid, creator);
        trials.forked(tgid, creator);
        aggregates?.forked(entry);
        return;
      }
      case KIND.TG_RECORD_EXEC: {
        const copy = withoutSecrets(bytesOf(span).slice());
        const entry = table.exec(copy);
        // Before its event, which then has the hash of an executable that is known.
        sightings.saw(entry);
        addEvent(PACKED_KIND.exec, span, copy, entry);
        aggregates?.executed(entry);
        return;
      }
      case KIND.TG_RECORD_EXIT: {
        const entry = table.findIn(tgid, span, EXIT.at.process_ktime);
        addEvent(PACKED_KIND.exit, span, bytesOf(span), entry);
        selector?.onExit(tgid);
        taps.onExit(tgid);
        trials.exited(tgid);
        const time = u64In(span, RECORD.at.ktime);
        const code = u32In(span, EXIT.at.code);
        table.exit(tgid, { time, code });
        aggregates?.exited(tgid, entry, time, code, span);
        return;
      }
      case KIND.TG_RECORD_THROTTLE: {
        const record = bytesOf(span);
        if (throttles?.begin(record)) addThrottle(record);
        return;
      }
    }
  };

  const lost = (): LostCounts => ({
    ...sensor.readLost(),
    recursion: sensor.recursionMisses() + policies.engine.recursionMisses(),
    queue: output.dropped,
    ...taps.lost(),
  });

  const sendStatus = () => {
    policies.tellChanges();
    tell({ type: 'status', policies: policies.engine.takeStates(), lost: lost() });
  };

  safety.renewDeadline();
  // Before any policy can be there. It may fail: who is ready doesn't fail at once.
  safety.protect();
  tell({ type: 'ready', hostNamespaces });
  // What a screen that is live can do without for a moment: nothing is read of the ring before it is there.
  const names = options.enrichment?.names
    ? watchNames(objectsDir, facts, (news) => tell({ type: 'facts', facts: news }))
    : undefined;
  const sightings = createSightings({ options, table, facts, learn: facts.learn, tell });
  const policies = startPolicies({
    options,
    objectsDir,
    sensor,
    safety,
    tell,
    onJournal: addJournal,
    onArmed: (policy) => screens?.hub.armed(policy),
    findHost: () => findHostAbilities(safety.pulse),
    readStats: metrics.read,
    onEngine: ({ workloads }) => sightings.introduce(workloads),
    onProblem,
  });

  const grpc =
    options.grpc &&
    startGrpc({
      options: options.grpc,
      node: options.node,
      version: ownVersion(),
      abilities: { credentials: options.detail.credentials, ancestors: options.detail.ancestors },
      processes: running,
      policies: policies.remote('grpc'),
      host: () => policies.host,
      tell,
    });
  if (grpc) tapList.push(grpc);

  const ring = createRingReader(sensor, visit);
  const caughtUp = () => {
    const isOver = ring.caughtUp();
    rhythm.wake();
    return isOver;
  };
  const trials = createTrials({
    act: actProgram(),
    engine: () => policies.engine,
    caughtUp,
    lost,
    setMode(policy, mode) {
      policies.during(TRIAL, () => policies.engine.setMode(policy, mode));
      policies.tellChanges();
    },
  });

  /** Files and memory of a process are looked at, by policies' stack traces say, which is to be done while it lives. */
  const looksAtProcesses = () =>
    options.enrichment?.hashes === true ||
    policies.engine.describe().some(({ mode }) => mode !== 'off');

  const rhythm = createRhythm({
    turn() {
      metrics.beginTurn(clock().boot, bootToWall);
      // In front of the events: a name comes before the connection to its address.
      const hasNews = names?.poll() === true;
      const { records, bytes, isEmpty } = ring.turn();
      return { records, isEmpty, isUrgent: hasNews || bytes > MANY_BYTES || looksAtProcesses() };
    },
    flush() {
      policies.tellChanges();
      names?.flush();
      output.flush();
      taps.flush();
    },
    announceSleep: sensor.announceSleep,
    rings: names ? [sensor, names] : [sensor],
  });
  const removeVanished = async () => {
    // The kernel tells of an exit before /proc does: what is pending now is all there will be.
    const gone = unknownToKernel.findGone();
    if (gone.length === 0) return;
    await caughtUp();
    gone.forEach(removeUntold);
  };
  /** Its exit was not told. */
  const removeUntold = (entry: ProcessEntry) => {
    if (table.findLive(entry.tgid) !== entry) return;
    table.exit(entry.tgid);
    selector?.onExit(entry.tgid);
    taps.onExit(entry.tgid);
    aggregates?.vanished(entry.tgid, clock().boot);
  };
  const untold = createUntoldReader({
    untold: sensor.sharedMap('untold'),
    others: sensor.sharedMap('untold_others'),
    names: sensor.programNames(),
  });
  const nameOfProgram = (program: number) =>
    aggregates?.untold.nameOf(program) ?? untold.nameOf(program);
  const countUntold = () => {
    if (!aggregates) return;
    const { processRing, policyRing, throttled } = sensor.readLost();
    untold.read(processRing + policyRing + throttled, clock().boot, aggregates.untold);
    for (const program of aggregates.untold.takeNameless(NAMES_AT_A_TIME)) {
      const name = untold.nameOf(program);
      if (name !== undefined) aggregates.untold.learn(program, name);
    }
  };
  const reconciler = createReconciler({
    table,
    processes: sensor.sharedMap('processes'),
    caughtUp,
    readStat,
    readRecord: (process, parent) => readUnseen(process, parent, nameOfProgram),
  });
  const takeInUntold = async () => {
    const { processRing, throttled } = sensor.readLost();
    const missed = processRing + throttled;
    const { gone, unseen } = await reconciler.findDifferences(missed, performance.now());
    gone.forEach(removeUntold);
    for (const record of unseen) {
      const entry = addFound(record);
      selector?.onFork(entry.tgid, entry.parentTgid);
      taps.onFork(entry.tgid, entry.parentTgid);
      sightings.saw(entry);
    }
  };

  const timers = [
    setInterval(() => {
      rhythm.remind();
      const before = bootToWall;
      bootToWall = wallOffset();
      if (isSet(before, bootToWall)) {
        policies.followClock();
        aggregates?.followClock();
      }
      for (const { name, why } of policies.during(TIME_OVER, () => policies.engine.settle()))
        tell({ type: 'notice', level: 'warning', text: settledText(name, why) });
      throttles?.endQuiet(clock().boot).forEach(addThrottle);
      metrics.note();
      sendStatus();
      removeVanished().catch(onProblem);
      countUntold();
      takeInUntold().catch(onProblem);
      // While the screen hangs, nothing piles up on the way to it: changes are kept, messages are not.
      if (!safety.hasLapsed()) aggregates?.send();
    }, STATUS_MS),
    setInterval(() => {
      if (policies.engine.isArmed()) safety.protect();
      policies.engine.sweep();
      sightings.sweep();
    }, PROTECT_MS),
  ];

  const blastOf = (policy: number): BlastRadius => {
    const minutes = MOST_MINUTES;
    const watched = policies.engine.watchedOf(policy, minutes * 60);
    const nothing = { minutes, watched, rows: [], untold: 0 };
    const counts = policies.engine.stateOf(policy).counts.flat();
    const trigon = ownPids();
    const { session, onTerminal } = findGuarded(trigon, safety.pulse);
    return (
      aggregates?.blastRadius({
        policy,
        minutes,
        watched,
        counted: counts.reduce((sum, { matched }) => sum + matched, 0),
        own: {
          protected: [...session.keys(), ...onTerminal],
          trigon,
        },
      }) ?? nothing
    );
  };

  const act = (action: () => void, by?: Operator) => {
    policies.act(action, by);
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

  const stop = async () => {
    for (const timer of timers) clearInterval(timer);
    trials.close();
    sightings.close();
    policies.refuseArming();
    policies.during(ENDING, () => policies.engine.disarmAll());
    const lastEvents = ring.caughtUp();
    rhythm.look();
    await within(LAST_EVENTS_MS, lastEvents);
    rhythm.close();
    policies.tellChanges();
    output.close();
    await taps.close();
    // Nothing can have been armed meanwhile; and if it was, nothing of it stays.
    policies.engine.disarmAll();
    const counts = lost();
    networkActions.close();
    names?.close();
    metrics.close();
    policies.close();
    sensor.close();
    tell({ type: 'stopped', lost: counts });
    await screens?.close();
  };

  const agent = {
    /**
     * @param by whoever asks: at the screen of this process, or at one that is attached
     * @param owner of files that are made for them; by default as at the start
     */
    handle(message: Exclude<ToAgent, { type: 'stop' }>, by = options.operator, owner?: FileOwner) {
      switch (message.type) {
        case 'heartbeat':
          // It may have waited here for long: what counts is whether the main thread has beaten since.
          if (!safety.hasLapsed()) return safety.pulse();
          // Enforcement that ended on its own doesn't come back on its own: arming is a deliberate act.
          if (policies.during(HUNG, () => policies.engine.disarmAll()) > 0)
            tell({ type: 'notice', level: 'warning', text: LAPSED });
          return safety.renewDeadline();
        case 'done':
          return output.done(message.bytes);
        case 'set-mode':
          return act(() => policies.engine.setMode(message.policy, message.mode), by);
        case 'arm':
          return act(() => policies.arm(message), by);
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
          const problems = policies.setParameters(policy, values, by);
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
          }, by);
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
            tell({ type: 'notice', ...signals.send(message.signal, message.processes, by) }),
          );
        case 'record':
          return recorder?.record(message.path, owner);
        case 'mark':
          return recorder?.mark(message.mark, message.isSet);
        case 'playback':
          return;
      }
    },
    stop,
  };
  screens?.listen();
  return agent;
}

/** Of the ring, in one look: a small part of it. */
const MANY_BYTES = 256 << 10;

const EMPTY = new Uint8Array();
const NOBODY = { parentTgid: 0, parentKtime: 0n };

/** One line, as `events -o compact` has it. */
const lineOf = (event: Event): string =>
  formatCompact(compactLine(event, { stackTraces: false, imaHash: false }), { color: false });

const NETWORK_ACTIONS = ACTION.TG_ACTION_URL | ACTION.TG_ACTION_DNS;

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

const TOO_MUCH_TO_HIDE =
  'redaction: a command line has more to hide than there is time for: all of it is hidden, as of any other such one';

/** As it stands in a packed event. */
const parentOfProcess = (entry: ProcessEntry) => {
  const { parentTgid, parentKtime } = parentProcess(entry);
  return { parentTgid, parentKtime };
};

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

/** Whether somebody has set the clock between the two; corrections by and by are no such thing. */
const isSet = (before: bigint, now: bigint): boolean => {
  const by = now - before;
  return by > CLOCK_STEP_NS || by < -CLOCK_STEP_NS;
};

const CLOCK_STEP_NS = 1_000_000_000n;

/** Ns to add to the boot clock to get the wall clock. */
function wallOffset(): bigint {
  const { boot, real } = clock();
  return real - boot;
}

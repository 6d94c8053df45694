import { setTimeout as delay } from 'node:timers/promises';
import type { PolicyDeed } from '../../policies/model.ts';
import type { LostCounts, PolicyDescription, PolicyState } from '../messages.ts';
import type { PolicyEngine } from '../policies/engine.ts';
import { PolicyRefusal } from '../policies/refusal.ts';
import { addCounts } from '../selectorCounts.ts';
import type { TrialResult } from '../trial.ts';
import { type Act, startAct } from './act.ts';
import { createFamily, type Family } from './family.ts';
import { deedText } from './script.ts';
import { isMissing, judge, type ObservedRun, obtainedText } from './verdict.ts';

/** Tries policies, one after the other: does what must make them tell of it, and what must not. */
export type Trials = {
  /** Never rejects: what can't be tried is 'not run'. The policy is afterwards in the mode that it was in. */
  test(policy: number): Promise<TrialResult>;
  forked(pid: number, creator: number): void;
  exited(pid: number): void;
  /** Something is done to a policy now: its events are wanted. */
  readonly isObserving: boolean;
  /** A policy event. @param line called at once, or not at all */
  hit(policy: number, pid: number, line: () => string): void;
  /** Ends what is under way. */
  close(): void;
};

type TrialHost = {
  /** Path of the program. */
  act: string;
  engine(): PolicyEngine;
  /** Resolves when what is in the ring now has been read. */
  caughtUp(): Promise<void>;
  lost(): LostCounts;
  /** Switches a policy, for the journal's sake. @throws PolicyRefusal */
  setMode(policy: number, mode: 'off' | 'monitor'): void;
};

/** An exit that was not told by then never will be: it was lost. */
const EXIT_MS = 2000;

const ENDING = 'Trigon ends';

export function createTrials(host: TrialHost): Trials {
  let last: Promise<unknown> = Promise.resolve();
  let isClosed = false;
  let running: { policy: number; act: Act; family: Family; seen: ObservedSoFar } | undefined;

  /** Does the deeds and counts what the policy, which is on, tells of them. */
  const observe = async (policy: number, deeds: readonly PolicyDeed[]): Promise<ObservedRun> => {
    const before = look(host, policy);
    const act = startAct(host.act, deeds);
    const seen: ObservedSoFar = { events: 0, line: undefined };
    const family = createFamily(act.pid ?? -1);
    running = { policy, act, family, seen };
    const problem = await act.ended;
    if (!isClosed && act.pid !== undefined) {
      await host.caughtUp();
      await Promise.race([family.isOver, delay(EXIT_MS, undefined, { ref: false })]);
    }
    running = undefined;
    if (isClosed) throw new PolicyRefusal(ENDING);
    const mode = modeOf(host.engine(), policy);
    if (mode === undefined) throw new PolicyRefusal('it was removed meanwhile');
    if (mode !== 'monitor')
      throw new PolicyRefusal(`it was ${mode === 'off' ? 'switched off' : 'armed'} meanwhile`);
    return {
      deeds: deeds.map(deedText),
      ...seen,
      problem,
      ...differences(before, look(host, policy)),
    };
  };

  const run = async (id: number): Promise<TrialResult> => {
    const description = find(host.engine(), id);
    const { policy } = host.engine().policyOf(id);
    const none = notRun(description, obtainedText(description));
    if (policy.about.trigger.length === 0)
      return none('it brings no trigger (annotation trigon/trigger)');
    if (description.mode === 'enforce')
      return none('it is armed: disarm it first, the trigger would be killed or refused');
    const wasOff = description.mode === 'off';
    if (wasOff) host.setMode(id, 'monitor');
    try {
      const on = find(host.engine(), id);
      const points = on.hooks.flatMap((hook) => hook.points);
      if (points.every(isMissing))
        return notRun(on, obtainedText(on))(obtainedText(on).replace(/^not here: /, ''));
      // First what must not be told of: a rate limit that the trigger sets off would hide it.
      const { nearMiss: missed } = policy.about;
      const nearMiss = missed.length > 0 ? await observe(id, missed) : undefined;
      const trigger = await observe(id, policy.about.trigger);
      const { name, file } = on;
      return {
        ...{ policy: name, file },
        ...judge(trigger, nearMiss, on),
        obtained: obtainedText(on),
        trigger: told(trigger),
        nearMiss: nearMiss && told(nearMiss),
      };
    } finally {
      // Whoever armed it meanwhile keeps it so.
      if (wasOff && !isClosed && modeOf(host.engine(), id) === 'monitor') host.setMode(id, 'off');
    }
  };

  return {
    test(policy) {
      const result = last.then(async (): Promise<TrialResult> => {
        const name = host
          .engine()
          .describe()
          .find(({ id }) => id === policy);
        const none = notRun(name ?? { name: `policy ${policy}`, file: '' }, '');
        if (isClosed) return none(ENDING);
        try {
          return await run(policy);
        } catch (error) {
          if (!(error instanceof PolicyRefusal)) throw error;
          return none(error.message);
        }
      });
      last = result.catch(() => {});
      return result;
    },
    forked: (pid, creator) => running?.family.forked(pid, creator),
    exited: (pid) => running?.family.exited(pid),
    get isObserving() {
      return running !== undefined;
    },
    hit(policy, pid, line) {
      if (running?.policy !== policy || !running.family.has(pid)) return;
      running.seen.events += 1;
      running.seen.line ??= line();
    },
    close() {
      isClosed = true;
      running?.act.kill();
    },
  };
}

type ObservedSoFar = Pick<ObservedRun, 'events' | 'line'>;

const modeOf = (engine: PolicyEngine, id: number) =>
  engine.describe().find((policy) => policy.id === id)?.mode;

function find(engine: PolicyEngine, id: number): PolicyDescription {
  const found = engine.describe().find((policy) => policy.id === id);
  if (!found) throw new PolicyRefusal(`there is no policy ${id}`);
  return found;
}

const notRun =
  ({ name, file }: Pick<PolicyDescription, 'name' | 'file'>, obtained: string) =>
  (why: string): TrialResult => ({
    ...{ policy: name, file, verdict: 'not run', why, obtained },
    ...{ trigger: undefined, nearMiss: undefined },
  });

/** What goes out of a run. */
const told = ({ deeds, events, line, problem }: ObservedRun) => ({ deeds, events, line, problem });

type Counters = { state: PolicyState | undefined; lost: LostCounts };

const look = ({ engine, lost }: TrialHost, id: number): Counters => ({
  state: engine()
    .describe()
    .some((policy) => policy.id === id)
    ? engine().stateOf(id)
    : undefined,
  // What the main thread didn't take in time was seen here.
  lost: { ...lost(), queue: 0 },
});

function differences(before: Counters, after: Counters) {
  const from = addCounts(before.state?.counts.flat() ?? []);
  const to = addCounts(after.state?.counts.flat() ?? []);
  const grown = (counter: 'runs' | 'argumentFaults') =>
    (after.state?.runs[counter] ?? 0) - (before.state?.runs[counter] ?? 0);
  return {
    counts: subtract(to, from),
    runs: grown('runs'),
    argumentFaults: grown('argumentFaults'),
    lost: subtract(after.lost, before.lost),
  };
}

function subtract<T extends Record<string, number>>(from: T, what: T): T {
  const entries = Object.entries(from).map(([name, value]) => [name, value - (what[name] ?? 0)]);
  // The same names, with numbers again.
  return Object.fromEntries(entries) as T;
}

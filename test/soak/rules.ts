import type { Fuse, PolicyMode, PolicyStatus } from '../../src/agent/messages.ts';
import { LAUNCHER } from '../driver/app.ts';
import { type Ended, run } from '../driver/command.ts';
import { LIMIT_MS, until } from '../driver/until.ts';
import type { Ledger } from './ledger.ts';
import type { Rule } from './policies.ts';
import { goHome } from './screenWalk.ts';
import type { Subject } from './subject.ts';
import { TOO_LONG_SECONDS, type Waits } from './waits.ts';

/** What load.c's victims end with when the call was refused. */
const REFUSED = 7;
const LARGE_FUSE: Fuse = { limit: 1000, seconds: 10 };
const ARMED_SECONDS = 3600;
const MOST_TRIES = 20;

/** The rules, switched and armed in every way that there is; each mode is proved with a victim. */
export type Rules = {
  readonly all: readonly [Rule, ...Rule[]];
  modeOf(rule: Rule): PolicyMode;
  set(rule: Rule, mode: 'off' | 'monitor'): Promise<void>;
  armBySocket(rule: Rule): Promise<void>;
  armByCommand(rule: Rule): Promise<void>;
  /** Through the dialog on the screen, with the typed name; for rules that enforce by their own text. */
  armByKeys(rule: Rule): Promise<void>;
  /** All of them, by the key. */
  disarmByKey(): Promise<void>;
  /** Armed for a second: back to monitor by itself. */
  armForMoment(rule: Rule): Promise<void>;
  /** Armed with a small fuse, which then blows; for rules that kill. */
  blowFuse(rule: Rule): Promise<void>;
  /** Runs a victim and somebody who does the same and is not meant. */
  prove(rule: Rule): Promise<void>;
  /** Runs a victim of an armed rule, which must live: Trigon is stopped, and what it has armed is not any more. */
  proveSpared(rule: Rule): Promise<void>;
  /** Whatever was armed must be back to monitor, by itself. */
  expectDisarmed(): Promise<void>;
  /** Whether Trigon has counted just what has happened. */
  reckon(): Promise<void>;
};

/**
 * @param bystander a program that does what victims do, and that no rule is about
 * @param waits of the screen's and the agent's thread: all is disarmed when they don't run for three seconds, and only when they waited for a
 *   processor for so long nobody but the machine is to blame
 */
export function createRules(
  subject: Subject,
  all: readonly [Rule, ...Rule[]],
  bystander: string,
  waits: Pick<Waits, 'longest'>,
  ledger: Ledger,
): Rules {
  const modes = new Map<Rule, PolicyMode>(all.map((rule) => [rule, 'monitor']));
  /** Victims that were killed or refused, by rule. */
  const struck = new Map<Rule, number>(all.map((rule) => [rule, 0]));
  /** How, and when: for failures. */
  const lastArmed = new Map<Rule, string>();
  const noteArmed = (rule: Rule, how: string) =>
    lastArmed.set(rule, `${how}, ${new Date().toISOString()}`);
  const { app, ask } = subject;
  const status = (rule: Rule) => subject.policy(rule.name);
  const idOf = async (rule: Rule) => (await status(rule)).id;

  const became = async (rule: Rule, mode: PolicyMode) => {
    if (!(await until(async () => (await status(rule)).mode === mode)))
      throw new Error(`${rule.name} is ${(await status(rule)).mode}, not ${mode}`);
    modes.set(rule, mode);
  };
  const isExcused = (): boolean => {
    const waited = waits.longest();
    if (waited >= TOO_LONG_SECONDS) return true;
    ledger.fail(
      `all that was armed is not any more; Trigon waited ${waited.toFixed(1)} s for a processor, too little for the dead-man deadline`,
    );
    return false;
  };
  /** Whether all that was armed is not: the dead-man deadline has passed. */
  const hasLapsed = async (): Promise<boolean> => {
    const policies = await subject.policies();
    const armed = all.filter((rule) => modes.get(rule) === 'enforce');
    const isDisarmed = ({ name }: Rule) =>
      policies.some((each) => each.name === name && each.mode === 'monitor' && !each.fuseBlown);
    if (armed.length === 0 || !armed.every(isDisarmed) || !isExcused()) return false;
    for (const rule of armed) modes.set(rule, 'monitor');
    ledger.count(KEPT_WAITING);
    return true;
  };
  const enforces = async (rule: Rule, arm: () => Promise<unknown>) => {
    for (let tries = 1; ; tries++) {
      await arm();
      modes.set(rule, 'enforce');
      if ((await status(rule)).mode === 'enforce') return;
      if (tries === MOST_TRIES || !(await hasLapsed())) return became(rule, 'enforce');
    }
  };
  const arm = async (rule: Rule, fuse = LARGE_FUSE, seconds = ARMED_SECONDS) => {
    noteArmed(rule, `over the socket for ${seconds} s, fuse ${fuse.limit}/${fuse.seconds} s`);
    await ask({ command: 'arm', id: await idOf(rule), seconds, add: rule.add, fuse });
  };
  const runVictim = (rule: Rule) => {
    ledger.count('victims');
    return run(rule.victim, rule.deed);
  };
  const note = (rule: Rule) => {
    struck.set(rule, (struck.get(rule) ?? 0) + 1);
    ledger.count(rule.add === 'deny' ? 'victims refused' : 'victims killed');
  };
  const fail = (rule: Rule, what: string) => ledger.fail(`${rule.name}: ${what}`);

  const judge = async (rule: Rule, ended: Ended, before: PolicyStatus) => {
    const after = await status(rule);
    const [expected, now] = [modes.get(rule), after.mode];
    const words = `a victim ended with ${ended.signal ?? ended.code} ${ended.stderr}`.trim();
    if (isStruck(rule, ended)) note(rule);
    if (now !== expected) {
      if (await hasLapsed()) return;
      const { armedUntil, fuseBlown, counts } = after;
      const state = JSON.stringify({ armedUntil, fuseBlown, counts, by: lastArmed.get(rule) });
      return fail(rule, `is ${now} of itself, not ${expected}; ${words}; ${state}`);
    }
    if (isStruck(rule, ended)) {
      if (expected !== 'enforce') fail(rule, `${words} in mode ${expected}`);
      return;
    }
    if (ended.code !== 0) return fail(rule, words);
    if (expected !== 'enforce') return ledger.count('victims that lived, not armed');
    if (after.counts.sparedExpired === before.counts.sparedExpired)
      return fail(rule, `armed, and ${words}: ${JSON.stringify(after.counts)}`);
    // It must not enforce then, and has counted it.
    if (isExcused()) ledger.count(`a victim spared: ${KEPT_WAITING}`);
  };

  const rules: Rules = {
    all,
    modeOf: (rule) => modes.get(rule) ?? 'off',
    async set(rule, mode) {
      await ask({ command: 'set-mode', id: await idOf(rule), mode });
      await became(rule, mode);
      ledger.count(`switched ${mode}`);
    },
    async armBySocket(rule) {
      await enforces(rule, () => arm(rule));
      ledger.count('armed over the socket');
    },
    async armByCommand(rule) {
      const words = ['policy', 'mode', rule.name, 'enforce', '--yes', '--for', '1h'];
      const how = [...(rule.add === 'deny' ? ['--add-deny'] : []), '--socket', subject.control];
      noteArmed(rule, 'by command for 1 h, the usual fuse');
      await enforces(rule, async () => {
        const ended = await run(process.execPath, [LAUNCHER, ...words, ...how]);
        if (ended.code !== 0) throw new Error(`trigon ${words.join(' ')}: ${ended.stderr}`);
      });
      ledger.count('armed by command');
    },
    async armByKeys(rule) {
      await goHome(app);
      app.command('view.policies', 'policy.search');
      app.enter(rule.name);
      await app.waitFor(([, line = '']) => line.includes(`filter: ${rule.name}`), {
        timeoutMs: LIMIT_MS,
      });
      // The screen hears of what was done over the socket a little later.
      await app.waitFor((rows) => rows.some((row) => isWatching(row, rule.name)), {
        timeoutMs: LIMIT_MS,
      });
      app.command('move.first', 'policy.arm');
      for (const step of ['1 of 4', '2 of 4']) {
        await app.waitForText(step);
        // Before the agent has answered there is nothing to go on with.
        await app.waitForText('Enter goes on');
        app.press('enter');
      }
      await app.waitForText('[5 min]');
      app.press('enter');
      await app.waitForText('Type the policy');
      app.enter(rule.name);
      noteArmed(rule, 'by keys for 5 min, the usual fuse');
      await became(rule, 'enforce');
      await goHome(app);
      ledger.count('armed by keys');
    },
    async disarmByKey() {
      await goHome(app);
      app.command('policy.disarmAll');
      await rules.expectDisarmed();
      await app.waitFor(([header = '']) => !header.includes('ARMED'), { timeoutMs: LIMIT_MS });
      ledger.count('all disarmed by key');
    },
    async armForMoment(rule) {
      await arm(rule, LARGE_FUSE, 1);
      await became(rule, 'monitor');
      ledger.count('armed until the time was over');
    },
    async blowFuse(rule) {
      const limit = 2;
      await enforces(rule, () => arm(rule, { limit, seconds: 600 }));
      for (let at = 0; at < limit; at++) await rules.prove(rule);
      if (rules.modeOf(rule) !== 'enforce') return; // all was disarmed meanwhile
      const ended = await runVictim(rule);
      if (isStruck(rule, ended)) {
        note(rule);
        fail(rule, 'a victim died behind the fuse');
      }
      if (await hasLapsed()) return;
      await became(rule, 'monitor');
      if (!(await status(rule)).fuseBlown) fail(rule, 'its fuse blew, and nobody says so');
      ledger.count('fuses blown');
    },
    async prove(rule) {
      const before = await status(rule);
      await judge(rule, await runVictim(rule), before);
      const other = await run(bystander, rule.deed);
      ledger.count('bystanders');
      if (other.code !== 0)
        fail(rule, `somebody else was hit: ${other.signal ?? other.code} ${other.stderr}`);
    },
    async proveSpared(rule) {
      const ended = await runVictim(rule);
      if (isStruck(rule, ended)) note(rule);
      if (ended.code !== 0)
        fail(rule, `Trigon is stopped, and a victim ended with ${ended.signal ?? ended.code}`);
      else ledger.count('victims that lived, Trigon was stopped');
    },
    async expectDisarmed() {
      for (const rule of all) if (modes.get(rule) === 'enforce') await became(rule, 'monitor');
    },
    async reckon() {
      for (const rule of all) {
        const { counts } = await status(rule);
        const did = rule.add === 'deny' ? counts.overridden : counts.killed;
        const should = struck.get(rule);
        if (did !== should) fail(rule, `has struck ${should} victims, and counted ${did}`);
        const wrong = ['failed', 'sparedProtected', 'wrongContext'] as const;
        for (const what of wrong)
          if (counts[what] > 0) fail(rule, `${what}: ${counts[what]} of its actions`);
      }
    },
  };
  return rules;
}

const KEPT_WAITING = 'all disarmed: Trigon had to wait for a processor';

/** Whether a line of the list has it in monitor mode, after its fuse has blown too. */
const isWatching = (row: string, name: string): boolean =>
  /^ *(monitor|fuse blown) /.test(row) && row.includes(` ${name} `);

const isStruck = ({ add }: Rule, { signal, code }: Ended): boolean =>
  add === 'deny' ? code === REFUSED : signal === 'SIGKILL';

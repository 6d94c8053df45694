import { until } from '../driver/until.ts';
import { createRandom, type Random } from '../screen/terminal/random.ts';
import type { Ledger } from './ledger.ts';
import { PASSING_KINDS, type Rule, type Watcher } from './policies.ts';
import type { Recorder } from './recorder.ts';
import type { Rules } from './rules.ts';
import { goHome, SCENES, type Scene } from './screenWalk.ts';
import type { Subject } from './subject.ts';
import type { Visitors } from './visitors.ts';

/** Does what operators and their programs do to a Trigon, one thing after the other, as a seed has it. */
export type Operator = {
  /** Everything once, in a fixed order: what Trigon loads on demand it has loaded then. */
  tour(signal?: AbortSignal): Promise<void>;
  /** One thing at random. */
  act(): Promise<void>;
  /** Everything back to how it was at the start. */
  rest(): Promise<void>;
  /** What it is doing, for a message. */
  readonly doing: () => string;
};

/** The tour was ended early. */
export class Interrupted extends Error {}

export type Hands = {
  readonly subject: Subject;
  readonly rules: Rules;
  readonly watchers: readonly [Watcher, ...Watcher[]];
  readonly visitors: Visitors;
  readonly recorder: Recorder;
  readonly ledger: Ledger;
};

/** `weight`: how often, among all. */
type Deed = {
  readonly name: string;
  readonly weight: number;
  do(random: Random): Promise<void>;
};

export function createOperator(hands: Hands, seed: number): Operator {
  const { subject, rules, watchers, visitors, recorder, ledger } = hands;
  const random = createRandom(seed);
  const deeds = deedsOf(hands);
  const total = deeds.reduce((sum, { weight }) => sum + weight, 0);
  let doing = 'nothing';
  let interrupt: AbortSignal | undefined;

  const step = async (name: string, work: () => Promise<void>) => {
    if (interrupt?.aborted) throw new Interrupted();
    doing = name;
    await work();
  };
  const play = async (scene: Scene) => {
    await step(`the scene ${scene.name}`, () => scene.play(subject.app, random));
    await goHome(subject.app);
  };
  const pick = (): Deed => {
    let dice = random.below(total);
    for (const deed of deeds) {
      if (dice < deed.weight) return deed;
      dice -= deed.weight;
    }
    throw new Error('the weights do not add up');
  };

  return {
    doing: () => doing,
    async tour(signal) {
      interrupt = signal;
      for (const rule of rules.all)
        await step(`the tour at ${rule.name}`, async () => {
          await rules.prove(rule);
          await rules.set(rule, 'off');
          await rules.prove(rule);
          await rules.set(rule, 'monitor');
          await rules.armBySocket(rule);
          await rules.prove(rule);
        });
      await step('the tour at "!"', () => rules.disarmByKey());
      const [first] = rules.all;
      await step('the tour at the dialog', () => rules.armByKeys(first));
      await rules.prove(first);
      await step('the tour at the fuse', () => rules.blowFuse(first));
      for (let kind = 0; kind < PASSING_KINDS; kind++)
        await step(`the tour at passing policy ${kind}`, () => visitors.addPolicy(kind));
      await step('the tour of the library', () => visitors.tourLibrary());
      for (const watcher of watchers)
        await step(`the tour at ${watcher.name}`, () => visitors.changeFile(watcher));
      await step('the tour at recordings', () => recorder.toggle());
      await step('the tour at gRPC', () => visitors.openClient());
      await step('the tour at metrics', () => visitors.scrape());
      for (const scene of SCENES) await play(scene);
      await step('the tour at recordings', () => recorder.toggle());
      interrupt = undefined;
    },
    async act() {
      const deed = pick();
      await step(deed.name, () => deed.do(random));
      if (random.below(2) === 0) await play(random.pick(SCENES));
      ledger.count('deeds');
    },
    async rest() {
      doing = 'coming to rest';
      await recorder.stop();
      await visitors.leave();
      for (const rule of rules.all)
        if (rules.modeOf(rule) !== 'monitor') await rules.set(rule, 'monitor');
      await goHome(subject.app);
      const isBase = async () => (await subject.policies()).every(isAtBase);
      if (!(await until(isBase))) throw new Error('policies do not come back to how they were');
      doing = 'resting';
    },
  };
}

/** Those of the options are in monitor mode, those of the library off, and there are no others. */
const isAtBase = ({ origin, mode }: { origin: string; mode: string }): boolean =>
  origin === 'library' ? mode === 'off' : origin === 'option' && mode === 'monitor';

function deedsOf({ rules, watchers, visitors, recorder }: Hands): Deed[] {
  const someRule = (random: Random): Rule => random.pick(rules.all);
  const killing = rules.all.filter(({ add }) => add === 'none');
  const someKilling = (random: Random): Rule =>
    killing[random.below(killing.length)] ?? rules.all[0];
  /** Arming wants a rule that watches; what was armed before is armed anew. */
  const awake = async (rule: Rule) => {
    if (rules.modeOf(rule) === 'off') await rules.set(rule, 'monitor');
  };
  const arming = (arm: (rule: Rule) => Promise<void>, some: (random: Random) => Rule) => {
    return async (random: Random) => {
      const rule = some(random);
      await awake(rule);
      await arm(rule);
      await rules.prove(rule);
    };
  };
  /** The dialog is for what is not armed. */
  const fresh = async (rule: Rule) => {
    if (rules.modeOf(rule) !== 'monitor') await rules.set(rule, 'monitor');
  };
  return [
    { name: 'proving a rule', weight: 6, do: (random) => rules.prove(someRule(random)) },
    {
      name: 'switching a rule',
      weight: 4,
      async do(random) {
        const rule = someRule(random);
        await rules.set(rule, rules.modeOf(rule) === 'off' ? 'monitor' : 'off');
        await rules.prove(rule);
      },
    },
    { name: 'arming by socket', weight: 5, do: arming(rules.armBySocket, someRule) },
    { name: 'arming by command', weight: 1, do: arming(rules.armByCommand, someRule) },
    {
      name: 'arming by keys',
      weight: 2,
      async do(random) {
        const rule = someKilling(random);
        await fresh(rule);
        await rules.armByKeys(rule);
        await rules.prove(rule);
      },
    },
    {
      name: 'disarming one',
      weight: 2,
      async do(random) {
        const rule = someRule(random);
        await rules.set(rule, 'monitor');
        await rules.prove(rule);
      },
    },
    { name: 'disarming all by key', weight: 1, do: () => rules.disarmByKey() },
    { name: 'arming for a moment', weight: 1, do: arming(rules.armForMoment, someRule) },
    { name: 'blowing a fuse', weight: 1, do: arming(rules.blowFuse, someKilling) },
    {
      name: 'adding a policy',
      weight: 5,
      do: (random) => visitors.addPolicy(random.below(PASSING_KINDS)),
    },
    { name: 'removing a policy', weight: 4, do: (random) => visitors.removePolicy(random) },
    { name: 'a policy of the library', weight: 3, do: (random) => visitors.watchLibrary(random) },
    {
      name: 'changing a policy file',
      weight: 2,
      do: (random) => visitors.changeFile(watchers[random.below(watchers.length)] ?? watchers[0]),
    },
    { name: 'recording', weight: 2, do: () => recorder.toggle() },
    { name: 'a gRPC client', weight: 2, do: () => visitors.openClient() },
    { name: 'the client goes', weight: 1, do: async () => visitors.closeClient() },
    { name: 'reading metrics', weight: 2, do: () => visitors.scrape() },
    { name: 'trigon stats', weight: 1, do: () => visitors.askStats() },
  ];
}

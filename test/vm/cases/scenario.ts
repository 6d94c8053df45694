/**
 * A policy that people use, and a play of who does what it is about. What a policy must stop is tried twice by the same program:
 * while the policy only watches, when it has its effect, and armed, when it has none.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { projectRoot } from '../../../src/agent/client.ts';
import { type Ended, run } from '../../driver/command.ts';
import { type Hit, isHit, outcomeOf, policyOf } from '../../kernel/stage.ts';
import { STOCK } from '../boots.ts';
import type { Case } from '../case.ts';
import type { Ground, LoadedPolicy } from '../ground.ts';

const CORPUS = resolve(projectRoot(), '../shared/corpus/tetragon-examples');

export type Scenario = {
  name: string;
  /** In our words: it is there in every clone. */
  spec: object;
  /** The published policy that means the same, of the corpus: it is played with too, as it stands, where there is a corpus. */
  example?: string;
  play(scene: Scene): Promise<void>;
};

/** Somebody tries something; `effect`, where it can be told from the outside: whether it came about. */
export type Attempt = () => Promise<{ ended: Ended; effect?: boolean }>;

export type Scene = Ground & {
  policy: LoadedPolicy;
  /** Armed, the program is killed before it gets anywhere. */
  kills(attempt: Attempt): Promise<void>;
  /** Armed, the program sees this error, and there is no effect. @param errno as the program tells it */
  refuses(errno: RegExp, attempt: Attempt): Promise<void>;
  /** The attempt succeeds and the policy tells of it: the functions of its events, and their arguments. */
  tells(attempt: Attempt): Promise<Told[]>;
  /** The policy has nothing to do with the attempt, armed or not: it succeeds and isn't told of. */
  ignores(attempt: Attempt): Promise<void>;
  /** Puts the victim where the system has a program that policies name, until the play is over. */
  standIn(path: string): string;
  /** Events of the policy about any process of the program. */
  hitsOfProgram(program: string): Promise<Hit[]>;
};

export type Told = { call: string; args: unknown[]; data: unknown[] };

/** Runs a program; the attempt has its effect when `hadEffect` says so. */
export const attempt =
  (program: string, words: readonly string[], hadEffect?: (ended: Ended) => boolean): Attempt =>
  async () => {
    const ended = await run(program, words);
    return { ended, ...(hadEffect && { effect: hadEffect(ended) }) };
  };

/** A user with no rights: nobody. */
const NOBODY = { uid: 65_534, gid: 65_534 };

export const attemptAsNobody =
  (program: string, ...words: readonly string[]): Attempt =>
  async () => ({ ended: await run(program, words, NOBODY) });

const succeeded = ({ code, stdout, stderr }: Ended) =>
  assert.deepEqual([code, stderr, /^-1 /m.exec(stdout)?.[0]], [0, '', undefined], stdout);

export const told = (hit: Hit): Told => ({
  call: hit.kind === 'process_kprobe' || hit.kind === 'process_lsm' ? hit.functionName : hit.kind,
  args: 'args' in hit ? hit.args.map(plain) : [],
  data: 'data' in hit ? (hit.data ?? []).map(plain) : [],
});

/** An argument's value; of a file its path. */
function plain(argument: object): unknown {
  if (!('value' in argument)) return undefined;
  const { value } = argument;
  return typeof value === 'object' && value !== null && 'path' in value ? value.path : value;
}

type StandIns = { place(path: string): string; takeAway(): void };

function standIns(ground: Ground): StandIns {
  const placed: string[] = [];
  const aside = (path: string) => `${path}.aside`;
  return {
    place(path) {
      if (existsSync(path)) renameSync(path, aside(path));
      placed.push(path);
      return ground.victim(path);
    },
    takeAway() {
      for (const path of placed.splice(0)) {
        rmSync(path, { force: true });
        if (existsSync(aside(path))) renameSync(aside(path), path);
      }
    },
  };
}

function sceneOf(ground: Ground, policy: LoadedPolicy, standIn: Scene['standIn']): Scene {
  const outcomes = async (ended: Ended) => [
    ...new Set((await policy.hitsOf(ended)).map((hit) => outcomeOf(hit).outcome)),
  ];

  async function armedAttempt(attempt: Attempt): Promise<Ended> {
    await policy.toMonitor();
    const watched = await attempt();
    succeeded(watched.ended);
    assert.notEqual(watched.effect, false, 'it has no effect even when nobody interferes');
    assert.deepEqual(await outcomes(watched.ended), ['withheld']);
    await policy.arm();
    const { ended, effect } = await attempt();
    assert.notEqual(effect, true, 'it had its effect');
    assert((await outcomes(ended)).includes('applied'), 'no event says what was done');
    return ended;
  }

  return {
    ...ground,
    policy,
    standIn,
    async kills(attempt) {
      const { signal, stdout } = await armedAttempt(attempt);
      assert.deepEqual([signal, stdout], ['SIGKILL', '']);
    },
    async refuses(errno, attempt) {
      const { signal, stdout, stderr } = await armedAttempt(attempt);
      assert.equal(signal, null);
      assert.match(stdout + stderr, errno);
    },
    async tells(attempt) {
      const { ended, effect } = await attempt();
      succeeded(ended);
      assert.notEqual(effect, false);
      const hits = await policy.hitsOf(ended);
      assert(hits.length > 0, 'no event');
      return hits.map(told);
    },
    async ignores(attempt) {
      const { ended, effect } = await attempt();
      succeeded(ended);
      assert.notEqual(effect, false);
      assert.deepEqual((await policy.hitsOf(ended)).map(told), []);
    },
    async hitsOfProgram(program) {
      await ground.agent.catchUp();
      return ground.agent.events.filter(isHit).filter(({ process }) => process.binary === program);
    },
  };
}

async function perform(ground: Ground, text: string, play: Scenario['play']): Promise<void> {
  const policy = await ground.loadText(text);
  assert.deepEqual(policy.problems, []);
  const { condition, hooks } = await policy.status();
  const reasons = hooks.flatMap(({ points }) => points.flatMap(({ reason }) => reason ?? []));
  assert.deepEqual([condition, reasons], ['enabled', []]);
  const { place, takeAway } = standIns(ground);
  try {
    await play(sceneOf(ground, policy, place));
  } finally {
    takeAway();
  }
}

/** One case with our own policy, and one with the published one where it is there. */
export function scenarioCases({ name, spec, example, play }: Scenario): Case[] {
  const scenarioCase = (title: string, text: () => string): Case => ({
    name: `classic: ${title}`,
    boots: STOCK,
    async run(ground) {
      await perform(ground, text(), play);
      return {};
    },
  });
  const own = scenarioCase(name, () => policyOf('classic', spec));
  const file = example === undefined ? '' : join(CORPUS, example);
  return existsSync(file)
    ? [own, scenarioCase(`${name} (as published)`, () => readFileSync(file, 'utf8'))]
    : [own];
}

import { totalLost } from '../../src/agent/lost.ts';
import { type CallCost, type Caller, withCaller } from './caller.ts';
import { type Figure, figureOf } from './figure.ts';
import type { Bench } from './fixtures.ts';
import { type HeadlessTrigon, withTrigon } from './headless.ts';
import { meanCpu, measureRound } from './rounds.ts';
import { createSeries } from './series.ts';

const ROUNDS = 4;
/** CPU seconds of one measurement: so long a burst, of nothing but the calls. */
const SECONDS = 0.15;

/** A call of calls.c. */
export type Call = { readonly kind: string; readonly name: string };

/** A policy, and how much of the calls it matches. */
export type Matching = {
  readonly policy: string;
  readonly what: string;
  readonly share: 'none' | 'some' | 'all';
};

/** Matches a call, the open and the close of a file being one. */
const SHARES: Record<Matching['share'], { least: number; most: number }> = {
  none: { least: 0, most: 0 },
  some: { least: 0.0005, most: 0.005 },
  all: { least: 0.9, most: 3 },
};

export type MatchingPlan = {
  readonly calls: readonly Call[];
  readonly matchings: readonly Matching[];
  /** Files of the policies. */
  readonly paths: readonly string[];
  /** See withCaller. */
  readonly files: readonly string[];
  readonly rounds?: number;
};

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);

/**
 * What calls cost while a policy matches none, some or all of them, over the same calls in the same round with all policies off,
 * and how many of the events were lost. The calls are made as fast as they go.
 */
export async function measureMatching(
  bench: Bench,
  { calls, matchings, paths, files, rounds = ROUNDS }: MatchingPlan,
): Promise<Figure[]> {
  const over = createSeries();
  const ratio = createSeries();
  const bare = createSeries();
  const lost = createSeries();
  const told = createSeries();

  const measure = async (
    trigon: HeadlessTrigon,
    caller: Caller,
    { policy, what, share }: Matching,
  ) => {
    const before = await countsOf(trigon, policy);
    const { off: none, monitor: watched } = await measureRound(
      (mode) => trigon.setMode(policy, mode),
      () => measureAll(caller, calls),
    );
    const after = await countsOf(trigon, policy);
    const matched = after.matched - before.matched;
    checkShare(what, share, matched / sum(watched.flat().map((cost) => cost.calls)));
    lost.add(what, after.lost - before.lost);
    told.add(what, matched);
    for (const [index, { name }] of calls.entries()) {
      const [off, on] = [none, watched].map((costs) =>
        meanCpu(costs.flatMap((all) => all[index] ?? [])),
      ) as [number, number];
      bare.add(name, off);
      over.add(`${name} ${what}`, on - off);
      ratio.add(`${name} ${what}`, on / off);
    }
  };

  // Everything is read and decoded, and nothing passes the filter.
  const args = ['events', '--binary', '^/nothing$', ...paths.flatMap((path) => ['--policy', path])];
  await withTrigon(bench, args, (trigon) =>
    withCaller(bench, files, async (caller) => {
      for (const { policy } of matchings) await trigon.setMode(policy, 'off');
      for (let round = 0; round < rounds; round++)
        for (const matching of matchings) await measure(trigon, caller, matching);
    }),
  );
  const watching = matchings.filter(({ share }) => share !== 'none');
  return [
    ...calls.flatMap(({ name }) => [
      figureOf(`${name}, no policy`, 'ns', bare.of(name)),
      ...matchings.flatMap(({ what }) => [
        figureOf(`${name}, ${what}`, 'ns over none', over.of(`${name} ${what}`)),
        figureOf(`${name}, ${what}`, '× none', ratio.of(`${name} ${what}`)),
      ]),
    ]),
    ...watching.map(({ what }) => ({
      ...figureOf(`${what}: lost`, `of ${sum(told.of(what))}`, lost.of(what)),
      value: sum(lost.of(what)),
    })),
  ];
}

async function measureAll(caller: Caller, calls: readonly Call[]): Promise<CallCost[]> {
  const costs: CallCost[] = [];
  for (const { kind } of calls) costs.push(await caller.measure(kind, SECONDS));
  return costs;
}

async function countsOf(trigon: HeadlessTrigon, policy: string) {
  const { lost, policies } = await trigon.stats();
  const counts = policies.find(({ name }) => name === policy)?.counts;
  if (!counts) throw new Error(`no policy ${policy}`);
  return { lost: totalLost(lost), matched: counts.matched };
}

/** A policy that doesn't do what it is measured for would give fine figures. */
function checkShare(what: string, share: Matching['share'], matched: number): void {
  const { least, most } = SHARES[share];
  if (!(matched >= least && matched <= most))
    throw new Error(`${what}: matched ${(matched * 100).toFixed(3)} % of the calls`);
}

import { type CallCost, type Caller, withCaller } from './caller.ts';
import { medianInterval } from './cpu.ts';
import { type Figure, figureOf, formatNumber } from './figure.ts';
import type { Bench } from './fixtures.ts';
import { type HeadlessTrigon, withTrigon } from './headless.ts';
import { onFileAccess, writePolicy } from './policyText.ts';
import { meanCpu, measureRound } from './rounds.ts';
import { createSeries } from './series.ts';
import type { Effort } from './step.ts';

/** Many short ones: what a machine does beside lasts longer than one of them, and what it does to single ones the median leaves out. */
const ROUNDS = 40;
/** CPU seconds of one measurement. */
const SECONDS = { small: 0.02, large: 0.08 };
const BUDGETS = { small: 120, large: 2 };

/** What reading costs more while a policy watches another file, or writes: DESIGN.md, Budgets. */
export async function measureReads(bench: Bench, { quick }: Effort): Promise<Figure[]> {
  const policies = [
    {
      name: 'reads',
      what: 'a policy on reads of other files',
      path: writePolicy(bench, 'reads', [onFileAccess(4, 'Prefix', '/nothing/')]),
    },
    {
      name: 'writes',
      what: 'a policy on writes',
      path: writePolicy(bench, 'writes', [onFileAccess(2, 'Prefix', bench.folder)]),
    },
  ];
  const small = createSeries();
  const large = createSeries();
  const measure = async (trigon: HeadlessTrigon, caller: Caller) => {
    // A policy that is off leaves nothing attached.
    for (const { name } of policies) await trigon.setMode(name, 'off');
    for (let round = 0; round < (quick ? 2 : ROUNDS); round++)
      for (const { name, what } of policies) {
        const { off, monitor } = await measureRound(
          (mode) => trigon.setMode(name, mode),
          async () => ({
            small: await caller.measure('r', SECONDS.small),
            large: await caller.measure('b', SECONDS.large),
          }),
        );
        const [smallOff, largeOff] = [meanCpu(off.map(smallOf)), meanCpu(off.map(largeOf))];
        small.add('none', smallOff);
        large.add('none', largeOff);
        small.add(what, meanCpu(monitor.map(smallOf)) - smallOff);
        large.add(what, (meanCpu(monitor.map(largeOf)) / largeOff - 1) * 100);
      }
  };
  await withTrigon(
    bench,
    ['events', ...policies.flatMap(({ path }) => ['--policy', path])],
    (trigon) => withCaller(bench, [bench.large], (caller) => measure(trigon, caller)),
  );
  return [
    figureOf('1-byte read, no policy', 'ns', small.of('none')),
    figureOf('64 KiB read, no policy', 'ns', large.of('none')),
    ...policies.flatMap(({ what }) => [
      figureOf(`1-byte read, ${what}`, 'ns over none', small.of(what), {
        budget: BUDGETS.small,
        note: inWords(medianInterval(small.of(what))),
      }),
      figureOf(`64 KiB read, ${what}`, '% over none', large.of(what), {
        budget: BUDGETS.large,
        note: inWords(medianInterval(large.of(what))),
      }),
    ]),
  ];
}

type Reads = { readonly small: CallCost; readonly large: CallCost };

const smallOf = ({ small }: Reads) => small;
const largeOf = ({ large }: Reads) => large;

const inWords = ([low, high]: readonly [number, number]): string =>
  `median at 95 %: ${formatNumber(low)} … ${formatNumber(high)}`;

import { type ProgramReader, type ProgramStats, withCounting } from './bpfStats.ts';
import { withCaller } from './caller.ts';
import { runExecs } from './execs.ts';
import { type Figure, figureOf } from './figure.ts';
import type { Bench } from './fixtures.ts';
import { withTrigon } from './headless.ts';
import { onFileAccess, writePolicy } from './policyText.ts';
import { createSeries } from './series.ts';
import type { Effort } from './step.ts';

const RUNS = 7;
const STARTS = 500;
/** Records that fit into the ring: what is lost takes another way through the program. */
const READS = 20_000;
/** Seconds of CPU that these may take. */
const READ_SECONDS = 1;

/** Everything is read and decoded, nothing is written. */
const WATCH = ['events', '--binary', '^/nothing$'];

/**
 * How long Trigon's own programs run in the kernel for each program that is started, and for each event of a policy; and how many
 * instructions the verifier went through for each of them. The kernel's own clock tells, not a difference of two loads, so that it
 * holds on a machine that is not quiet.
 */
export async function measureRunTime(bench: Bench, { quick }: Effort): Promise<Figure[]> {
  const runs = quick ? 2 : RUNS;
  return [
    ...(await measureStarts(bench, runs)),
    ...(await measurePolicyEvents(bench, runs)),
    ...(await countInstructions(bench)),
  ];
}

/** What programs ran between two looks, in ns, by their names and together. */
function spent(before: readonly ProgramStats[], after: readonly ProgramStats[]) {
  const earlier = new Map(before.map(({ id, ns }) => [id, ns]));
  const of = new Map<string, number>();
  for (const { id, name, ns } of after)
    of.set(name, (of.get(name) ?? 0) + ns - (earlier.get(id) ?? 0));
  return { of, all: [...of.values()].reduce((sum, ns) => sum + ns, 0) };
}

/** A program's start and end. */
async function measureStarts(bench: Bench, runs: number): Promise<Figure[]> {
  const load = { count: STARTS, workers: 1, perSecond: 0, program: bench.drop };
  const all: number[] = [];
  const each = createSeries();
  const bare: number[] = [];
  for (let run = 0; run < runs; run++)
    bare.push(((await runExecs(bench, load)).cpu / STARTS) * 1e6);
  const measure = async (read: ProgramReader, pid: number) => {
    const before = await read(pid);
    await runExecs(bench, load);
    const now = spent(before, await read(pid));
    all.push(now.all / STARTS / 1000);
    for (const [name, ns] of now.of) each.add(name, ns / STARTS / 1000);
  };
  await withTrigon(bench, WATCH, ({ pid }) =>
    withCounting(bench, async (read) => {
      for (let run = 0; run < runs; run++) await measure(read, pid);
    }),
  );
  const least = Math.min(...bare);
  return [
    figureOf("programs in the kernel, a program's start and end", 'µs', all),
    ...each
      .keys()
      .filter((name) => Math.max(...each.of(name)) > 0)
      .map((name) => figureOf(`of these ${name}`, 'µs', each.of(name))),
    figureOf(
      "programs in the kernel, share of a start's CPU",
      '% over none',
      all.map((value) => (value / least) * 100),
    ),
  ];
}

/** Reads of a file that a policy tells of, and of one that it looks at and lets pass. */
async function measurePolicyEvents(bench: Bench, runs: number): Promise<Figure[]> {
  const cases = [
    { what: 'an event of a file policy', file: bench.target, share: 1 },
    { what: 'a read that a file policy lets pass', file: bench.large, share: 0 },
  ];
  const policy = writePolicy(bench, 'runtime', [onFileAccess(4, 'Equal', bench.target)]);
  const costs = createSeries();
  await withTrigon(bench, [...WATCH, '--policy', policy], async (trigon) => {
    const matched = async () =>
      (await trigon.policies()).find(({ name }) => name === 'runtime')?.counts.matched ?? 0;
    await withCounting(bench, async (read) => {
      for (let run = 0; run < runs; run++)
        for (const { what, file, share } of cases)
          await withCaller(bench, [file], async (caller) => {
            const before = { programs: await read(trigon.pid), matched: await matched() };
            const { calls } = await caller.measure('r', READ_SECONDS, READS);
            const { all } = spent(before.programs, await read(trigon.pid));
            const found = ((await matched()) - before.matched) / calls;
            if (Math.abs(found - share) > 0.01)
              throw new Error(`${what}: the policy matched ${(found * 100).toFixed(1)} % of them`);
            costs.add(what, all / calls);
          });
    });
  });
  return cases.map(({ what }) =>
    figureOf(`programs in the kernel, ${what}`, 'ns', costs.of(what), {
      note: 'with its clock, and what other processes call meanwhile',
    }),
  );
}

/** The kernel's own limit (BPF_COMPLEXITY_LIMIT_INSNS): beyond, a program is refused. */
const MOST_VERIFIED = 1_000_000;

/** Of the programs of a Trigon with policies of several kinds. */
async function countInstructions(bench: Bench): Promise<Figure[]> {
  const policies = [
    [onFileAccess(4, 'Prefix', '/nothing/')],
    [{ call: 'sys_getpgid', syscall: true, return: true, returnArg: { index: 0, type: 'int' } }],
    [{ call: 'tcp_connect', syscall: false, args: [{ index: 0, type: 'sock' }] }],
  ].map((hooks, index) => writePolicy(bench, `instructions-${index}`, hooks));
  const options = policies.flatMap((path) => ['--policy', path]);
  const programs = await withTrigon(bench, [...WATCH, ...options], ({ pid }) =>
    withCounting(bench, (read) => read(pid)),
  );
  const most = new Map<string, ProgramStats>();
  for (const program of programs)
    if (program.verified >= (most.get(program.name)?.verified ?? 0))
      most.set(program.name, program);
  return [...most.values()]
    .sort((first, second) => second.verified - first.verified)
    .map(({ name, verified, instructions }) => ({
      ...{ name: `verifier, ${name}`, value: verified, unit: 'instructions' },
      ...{ budget: MOST_VERIFIED, spread: undefined, note: `${instructions} long` },
    }));
}

import { type AgentUnderTest, startAgent } from '../driver/agent.ts';
import { withCaller } from './caller.ts';
import { type Figure, figureOf } from './figure.ts';
import type { Bench } from './fixtures.ts';
import { writePolicy } from './policyText.ts';
import { createSeries } from './series.ts';
import type { Effort } from './step.ts';

const ROUNDS = 5;
/** CPU seconds of one measurement. */
const SECONDS = 0.1;
/** Records that fit into the ring, so that posting is measured and not losing. */
const MOST_RECORDS = 30_000;
const RING_BYTES = 16 << 20;

/** A call of calls.c, and what each loaded policy has to do with it. */
type Case = {
  kind: string;
  what: string;
  /** The policies' hook on the call; undefined: none has one. */
  hook?: object;
  posts?: boolean;
};

/** A hook on a system call whose first argument is 0 in every call made here. */
const hook = (call: string, value: number, actions: object[] = []): object => ({
  call,
  syscall: true,
  args: [{ index: 0, type: 'int' }],
  selectors: [
    {
      matchArgs: [{ index: 0, operator: 'Equal', values: [String(value)] }],
      ...(actions.length > 0 ? { matchActions: actions } : {}),
    },
  ],
});

const CASES: readonly Case[] = [
  { kind: 'p', what: 'a call without hooks' },
  { kind: 'g', what: 'matching none', hook: hook('sys_getpgid', 4242) },
  { kind: 's', what: 'matching, NoPost', hook: hook('sys_getsid', 0, [{ action: 'NoPost' }]) },
  {
    kind: 'l',
    what: 'matching, rate limited',
    hook: hook('sys_getpriority', 0, [{ action: 'Post', rateLimit: '1h' }]),
  },
  {
    kind: 'u',
    what: 'matching, posting',
    // umask(022)
    hook: hook('sys_umask', 0o22),
    posts: true,
  },
];

const COUNTS = [0, 1, 10, 50] as const;

/** Does the work while the policies are loaded. A lost record would make posting look cheaper than it is. */
async function withPolicies(
  paths: readonly string[],
  work: (agent: AgentUnderTest) => Promise<void>,
): Promise<void> {
  const policies = paths.map((path) => ({ path, mode: 'monitor' as const }));
  const agent = await startAgent({ policies, ringBytes: RING_BYTES });
  if (agent.problems.length > 0) throw new Error(agent.problems.join('\n'));
  let policyRing = 0;
  try {
    await work(agent);
  } finally {
    ({ policyRing } = await agent.stop());
  }
  if (policyRing > 0) throw new Error(`${policyRing} records were lost`);
}

const keyOf = (count: number, kind: string) => `${count} ${kind}`;

/**
 * What a system call costs with 0, 1, 10 and 50 policies loaded, as a ratio to the same call with nothing loaded in the same
 * round. CPU of the calling thread alone; all rounds visit all counts in turn, so that noise hits all.
 */
export async function measureCalls(bench: Bench, { quick }: Effort): Promise<Figure[]> {
  const hooks = CASES.flatMap(({ hook }) => (hook ? [hook] : []));
  const all = Array.from({ length: 50 }, (_, index) =>
    writePolicy(bench, `calls-${index + 1}`, hooks),
  );
  const ratios = createSeries();
  const bare = createSeries();
  const runs = createSeries();
  await withCaller(bench, [], async (caller) => {
    for (let round = 0; round < (quick ? 1 : ROUNDS); round++)
      for (const count of COUNTS) {
        // Just before, so that what else goes on is the same.
        const none = new Map<string, number>();
        for (const { kind } of CASES) {
          const { cpuNs } = await caller.measure(kind, SECONDS);
          none.set(kind, cpuNs);
          bare.add(kind, cpuNs);
        }
        await withPolicies(all.slice(0, count), async () => {
          for (const { kind, posts } of CASES) {
            const most = posts && count > 0 ? MOST_RECORDS / count : 0;
            const cost = await caller.measure(kind, SECONDS, most);
            ratios.add(keyOf(count, kind), cost.cpuNs / (none.get(kind) ?? Number.NaN));
            runs.add(keyOf(count, kind), cost.runs);
          }
        });
      }
  });
  return CASES.flatMap(({ kind, what }) => [
    figureOf(`system call, nothing loaded (${what})`, 'ns', bare.of(kind)),
    ...COUNTS.map((count) =>
      figureOf(`system call, ${count} policies, ${what}`, '× none', ratios.of(keyOf(count, kind)), {
        note: `each of ${Math.min(...runs.of(keyOf(count, kind)))} runs or more`,
      }),
    ),
  ]);
}

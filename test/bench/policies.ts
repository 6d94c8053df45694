import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type AgentUnderTest, startAgent } from '../driver/agent.ts';
import { median } from './cpu.ts';
import type { Figure } from './figure.ts';
import type { Bench } from './fixtures.ts';

const run = promisify(execFile);

const ROUNDS = 5;
/** CPU seconds of one measurement. */
const SECONDS = 0.15;
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

type Cost = { cpuNs: number; wallNs: number };

async function measure(
  bench: Bench,
  kind: string,
  { mostCalls = 0, file = bench.target } = {},
): Promise<Cost> {
  const { stdout } = await run(bench.calls, [kind, String(SECONDS), String(mostCalls), file]);
  const [cpuNs = Number.NaN, wallNs = Number.NaN] = stdout.split(' ').map(Number);
  return { cpuNs, wallNs };
}

/** Writes a policy file and gives its path. */
function writePolicy(bench: Bench, name: string, kprobes: readonly object[]): string {
  const path = join(bench.folder, `${name}.yaml`);
  // JSON is YAML.
  const policy = {
    apiVersion: 'cilium.io/v1alpha1',
    kind: 'TracingPolicy',
    metadata: { name },
    spec: { kprobes },
  };
  writeFileSync(path, JSON.stringify(policy));
  return path;
}

/** Does the work while the policies are loaded. A lost record would make posting look cheaper than it is. */
async function withPolicies(
  paths: readonly string[],
  work: (agent: AgentUnderTest) => Promise<void>,
): Promise<void> {
  const policies = paths.map((path) => ({ path, mode: 'monitor' as const }));
  const agent = await startAgent({ policies, ringBytes: RING_BYTES });
  if (agent.problems.length > 0) throw new Error(agent.problems.join('\n'));
  await work(agent);
  const { policyRing } = await agent.stop();
  if (policyRing > 0) throw new Error(`${policyRing} records were lost`);
}

/** Measurements of one thing, one a round. */
type Series = Map<string, number[]>;

const note = (series: Series, key: string, value: number): void => {
  const values = series.get(key);
  if (values) values.push(value);
  else series.set(key, [value]);
};

const figure = (
  name: string,
  unit: string,
  values: readonly number[],
  budget?: number,
): Figure => ({
  name,
  value: median(values),
  unit,
  budget,
  spread: [Math.min(...values), Math.max(...values)],
});

const keyOf = (count: number, kind: string) => `${count} ${kind}`;

/**
 * What a system call costs with 0, 1, 10 and 50 policies loaded, as a ratio to the same call with nothing loaded in the same
 * round. CPU of the calling thread alone; all rounds visit all counts in turn, so that noise hits all.
 */
export async function measureCalls(bench: Bench): Promise<Figure[]> {
  const hooks = CASES.flatMap(({ hook }) => (hook ? [hook] : []));
  const all = Array.from({ length: 50 }, (_, index) =>
    writePolicy(bench, `calls-${index + 1}`, hooks),
  );
  const ratios: Series = new Map();
  const bare: Series = new Map();
  for (let round = 0; round < ROUNDS; round++)
    for (const count of COUNTS) {
      // Just before, so that what else goes on is the same.
      const none = new Map<string, number>();
      for (const { kind } of CASES) {
        const { cpuNs } = await measure(bench, kind);
        none.set(kind, cpuNs);
        note(bare, kind, cpuNs);
      }
      await withPolicies(all.slice(0, count), async () => {
        for (const { kind, posts } of CASES) {
          const mostCalls = posts && count > 0 ? MOST_RECORDS / count : 0;
          const { cpuNs } = await measure(bench, kind, { mostCalls });
          note(ratios, keyOf(count, kind), cpuNs / (none.get(kind) ?? Number.NaN));
        }
      });
    }
  return CASES.flatMap(({ kind, what }) => [
    figure(`system call, nothing loaded (${what})`, 'ns', bare.get(kind) ?? []),
    ...COUNTS.map((count) =>
      figure(
        `system call, ${count} policies, ${what}`,
        '× none',
        ratios.get(keyOf(count, kind)) ?? [],
      ),
    ),
  ]);
}

/** What reading costs more while a policy watches another file, or writes: DESIGN.md, Budgets. */
export async function measureReads(bench: Bench): Promise<Figure[]> {
  const filePolicy = (name: string, mask: number, path: string) =>
    writePolicy(bench, name, [
      {
        call: 'security_file_permission',
        syscall: false,
        args: [
          { index: 0, type: 'file' },
          { index: 1, type: 'int' },
        ],
        selectors: [
          {
            matchArgs: [
              { index: 0, operator: 'Prefix', values: [path] },
              { index: 1, operator: 'Equal', values: [String(mask)] },
            ],
          },
        ],
      },
    ]);
  const policies = [
    {
      name: 'reads',
      what: 'a policy on reads of other files',
      path: filePolicy('reads', 4, '/nothing/'),
    },
    { name: 'writes', what: 'a policy on writes', path: filePolicy('writes', 2, bench.folder) },
  ];
  const small: Series = new Map();
  const large: Series = new Map();
  for (const { what, path, name } of policies)
    await withPolicies([path], async (agent) => {
      const { id } = await agent.status(name);
      const measureIn = async (mode: 'off' | 'monitor') => {
        agent.send({ type: 'set-mode', policy: id, mode });
        await agent.waitForPolicy(name, (status) => status.mode === mode);
        return {
          one: await measure(bench, 'r'),
          many: await measure(bench, 'b', { file: bench.large }),
        };
      };
      for (let round = 0; round < 2 * ROUNDS; round++) {
        // A policy that is off leaves nothing attached.
        const off = await measureIn('off');
        const on = await measureIn('monitor');
        note(small, what, on.one.cpuNs - off.one.cpuNs);
        note(large, what, (on.many.wallNs / off.many.wallNs - 1) * 100);
      }
    });
  return policies.flatMap(({ what }) => [
    figure(`1-byte read, ${what}`, 'ns over none', small.get(what) ?? [], 120),
    figure(`64 KiB read, ${what}`, '% wall over none', large.get(what) ?? [], 2),
  ]);
}

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { askTrigon } from '../../src/agent/control/client.ts';
import { compileProgram } from '../driver/compile.ts';
import { median, residentMb, sleep } from './cpu.ts';
import { type Figure, figureOf } from './figure.ts';
import type { Bench } from './fixtures.ts';
import { type HeadlessTrigon, startTrigon } from './headless.ts';
import { onFileAccess } from './policyText.ts';
import type { Effort } from './step.ts';

const root = join(import.meta.dirname, '../..');

const ROUNDS = 3;
/** Of each kind after the first. */
const FURTHER = 10;
/** For the memory of a policy. */
const MANY = 50;

/** No event is written. */
const WATCH = ['events', '--binary', '^/nothing$'];

/** A kind of hook with an example; made for the fixture program `probed`. */
type Kind = { name: string; spec: (probed: string) => object };

const kprobe = (call: string, ...types: string[]): object => ({
  kprobes: [
    { call, syscall: call.startsWith('sys_'), args: types.map((type, index) => ({ index, type })) },
  ],
});

const KINDS: readonly Kind[] = [
  {
    name: 'system call',
    spec: () => kprobe('sys_getpgid', 'int'),
  },
  {
    name: 'file accesses',
    spec: () => ({ kprobes: [onFileAccess(4, 'Prefix', '/nothing/')] }),
  },
  {
    name: 'kernel function',
    spec: () => kprobe('wake_up_new_task'),
  },
  {
    name: 'connections',
    spec: () => kprobe('tcp_connect', 'sock'),
  },
  {
    name: 'tracepoint',
    spec: () => ({
      tracepoints: [{ subsystem: 'sched', event: 'sched_process_free' }],
    }),
  },
  {
    name: 'raw tracepoint',
    spec: () => ({
      tracepoints: [{ subsystem: 'sched', event: 'sched_process_free', raw: true }],
    }),
  },
  {
    name: 'LSM hook',
    spec: () => ({ lsmhooks: [{ hook: 'bprm_check_security' }] }),
  },
  {
    name: 'uprobe',
    spec: (probed) => ({ uprobes: [{ path: probed, symbols: ['add'] }] }),
  },
  {
    name: 'USDT',
    spec: (probed) => ({ usdts: [{ path: probed, provider: 'trigon_test', name: 'added' }] }),
  },
];

/** Milliseconds from the request to the answer, which comes when the hooks are attached; and what policies take of memory. */
export async function measurePolicyLoad(bench: Bench, { quick }: Effort): Promise<Figure[]> {
  const probed = join(bench.folder, 'probed');
  const source = join(root, 'test/kernel/fixtures/probed.c');
  compileProgram(source, probed);
  const figures: Figure[] = [];
  for (const kind of KINDS) figures.push(...(await measureKind(kind, probed, bench, quick)));
  return [...figures, ...(await measurePolicyMemory(bench, probed))];
}

async function measureKind(
  { name, spec }: Kind,
  probed: string,
  bench: Bench,
  quick: boolean,
): Promise<Figure[]> {
  const first: number[] = [];
  const further: number[] = [];
  for (let round = 0; round < (quick ? 1 : ROUNDS); round++) {
    const trigon = await startTrigon(bench, WATCH);
    try {
      const { ms, problem } = await addPolicy(trigon, 'first', spec(probed));
      if (problem !== undefined) return [notPossible(`policy load, ${name}`, problem)];
      first.push(ms);
      for (let count = 0; count < FURTHER; count++)
        further.push(await addAnother(trigon, `further-${count}`, spec(probed)));
    } finally {
      await trigon.stop();
    }
  }
  return [
    figureOf(`policy load, ${name}, the first`, 'ms', first),
    figureOf(`policy load, ${name}, further ones`, 'ms', further),
  ];
}

/** In a host that has no such hook. */
const notPossible = (name: string, problem: string): Figure => ({
  ...{ name, value: undefined, unit: '', budget: undefined, spread: undefined },
  note: `not possible here: ${reasonOf(problem)}`,
});

/** Without the place in the policy, and what would help. */
const reasonOf = (problem: string): string =>
  (problem.split(';')[0] ?? problem).replace(/^\S+:\d+:\d+: (spec\.\S+: )?/, '');

/** Of a file policy with one selector. */
async function measurePolicyMemory(bench: Bench, probed: string): Promise<Figure[]> {
  const files = KINDS.find(({ name }) => name === 'file accesses');
  const trigon = await startTrigon(bench, WATCH);
  try {
    const { problem } = await addPolicy(trigon, 'policy-1', files?.spec(probed) ?? {});
    if (problem !== undefined) return [notPossible('memory of policies', problem)];
    const before = await memoryOf(trigon.pid);
    for (let count = 2; count <= MANY; count++)
      await addAnother(trigon, `policy-${count}`, files?.spec(probed) ?? {});
    const after = await memoryOf(trigon.pid);
    const rest = { budget: undefined, spread: undefined };
    const each = (of: 'kernel' | 'resident') => ((after[of] - before[of]) * 1024) / (MANY - 1);
    return [
      {
        ...{ name: 'memory of the kernel with 1 policy', value: before.kernel, unit: 'MB' },
        ...rest,
        note: 'all maps and programs, the ring among them',
      },
      {
        ...{ name: 'memory of the kernel, each further policy', value: each('kernel'), unit: 'KB' },
        ...rest,
      },
      {
        ...{ name: 'resident memory, each further policy', value: each('resident'), unit: 'KB' },
        ...rest,
        note: 'with the garbage of loading it',
      },
    ];
  } finally {
    await trigon.stop();
  }
}

type Memory = { kernel: number; resident: number };

/** MB of the process, and of the BPF maps and programs that it has open (proc_pid_fdinfo(5)). */
async function memoryOf(pid: number): Promise<Memory> {
  const samples: number[] = [];
  for (let count = 0; count < 5; count++) {
    await sleep(500);
    samples.push(residentMb(pid));
  }
  const seen = new Set<string>();
  let kernel = 0;
  for (const name of readdirSync(`/proc/${pid}/fd`)) {
    // A file that it closes meanwhile is none that it keeps.
    const target = readOr(() => readlinkSync(`/proc/${pid}/fd/${name}`));
    if (target === undefined || !/bpf-(map|prog)/.test(target)) continue;
    const info = readOr(() => readFileSync(`/proc/${pid}/fdinfo/${name}`, 'utf8'));
    if (info === undefined) continue;
    const id = /^(map_id|prog_id):\s*\d+/m.exec(info)?.[0] ?? name;
    if (!seen.has(id)) kernel += Number(/^memlock:\s*(\d+)/m.exec(info)?.[1] ?? 0);
    seen.add(id);
  }
  return { kernel: kernel / 2 ** 20, resident: median(samples) };
}

function readOr<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

type Added = {
  readonly ms: number;
  /** Why it is not loaded. */
  readonly problem: string | undefined;
};

/** Asks a running Trigon to load a policy; the answer comes when its hooks are attached. */
async function addPolicy({ socket }: HeadlessTrigon, name: string, spec: object): Promise<Added> {
  const policy = {
    apiVersion: 'cilium.io/v1alpha1',
    kind: 'TracingPolicy',
    metadata: { name },
    spec,
  };
  const request = {
    command: 'add' as const,
    // JSON is YAML.
    source: JSON.stringify(policy),
    file: `/${name}.yaml`,
    mode: 'monitor' as const,
    variables: {},
  };
  const started = performance.now();
  const { ids, problems } = await askTrigon(socket, request);
  const ms = performance.now() - started;
  return { ms, problem: ids.length === 0 ? (problems[0] ?? 'refused') : undefined };
}

/** The same of a kind that this host has. Resolves to milliseconds. @throws Error when it is refused: that takes no time and no memory */
async function addAnother(trigon: HeadlessTrigon, name: string, spec: object): Promise<number> {
  const { ms, problem } = await addPolicy(trigon, name, spec);
  if (problem !== undefined) throw new Error(`policy ${name} is refused: ${problem}`);
  return ms;
}

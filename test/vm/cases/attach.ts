/**
 * Each kind of hook with each action: it works, by whatever way the kernel has, or is refused with a reason. docs/kernels.md has what
 * came of it, and the suite fails when that changes.
 */
import assert from 'node:assert/strict';
import type { PolicyStatus } from '../../../src/agent/messages.ts';
import { type Hit, outcomeOf } from '../../kernel/stage.ts';
import { BOOT_NAMES, STOCK } from '../boots.ts';
import type { ActionCell, Case, Findings } from '../case.ts';
import type { Ground, LoadedPolicy } from '../ground.ts';
import { type Done, doDeed } from '../victim.ts';

const REFUSED = 77;

type HookKind = {
  /** As the table has it. */
  name: string;
  section: 'kprobes' | 'fentries' | 'lsmhooks' | 'tracepoints' | 'uprobes' | 'usdts';
  hook(victim: string): object;
  options?: object;
  /** Other filters of the selectors. */
  filters?: object;
  /** The deed; a place that isn't there yet stands in for @. */
  words: readonly string[];
  /** Beside those that every kind is tried with. */
  alsoTried?: readonly ActionName[];
  /** What no stock kernel can do there. */
  refused?: readonly ActionName[];
  /** An argument that its events must have. */
  argument?: (place: string) => unknown;
};

const ACTIONS = {
  Post: { action: 'Post' },
  NoPost: { action: 'NoPost' },
  'kernel stack': { action: 'Post', kernelStackTrace: true },
  Signal: { action: 'Signal', argSig: 10 },
  Sigkill: { action: 'Sigkill' },
  Override: { action: 'Override', argError: -REFUSED },
  NotifyEnforcer: { action: 'NotifyEnforcer', argError: -REFUSED },
  Set: { action: 'Set', argIndex: 0, argValue: 4711 },
} as const;

type ActionName = keyof typeof ACTIONS;

const EVERYWHERE: readonly ActionName[] = [
  'Post',
  'NoPost',
  'kernel stack',
  'Signal',
  'Sigkill',
  'Override',
];

const MKDIR = ['mkdir', '@'] as const;
const PROBED = ['probed', '7'] as const;
/** x86-64's number. */
const MKDIR_NUMBER = '83';

const KINDS: readonly HookKind[] = [
  {
    name: 'kprobes, system call',
    section: 'kprobes',
    hook: () => ({ call: 'sys_mkdir', syscall: true, args: [{ index: 0, type: 'string' }] }),
    words: MKDIR,
    alsoTried: ['NotifyEnforcer'],
    argument: (place) => place,
  },
  {
    name: 'kprobes, system call and its return',
    section: 'kprobes',
    hook: () => ({
      ...{ call: 'sys_mkdir', syscall: true, return: true },
      args: [{ index: 0, type: 'string' }],
      returnArg: { index: 0, type: 'int' },
    }),
    words: MKDIR,
    argument: (place) => place,
  },
  {
    name: 'kprobes, function',
    section: 'kprobes',
    hook: () => ({ call: 'do_mkdirat', syscall: false, args: [{ index: 0, type: 'int' }] }),
    words: MKDIR,
    alsoTried: ['NotifyEnforcer'],
    argument: () => -100,
    refused: ['Override'],
  },
  {
    name: 'kprobes, function, disable-kprobe-multi',
    section: 'kprobes',
    hook: () => ({ call: 'do_mkdirat', syscall: false, args: [{ index: 0, type: 'int' }] }),
    options: [{ name: 'disable-kprobe-multi', value: '1' }],
    words: MKDIR,
    argument: () => -100,
    refused: ['Override'],
  },
  {
    name: 'kprobes, function and its return',
    section: 'kprobes',
    hook: () => ({
      ...{ call: 'do_mkdirat', syscall: false, return: true },
      args: [{ index: 0, type: 'int' }],
      returnArg: { index: 0, type: 'int' },
    }),
    words: MKDIR,
    argument: () => -100,
    refused: ['Override'],
  },
  {
    name: 'kprobes, security_*',
    section: 'kprobes',
    hook: () => ({
      call: 'security_path_mkdir',
      syscall: false,
      args: [{ index: 0, type: 'path' }],
    }),
    words: MKDIR,
    argument: (place) => place.slice(0, place.lastIndexOf('/')),
  },
  {
    name: 'fentries',
    section: 'fentries',
    hook: () => ({ call: 'do_mkdirat', syscall: false, args: [{ index: 0, type: 'int' }] }),
    words: MKDIR,
    argument: () => -100,
    // The language has only actions that tell there.
    refused: ['Signal', 'Sigkill', 'Override'],
  },
  {
    name: 'fentries and the return',
    section: 'fentries',
    hook: () => ({
      ...{ call: 'do_mkdirat', syscall: false, return: true },
      args: [{ index: 0, type: 'int' }],
      returnArg: { index: 0, type: 'int' },
    }),
    words: MKDIR,
    argument: () => -100,
    // The language has only actions that tell there.
    refused: ['Signal', 'Sigkill', 'Override'],
  },
  {
    name: 'lsmhooks',
    section: 'lsmhooks',
    hook: () => ({ hook: 'path_mkdir', args: [{ index: 0, type: 'path' }] }),
    words: MKDIR,
    argument: (place) => place.slice(0, place.lastIndexOf('/')),
    // As Tetragon has it.
    refused: ['kernel stack'],
  },
  {
    name: 'tracepoints',
    section: 'tracepoints',
    hook: () => ({
      ...{ subsystem: 'syscalls', event: 'sys_enter_mkdir' },
      args: [{ index: 5, type: 'string' }],
    }),
    words: MKDIR,
    argument: (place) => place,
    refused: ['Override'],
  },
  {
    name: 'tracepoints, raw',
    section: 'tracepoints',
    hook: () => ({
      ...{ subsystem: 'raw_syscalls', event: 'sys_enter', raw: true },
      args: [{ index: 1, type: 'int64' }],
    }),
    filters: { matchArgs: [{ index: 0, operator: 'Equal', values: [MKDIR_NUMBER] }] },
    words: MKDIR,
    alsoTried: ['NotifyEnforcer'],
    argument: () => BigInt(MKDIR_NUMBER),
    refused: ['Override'],
  },
  {
    name: 'uprobes',
    section: 'uprobes',
    hook: (victim) => ({
      ...{ path: victim, symbols: ['probed_sum'] },
      args: [{ index: 0, type: 'int' }],
    }),
    words: PROBED,
    argument: () => 7,
    refused: ['Override'],
  },
  {
    name: 'uprobes, two symbols',
    section: 'uprobes',
    hook: (victim) => ({ path: victim, symbols: ['probed_sum', 'printf'], args: [] }),
    words: PROBED,
    refused: ['Override'],
  },
  {
    name: 'uprobes and the return',
    section: 'uprobes',
    hook: (victim) => ({
      ...{ path: victim, symbols: ['probed_sum'], return: true },
      args: [{ index: 0, type: 'int' }],
      returnArg: { index: 0, type: 'int' },
    }),
    words: PROBED,
    argument: () => 7,
    refused: ['Override'],
  },
  {
    name: 'usdts',
    section: 'usdts',
    hook: (victim) => ({
      ...{ path: victim, provider: 'trigon_test', name: 'summed' },
      args: [{ index: 0, type: 'int32' }],
    }),
    words: PROBED,
    alsoTried: ['Set'],
    argument: () => 1007,
    refused: ['Override'],
  },
];

const specOf = (kind: HookKind, action: ActionName, victim: string): object => ({
  ...(kind.options !== undefined && { options: kind.options }),
  ...(action === 'NotifyEnforcer' && { enforcers: [{ calls: ['sys_mkdir'] }] }),
  [kind.section]: [
    {
      ...kind.hook(victim),
      selectors: [
        {
          ...kind.filters,
          matchBinaries: [{ operator: 'In', values: [victim] }],
          matchActions: [ACTIONS[action]],
        },
      ],
    },
  ],
});

/** Why the policy can't be had, or can't do what its action says; undefined: it says that it can. */
async function refusal(policy: LoadedPolicy, action: ActionName): Promise<string | undefined> {
  for (const problem of policy.problems) assert(!isFailure(problem), problem);
  if (policy.problems.length > 0) return policy.problems.map(withoutPlace).join('; ');
  const status = await policy.status();
  const failed = status.hooks.flatMap(({ points }) =>
    points.filter(({ state }) => state === 'failed'),
  );
  assert.deepEqual(failed, [], 'the kernel refused what was planned');
  const missing = missingPoints(status);
  if (missing.length > 0) return missing.join('; ');
  const about = policy.warnings.find((line) => line.includes(action));
  return isEnforcing(action) && !status.enforces ? (about ?? 'it has no such action') : undefined;
}

const isEnforcing = (action: ActionName) => !['Post', 'NoPost', 'kernel stack'].includes(action);

/** The plan was wrong: a program of ours was refused by the kernel. */
const isFailure = (problem: string): boolean => /libbpf|the kernel refused/.test(problem);

const missingPoints = ({ hooks }: PolicyStatus): string[] =>
  hooks.flatMap(({ points }) =>
    points.flatMap(({ functionName, reason }) =>
      reason === undefined ? [] : [`${functionName}: ${reason}`],
    ),
  );

/** `/run/…/post.yaml:1:2: error: words` without where it stands. */
const withoutPlace = (line: string): string => line.replace(/^\S+:\d+(:\d+)?: /, '');

type Scene = {
  kind: HookKind;
  policy: LoadedPolicy;
  /** Lets a program do the deed at a place of its own. */
  attempt(program: string): Promise<{ done: Done; place: string }>;
  victim: string;
};

const succeeds = ({ result }: Done, words: readonly string[]) =>
  assert.equal(result, words === PROBED ? 1007 : 0);

/** What an action that doesn't interfere leaves behind. */
async function checkTelling({ kind, policy, attempt, victim }: Scene, action: ActionName) {
  const { done, place } = await attempt(victim);
  succeeds(done, kind.words);
  const hits = await policy.hitsOf(done);
  const { counts } = await policy.status();
  assert(counts.matched > 0, 'no call has matched');
  if (action === 'NoPost') return assert.deepEqual(hits, []);
  const [hit] = hits;
  assert(hit, 'no event');
  if (kind.argument) {
    const shown = argumentsOf(hit);
    assert(shown.includes(String(kind.argument(place))), `arguments: ${shown.join(', ')}`);
  }
  if (action === 'kernel stack') assert((stackOf(hit) ?? []).length > 0, 'no stack trace');
}

/** Values of its arguments as texts: paths are objects with more than the path. */
const argumentsOf = (hit: Hit): string[] =>
  'args' in hit
    ? hit.args.map((argument) => ('value' in argument ? text(argument.value) : ''))
    : [];

const text = (value: unknown): string =>
  typeof value === 'object' && value !== null && 'path' in value
    ? String(value.path)
    : String(value);

const stackOf = (hit: Hit) =>
  'kernelStackTrace' in hit ? hit.kernelStackTrace : outcomeOf(hit).kernelStackTrace;

async function checkEnforcing({ kind, policy, attempt, victim }: Scene, action: ActionName) {
  const watched = (await attempt(victim)).done;
  succeeds(watched, kind.words);
  await policy.arm();
  const { done, place } = await attempt(victim);
  switch (action) {
    case 'Signal':
      assert.equal(done.signal, 'SIGUSR1');
      break;
    case 'Sigkill':
      assert.equal(done.signal, 'SIGKILL');
      break;
    case 'Set':
      assert.equal(done.result, 4711);
      break;
    default:
      assert.equal(done.errno, REFUSED, `${place}: ${done.stdout}`);
  }
  const outcomes = async (of: Done) =>
    new Set((await policy.hitsOf(of)).map((hit) => outcomeOf(hit).outcome));
  assert((await outcomes(watched)).has('withheld'), 'no event of what was withheld');
  assert((await outcomes(done)).has('applied'), 'no event of what was done');
}

async function tryAction(kind: HookKind, action: ActionName, ground: Ground): Promise<ActionCell> {
  const name = action.replace(' ', '-').toLowerCase();
  const victim = ground.victim(`victim-${name}`);
  const bystander = ground.victim(`bystander-${name}`);
  let attempts = 0;
  const attempt = async (program: string) => {
    const place = ground.path(`${name}-${attempts++}`);
    const done = await doDeed(program, ...kind.words.map((word) => word.replace('@', place)));
    return { done, place };
  };
  const policy = await ground.load(name, specOf(kind, action, victim));
  const refused = await refusal(policy, action);
  const cell = { hook: kind.name, action };
  if (STOCK.includes(ground.boot)) {
    const isExpected = kind.refused?.includes(action) ?? false;
    assert.equal(refused !== undefined, isExpected, refused ?? 'it was to be refused');
  }
  if (refused !== undefined) return { ...cell, refused };
  const scene = { kind, policy, attempt, victim };
  if (isEnforcing(action)) await checkEnforcing(scene, action);
  else await checkTelling(scene, action);
  const { done } = await attempt(bystander);
  succeeds(done, kind.words);
  assert.deepEqual(await policy.hitsOf(done), []);
  const ways = ground.ways();
  await policy.remove();
  return { ...cell, ways };
}

/**
 * One kind of hook with all its actions: the first policy stays, so that the kernel need not check the programs of its place again for
 * each.
 */
async function tryKind(kind: HookKind, ground: Ground): Promise<Findings> {
  await ground.load('first', specOf(kind, 'Post', ground.victim('first')));
  const actions: ActionCell[] = [];
  const problems: string[] = [];
  for (const action of [...EVERYWHERE, ...(kind.alsoTried ?? [])])
    try {
      actions.push(await tryAction(kind, action, ground));
    } catch (error) {
      problems.push(`${action}: ${error instanceof Error ? error.message : String(error)}`);
    }
  assert.deepEqual(problems, []);
  return { actions };
}

export const ATTACH_CASES: readonly Case[] = KINDS.map((kind) => ({
  name: `actions on ${kind.name}`,
  boots: BOOT_NAMES,
  limitSeconds: 600,
  run: (ground) => tryKind(kind, ground),
}));

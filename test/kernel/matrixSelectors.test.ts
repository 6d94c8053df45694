/** Every kind of selector, in the kernel: needs root and clang. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Event } from '../../src/events/types.ts';
import { type AgentUnderTest, startAgent } from '../driver/agent.ts';
import { run } from '../driver/command.ts';
import { type MatrixShop, openMatrixShop } from './matrixShop.ts';

/**
 * A policy of one hook with one selector, and which of its group's calls match. `*` in a group's steps is the scenario's name: each
 * call changes to a folder `@/SCENARIO/CALL` that need not be there, so that a policy sees its own calls only.
 */
type Scenario = { selector: object; matches: readonly string[]; spec?: object; hook?: object };
type Group = {
  /** Steps of fixtures/matrix.c, done for each scenario; `before` those that are begun before the policies are loaded. */
  steps: readonly string[];
  scenarios: Readonly<Record<string, Scenario>>;
};

const CLONE = {
  Uts: 0x0400_0000,
  Ipc: 0x0800_0000,
  Mnt: 0x0002_0000,
  PidForChildren: 0x2000_0000,
  Net: 0x4000_0000,
  TimeForChildren: 0x80,
  Cgroup: 0x0200_0000,
  User: 0x1000_0000,
} as const;

const one = (name: string, filter: object) => ({ [name]: [filter] });
const inBinaries = (values: readonly string[], rest: object = {}) =>
  one('matchBinaries', { operator: 'In', values, ...rest });

/** Processes that run before the policies are loaded, by name; they go on when they are let go. */
type Held = { child: ChildProcess; pid: number };

function pidScenarios(self: number, other: number): Record<string, Scenario> {
  const pids = (...filters: object[]) => ({ matchPIDs: filters });
  return {
    'pid-in': { selector: pids({ operator: 'In', values: [self] }), matches: ['self'] },
    'pid-not-in': {
      selector: pids({ operator: 'NotIn', values: [self] }),
      matches: ['child', 'other'],
    },
    'pid-many': {
      selector: pids({
        operator: 'In',
        values: [4_000_001, 4_000_003, 4_000_005, 4_000_007, other, self],
      }),
      matches: ['self', 'other'],
    },
    'pid-two-filters': {
      selector: pids(
        { operator: 'In', values: [self, other] },
        { operator: 'NotIn', values: [other] },
      ),
      matches: ['self'],
    },
    'pid-forks': {
      selector: pids({ operator: 'In', values: [self], followForks: true }),
      matches: ['self', 'child'],
    },
    'pid-forks-many': {
      selector: pids({
        operator: 'In',
        values: [4_000_001, 4_000_003, 4_000_005, 4_000_007, self],
        followForks: true,
      }),
      matches: ['self', 'child'],
    },
    'pid-forks-not': {
      selector: pids({ operator: 'NotIn', values: [self], followForks: true }),
      matches: ['other'],
    },
  };
}

const NAMESPACE_PIDS: Group = {
  steps: [
    `chdir @/*/outer unshare ${CLONE.PidForChildren} fork chdir @/*/first fork chdir @/*/second fork chdir @/*/third`,
  ],
  scenarios: {
    'pid-namespace': {
      selector: one('matchPIDs', { operator: 'In', values: [1], isNamespacePID: true }),
      matches: ['first'],
    },
    'pid-namespace-not': {
      selector: one('matchPIDs', { operator: 'NotIn', values: [1, 2], isNamespacePID: true }),
      matches: ['outer', 'third'],
    },
    'pid-namespace-forks': {
      selector: one('matchPIDs', {
        operator: 'In',
        values: [2],
        isNamespacePID: true,
        followForks: true,
      }),
      matches: ['second', 'third'],
    },
  },
};

const BINARIES: Group = {
  steps: [
    'chdir @/*/matrix',
    'exec @/run/alpha chdir @/*/alpha',
    'exec @/run/beta chdir @/*/beta',
    'exec @/run/Gamma.txt chdir @/*/gamma',
  ],
  scenarios: {
    'binary-in': {
      selector: inBinaries(['@/run/alpha', '@/run/Gamma.txt', '@/run/bet']),
      matches: ['alpha', 'gamma'],
    },
    'binary-not-in': {
      selector: one('matchBinaries', { operator: 'NotIn', values: ['@/run/alpha'] }),
      matches: ['matrix', 'beta', 'gamma'],
    },
    'binary-prefix': {
      selector: one('matchBinaries', { operator: 'Prefix', values: ['@/run/', '/none'] }),
      matches: ['alpha', 'beta', 'gamma'],
    },
    'binary-not-prefix': {
      selector: one('matchBinaries', { operator: 'NotPrefix', values: ['@/run/', '/none'] }),
      matches: ['matrix'],
    },
    'binary-postfix': {
      selector: one('matchBinaries', { operator: 'Postfix', values: ['/beta', '.txt'] }),
      matches: ['beta', 'gamma'],
    },
    'binary-not-postfix': {
      selector: one('matchBinaries', { operator: 'NotPostfix', values: ['/beta', '.txt'] }),
      matches: ['matrix', 'alpha'],
    },
  },
};

const CHILDREN: Group = {
  steps: [
    'chdir @/*/matrix',
    'exec @/run/alpha chdir @/*/alpha fork chdir @/*/forked exec @/run/beta chdir @/*/executed fork chdir @/*/grandchild',
  ],
  scenarios: {
    'children-in': {
      selector: inBinaries(['@/run/alpha'], { followChildren: true }),
      matches: ['alpha', 'forked', 'executed', 'grandchild', 'before'],
    },
    'children-not-in': {
      selector: one('matchBinaries', {
        operator: 'NotIn',
        values: ['@/run/alpha'],
        followChildren: true,
      }),
      matches: ['matrix'],
    },
  },
};

/** A child, begun before the policies are loaded, of a program that runs since before as well. */
const BEFORE = (name: string) => `chdir @/${name}/before`;

const parents = (operator: string, values: readonly string[], rest: object = {}) =>
  one('matchParentBinaries', { operator, values, ...rest });

const PARENTS: Group = {
  steps: [
    'chdir @/*/matrix fork chdir @/*/of-matrix',
    'exec @/run/alpha chdir @/*/alpha fork exec @/run/beta chdir @/*/of-alpha fork chdir @/*/of-beta',
  ],
  scenarios: {
    'parent-in': { selector: parents('In', ['@/run/alpha']), matches: ['of-alpha'] },
    'parent-not-in': {
      selector: parents('NotIn', ['@/run/alpha', '/nobody']),
      matches: ['matrix', 'alpha', 'of-matrix', 'of-beta'],
    },
    'parent-prefix': { selector: parents('Prefix', ['@/run/']), matches: ['of-alpha', 'of-beta'] },
    'parent-not-prefix': {
      selector: parents('NotPrefix', ['@/run/']),
      matches: ['matrix', 'alpha', 'of-matrix'],
    },
    'parent-postfix': { selector: parents('Postfix', ['/beta']), matches: ['of-beta'] },
    'parent-not-postfix': {
      selector: parents('NotPostfix', ['/beta', '/matrix']),
      matches: ['matrix', 'alpha', 'of-alpha'],
    },
    'parent-children': {
      selector: parents('In', ['@/run/alpha'], { followChildren: true }),
      matches: ['of-alpha', 'of-beta'],
    },
  },
};

const namespace = (kind: string, operator: string, values: readonly (string | number)[]) => ({
  namespace: kind,
  operator,
  values: values.map(String),
});

/** A thread of the kernel: process 1 may be closed even to root. */
const KTHREADD = 2;

/** Where the tests run: in a container, or in the rehearsal's root folder, not all are the host's. */
const isInHost = (kind: string): boolean => {
  const file = NAMESPACE_FILES[kind] ?? kind.toLowerCase();
  return statSync(`/proc/self/ns/${file}`).ino === statSync(`/proc/${KTHREADD}/ns/${file}`).ino;
};

const NAMESPACE_FILES: Readonly<Record<string, string>> = {
  PidForChildren: 'pid_for_children',
  TimeForChildren: 'time_for_children',
};

const NAMESPACE_STEPS: readonly string[] = [
  ...['host', 'uts', 'ipc', 'mnt', 'net', 'cgroup', 'user'],
  ...['pid-parent', 'pid', 'time-parent', 'time'],
];

const NAMESPACES: Group = {
  steps: [
    'chdir @/*/host',
    `unshare ${CLONE.Uts} chdir @/*/uts`,
    `unshare ${CLONE.Ipc} chdir @/*/ipc`,
    `unshare ${CLONE.Mnt} chdir @/*/mnt`,
    `unshare ${CLONE.Net} chdir @/*/net`,
    `unshare ${CLONE.Cgroup} chdir @/*/cgroup`,
    `unshare ${CLONE.User} chdir @/*/user`,
    `unshare ${CLONE.PidForChildren} chdir @/*/pid-parent fork chdir @/*/pid`,
    `unshare ${CLONE.TimeForChildren} chdir @/*/time-parent fork chdir @/*/time`,
  ],
  scenarios: Object.fromEntries([
    ...(
      [
        ['Uts', ['uts']],
        ['Ipc', ['ipc']],
        ['Mnt', ['mnt']],
        ['Pid', ['pid']],
        ['PidForChildren', ['pid-parent', 'pid']],
        ['Net', ['net']],
        ['Time', ['time']],
        ['TimeForChildren', ['time-parent', 'time']],
        ['Cgroup', ['cgroup']],
        ['User', ['user']],
      ] as const
    ).map(([kind, matches]): [string, Scenario] => [
      `namespace-${kind.toLowerCase()}`,
      {
        selector: one('matchNamespaces', namespace(kind, 'NotIn', ['host_ns'])),
        matches: isInHost(kind) ? matches : NAMESPACE_STEPS,
      },
    ]),
    [
      'namespace-number',
      {
        selector: {
          matchNamespaces: [
            namespace('Uts', 'In', [1, 2, 3, 4, statSync('/proc/self/ns/uts').ino]),
            namespace('Net', 'In', ['host_ns']),
            namespace('Ipc', 'In', ['host_ns']),
            namespace('User', 'NotIn', [5]),
          ],
        },
        matches: ['host', 'mnt', 'cgroup', 'user', 'pid-parent', 'pid', 'time-parent', 'time'],
      },
    ],
  ]),
};

const NAMESPACE_CHANGES: Group = {
  steps: [
    `chdir @/*/before unshare ${CLONE.Uts} chdir @/*/uts chdir @/*/again unshare ${CLONE.Net} chdir @/*/net`,
  ],
  scenarios: {
    'namespace-change': {
      selector: one('matchNamespaceChanges', { operator: 'In', values: ['Uts', 'Net'] }),
      matches: ['uts', 'net'],
    },
    'namespace-change-one': {
      selector: one('matchNamespaceChanges', { operator: 'In', values: ['Net'] }),
      matches: ['net'],
    },
    'namespace-change-not': {
      selector: one('matchNamespaceChanges', { operator: 'NotIn', values: ['Uts'] }),
      matches: ['net'],
    },
  },
};

/** CAP_SETUID is 7. */
const capabilities = (operator: string, type: string, rest: object = {}) => ({
  type,
  operator,
  values: ['CAP_SETUID', 'CAP_SETGID'],
  ...rest,
});

const CAPABILITIES: Group = {
  steps: [
    'chdir @/*/root',
    'drop 7 drop 6 chdir @/*/dropped',
    `unshare ${CLONE.User} chdir @/*/namespace`,
  ],
  scenarios: {
    'capability-in': {
      selector: one('matchCapabilities', capabilities('In', 'Effective')),
      matches: ['root', 'namespace'],
    },
    'capability-not-in': {
      selector: one('matchCapabilities', capabilities('NotIn', 'Effective')),
      matches: ['dropped'],
    },
    'capability-permitted': {
      selector: {
        matchCapabilities: [
          capabilities('In', 'Permitted'),
          capabilities('NotIn', 'Inheritable'),
          capabilities('NotIn', 'Effective'),
        ],
      },
      matches: ['dropped'],
    },
    'capability-namespace': {
      selector: one(
        'matchCapabilities',
        capabilities('In', 'Effective', { isNamespaceCapability: true }),
      ),
      matches: ['namespace'],
    },
  },
};

const CAPABILITY_CHANGES: Group = {
  steps: ['chdir @/*/before drop 7 chdir @/*/setuid chdir @/*/again drop 5 chdir @/*/kill'],
  scenarios: {
    'capability-change': {
      selector: one('matchCapabilityChanges', capabilities('In', 'Effective')),
      matches: ['setuid'],
    },
    'capability-change-not': {
      selector: one('matchCapabilityChanges', capabilities('NotIn', 'Effective')),
      matches: ['kill'],
    },
    'capability-change-permitted': {
      selector: one('matchCapabilityChanges', capabilities('In', 'Permitted')),
      matches: [],
    },
  },
};

const uid = { type: 'uint32', index: 0, source: 'current_task', resolve: 'cred.euid.val' };
const comm = { type: 'string', index: 1, source: 'current_task', resolve: 'comm' };

const DATA: Group = {
  steps: ['chdir @/*/root', 'setuid 12345 chdir @/*/user', 'name renamed chdir @/*/renamed'],
  scenarios: {
    'data-uid': {
      hook: { data: [uid, comm] },
      selector: one('matchData', { index: 0, operator: 'InRange', values: ['1000:60000'] }),
      matches: ['user'],
    },
    'data-comm': {
      hook: { data: [uid, comm] },
      selector: one('matchData', { args: [1], operator: 'Prefix', values: ['rena'] }),
      matches: ['renamed'],
    },
    macros: {
      hook: { data: [uid, comm] },
      spec: {
        selectorsMacros: {
          named: {
            label: 'named',
            matchData: [{ index: 1, operator: 'Equal', values: ['renamed'] }],
          },
          'not-pid-1': { matchPIDs: [{ operator: 'NotIn', values: [1] }] },
        },
      },
      selector: { macros: ['named', 'not-pid-1'] },
      matches: ['renamed'],
    },
  },
};

const RETURNS: Group = {
  steps: ['chdir @/*/there chdir @/*/missing'],
  scenarios: Object.fromEntries(
    (
      [
        ['Equal', ['0'], ['there']],
        ['NotEqual', ['0'], ['missing']],
        ['LessThan', ['0'], ['missing']],
        ['InRange', ['-10:-1'], ['missing']],
        ['InMap', ['0:100'], ['there']],
        ['Mask', ['0x4'], ['missing']],
      ] as const
    ).map(([operator, values, matches]): [string, Scenario] => [
      `return-${operator.toLowerCase()}`,
      {
        hook: { return: true, returnArg: { index: 0, type: 'int' } },
        selector: one('matchReturnArgs', { index: 0, operator, values }),
        matches,
      },
    ]),
  ),
};

const long = (count: number) => 'd'.repeat(count);

const LONG_TEXTS: Group = {
  steps: [
    `chdir @/*/${long(300)}/a chdir @/*/${long(300)}/b chdir @/*/${long(3900)}/c chdir @/*/${long(3900)}/d chdir @/*/${long(120)}/e`,
  ],
  scenarios: {
    'long-equal': {
      selector: one('matchArgs', {
        index: 0,
        operator: 'Equal',
        values: [`@/long-equal/${long(300)}/a`, `@/long-equal/${long(3900)}/d`, '@/x'],
      }),
      matches: ['a', 'd'],
    },
    'long-not-equal': {
      selector: one('matchArgs', {
        index: 0,
        operator: 'NotEqual',
        values: [`@/long-not-equal/${long(300)}/a`, `@/long-not-equal/${long(3900)}/d`],
      }),
      matches: ['b', 'c', 'e'],
    },
    'long-prefix': {
      selector: one('matchArgs', {
        index: 0,
        operator: 'Prefix',
        values: [`@/long-prefix/${long(130)}`],
      }),
      matches: ['a', 'b', 'c', 'd'],
    },
    'long-postfix': {
      selector: one('matchArgs', {
        index: 0,
        operator: 'Postfix',
        values: [`/${long(120)}/e`, `${long(120)}/c`],
      }),
      matches: ['c', 'e'],
    },
    'long-sub-string': {
      selector: one('matchArgs', {
        index: 0,
        operator: 'SubString',
        values: ['d/b', 'd/d', `${long(97)}/x`],
      }),
      matches: ['b', 'd'],
    },
  },
};

const GROUPS: readonly Group[] = [
  NAMESPACE_PIDS,
  BINARIES,
  CHILDREN,
  PARENTS,
  NAMESPACES,
  NAMESPACE_CHANGES,
  CAPABILITIES,
  CAPABILITY_CHANGES,
  DATA,
  RETURNS,
  LONG_TEXTS,
];

/** Hooks on numbers and addresses: the value itself tells the call. */
const NUMBERS: Readonly<Record<string, Pick<Scenario, 'selector' | 'matches'>>> = {
  'number-many': {
    selector: one('matchArgs', {
      index: 1,
      operator: 'Equal',
      values: ['1', '3', '5', '7', '9', '11'],
    }),
    matches: ['1', '3', '5', '7'],
  },
  'number-not-many': {
    selector: one('matchArgs', {
      index: 1,
      operator: 'NotEqual',
      values: ['1', '2', '3', '4', '5', '6'],
    }),
    matches: ['7', '8'],
  },
  'number-ranges': {
    selector: one('matchArgs', {
      index: 1,
      operator: 'InRange',
      values: ['-9:1', '3:3', '5:6', '8:20', '30:40', '50:60'],
    }),
    matches: ['1', '3', '5', '6', '8'],
  },
  'number-huge': {
    selector: one('matchArgs', {
      index: 1,
      operator: 'InMap',
      values: ['7:9223372036854775807', '3', '-9223372036854775808:1'],
    }),
    matches: ['1', '3', '7', '8'],
  },
  'number-expression': {
    selector: one('matchArgs', {
      operator: 'CelExpr',
      values: ['arg0 == 32767 && (and(arg1, 3) == 2 || arg1 + int64(arg0) - 32767 > 7)'],
    }),
    matches: ['2', '6', '8'],
  },
  'number-two-filters': {
    selector: {
      matchArgs: [
        { index: 1, operator: 'GreaterThan', values: ['2'] },
        { index: 1, operator: 'Mask', values: ['1'] },
        { index: 0, operator: 'Equal', values: ['0x7fff'] },
      ],
    },
    matches: ['3', '5', '7'],
  },
};

const NETWORKS = ['127.0.0.1', '127.1.2.3', '127.128.0.9', 'fd00::1', 'fd00:1::1', '::1'];
const ADDRESSES: Readonly<Record<string, Pick<Scenario, 'selector' | 'matches'>>> = {
  'address-networks': {
    selector: one('matchArgs', {
      index: 1,
      operator: 'SAddr',
      values: [
        '127.1.0.0/16',
        '127.128.0.8/29',
        '10.0.0.0/8',
        'fd00:1::/32',
        '::1',
        'fe80::/10',
        '127.0.0.2',
      ],
    }),
    matches: ['127.1.2.3', '127.128.0.9', 'fd00:1::1', '::1'],
  },
  'address-everything-v4': {
    selector: one('matchArgs', { index: 1, operator: 'SAddr', values: ['0.0.0.0/0'] }),
    matches: ['127.0.0.1', '127.1.2.3', '127.128.0.9'],
  },
  'address-not-v6': {
    selector: one('matchArgs', { index: 1, operator: 'NotSAddr', values: ['::/0'] }),
    matches: [],
  },
};

const chdirHook = ({ selector, hook }: Scenario, name: string): object => {
  const { matchArgs = [], ...rest } = selector as { matchArgs?: object[] };
  return {
    call: 'sys_chdir',
    syscall: true,
    args: [{ index: 0, type: 'string' }],
    ...hook,
    selectors: [
      {
        ...rest,
        matchArgs: [{ index: 0, operator: 'Prefix', values: [`@/${name}/`] }, ...matchArgs],
      },
    ],
  };
};

const ofProgram = (program: string, selector: object) => ({
  matchBinaries: [{ operator: 'In', values: [program] }],
  ...selector,
});

let shop: MatrixShop;
let agent: AgentUnderTest;
const held: Record<string, Held> = {};
let pids: Record<string, Scenario>;

/** Starts the program with these steps, and resolves when it waits at `hold`. */
async function hold(steps: string): Promise<Held> {
  const child = spawn(shop.program, shop.here(steps).split(' '), {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return { child, pid: child.pid ?? 0 };
}

async function letGo({ child }: Held): Promise<void> {
  const ended = once(child, 'exit');
  child.stdin?.end('x');
  expect(await ended).toEqual([0, null]);
}

const runSteps = async (steps: string) =>
  expect(await run(shop.program, shop.here(steps).split(' ')), steps.slice(0, 200)).toMatchObject({
    code: 0,
    stderr: '',
  });

/** What the call of an event was: the last part of its path, its number, or its address. */
function callOf(event: Event): string {
  const last = event.kind === 'process_kprobe' ? event.args.at(-1) : undefined;
  const value = last && 'value' in last ? last.value : undefined;
  if (typeof value === 'object' && 'addr' in value) return String(value.addr);
  if (typeof value === 'object' && 'path' in value) return basename(String(value.path));
  return basename(String(value));
}

const callsOf = (policy: string): string[] =>
  agent.events
    .filter((event) => event.kind === 'process_kprobe' && event.policyName === policy)
    .map(callOf)
    .sort();

const PID_STEPS = {
  self: (names: readonly string[]) =>
    `hold ${names.map((name) => `chdir @/${name}/self`).join(' ')} fork ${names.map((name) => `chdir @/${name}/child`).join(' ')}`,
  other: (names: readonly string[]) =>
    `hold ${names.map((name) => `chdir @/${name}/other`).join(' ')}`,
};

beforeAll(async () => {
  shop = openMatrixShop();
  const names = Object.keys(pidScenarios(1, 1));
  const self = await hold(PID_STEPS.self(names));
  const other = await hold(PID_STEPS.other(names));
  pids = pidScenarios(self.pid, other.pid);
  // Its parent is alpha, which was run when nobody looked; so is its own program.
  const before = await hold(
    `exec @/run/alpha fork exec @/run/beta hold ${Object.keys(CHILDREN.scenarios).map(BEFORE).join(' ')}`,
  );
  Object.assign(held, { self, other, before });
  for (const name of Object.keys(RETURNS.scenarios))
    mkdirSync(`${shop.folder}/${name}/there`, { recursive: true });
  writeFileSync(`${shop.folder}/gone`, '');

  const ofGroups = [...GROUPS, { steps: [], scenarios: pids }].flatMap(({ scenarios }) =>
    Object.entries(scenarios).map(([name, scenario]) =>
      shop.policy(name, { ...scenario.spec, kprobes: [chdirHook(scenario, name)] }),
    ),
  );
  const ofNumbers = Object.entries(NUMBERS).map(([name, { selector }]) =>
    shop.policy(name, {
      kprobes: [
        {
          call: 'sys_getpriority',
          syscall: true,
          args: [
            { index: 0, type: 'int32' },
            { index: 1, type: 'int64' },
          ],
          selectors: [ofProgram(shop.program, selector)],
        },
      ],
    }),
  );
  const ofAddresses = Object.entries(ADDRESSES).map(([name, { selector }]) =>
    shop.policy(name, {
      kprobes: [
        {
          call: 'sys_connect',
          syscall: true,
          args: [{ index: 1, type: 'sockaddr' }],
          selectors: [ofProgram(shop.program, selector)],
        },
      ],
    }),
  );
  agent = await startAgent({
    policies: [
      ...ofGroups,
      ...ofNumbers,
      ...ofAddresses,
      shop.policy('order', { kprobes: [ORDER_HOOK] }),
      shop.policy('paths', { kprobes: [PATHS_HOOK] }),
    ],
  });
  for (const each of Object.values(held)) await letGo(each);
  for (const { steps, scenarios } of GROUPS)
    for (const step of steps)
      for (const name of Object.keys(scenarios)) await runSteps(step.replaceAll('*', name));
  await runSteps(Array.from({ length: 8 }, (_, index) => `getpriority ${index + 1}`).join(' '));
  await runSteps(NETWORKS.map((address) => `connect ${address} 600`).join(' '));
  await runSteps('chdir @/order/a chdir @/order/a chdir @/order/b chdir @/order/c chdir @/order/d');
  await runSteps('open @/gone unlink @/gone fsync pipe fsync');
  await agent.catchUp();
});

afterAll(async () => {
  for (const { child } of Object.values(held)) child.kill('SIGKILL');
  await agent?.stop();
  shop?.remove();
});

/** Four selectors of which several match a call. */
const ORDER_HOOK = {
  call: 'sys_chdir',
  syscall: true,
  args: [{ index: 0, type: 'string' }],
  selectors: [
    { matchArgs: [{ index: 0, operator: 'Equal', values: ['@/order/a'] }] },
    {
      matchArgs: [{ index: 0, operator: 'Equal', values: ['@/order/b', '@/order/a'] }],
      matchActions: [{ action: 'NoPost' }],
    },
    { matchArgs: [{ index: 0, operator: 'Prefix', values: ['@/order/'] }] },
    { matchArgs: [{ index: 0, operator: 'Postfix', values: ['/order/d'] }] },
  ],
};

/** Of files by their descriptor: the deleted one has a path, the pipe has none. */
const PATHS_HOOK = {
  call: 'sys_fsync',
  syscall: true,
  args: [{ index: 0, type: 'fd' }],
  selectors: [
    {
      matchArgs: [{ index: 0, operator: 'NotPrefix', values: ['/none'] }],
      matchBinaries: [{ operator: 'In', values: ['@/matrix'] }],
    },
  ],
};

test('all policies are loaded whole', () => {
  expect(agent.problems).toEqual([]);
});

const rows = (scenarios: Readonly<Record<string, Pick<Scenario, 'matches'>>>) =>
  Object.entries(scenarios).map(([name, { matches }]) => [name, matches] as const);

describe('processes, data, returns and long texts', () => {
  test.each(GROUPS.flatMap(({ scenarios }) => rows(scenarios)))('%s', (name, matches) => {
    expect(callsOf(name)).toEqual([...matches].sort());
  });
});

test.each(Object.keys(pidScenarios(1, 1)))('%s', (name) => {
  expect(callsOf(name)).toEqual([...(pids[name]?.matches ?? [])].sort());
});

describe('many values', () => {
  test.each([...rows(NUMBERS), ...rows(ADDRESSES)])('%s', (name, matches) => {
    expect(callsOf(name)).toEqual([...matches].sort());
  });
});

test('the first selector that matches wins, and each counts its own', async () => {
  expect(callsOf('order')).toEqual(['a', 'a', 'c', 'd']);
  const { hooks } = await agent.status('order');
  expect(hooks[0]?.selectors.map(({ counts: { matched, posted } }) => [matched, posted])).toEqual([
    [2, 2],
    [1, 0],
    [2, 2],
    [0, 0],
  ]);
});

test('a deleted file keeps its path; what has none matches no filter on paths', () => {
  expect(callsOf('paths')).toEqual(['gone (deleted)']);
});

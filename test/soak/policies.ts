import { writeFileSync } from 'node:fs';
import { onWrites, policyOf } from '../kernel/stage.ts';
import type { Shop } from './shop.ts';

/** A policy that can be armed, and the program that it is about: nobody else on the machine has that path. */
export type Rule = {
  readonly name: string;
  readonly file: string;
  readonly victim: string;
  /** The victim's arguments, for the deed that the policy is about. */
  readonly deed: readonly string[];
  /** What arming adds to the policy's own text. */
  readonly add: 'none' | 'deny';
};

/** A policy that only watches; Trigon reads its file anew when it changes. */
export type Watcher = { readonly name: string; readonly file: string; text(title: string): string };

type Hook = Readonly<Record<string, unknown>>;

const KILL = [{ action: 'Sigkill' }];

const by = (binary: string) => ({ matchBinaries: [{ operator: 'In', values: [binary] }] });

const connects = (binary: string, actions: readonly object[]): Hook => ({
  call: 'tcp_connect',
  syscall: false,
  args: [{ index: 0, type: 'sock' }],
  selectors: [
    {
      ...by(binary),
      matchArgs: [{ index: 0, operator: 'DAddr', values: ['127.0.0.0/8'] }],
      ...(actions.length > 0 ? { matchActions: actions } : {}),
    },
  ],
});

/** @param port where somebody listens on the loopback */
export function writeRules(shop: Shop, port: number): Rule[] {
  const rule = (
    kind: string,
    deed: readonly string[],
    spec: (victim: string) => object,
    add: Rule['add'] = 'none',
  ): Rule => {
    const name = `soak-${kind}`;
    const victim = shop.victim(`victim-${kind}`);
    const file = shop.path('policies', `${name}.yaml`);
    writeFileSync(file, policyOf(name, spec(victim)));
    return { name, file, victim, deed: ['victim', ...deed], add };
  };
  const target = shop.path('target');
  return [
    rule('write', ['write', target], (victim) => ({ kprobes: [onWrites(target, victim, KILL)] })),
    rule('connect', ['connect', String(port)], (victim) => ({ kprobes: [connects(victim, KILL)] })),
    rule('call', ['call', ''], (victim) => ({
      kprobes: [
        {
          call: 'sys_setpriority',
          syscall: true,
          selectors: [{ ...by(victim), matchActions: KILL }],
        },
      ],
    })),
    rule('probe', ['probe', ''], (victim) => ({
      uprobes: [
        {
          path: victim,
          symbols: ['probed'],
          selectors: [{ ...by(victim), matchActions: KILL }],
        },
      ],
    })),
    rule(
      'deny',
      ['connect', String(port)],
      (victim) => ({ kprobes: [connects(victim, [])] }),
      'deny',
    ),
  ];
}

/** What the load does, seen: events of policies, many of them with targets of their own. */
export function writeWatchers(shop: Shop): Watcher[] {
  const watcher = (kind: string, spec: object): Watcher => {
    const name = `soak-${kind}`;
    const file = shop.path('policies', `${name}.yaml`);
    const text = (title: string) =>
      JSON.stringify({
        ...JSON.parse(policyOf(name, spec)),
        metadata: { name, annotations: { 'trigon/title': title } },
      });
    writeFileSync(file, text('first'));
    return { name, file, text };
  };
  return [
    watcher('files', { kprobes: [readsAndWrites(shop)] }),
    watcher('exits', {
      tracepoints: [
        {
          subsystem: 'sched',
          event: 'sched_process_exit',
          selectors: [by(shop.path('brief'))],
        },
      ],
    }),
  ];
}

const readsAndWrites = (shop: Shop): Hook => ({
  call: 'security_file_permission',
  syscall: false,
  args: [
    { index: 0, type: 'file' },
    { index: 1, type: 'int' },
  ],
  selectors: [
    {
      ...by(shop.path('load')),
      matchArgs: [{ index: 0, operator: 'Prefix', values: [`${shop.path('data')}/`] }],
    },
  ],
});

/** Texts of policies that come and go: one of each way of attaching that this host has, which only watch what the soak does. */
export function passingPolicy(shop: Shop, kind: number, name: string): string {
  const post = [{ action: 'NoPost' }];
  const kinds: readonly object[] = [
    { kprobes: [readsAndWrites(shop)] },
    { kprobes: [connects(shop.path('load'), [])] },
    {
      kprobes: [
        { call: 'sys_setpriority', syscall: true, selectors: [by(shop.path('victim-call'))] },
      ],
    },
    {
      uprobes: [
        { path: shop.path('brief'), symbols: ['main'], selectors: [{ matchActions: post }] },
      ],
    },
    {
      tracepoints: [
        { subsystem: 'sched', event: 'sched_process_fork', selectors: [by(shop.path('load'))] },
      ],
    },
  ];
  return policyOf(name, kinds[kind % kinds.length] ?? {});
}

export const PASSING_KINDS = 5;

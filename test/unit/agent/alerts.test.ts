import { describe, expect, test } from 'vitest';
import { createAlerts, MAX_GROUPS } from '../../../src/agent/aggregate/alerts.ts';
import { readHit } from '../../../src/agent/aggregate/hit.ts';
import type { AlertGroup } from '../../../src/agent/messages.ts';
import type { EngineHook } from '../../../src/agent/policies/engine.ts';
import { spanOf } from '../../../src/events/wire/span.ts';
import {
  tg_text_flag as FLAG,
  tg_address_body,
  tg_bpf_program_body,
  tg_module_body,
  tg_skb_body,
  tg_sock_body,
} from '../../../src/generated/layouts.ts';
import { createRandom } from '../../screen/terminal/random.ts';
import { address, fileArgument, intArgument, join, struct, value } from '../wire/records.ts';
import { engineHook } from './hooks.ts';
import { BOOT_TO_WALL, createWorld } from './world.ts';

const FILE = 0o100644;

function scene() {
  const hooks = new Map<number, EngineHook>([
    [1, engineHook('writes')],
    [2, engineHook('reads', { severity: undefined })],
  ]);
  const alerts = createAlerts((hook) => hooks.get(hook));
  const world = createWorld({ hit: (_pid, entry, hit) => alerts.hit(hit, entry) });
  const rows = new Map<string, AlertGroup>();
  /** What a screen has that applies all changes since the beginning. */
  const screen = (): AlertGroup[] => {
    const { changed, removed } = alerts.take(world.now());
    for (const key of removed) expect(rows.delete(key)).toBe(true);
    for (const row of changed) rows.set(row.key, row);
    const whole = new Map(alerts.all(world.now()).map((row) => [row.key, row]));
    expect(new Map([...whole].map(([key, { trend: _, ...row }]) => [key, row]))).toEqual(
      new Map([...rows].map(([key, { trend: _, ...row }]) => [key, row])),
    );
    return [...rows.values()];
  };
  world.old(1, 0, '/sbin/init');
  const start = (pid: number, binary: string, uid = 0) => {
    world.fork(pid, 1);
    world.exec(pid, binary, { uid });
  };
  start(10, '/bin/a', 1000);
  start(11, '/bin/b');
  const write = (pid: number, path: string, hook = 1) =>
    world.event(pid, [intArgument(3n), fileArgument(path, FILE)], { hook });
  return { hooks, alerts, world, screen, start, write };
}

describe('grouping', () => {
  test('one row for each policy, binary and target, with what is known of the latest event', () => {
    const { world, screen, write } = scene();
    write(10, '/etc/x');
    const first = world.now().boot;
    for (let i = 0; i < 999; i++) write(10, '/etc/x');
    write(11, '/etc/x');
    write(10, '/etc/y');
    write(10, '/etc/x', 2);
    const rows = screen();
    expect(rows).toHaveLength(4);
    expect(rows[0]).toMatchObject({
      ...{ policy: 'writes', severity: 'high', binary: '/bin/a', target: '/etc/x' },
      ...{ call: 'sys_write', message: 'writes saw it', count: 1000, perMinute: 1000 },
      ...{ pid: 10, uid: 1000, firstSeen: Number((first + BOOT_TO_WALL) / 1_000_000n) },
    });
    expect(
      rows.slice(1).map(({ policy, binary, target, count }) => [policy, binary, target, count]),
    ).toEqual([
      ['writes', '/bin/b', '/etc/x', 1],
      ['writes', '/bin/a', '/etc/y', 1],
      ['reads', '/bin/a', '/etc/x', 1],
    ]);
    expect(rows[3]?.severity).toBeUndefined();
  });

  test('what became of them', () => {
    const { world, screen } = scene();
    for (const outcome of [
      'TG_OUTCOME_KILLED',
      'TG_OUTCOME_OVERRIDDEN',
      'TG_OUTCOME_OVERRIDDEN',
      'TG_OUTCOME_WOULD_ACT',
      'TG_OUTCOME_PROTECTED',
      'TG_OUTCOME_EXPIRED',
      'TG_OUTCOME_FUSED',
      'TG_OUTCOME_SIGNALLED',
      'TG_OUTCOME_OBSERVED',
    ] as const)
      world.event(10, [], { hook: 1, outcome });
    expect(screen()).toMatchObject([
      { target: '', count: 9, killed: 1, denied: 2, wouldAct: 1, spared: 3 },
    ]);
  });

  test('a policy that is gone keeps its rows and names; loaded anew, it goes on', () => {
    const { hooks, screen, write } = scene();
    write(10, '/etc/x');
    hooks.set(7, engineHook('writes', { severity: 'low' }));
    hooks.delete(1);
    expect(screen()).toMatchObject([{ policy: 'writes', severity: 'high', count: 1 }]);
    write(10, '/etc/x', 7);
    expect(screen()).toMatchObject([{ policy: 'writes', severity: 'low', count: 2 }]);
  });

  test('kernel threads make none; processes of which nothing is known do', () => {
    const { world, screen, write } = scene();
    world.old(2, 0);
    write(2, '/etc/x');
    expect(screen()).toEqual([]);
    world.lose(() => world.fork(99, 1));
    write(99, '/etc/x');
    expect(screen()).toMatchObject([{ binary: '', pid: 99, uid: 0, count: 1 }]);
    // Of this one the fork was told, and not what it runs.
    world.fork(98, 99);
    write(98, '/etc/x');
    expect(screen()).toMatchObject([{ binary: '', pid: 98, uid: 0, count: 2 }]);
  });

  test('names can’t be made to look like others', () => {
    const { start, screen, write } = scene();
    start(12, '/bin/a\n/etc');
    write(12, '/x');
    write(10, '/etc\n/x');
    expect(screen()).toHaveLength(2);
  });
});

const sock = (fields: Parameters<typeof struct>[1]) =>
  value('TG_TYPE_SOCK', {
    body: struct(tg_sock_body, { family: 2, type: 1, protocol: 6, ...fields }),
  });
const local = { source: address(10, 0, 0, 1), source_port: 1000 };
const remote = { destination: address(10, 0, 0, 2), destination_port: 443 };

describe('targets', () => {
  test.each<[string, Uint8Array[], string]>([
    ['a path behind a number', [intArgument(3n), fileArgument('/etc/x', FILE)], '/etc/x'],
    ['a deleted file', [fileArgument('/tmp/x', FILE, FLAG.TG_PATH_DELETED)], '/tmp/x (deleted)'],
    ['a pipe', [fileArgument('', 0o010600)], '(pipe)'],
    ['a text, up to its end', [value('TG_TYPE_CONST_BUF', { body: 'name\0\0\0' })], 'name'],
    ['hostile text as it is', [value('TG_TYPE_STRING', { body: '\x1b[2J' })], '\x1b[2J'],
    ['a connection: its other end', [sock({ ...local, ...remote })], '10.0.0.2:443'],
    ['a socket that listens: its own', [sock(local)], '10.0.0.1:1000'],
    [
      'IPv6',
      [sock({ family: 10, ...local, ...remote, destination: address(1, 0, 0, 0, 0, 0, 0, 2) })],
      '[1::2]:443',
    ],
    ['a socket without addresses', [sock({ family: 16 })], 'AF_NETLINK SOCK_STREAM'],
    [
      'a packet',
      [value('TG_TYPE_SKB', { body: struct(tg_skb_body, { family: 2, protocol: 17, ...remote }) })],
      '10.0.0.2:443',
    ],
    [
      'an address',
      [
        value('TG_TYPE_SOCKADDR', {
          body: struct(tg_address_body, { family: 2, port: 53, address: address(8, 8, 8, 8) }),
        }),
      ],
      '8.8.8.8:53',
    ],
    ['a unix socket', [value('TG_TYPE_SOCKADDR_UN', { body: '\0bus', number: 1n })], '@bus'],
    ['a capability', [value('TG_TYPE_CAPABILITY', { number: 21n })], 'CAP_SYS_ADMIN'],
    [
      'a program by its name',
      [
        value('TG_TYPE_BPF_ATTR', {
          body: struct(tg_bpf_program_body, { type: 1, instructions: 9, name: 'spy' }),
        }),
      ],
      'spy',
    ],
    [
      'a module by its name',
      [
        value('TG_TYPE_MODULE', {
          body: join([new Uint8Array(tg_module_body.size), Buffer.from('m')]),
        }),
      ],
      'm',
    ],
    [
      'the first that could be read',
      [value('TG_TYPE_STRING', { error: 'TG_ERROR_FAULT' }), fileArgument('/b', FILE)],
      '/b',
    ],
    ['numbers name nothing', [intArgument(1n), value('TG_TYPE_U64', { number: 5n })], ''],
    ['a body that is too short names nothing', [value('TG_TYPE_SOCK', { body: 'x' })], '?'],
  ])('%s', (_what, args, target) => {
    const { world, screen } = scene();
    world.event(10, args, { hook: 1 });
    world.event(10, args, { hook: 1 });
    expect(screen()).toMatchObject([{ target, count: 2 }]);
  });

  test('the source port makes no new row, the destination’s does', () => {
    const { world, screen } = scene();
    for (let port = 1; port <= 50; port++)
      world.event(10, [sock({ ...local, ...remote, source_port: port, cookie: port })], {
        hook: 1,
      });
    world.event(10, [sock({ ...local, ...remote, destination_port: 80 })], { hook: 1 });
    expect(screen().map(({ target, count }) => [target, count])).toEqual([
      ['10.0.0.2:443', 50],
      ['10.0.0.2:80', 1],
    ]);
  });

  test('what is read when the call returns, behind the return value', () => {
    const { world, screen } = scene();
    world.event(10, [new Uint8Array(24)], {
      hook: 1,
      returned: value('TG_TYPE_STRING', { body: 'no target' }),
      stacks: [fileArgument('/late', FILE)],
    });
    expect(screen()).toMatchObject([{ target: '/late' }]);
  });

  test('records of any bytes are read to their end and no further', () => {
    const { alerts, world, write } = scene();
    write(10, '/etc/x');
    const random = createRandom(7);
    for (let i = 0; i < 2000; i++) {
      const bytes = new Uint8Array(100 + random.below(200)).map(() => random.below(256));
      bytes.fill(0, 100, 100 + random.below(40));
      expect(() => alerts.hit(readHit(spanOf(bytes)), undefined)).not.toThrow();
    }
    expect(alerts.all(world.now()).length).toBeLessThanOrEqual(MAX_GROUPS);
  });
});

describe('time', () => {
  test('the rate is of the last minute, and falls without an event', () => {
    const { alerts, world, screen, write } = scene();
    write(10, '/etc/x');
    write(10, '/etc/x');
    world.wait(30_000);
    write(10, '/etc/x');
    expect(screen()).toMatchObject([{ count: 3, perMinute: 3 }]);
    expect(screen()[0]?.trend).toHaveLength(6);
    expect(screen()[0]?.trend.reduce((a, b) => a + b)).toBe(3);
    world.wait(35_000);
    expect(screen()).toMatchObject([{ count: 3, perMinute: 1 }]);
    world.wait(60_000);
    expect(screen()).toMatchObject([{ count: 3, perMinute: 0 }]);
    world.wait(60_000);
    expect(alerts.take(world.now())).toEqual({ changed: [], removed: [] });
  });

  test('an event that comes late doesn’t put the clock back', () => {
    const { world, screen, write } = scene();
    write(10, '/etc/x');
    const [seen] = screen();
    world.event(10, [fileArgument('/etc/x', FILE)], { hook: 1, ktime: 5n });
    expect(screen()).toMatchObject([{ count: 2, lastSeen: seen?.lastSeen }]);
  });
});

describe('bounds', () => {
  test('the least recently seen one goes, and its removal is told if it was', () => {
    const { alerts, world, screen, write } = scene();
    for (let i = 0; i < MAX_GROUPS; i++) write(10, `/f/${i}`);
    expect(screen()).toHaveLength(MAX_GROUPS);
    const [first, second] = screen();
    write(10, '/f/0');
    write(10, '/new');
    const { changed, removed } = alerts.take(world.now());
    expect(removed).toEqual([second?.key]);
    expect(changed.map(({ target, count }) => [target, count])).toEqual([
      ['/f/0', 2],
      ['/new', 1],
    ]);
    expect(changed[0]?.key).toBe(first?.key);
    for (let i = 0; i < 3 * MAX_GROUPS; i++) write(10, `/other/${i}`);
    const after = alerts.take(world.now());
    expect(after.changed).toHaveLength(MAX_GROUPS);
    // Those that came and went between two looks were never heard of.
    expect(after.removed).toHaveLength(MAX_GROUPS);
  });
});

import { describe, expect, test } from 'vitest';
import { createBlast, MAX_PIDS, MAX_VICTIMS } from '../../../src/agent/aggregate/blast.ts';
import { blastRadius } from '../../../src/agent/aggregate/blastRadius.ts';
import { createOwnership } from '../../../src/agent/own.ts';
import type { EngineHook } from '../../../src/agent/policies/engine.ts';
import { readExe } from '../../../src/agent/procfs.ts';
import { engineHook } from './hooks.ts';
import { createWorld } from './world.ts';

function scene() {
  const hook = engineHook('p', { shape: '2,1' });
  const hooks = new Map<number, EngineHook>([
    [1, hook],
    // The same hook at another place.
    [2, { ...hook }],
    [3, { ...hook, index: 1 }],
    [9, engineHook('other')],
  ]);
  const blast = createBlast((number) => hooks.get(number));
  const world = createWorld({ hit: (_pid, entry, hit) => blast.hit(hit, entry) });
  world.old(1, 0, '/sbin/init');
  const start = (pid: number, binary: string, uid = 0) => {
    world.fork(pid, 1);
    world.exec(pid, binary, { uid });
  };
  start(10, '/bin/a', 1000);
  start(11, '/bin/a', 1000);
  start(12, '/bin/b');
  const hit = (pid: number, number = 1, selector = 0, policy = 4) =>
    world.event(pid, [], { hook: number, selector, policy });
  const rows = (policy = 4, minutes = 30) => blast.rows(policy, minutes, world.now());
  return { hooks, hook, blast, world, start, hit, rows };
}

describe('counting', () => {
  test('by hook, selector, binary and user; most hits first; places of one hook together', () => {
    const { hit, rows } = scene();
    for (let i = 0; i < 5; i++) hit(10);
    hit(11, 2);
    hit(12);
    hit(12);
    hit(10, 1, 1);
    hit(10, 3);
    hit(10, 3);
    hit(10, 3);
    hit(10, 9, 0, 5);
    expect(rows().map(({ lastSeen: _, ...row }) => row)).toEqual([
      { hook: 0, selector: 0, binary: '/bin/a', uid: 1000, hits: 6, pids: [10, 11] },
      { hook: 1, selector: 0, binary: '/bin/a', uid: 1000, hits: 3, pids: [10] },
      { hook: 0, selector: 0, binary: '/bin/b', uid: 0, hits: 2, pids: [12] },
      { hook: 0, selector: 1, binary: '/bin/a', uid: 1000, hits: 1, pids: [10] },
    ]);
    expect(rows(5)).toMatchObject([{ hits: 1 }]);
    expect(rows(6)).toEqual([]);
  });

  test('of the last minutes only', () => {
    const { blast, hit, rows, world } = scene();
    hit(10);
    world.wait(10 * 60_000);
    hit(12);
    expect(rows(4, 5)).toMatchObject([{ binary: '/bin/b', hits: 1 }]);
    expect(rows(4, 30)).toHaveLength(2);
    world.wait(25 * 60_000);
    expect(rows(4, 30)).toMatchObject([{ binary: '/bin/b' }]);
    expect(blast.told(4)).toBe(2);
  });

  test('the last pids, each once, the latest last', () => {
    const { start, hit, rows } = scene();
    for (let pid = 20; pid < 40; pid++) {
      start(pid, '/bin/many');
      hit(pid);
    }
    hit(35);
    const [row] = rows();
    expect(row?.pids).toHaveLength(MAX_PIDS);
    expect(row?.pids.slice(-3)).toEqual([38, 39, 35]);
  });

  test('another policy with the same number begins at nothing', () => {
    const { hooks, blast, hit, rows } = scene();
    hit(10);
    hooks.set(1, engineHook('new'));
    hit(12);
    expect(rows()).toMatchObject([{ binary: '/bin/b', hits: 1 }]);
    expect(blast.told(4)).toBe(1);
  });

  test('a plan in a policy’s place goes on counting, unless it has other selectors', () => {
    const { hooks, hook, hit, rows } = scene();
    hit(10);
    hooks.set(5, { ...hook });
    hit(10, 5);
    expect(rows()).toMatchObject([{ hits: 2 }]);
    hooks.set(6, { ...hook, shape: '1' });
    hit(10, 6);
    expect(rows()).toMatchObject([{ hits: 1 }]);
  });

  test('bounded: the least recently seen goes, and counts as untold', () => {
    const { blast, start, hit, rows } = scene();
    hit(10);
    hit(10);
    for (let i = 0; i < MAX_VICTIMS; i++) {
      start(12, `/bin/${i}`);
      hit(12);
    }
    expect(rows()).toHaveLength(MAX_VICTIMS);
    expect(rows().some(({ binary }) => binary === '/bin/a')).toBe(false);
    expect(blast.told(4)).toBe(MAX_VICTIMS);
  });
});

describe('the way to this host', () => {
  const ownerOf = createOwnership({
    protected: [process.pid, process.ppid],
    trigon: [process.pid],
  });

  test.each([
    ['Trigon by its pid', '/anything', [5, process.pid], 'trigon'],
    ['a process of the session', '/anything', [process.ppid], 'session'],
    ['a program of the session', readExe(process.ppid), [], 'session'],
    ['the SSH server', '/usr/sbin/sshd', [], 'sshd'],
    ['its sessions', '/usr/lib/openssh/sshd-session', [], 'sshd'],
    ['others', '/usr/bin/sshdx', [2 ** 22 + 1], undefined],
  ])('%s', (_what, binary, pids, own) => {
    expect(ownerOf({ binary, pids })).toBe(own);
  });

  test('the radius: rows with whose they are, and what was not told of', () => {
    const { blast, start, hit, world } = scene();
    start(30, '/usr/sbin/sshd');
    hit(30);
    hit(10);
    hit(10);
    const own = { protected: [], trigon: [] };
    const radius = blastRadius(
      blast,
      { policy: 4, minutes: 30, watched: 90, counted: 10, own },
      world.now(),
    );
    expect(radius).toMatchObject({
      minutes: 30,
      watched: 90,
      rows: [
        { binary: '/bin/a', hits: 2, own: undefined },
        { binary: '/usr/sbin/sshd', hits: 1, own: 'sshd' },
      ],
      untold: 7,
    });
    expect(Object.keys(radius.rows[0] ?? {})).not.toContain('pids');
    const none = blastRadius(
      blast,
      { policy: 4, minutes: 30, watched: 90, counted: 0, own },
      world.now(),
    );
    expect(none.untold).toBe(0);
  });
});

import { describe, expect, test } from 'vitest';
import {
  type Changes,
  createProcessTree,
  MAX_ENDED,
  MAX_PARENT_READS,
  type ProcessTree,
  RETAIN_MS,
} from '../../../src/agent/aggregate/tree.ts';
import type { TreeProcess } from '../../../src/agent/messages.ts';
import { tg_exec_record as EXEC, tg_text_flag as FLAG } from '../../../src/generated/layouts.ts';
import { BOOT_TO_WALL, createWorld, type World } from './world.ts';

type Scene = {
  world: World;
  tree: ProcessTree;
  take(): Changes<TreeProcess>;
  /** What a screen that applies all changes since the beginning has, by pid; of one pid the last process. */
  screen(): Map<number, TreeProcess>;
  /** Pid of a process's parent on that screen. */
  parentOf(pid: number): number | undefined;
};

function scene(): Scene {
  let tree: ProcessTree | undefined;
  const world = createWorld({
    found: (entry) => tree?.found(entry),
    forked: (entry) => tree?.forked(entry),
    executed: (entry) => tree?.executed(entry),
    exited: (pid, _, time, code) => tree?.exited(pid, time, code),
    hit: (pid, _, hit) => tree?.hit(pid, hit),
  });
  const made = createProcessTree(world.readStat);
  tree = made;
  const rows = new Map<string, TreeProcess>();
  const take = () => {
    const changes = made.take(world.now());
    for (const key of changes.removed) expect(rows.delete(key)).toBe(true);
    for (const row of changes.changed) rows.set(row.key, row);
    return changes;
  };
  const screen = () => {
    take();
    // Nobody hangs on a row that isn't there.
    for (const { parent } of rows.values())
      if (parent !== undefined) expect(rows.has(parent)).toBe(true);
    expect(new Map(made.all(world.now()).map((row) => [row.key, row]))).toEqual(rows);
    return new Map([...rows.values()].map((row) => [row.pid, row]));
  };
  world.old(1, 0, '/sbin/init');
  return {
    world,
    tree: made,
    take,
    screen,
    parentOf(pid) {
      const all = screen();
      const parent = all.get(pid)?.parent;
      return [...all.values()].find(({ key }) => key === parent)?.pid;
    },
  };
}

const keys = ({ changed }: Changes<TreeProcess>) => changed.map(({ key }) => key);

describe('life', () => {
  test('a process from fork to exit', () => {
    const { world, take, screen } = scene();
    expect(take().changed).toMatchObject([{ pid: 1, binary: '/sbin/init', events: 0 }]);
    world.fork(10, 1);
    expect(take().changed).toEqual([
      {
        ktime: world.ktimeOf(10),
        key: world.keyOf(10),
        parent: world.keyOf(1),
        pid: 10,
        uid: 0,
        binary: '/sbin/init',
        arguments: '',
        startedAt: Number((world.ktimeOf(10) - 300n + BOOT_TO_WALL) / 1_000_000n),
        endedAt: undefined,
        ending: undefined,
        container: '',
        isKernelThread: false,
        events: 0,
        hits: 0,
        kills: 0,
      },
    ]);
    const id = 'c'.repeat(64);
    world.exec(10, '/bin/cat', { args: ['a b', ''], uid: 33, cgroup: `docker-${id}.scope` });
    world.wait(5000);
    world.hit(10);
    world.hit(10, { killed: true });
    world.exit(10, 9);
    const changes = take();
    expect(changes.removed).toEqual([]);
    expect(changes.changed).toMatchObject([
      {
        key: world.keyOf(10),
        parent: world.keyOf(1),
        uid: 33,
        binary: '/bin/cat',
        arguments: '"a b"',
        container: id.slice(0, 31),
        ending: 'SIGKILL',
        events: 4,
        hits: 2,
        kills: 1,
      },
    ]);
    const [row] = changes.changed;
    expect((row?.endedAt ?? 0) - (row?.startedAt ?? 0)).toBe(5000);
    expect(take()).toEqual({ changed: [], removed: [] });
    expect(screen().get(10)?.ending).toBe('SIGKILL');
  });

  test('the key stays through execs, the exec id changes', () => {
    const { world, screen } = scene();
    world.fork(10, 1);
    const key = screen().get(10)?.key;
    const seen = new Set<bigint | undefined>();
    for (const path of ['/bin/a', '/bin/b', '/bin/c']) {
      world.exec(10, path);
      const row = screen().get(10);
      expect(row).toMatchObject({ key, binary: path, ktime: world.ktimeOf(10) });
      seen.add(row?.ktime);
    }
    expect(seen.size).toBe(3);
    expect(screen().size).toBe(2);
  });

  test.each([
    [0, '0'],
    [7 << 8, '7'],
    [255 << 8, '255'],
    [15, 'SIGTERM'],
    [11 | 0x80, 'SIGSEGV'],
  ])('wait code %i is told as %s', (code, ending) => {
    const { world, screen } = scene();
    world.fork(10, 1);
    world.exit(10, code);
    expect(screen().get(10)?.ending).toBe(ending);
  });

  test('the texts of a row are those of the record, the same for a forked child', () => {
    const { world, screen } = scene();
    world.fork(10, 1);
    world.exec(10, 'tools/x', { cwd: '/opt', args: ['1'] });
    world.fork(11, 10);
    expect(screen().get(10)).toMatchObject({ binary: '/opt/tools/x', arguments: '1' });
    expect(screen().get(11)).toMatchObject({ binary: '/opt/tools/x', arguments: '1' });
  });
});

describe('parents', () => {
  test('processes that ran before come in any order', () => {
    const { world, parentOf } = scene();
    const start = world.now().boot;
    world.old(30, 20, '/bin/c', start + 300n);
    world.old(20, 40, '/bin/b', start + 200n);
    world.old(40, 1, '/bin/a', start + 100n);
    expect([30, 20, 40].map(parentOf)).toEqual([20, 40, 1]);
    expect(world.asked).toEqual([]);
  });

  test('when a parent ends, its living children go where the kernel put them; its ended ones stay', () => {
    const { world, parentOf, screen } = scene();
    world.old(5, 1, '/lib/systemd --user');
    world.fork(10, 5);
    world.fork(20, 10);
    world.fork(21, 10);
    world.fork(30, 20);
    world.exit(21);
    world.exit(10, 0, 5);
    expect(world.asked).toEqual([]);
    expect([20, 21, 30].map(parentOf)).toEqual([5, 10, 20]);
    expect(world.asked).toEqual([20]);
    world.wait(RETAIN_MS - 1);
    expect(screen().has(10)).toBe(true);
    world.wait(2);
    expect([...screen().keys()]).toEqual([1, 5, 20, 30]);
  });

  test('an orphan that ends before anybody looked stays under its parent, then goes to the next one above', () => {
    const { world, parentOf, screen } = scene();
    world.fork(10, 1);
    world.fork(20, 10);
    world.exit(10);
    world.wait(1000);
    world.exit(20);
    expect(parentOf(20)).toBe(10);
    world.wait(RETAIN_MS - 500);
    expect(screen().has(10)).toBe(false);
    expect(parentOf(20)).toBe(1);
    world.wait(1000);
    expect([...screen().keys()]).toEqual([1]);
  });

  test('the exit is told before the kernel hands the children over: asks again', () => {
    const { world, tree, parentOf, take } = scene();
    world.fork(10, 1);
    world.fork(20, 10);
    take();
    tree.exited(10, world.now().boot, 0);
    expect(parentOf(20)).toBe(10);
    world.lose(() => world.exit(10));
    expect(parentOf(20)).toBe(1);
  });

  test('an exec tells a new parent too', () => {
    const { world, parentOf } = scene();
    world.fork(10, 1);
    world.fork(20, 10);
    world.lose(() => world.exit(10));
    expect(parentOf(20)).toBe(10);
    world.exec(20, '/bin/x');
    expect(parentOf(20)).toBe(1);
    expect(world.asked).toEqual([]);
  });

  test('a child of another creator hangs under its parent and shows the program of its creator', () => {
    const { world, parentOf, screen } = scene();
    world.fork(10, 1);
    world.exec(10, '/bin/creator');
    world.fork(20, 10, 1);
    expect(parentOf(20)).toBe(1);
    expect(screen().get(20)?.binary).toBe('/bin/creator');
  });

  test('many orphans at once: /proc is asked for a part at a time, in order', () => {
    const { world, take } = scene();
    world.fork(10, 1);
    const count = 2 * MAX_PARENT_READS + 7;
    for (let i = 0; i < count; i++) world.fork(1000 + i, 10);
    take();
    world.exit(10);
    const sizes = [1, 2, 3, 4].map(() => {
      world.asked.length = 0;
      take();
      return world.asked.length;
    });
    expect(sizes).toEqual([MAX_PARENT_READS, MAX_PARENT_READS, 7, 0]);
  });

  test('an orphan that is gone without its exit is let be', () => {
    const { world, parentOf } = scene();
    world.fork(10, 1);
    world.fork(20, 10);
    world.exit(10);
    world.lose(() => world.exit(20));
    expect(parentOf(20)).toBe(10);
    world.asked.length = 0;
    expect(parentOf(20)).toBe(10);
    expect(world.asked).toEqual([]);
  });
});

describe('ended processes', () => {
  test('stay for their time, then are removed in the order in which they ended', () => {
    const { world, take } = scene();
    for (const pid of [10, 11, 12]) world.fork(pid, 1);
    for (const pid of [12, 10, 11]) {
      world.exit(pid);
      world.wait(100);
    }
    take();
    world.wait(RETAIN_MS - 300 - 1);
    expect(take()).toEqual({ changed: [], removed: [] });
    world.wait(1 + 200);
    expect(take().removed).toEqual([12, 10, 11].map(world.keyOf));
    expect(take().removed).toEqual([]);
  });

  test('are bounded, and those that nobody was told of vanish without a word', () => {
    const { world, take, tree } = scene();
    take();
    for (let i = 0; i < MAX_ENDED + 500; i++) {
      world.fork(100 + i, 1);
      world.exit(100 + i);
    }
    const first = take();
    expect(first.removed).toEqual([]);
    expect(keys(first)).toEqual(
      Array.from({ length: MAX_ENDED }, (_, i) => world.keyOf(100 + 500 + i)),
    );
    world.fork(50, 1);
    world.exit(50);
    expect(take().removed).toEqual([world.keyOf(600)]);
    expect(tree.all(world.now())).toHaveLength(MAX_ENDED + 1);
  });

  test('one number, two processes: two rows', () => {
    const { world, take } = scene();
    world.fork(10, 1);
    const first = world.keyOf(10);
    world.exit(10, 3 << 8);
    world.fork(10, 1);
    expect(world.keyOf(10)).not.toBe(first);
    expect(take().changed.map(({ key, ending }) => [key, ending])).toEqual([
      [world.keyOf(1), undefined],
      [first, '3'],
      [world.keyOf(10), undefined],
    ]);
  });
});

describe('lost records', () => {
  test('a lost exit shows when the number is taken again', () => {
    const { world, screen, take } = scene();
    world.fork(10, 1);
    const first = world.keyOf(10);
    take();
    world.lose(() => world.exit(10));
    world.fork(10, 1);
    const ended = take().changed.find(({ key }) => key === first);
    expect(ended).toMatchObject({ ending: undefined });
    expect(ended?.endedAt).toBeGreaterThan(0);
    expect(screen().get(10)?.endedAt).toBeUndefined();
  });

  test('a lost fork: known by its exec; its children find it', () => {
    const { world, parentOf, screen } = scene();
    world.lose(() => world.fork(10, 1));
    world.fork(20, 10);
    expect(parentOf(20)).toBeUndefined();
    world.exec(10, '/bin/x');
    expect([20, 10].map(parentOf)).toEqual([10, 1]);
    expect(screen().get(10)?.key).toBe(world.keyOf(10));
  });

  test('a former owner of a number is never taken for a parent, nor makes a circle', () => {
    const { world, parentOf } = scene();
    world.fork(10, 1);
    world.exec(10, '/bin/old');
    world.fork(20, 10);
    world.exec(20, '/bin/older-twenty');
    world.wait(100);
    world.lose(() => {
      world.exit(20);
      world.exit(10);
      world.fork(20, 1);
    });
    world.wait(100);
    world.fork(10, 20);
    // Twenty is another process now, of which nothing was heard.
    world.wait(100);
    world.exec(20, '/bin/new-twenty');
    expect([10, 20].map(parentOf)).toEqual([20, 1]);
  });

  test('a lost exec: the exit ends the process all the same', () => {
    const { world, screen } = scene();
    world.fork(10, 1);
    world.exec(10, '/bin/x');
    world.lose(() => world.exec(10, '/bin/y'));
    world.exit(10, 0);
    expect(screen().get(10)).toMatchObject({ ending: '0', binary: '/bin/x' });
  });
});

describe('special processes', () => {
  test('kernel threads are known, named as ps does, and have no events', () => {
    const { world, screen, parentOf } = scene();
    world.old(2, 0);
    world.old(3, 2);
    expect(screen().get(1)?.isKernelThread).toBe(false);
    expect(screen().get(3)).toMatchObject({ isKernelThread: true, binary: '[comm-3]' });
    expect(parentOf(3)).toBe(2);
    world.hit(3);
    world.exit(3, 0, 2);
    expect(screen().get(3)).toMatchObject({ events: 0, hits: 0, binary: '[comm-3]', ending: '0' });
  });

  test('a kernel thread that only /proc tells of, which has no flag for it', () => {
    const { world, tree, screen } = scene();
    world.old(2, 0);
    const entry = world.table.findLive(2);
    if (!entry) throw new Error('unreachable');
    const record = entry.record.slice();
    const view = new DataView(record.buffer);
    view.setUint32(EXEC.at.flags, FLAG.TG_SNAPSHOT, true);
    view.setUint32(EXEC.at.head.tgid, 77, true);
    view.setUint32(EXEC.at.parent_tgid, 2, true);
    tree.found(world.table.exec(record));
    expect(screen().get(77)?.isKernelThread).toBe(true);
  });

  test('a start that /proc knows to 10 ms only: the same process, and still a parent', () => {
    const { world, screen, tree, parentOf } = scene();
    world.fork(20, 1);
    world.exec(20, '/bin/x');
    const entry = world.table.findLive(20);
    if (!entry) throw new Error('unreachable');
    const rounded = entry.start - (entry.start % 10_000_000n);
    const other = createProcessTree(world.readStat);
    other.found({ ...entry, start: rounded });
    other.executed(entry);
    other.exited(20, world.now().boot, 0);
    expect(other.all(world.now())).toMatchObject([
      { key: `20:${rounded}`, events: 2, ending: '0' },
    ]);
    // Its parent started in the same tick, after the rounded start.
    world.old(30, 20, '/bin/y', rounded);
    expect(parentOf(30)).toBe(20);
    expect(screen().size).toBe(3);
    expect(tree.all(world.now())).toHaveLength(3);
  });
});

test('everything at once: whoever applies the changes has what a whole message says', () => {
  const { world, screen } = scene();
  let seed = 1;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % below;
  };
  const alive: number[] = [];
  const pick = () => alive[random(alive.length)] ?? 1;
  const step = () => {
    const what = random(10);
    if (what < 4 && alive.length < 60) {
      const pid = 100 + random(400);
      if (alive.includes(pid)) return;
      world.fork(pid, pick(), undefined);
      alive.push(pid);
    } else if (what < 6 && alive.length > 0) world.exec(pick(), `/bin/p${random(20)}`);
    else if (what < 9 && alive.length > 0) {
      const pid = pick();
      alive.splice(alive.indexOf(pid), 1);
      world.exit(pid, random(3) * 256);
    } else world.wait(random(4000));
  };
  for (let i = 0; i < 6000; i++) {
    if (random(20) === 0) world.lose(step);
    else step();
    if (random(5) === 0) screen();
  }
  for (const pid of alive.splice(0)) world.exit(pid);
  world.wait(RETAIN_MS + 1);
  const rest = [...screen().values()].filter(({ endedAt }) => endedAt === undefined);
  // Init, and those whose exit was lost and whose number nobody took again.
  expect(rest.length).toBeGreaterThan(0);
  expect(rest.length).toBeLessThan(200);
});

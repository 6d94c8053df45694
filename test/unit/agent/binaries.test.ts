import { describe, expect, test } from 'vitest';
import {
  type Binaries,
  createBinaries,
  MAX_BINARIES,
} from '../../../src/agent/aggregate/binaries.ts';
import type { BinaryCounters } from '../../../src/agent/messages.ts';
import { BOOT_TO_WALL, createWorld, type World } from './world.ts';

type Scene = {
  world: World;
  binaries: Binaries;
  /** What a screen has that applies all changes since the beginning. */
  screen(): Map<string, BinaryCounters>;
  counters(binary: string): BinaryCounters | undefined;
};

function scene(): Scene {
  const binaries = createBinaries();
  const world = createWorld({
    ...binaries,
    hit: (_, entry, hit) => binaries.hit(entry, hit, undefined),
  });
  const rows = new Map<string, BinaryCounters>();
  const screen = () => {
    const { changed, removed } = binaries.take(world.now());
    for (const binary of removed) expect(rows.delete(binary)).toBe(true);
    for (const row of changed) rows.set(row.binary, row);
    expect(new Map(binaries.all(world.now()).map((row) => [row.binary, row]))).toEqual(rows);
    return rows;
  };
  world.old(1, 0, '/sbin/init');
  return { world, binaries, screen, counters: (binary) => screen().get(binary) };
}

describe('counting', () => {
  test('what ran before runs, and nothing else is known of it', () => {
    const { world, counters } = scene();
    world.old(5, 1, '/bin/sh');
    world.old(6, 1, '/bin/sh');
    expect(counters('/bin/sh')).toEqual({
      binary: '/bin/sh',
      execs: 0,
      exits: 0,
      failures: 0,
      running: 2,
      files: 0,
      network: 0,
      hits: 0,
      kills: 0,
      denials: 0,
      events: 0,
      untold: 0,
      trend: zeros(10),
      firstSeen: Number((world.ktimeOf(5) + BOOT_TO_WALL) / 1_000_000n),
      lastSeen: Number((world.ktimeOf(6) + BOOT_TO_WALL) / 1_000_000n),
    });
    world.exit(5);
    expect(counters('/bin/sh')).toMatchObject({ running: 1, exits: 1, events: 1 });
  });

  test('fork, exec, exit: running moves from program to program', () => {
    const { world, counters } = scene();
    world.fork(10, 1);
    expect(counters('/sbin/init')).toMatchObject({ running: 2, execs: 0, events: 0 });
    world.exec(10, '/bin/a');
    expect(counters('/sbin/init')).toMatchObject({ running: 1, execs: 0, events: 0 });
    expect(counters('/bin/a')).toMatchObject({ running: 1, execs: 1, events: 1 });
    world.exec(10, '/bin/b');
    world.exec(10, '/bin/b');
    expect(counters('/bin/a')).toMatchObject({ running: 0, execs: 1, exits: 0, events: 1 });
    expect(counters('/bin/b')).toMatchObject({ running: 1, execs: 2, events: 2 });
    world.fork(11, 10);
    world.exit(11, 256);
    world.exit(10, 15);
    expect(counters('/bin/b')).toMatchObject({ running: 0, exits: 2, failures: 2, events: 4 });
  });

  test.each([
    [0, 0],
    [256, 1],
    [9, 1],
    [11 | 0x80, 1],
  ])('wait code %i counts as %i failures', (code, failures) => {
    const { world, counters } = scene();
    world.fork(10, 1);
    world.exec(10, '/bin/a');
    world.exit(10, code);
    expect(counters('/bin/a')).toMatchObject({ exits: 1, failures });
  });

  test('policy events, by what they are about and what became of them', () => {
    const { world, counters } = scene();
    world.fork(10, 1);
    world.exec(10, '/bin/a');
    world.hit(10);
    world.hit(10, { subject: 'network', denied: true });
    world.hit(10, { subject: undefined });
    world.hit(10, { killed: true });
    expect(counters('/bin/a')).toMatchObject({
      files: 2,
      network: 1,
      hits: 4,
      kills: 1,
      denials: 1,
      events: 5,
    });
  });

  test('relative names count under their full path', () => {
    const { world, counters } = scene();
    world.fork(10, 1);
    world.exec(10, '../x', { cwd: '/opt/y' });
    expect(counters('/opt/x')).toMatchObject({ execs: 1 });
  });

  test('kernel threads and unknown processes count nowhere', () => {
    const { world, screen } = scene();
    world.old(2, 0);
    world.lose(() => world.fork(10, 1));
    world.fork(11, 10);
    world.exit(11);
    world.hit(10);
    expect([...screen().keys()]).toEqual(['/sbin/init']);
    expect(screen().get('/sbin/init')).toMatchObject({ running: 1 });
  });

  test('a lost exit ends when its number is taken again; a lost exec at the exit', () => {
    const { world, counters } = scene();
    world.fork(10, 1);
    world.exec(10, '/bin/a');
    world.lose(() => world.exit(10));
    expect(counters('/bin/a')).toMatchObject({ running: 1 });
    world.fork(10, 1);
    expect(counters('/bin/a')).toMatchObject({ running: 0, exits: 0 });
    world.exec(10, '/bin/a');
    world.lose(() => world.exec(10, '/bin/b'));
    world.exit(10);
    // What ended was /bin/b, which nobody heard of.
    expect(counters('/bin/a')).toMatchObject({ running: 0, exits: 0, execs: 2 });
  });
});

describe('bounds', () => {
  const runOnce = (world: World, binary: string) => {
    world.fork(10, 1);
    world.exec(10, binary);
    world.exit(10);
  };

  test('the least recently seen one that nobody runs goes first, and its removal is told', () => {
    const { world, binaries, screen } = scene();
    world.fork(9, 1);
    world.exec(9, '/bin/stays');
    for (let i = 0; i < MAX_BINARIES - 2; i++) runOnce(world, `/bin/${i}`);
    runOnce(world, '/bin/0');
    expect(screen().size).toBe(MAX_BINARIES);
    runOnce(world, '/bin/new');
    const { changed, removed } = binaries.take(world.now());
    expect(removed).toEqual(['/bin/1']);
    expect(changed.map(({ binary }) => binary).sort()).toEqual(['/bin/new', '/sbin/init']);
  });

  test('removed and back between two looks: it was never away, but begins at 0', () => {
    const { world, screen } = scene();
    runOnce(world, '/bin/0');
    runOnce(world, '/bin/0');
    expect(screen().get('/bin/0')).toMatchObject({ execs: 2 });
    for (let i = 1; i < MAX_BINARIES; i++) runOnce(world, `/bin/${i}`);
    runOnce(world, '/bin/0');
    expect(screen().get('/bin/0')).toMatchObject({ execs: 1, exits: 1, running: 0 });
    expect(screen().size).toBe(MAX_BINARIES);
    expect(screen().has('/bin/1')).toBe(false);
  });

  test('those that run are kept beyond the bound, until they stop', () => {
    const { world, screen } = scene();
    const many = MAX_BINARIES + 50;
    for (let i = 0; i < many; i++) {
      world.fork(100 + i, 1);
      world.exec(100 + i, `/bin/${i}`);
    }
    expect(screen().size).toBe(many + 1);
    for (let i = 0; i < many; i++) world.exit(100 + i);
    expect(screen().size).toBe(MAX_BINARIES);
    expect(screen().get('/sbin/init')).toMatchObject({ running: 1 });
  });
});

describe('trends', () => {
  const SECONDS = 10;

  test('events of the last seconds, which move on without an event until they are over', () => {
    const { world, binaries, screen, counters } = scene();
    world.fork(10, 1);
    world.exec(10, '/bin/a');
    world.hit(10);
    expect(counters('/bin/a')?.trend).toEqual([...zeros(SECONDS - 1), 2]);
    world.wait(1000);
    expect(counters('/bin/a')?.trend).toEqual([...zeros(SECONDS - 2), 2, 0]);
    world.wait(SECONDS * 1000);
    expect(counters('/bin/a')?.trend).toEqual(zeros(SECONDS));
    world.wait(1000);
    screen();
    expect(binaries.take(world.now()).changed).toEqual([]);
  });
});

const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);

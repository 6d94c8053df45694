/** What is known of one program: whom it ran, who ran it, how it ended, what its policy events were about. */
import { describe, expect, test } from 'vitest';
import { createAggregates } from '../../../src/agent/aggregate/aggregates.ts';
import { MAX_PROFILES } from '../../../src/agent/aggregate/profiles.ts';
import {
  countKey,
  createTally,
  MOST_HELD,
  MOST_TOLD,
  tellTally,
} from '../../../src/agent/aggregate/tally.ts';
import { tg_sock_body } from '../../../src/generated/layouts.ts';
import { address, fileArgument, intArgument, struct, value } from '../wire/records.ts';
import { engineHook } from './hooks.ts';
import { BOOT_TO_WALL, createWorld } from './world.ts';

function scene() {
  const hooks = new Map([
    [1, engineHook('writes')],
    [2, engineHook('talks')],
  ]);
  const world = createWorld({
    found: (...args) => aggregates.found(...args),
    forked: (...args) => aggregates.forked(...args),
    executed: (...args) => aggregates.executed(...args),
    exited: (...args) => aggregates.exited(...args),
    hit: (...args) => aggregates.hit(...args),
  });
  const aggregates = createAggregates(
    () => {},
    () => world.now(),
    (pid) => world.readStat(pid),
    (hook) => hooks.get(hook),
  );
  world.old(1, 0, '/sbin/init');
  const profile = (binary: string) => {
    const found = aggregates.profile(binary);
    if (!found) throw new Error(`nothing is known of ${binary}`);
    return found;
  };
  return { world, aggregates, profile };
}

const entry = (name: string, count: number) => ({ name, count });
const whole = (...entries: { name: string; count: number }[]) => ({ entries, others: 0 });

const AF_INET = 2;
const TCP = 6;
const socketTo = (last: number, port: number) =>
  value('TG_TYPE_SOCK', {
    body: struct(tg_sock_body, {
      ...{ source: address(10, 0, 0, 1), source_port: 40_000, family: AF_INET, protocol: TCP },
      ...{ destination: address(203, 0, 113, last), destination_port: port },
    }),
  });

describe('a program', () => {
  test('whom it ran and who ran it: by fork and exec, and by exec alone', () => {
    const { world, profile } = scene();
    world.fork(10, 1);
    world.exec(10, '/bin/sh', { uid: 1000 });
    for (let i = 0; i < 3; i++) {
      world.fork(20 + i, 10);
      world.exec(20 + i, '/bin/true', { uid: 1000 });
      world.exit(20 + i);
    }
    world.exec(10, '/bin/last', { uid: 0 });
    expect(profile('/sbin/init').ran).toEqual(whole(entry('/bin/sh', 1)));
    expect(profile('/bin/sh')).toMatchObject({
      ran: whole(entry('/bin/true', 3), entry('/bin/last', 1)),
      ranBy: whole(entry('/sbin/init', 1)),
      users: whole(entry('1000', 1)),
    });
    expect(profile('/bin/true').ranBy).toEqual(whole(entry('/bin/sh', 3)));
    expect(profile('/bin/last')).toMatchObject({
      ranBy: whole(entry('/bin/sh', 1)),
      users: whole(entry('0', 1)),
    });
  });

  test('how its processes ended; a core dump makes no other signal of it', () => {
    const { world, profile } = scene();
    const codes = [0, 0, 0x300, 9, 11, 11 | 0x80];
    codes.forEach((code, i) => {
      world.fork(20 + i, 1);
      world.exec(20 + i, '/bin/a');
      world.exit(20 + i, code);
    });
    const { endings } = profile('/bin/a');
    expect(endings.entries.slice(0, 2).map(({ count }) => count)).toEqual([2, 2]);
    expect(new Set(endings.entries)).toEqual(
      new Set([entry('0', 2), entry('SIGSEGV', 2), entry('3', 1), entry('SIGKILL', 1)]),
    );
  });

  test('files and addresses of its policy events, and the policies', () => {
    const { world, profile } = scene();
    world.fork(10, 1);
    world.exec(10, '/bin/a');
    const file = fileArgument('/etc/x', 0o100644);
    for (let i = 0; i < 3; i++) world.event(10, [intArgument(1n), file], { hook: 1 });
    for (let i = 0; i < 2; i++) world.event(10, [socketTo(9, 443)], { hook: 2 });
    world.event(10, [socketTo(7, 80)], { hook: 2 });
    world.event(10, [value('TG_TYPE_STRING', { body: 'neither' })], { hook: 1 });
    expect(profile('/bin/a')).toMatchObject({
      files: whole(entry('/etc/x', 3)),
      addresses: whole(entry('203.0.113.9:443', 2), entry('203.0.113.7:80', 1)),
      policies: whole(entry('writes', 4), entry('talks', 3)),
    });
  });

  test('when it was seen, and its events by second for a minute', () => {
    const { world, profile } = scene();
    world.fork(10, 1);
    world.exec(10, '/bin/a');
    const began = Number((world.now().boot + BOOT_TO_WALL) / 1_000_000n);
    world.wait(2000);
    world.exit(10);
    const { history, counters } = profile('/bin/a');
    expect(history).toHaveLength(60);
    expect(history.slice(-3)).toEqual([1, 0, 1]);
    expect(counters.firstSeen).toBe(began);
    expect(counters.lastSeen - counters.firstSeen).toBe(2000);
    world.wait(57_000);
    expect(profile('/bin/a').history[0]).toBe(1);
    world.wait(60_000);
    expect(profile('/bin/a').history.every((count) => count === 0)).toBe(true);
  });

  test('nobody knows a program that never ran', () => {
    expect(scene().aggregates.profile('/bin/never')).toBeUndefined();
  });

  test('the lists of the least recently seen are forgotten, its counters are not', () => {
    const { world, profile } = scene();
    for (let i = 0; i <= MAX_PROFILES; i++) {
      world.fork(10, 1);
      world.exec(10, `/bin/${i}`);
      world.exit(10);
    }
    expect(profile('/bin/0')).toMatchObject({ ranBy: whole(), counters: { execs: 1, exits: 1 } });
    expect(profile(`/bin/${MAX_PROFILES}`).ranBy).toEqual(whole(entry('/sbin/init', 1)));
    // It never stopped running others.
    const { ran } = profile('/sbin/init');
    expect(ran.entries).toHaveLength(MOST_TOLD);
    expect(ran.others).toBe(MAX_PROFILES + 1 - MOST_TOLD);
  });
});

describe('a tally', () => {
  test('no count is too high, and together they are all that was counted, whatever comes', () => {
    const tally = createTally<number>();
    const real = new Map<number, number>();
    let counted = 0;
    for (let i = 0; i < 5000; i++) {
      // Few keys often, many once.
      const key = i % 3 === 0 ? i % 7 : 1000 + i;
      countKey(tally, key);
      real.set(key, (real.get(key) ?? 0) + 1);
      counted += 1;
      expect(tally.counts.size).toBeLessThanOrEqual(MOST_HELD);
    }
    const { entries, others } = tellTally(tally, String);
    expect(entries).toHaveLength(MOST_TOLD);
    for (const { name, count } of entries)
      expect(count).toBeLessThanOrEqual(real.get(Number(name)) ?? 0);
    expect(entries.reduce((sum, { count }) => sum + count, others)).toBe(counted);
    // What is frequent is found: it was dropped at most before it had come twice.
    expect(new Set(entries.slice(0, 7).map(({ name }) => Number(name)))).toEqual(
      new Set([0, 1, 2, 3, 4, 5, 6]),
    );
    expect(entries[6]?.count).toBeGreaterThan(230);
  });

  test('of those counted alike the newest are kept', () => {
    const tally = createTally<number>();
    for (let i = 0; i <= MOST_HELD; i++) countKey(tally, i);
    expect(tally.counts.has(MOST_HELD)).toBe(true);
    expect(tally.counts.has(0)).toBe(false);
  });
});

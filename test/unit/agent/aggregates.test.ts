import { describe, expect, test } from 'vitest';
import { createAggregates } from '../../../src/agent/aggregate/aggregates.ts';
import type { FromAgent } from '../../../src/agent/messages.ts';
import { watchAggregates } from '../../driver/aggregates.ts';
import { createWorld } from './world.ts';

function scene() {
  const messages: FromAgent[] = [];
  const seen = watchAggregates();
  const world = createWorld({
    found: (...args) => aggregates.found(...args),
    forked: (...args) => aggregates.forked(...args),
    executed: (...args) => aggregates.executed(...args),
    exited: (...args) => aggregates.exited(...args),
    hit: (...args) => aggregates.hit(...args),
  });
  const aggregates = createAggregates(
    (message) => {
      messages.push(message);
      seen.onMessage(message);
    },
    () => world.now(),
    (pid) => world.readStat(pid),
    () => undefined,
  );
  world.old(1, 0, '/sbin/init');
  const types = () => messages.splice(0).map(({ type }) => type);
  return { world, aggregates, seen, types, messages };
}

describe('watching', () => {
  test('nothing is sent, and /proc not asked, while nobody watches', () => {
    const { world, aggregates, types } = scene();
    world.fork(10, 1);
    world.fork(11, 10);
    world.exit(10);
    aggregates.send();
    expect(types()).toEqual([]);
    expect(world.asked).toEqual([]);
  });

  test('a topic goes out whole at once, then as changes; what nobody watches is not sent', () => {
    const { world, aggregates, seen, types } = scene();
    world.fork(10, 1);
    world.exec(10, '/bin/a');
    aggregates.watch(['binaries']);
    expect(types()).toEqual(['binaries']);
    expect([...seen.binaries.keys()]).toEqual(['/sbin/init', '/bin/a']);
    aggregates.send();
    expect(types()).toEqual([]);
    world.exec(10, '/bin/b');
    aggregates.send();
    expect(types()).toEqual(['binaries']);
    aggregates.watch(['binaries', 'tree']);
    expect(types()).toEqual(['tree']);
    expect([...seen.tree.values()].map(({ binary }) => binary)).toEqual(['/sbin/init', '/bin/b']);
    expect(seen.counts).toEqual({
      tree: { messages: 1, resets: 1 },
      binaries: { messages: 2, resets: 1 },
      alerts: { messages: 0, resets: 0 },
    });
  });

  test('a topic that somebody needs anew: first what has changed, for those who have it, then all', () => {
    const { world, aggregates, messages } = scene();
    aggregates.watch(['tree']);
    world.fork(10, 1);
    world.exec(10, '/bin/a');
    messages.splice(0);
    aggregates.watch(['tree', 'binaries'], ['tree']);
    expect(
      messages.map((one) => 'reset' in one && [one.type, one.reset, one.changed.length]),
    ).toEqual([
      ['tree', false, 1],
      ['tree', true, 2],
      ['binaries', true, 2],
    ]);
    messages.splice(0);
    aggregates.send();
    expect(messages).toEqual([]);
  });

  test('left and taken up again: whole again, with what happened meanwhile', () => {
    const { world, aggregates, seen, types } = scene();
    aggregates.watch(['tree', 'binaries']);
    aggregates.watch([]);
    world.fork(10, 1);
    world.exec(10, '/bin/a');
    world.hit(10, { killed: true });
    world.exit(10, 9);
    aggregates.send();
    types();
    aggregates.watch(['tree', 'binaries']);
    expect(types()).toEqual(['tree', 'binaries']);
    expect(seen.tree.get(world.keyOf(10))).toMatchObject({
      ending: 'SIGKILL',
      events: 3,
      kills: 1,
    });
    expect(seen.binaries.get('/bin/a')).toMatchObject({ execs: 1, exits: 1, kills: 1, events: 3 });
    aggregates.send();
    expect(types()).toEqual([]);
  });

  test('alerts too: whole, then what changed', () => {
    const { world, aggregates, seen, types } = scene();
    world.fork(10, 1);
    world.exec(10, '/bin/a');
    world.event(10, []);
    aggregates.watch(['alerts']);
    expect([...seen.alerts.values()]).toMatchObject([{ binary: '/bin/a', count: 1, pid: 10 }]);
    world.event(10, []);
    aggregates.send();
    aggregates.send();
    expect(types()).toEqual(['alerts', 'alerts']);
    expect([...seen.alerts.values()]).toMatchObject([{ count: 2 }]);
  });
});

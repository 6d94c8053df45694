/** Tree, binaries and alerts from events that others told: what Tetragon's logs are like, and what hostile ones could be. */
import { describe, expect, test } from 'vitest';
import { MAX_ENDED, RETAIN_MS } from '../../../../src/agent/aggregate/tree.ts';
import { createToldModels } from '../../../../src/agent/told/models.ts';
import { MAX_LIVE } from '../../../../src/agent/told/processes.ts';
import { decodeEvent } from '../../../../src/events/json.ts';
import { watchAggregates } from '../../../driver/aggregates.ts';
import { at, exec, exit, file, INIT, type Program } from '../replay/log.ts';

function scene() {
  const rows = watchAggregates();
  const seen: [number, number][] = [];
  const models = createToldModels({
    tell: rows.onMessage,
    severityOf: (policy) => (policy === 'files' ? 'high' : undefined),
    onProcess: (pid, parent) => seen.push([pid, parent]),
  });
  models.watch(['tree', 'binaries', 'alerts']);
  const add = (...lines: string[]) => {
    for (const line of lines) models.add(decodeEvent(line), 0n);
    models.send();
  };
  const tree = () =>
    [...rows.tree.values()].map(({ pid, binary, parent, ending, endedAt }) => ({
      ...{ pid, binary },
      parent: parent === undefined ? undefined : rows.tree.get(parent)?.pid,
      ending: endedAt === undefined ? undefined : (ending ?? 'unknown'),
    }));
  return { rows, models, add, tree, seen };
}

const CHILD: Program = { pid: 9, seconds: 1, parent: INIT, binary: '/bin/child' };

describe('processes', () => {
  test('a user has the name that is told; nobody’s number is given one', () => {
    const { rows, models, add } = scene();
    const named: Program = { ...CHILD, uid: 33, user: 'web' };
    const numbered: Program = { pid: 10, seconds: 1, parent: INIT, uid: 33 };
    add(exec(INIT), exec(named), exec(numbered));
    const users = [...rows.tree.values()].map(({ pid, uid, user }) => ({ pid, uid, user }));
    expect(users).toContainEqual({ pid: 9, uid: 33, user: 'web' });
    expect(users).toContainEqual({ pid: 10, uid: 33, user: undefined });
    const { ktime = 0n } = [...rows.tree.values()].find(({ pid }) => pid === 9) ?? {};
    expect(models.describe(9, ktime).steps.map(({ user }) => user)).toEqual([undefined, 'web']);
  });

  test('exec, policy event, exit', () => {
    const { rows, add, tree, seen } = scene();
    add(exec(INIT), exec(CHILD), file(CHILD, 2, '/etc/x'), exit(CHILD, 3, { signal: 'SIGKILL' }));
    expect(tree()).toEqual([
      { pid: 1, binary: '/sbin/init', parent: undefined, ending: undefined },
      { pid: 9, binary: '/bin/child', parent: 1, ending: 'SIGKILL' },
    ]);
    const [, child] = rows.tree.values();
    expect(child).toMatchObject({ events: 3, hits: 1, startedAt: Number(at(1) / 1_000_000n) });
    expect(child?.ktime).toBe(101_000_000_000n);
    expect(rows.binaries.get('/bin/child')).toMatchObject({
      ...{ execs: 1, exits: 1, failures: 1, running: 0, files: 1, hits: 1, events: 3 },
    });
    expect(seen).toEqual([
      [1, 0],
      [9, 1],
    ]);
  });

  test('one that forks, acts, and then calls exec is one process', () => {
    const { add, tree, models } = scene();
    const shell = { ...CHILD, binary: '/bin/sh' };
    // Before its exec it has an exec id of its own, and its parent's program.
    const fork = { ...shell, pid: 10, seconds: 2, parent: shell, flags: 'execve' };
    const ls = { ...fork, seconds: 3, binary: '/bin/ls', flags: 'execve rootcwd clone' };
    add(exec(INIT), exec(shell), file(fork, 2.5, '/x'), exec(ls), exit(ls, 4));
    expect(tree().filter(({ pid }) => pid === 10)).toEqual([
      { pid: 10, binary: '/bin/ls', parent: 9, ending: '0' },
    ]);
    const { steps } = models.describe(10, 103_000_000_000n);
    expect(steps.map(({ pid, how, binary }) => [pid, how, binary])).toEqual([
      [1, 'before', '/sbin/init'],
      [9, 'exec', '/bin/sh'],
      [10, 'exec', '/bin/ls'],
    ]);
  });

  test('an exec in place of another stays where it is', () => {
    const { add, tree } = scene();
    const next = { ...CHILD, seconds: 2, parent: CHILD, binary: '/bin/next', flags: 'execve' };
    add(exec(INIT), exec(CHILD), exec(next));
    expect(tree()).toHaveLength(2);
    expect(tree()[1]).toMatchObject({ pid: 9, binary: '/bin/next', parent: 1 });
  });

  test('those that are only named as parents are there too, unless they have ended', () => {
    const { add, tree } = scene();
    const grandchild = { pid: 11, seconds: 5, parent: CHILD };
    add(exec(grandchild));
    expect(tree()).toMatchObject([{ pid: 9 }, { pid: 11, parent: 9 }]);
    add(exit(CHILD, 6), file(grandchild, 7, '/x'));
    expect(tree().filter(({ pid }) => pid !== 1)).toMatchObject([
      { pid: 9, ending: '0' },
      { pid: 11, parent: 9 },
    ]);
  });

  test('a number that is used again, and lines of its former owner that come late', () => {
    const { add, tree } = scene();
    const again = { ...CHILD, seconds: 4, binary: '/bin/again' };
    add(exec(INIT), exec(CHILD), exit(CHILD, 3), exec(again), file(CHILD, 2.9, '/x'));
    add(exit({ ...CHILD, seconds: 0.5 }, 4.1));
    expect(tree().filter(({ pid }) => pid === 9)).toEqual([
      { pid: 9, binary: '/bin/child', parent: 1, ending: '0' },
      { pid: 9, binary: '/bin/again', parent: 1, ending: undefined },
    ]);
  });

  test('a host that was started anew has other processes', () => {
    const { rows, add, models } = scene();
    const late = { ...CHILD, seconds: 500, binary: '/bin/late' };
    const boot = { boot: -990_000_000_000n };
    const init = { ...INIT, ...boot, seconds: 991, flags: 'procFS' };
    const anew = { ...CHILD, ...boot, seconds: 1000, parent: init, binary: '/bin/anew' };
    add(exec(INIT), exec(late), exec(anew));
    expect(rows.binaries.get('/bin/late')?.running).toBe(1);
    expect(rows.binaries.get('/bin/anew')?.running).toBe(1);
    expect(models.describe(9, 10_000_000_000n).lineage[0]?.binary).toBe('/bin/anew');
    expect(models.describe(9, 600_000_000_000n).lineage[0]?.binary).toBe('/bin/late');
  });

  test('hosts with the same numbers are kept apart', () => {
    const { rows, add, models } = scene();
    const other = { ...CHILD, node: 'n2', binary: '/bin/other', parent: { ...INIT, node: 'n2' } };
    add(exec(INIT), exec(CHILD), exec(other));
    expect([...rows.tree.values()].map(({ pid }) => pid)).toEqual([1, 9, 1, 9]);
    expect(new Set(rows.tree.keys()).size).toBe(4);
    add(exit(other, 5));
    expect(rows.binaries.get('/bin/child')?.running).toBe(1);
    expect(rows.binaries.get('/bin/other')?.running).toBe(0);
    const { lineage } = models.describe(9, 101_000_000_000n);
    expect(lineage.map(({ binary }) => binary)).toEqual(['/bin/child', '/sbin/init']);
  });

  test('their clock is the events’: ended ones go when its time is over', () => {
    const { add, tree } = scene();
    add(exec(INIT), exec(CHILD), exit(CHILD, 3));
    expect(tree()).toHaveLength(2);
    add(file(INIT, 3 + RETAIN_MS / 1000 + 1, '/x'));
    expect(tree()).toHaveLength(1);
  });
});

describe('alerts', () => {
  test('by policy, binary and target, with what became of them', () => {
    const { rows, add } = scene();
    const killed = { trigon: { outcome: 'applied', signal: 'SIGKILL' } };
    const withheld = { trigon: { outcome: 'withheld', signal: 'SIGKILL' } };
    const at2 = (more: object) =>
      JSON.stringify({ ...JSON.parse(file(CHILD, 2, '/etc/x')), ...more });
    add(exec(CHILD), file(CHILD, 2, '/etc/x'), at2(killed), at2(withheld));
    add(file(CHILD, 2, '/etc/x', { action: 'KPROBE_ACTION_OVERRIDE' }), file(CHILD, 2, '/etc/y'));
    const [x, y] = rows.alerts.values();
    expect(x).toMatchObject({
      ...{ policy: 'files', severity: 'high', binary: '/bin/child', target: '/etc/x' },
      ...{ call: 'security_file_permission', count: 4, killed: 1, denied: 1, wouldAct: 1 },
      ...{ perMinute: 4, pid: 9, lastSeen: Number(at(2) / 1_000_000n) },
    });
    expect(y).toMatchObject({ target: '/etc/y', count: 1 });
  });
});

describe('bounds', () => {
  test('processes without number and without end', () => {
    const { rows, models } = scene();
    const count = MAX_LIVE + MAX_ENDED + 5000;
    for (let i = 0; i < count; i++)
      models.add(decodeEvent(exec({ pid: 10 + i, seconds: i / 1000, parent: INIT })), 0n);
    models.send();
    expect(rows.tree.size).toBeLessThanOrEqual(MAX_LIVE + MAX_ENDED + 1);
    const live = [...rows.tree.values()].filter(({ endedAt }) => endedAt === undefined);
    expect(live.length).toBeLessThanOrEqual(MAX_LIVE);
    // The one that is named all the time is still there.
    expect(live.some(({ pid }) => pid === 1)).toBe(true);
  });

  test('nonsense in the place of processes', () => {
    const { models, tree } = scene();
    const hostile = [
      '{"process_exec":{"process":{}}}',
      '{"process_exec":{}}',
      '{"process_exit":{"process":{"exec_id":"bm90"},"status":999,"signal":"SIGNONE"}}',
      '{"process_exec":{"process":{"exec_id":"bjE6MTow","pid":0,"parent_exec_id":"!"}}}',
      // Its own parent, at the end of time.
      `{"process_exec":{"process":{"exec_id":"${btoa('n:18446744073709551615:7')}","parent_exec_id":"${btoa('n:18446744073709551615:7')}"}},"time":"9999-12-31T23:59:59Z"}`,
      `{"process_exec":{"process":{"exec_id":"${btoa('n:5:4294967295')}"}},"time":"0001-01-01T00:00:00Z"}`,
      '{"process_throttle":{"type":"THROTTLE_START","cgroup":"x"}}',
      '{"process_loader":{"process":{"exec_id":""},"path":"/x"}}',
    ];
    for (const line of hostile) models.add(decodeEvent(line), at(1));
    models.send();
    expect(tree().length).toBeLessThanOrEqual(2);
    expect(models.describe(7, 1n).lineage).toBeDefined();
  });
});

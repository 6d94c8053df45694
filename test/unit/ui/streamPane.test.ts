import { expect, test } from 'vitest';
import { createPackedBatch, PACKED_KIND } from '../../../src/events/wire/packed.ts';
import { createStreamPane } from '../../../src/ui/panes/streamPane.ts';
import { createState } from '../../../src/ui/state.ts';
import { until } from '../../driver/until.ts';
import { execRecord, hookNames, policyRecord } from '../wire/records.ts';
import { DARK, plain, policy } from './samples.ts';

const SIZE = { width: 100, height: 10 };

function setUp() {
  const state = Object.assign(createState(), { isReady: true });
  let repaints = 0;
  const pane = createStreamPane({
    ...{ state, node: 'n', theme: DARK, ascii: false, userNames: new Map<number, string>() },
    repaint: () => {
      repaints += 1;
    },
  });
  let number = 0;
  /** Events whose arguments are their numbers and, every tenth, `tenth`. */
  const add = (count: number) => {
    const batch = createPackedBatch();
    for (let i = 0; i < count; i++, number++) {
      const args = `/bin/x\0n${number}n\0${number % 10 === 0 ? 'tenth\0' : ''}`;
      const record = execRecord({ filename: '/bin/x', exe: '/bin/x', cwd: '/', args });
      batch.append(
        {
          ...{ kind: PACKED_KIND.exec, flags: 0, time: 0n, tgid: 100, tid: 100 },
          ...{ ktime: 1n, parentTgid: 1, parentKtime: 1n },
        },
        record,
        new Uint8Array(),
      );
    }
    const taken = batch.take();
    if (taken) state.store.add(taken.buffer, taken.bytes);
  };
  const numbers = () =>
    pane.lines(SIZE).map((line) => Number(/ n(\d+)n/.exec(plain(line))?.[1] ?? Number.NaN));
  const cursor = () =>
    Number(
      / n(\d+)n/.exec(
        plain(pane.lines(SIZE).find((line) => line.startsWith(DARK.cursor.open)) ?? ''),
      )?.[1],
    );
  return { state, pane, add, numbers, cursor, repaints: () => repaints };
}

test('100,000 events: the newest matches come first, the rest in the background', async () => {
  const { pane, add, numbers, repaints } = setUp();
  add(100_000);
  pane.filter?.set('tenth');
  await until(() => !Number.isNaN(numbers().at(-1)), { everyMs: 1 });
  expect(numbers().at(-1)).toBe(99_990);
  await until(() => pane.position(SIZE) === '10,000 of 100,000 match ');
  expect(pane.position(SIZE)).toBe('10,000 of 100,000 match ');
  expect(repaints()).toBeGreaterThan(0);
  add(20);
  await until(() => numbers().at(-1) === 100_010);
  expect(numbers().at(-1)).toBe(100_010);
  pane.run('move.first', SIZE);
  expect(numbers()[0]).toBe(20);
});

test('the cursor’s event keeps its place when a filter is set, and when it is taken away', async () => {
  const { pane, add, numbers, cursor } = setUp();
  add(500);
  numbers();
  for (let i = 0; i < 199; i++) pane.run('move.up', SIZE);
  expect(cursor()).toBe(300);
  pane.filter?.set('tenth');
  await until(() => cursor() === 300 && pane.position(SIZE).includes('50 of 500 match '));
  pane.run('move.up', SIZE);
  expect(cursor()).toBe(290);
  pane.filter?.set('');
  expect(cursor()).toBe(290);
  expect(numbers()).toContain(291);
});

test('paused before the first event: it says so, and goes on saying it when events have come', () => {
  const { pane, add } = setUp();
  const text = () => plain(pane.lines(SIZE)[0] ?? '').trim();
  pane.run('stream.pause', SIZE);
  expect(text()).toBe('paused before the first event');
  add(100);
  expect(text()).toBe('paused before the first event');
  pane.run('stream.pause', SIZE);
  expect(text()).not.toContain('paused');
});

test('paused: what comes later is not shown under any filter, also not after the filter goes', async () => {
  const { pane, add, numbers } = setUp();
  add(100);
  numbers();
  pane.run('stream.pause', SIZE);
  add(100);
  pane.filter?.set('tenth');
  await until(() => pane.position(SIZE).endsWith(' match '));
  expect(numbers().at(-1)).toBe(90);
  expect(pane.position(SIZE)).toBe('10 newer ↓  20 of 200 match ');
  pane.filter?.set('');
  expect(numbers().at(-1)).toBe(99);
  pane.filter?.set('nothing-like-this');
  await until(() => !plain(pane.lines(SIZE)[0] ?? '').includes('searching'));
  expect(plain(pane.lines(SIZE)[0] ?? '')).toContain('no event before the pause');
  pane.run('stream.pause', SIZE);
  pane.filter?.set('tenth');
  pane.run('stream.pause', SIZE);
  add(50);
  await until(() => numbers().at(-1) === 190);
  expect(numbers().at(-1)).toBe(190);
  pane.filter?.set('');
  expect(numbers().at(-1)).toBe(199);
  pane.run('stream.pause', SIZE);
  expect(numbers().at(-1)).toBe(249);
});

test('picking a row stops following, so that it stays the one under the cursor', () => {
  const { pane, add, cursor } = setUp();
  expect(pane.pick?.(SIZE)).toBeUndefined();
  add(20);
  expect(pane.pick?.(SIZE)?.process?.arguments).toBe('n19n');
  add(20);
  expect(cursor()).toBe(19);
});

test('a filter that is given up: the former one and the place come back as they were', async () => {
  const { pane, add, numbers, cursor } = setUp();
  add(500);
  numbers();
  for (let i = 0; i < 199; i++) pane.run('move.up', SIZE);
  pane.filter?.set('tenth');
  await until(() => cursor() === 300 && pane.position(SIZE).includes('50 of 500 match '));
  const before = numbers();
  const restore = pane.filter?.keep?.();
  for (const text of ['n', 'n4', 'n49', 'n499']) pane.filter?.set(text);
  await until(() => numbers().join() === '499');
  restore?.();
  expect(pane.filter?.text()).toBe('tenth');
  expect(numbers()).toEqual(before);
  expect(cursor()).toBe(300);
  add(20);
  pane.run('move.last', SIZE);
  await until(() => numbers().at(-1) === 510);
  expect(numbers().at(-1)).toBe(510);
});

test('while a filter is typed the cursor stays at its event, however many are tried', async () => {
  const { pane, add, numbers, cursor } = setUp();
  add(5000);
  numbers();
  for (let i = 0; i < 3999; i++) pane.run('move.up', SIZE);
  expect(cursor()).toBe(1000);
  for (const text of ['t', 'te', 'ten', 'tent', 'tenth']) pane.filter?.set(text);
  await until(() => cursor() === 1000);
  expect(cursor()).toBe(1000);
});

test('rows to be found: those that a pause and the filter leave', async () => {
  const { pane, add, numbers } = setUp();
  const rows = () => pane.find?.rows(SIZE);
  const texts = (at: number) => rows()?.subject(at)?.text() ?? '';
  add(100);
  numbers();
  expect(rows()).toMatchObject({ first: 0, next: 100, isFollowing: true, at: 99 });
  pane.run('stream.pause', SIZE);
  add(100);
  expect(rows()?.next).toBe(100);
  rows()?.goTo(30);
  expect(numbers()).toContain(30);
  expect(rows()).toMatchObject({ at: 30, isFollowing: false });
  expect(texts(30)).toContain('n30n');
  pane.filter?.set('tenth');
  await until(() => pane.position(SIZE).endsWith(' match '));
  const found = rows();
  expect(found && found.next - found.first).toBe(10);
  expect(found?.subject(found.first)?.text()).toContain('n0n');
  expect(found?.subject(found.next)?.text() ?? '').not.toContain('n90n');
});

test('events of a policy that was removed keep its severity, in their rows and for a filter', async () => {
  const state = Object.assign(
    createState(() => hookNames()),
    { isReady: true },
  );
  const pane = createStreamPane({
    ...{ state, node: 'n', theme: DARK, ascii: false, userNames: new Map<number, string>() },
    repaint() {},
  });
  const batch = createPackedBatch();
  batch.append(
    {
      ...{ kind: PACKED_KIND.policy, flags: 0, time: 0n, tgid: 100, tid: 100 },
      ...{ ktime: 1n, parentTgid: 1, parentKtime: 1n },
    },
    execRecord({ filename: '/bin/x', exe: '/bin/x', cwd: '/', args: '/bin/x\0' }),
    policyRecord([]),
  );
  const taken = batch.take();
  if (taken) state.store.add(taken.buffer, taken.bytes);
  const row = () => pane.lines(SIZE)[0] ?? '';
  state.policies = [policy({ name: 'sample', severity: 'high' })];
  expect(row()).toContain(DARK['severity.high'].open);
  state.policies = [];
  expect(row()).toContain(DARK['severity.high'].open);
  pane.filter?.set('severity:high');
  await until(() => pane.position(SIZE).startsWith('1 of 1 match'));
  expect(row()).toContain(DARK['severity.high'].open);
  // One that is told anew counts.
  state.policies = [policy({ name: 'sample', severity: 'low' })];
  expect(row()).toContain(DARK['severity.low'].open);
});

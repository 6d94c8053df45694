import { expect, test } from 'vitest';
import type { Hit } from '../../../src/ui/hits.ts';
import type { InputEvent } from '../../../src/ui/terminal/keys.ts';
import { setUp } from './setUp.ts';
import { treeProcess } from './treeSamples.ts';

const SIZE = { width: 80, height: 10 };

const mouse = (change: object): InputEvent => ({
  ...{ type: 'mouse', action: 'press', button: 'left', column: 0, row: 0 },
  ...{ wheel: 0, ctrl: false, alt: false, shift: false },
  ...change,
});

function world() {
  const all = setUp();
  const changed = Array.from({ length: 9 }, (_, at) => treeProcess(at + 1, { parent: undefined }));
  all.state.tree.apply({ reset: true, changed, removed: [] });
  all.command('view.tree');
  all.panes.tree.lines(SIZE);
  const at = (hit: Hit | undefined, change: object = {}) => {
    all.terminal.hit = hit;
    all.actions.onInput(mouse(change));
  };
  const row = (line: number): Hit => ({ kind: 'view', line, column: 20, size: SIZE });
  const cursor = () => all.panes.tree.pick?.(SIZE)?.pid;
  return { ...all, at, row, cursor };
}

test('a click moves the cursor, the second one opens the detail', () => {
  const { at, row, cursor, state } = world();
  at(row(4));
  expect(cursor()).toBe(4);
  expect(state.overlay).toBeUndefined();
  at(row(4));
  expect(state.overlay?.kind).toBe('detail');
});

test('titles of a tree, and lines below its end, are nothing', () => {
  const { at, row, cursor, state } = world();
  at(row(0));
  at(row(10));
  expect(cursor()).toBe(1);
  expect(state.overlay).toBeUndefined();
});

test('the wheel moves by three; other buttons, releases and moves do nothing', () => {
  const { at, row, cursor } = world();
  at(row(1), { action: 'wheel', wheel: 1, button: 'none' });
  expect(cursor()).toBe(4);
  at(row(1), { action: 'wheel', wheel: -1, button: 'none' });
  expect(cursor()).toBe(1);
  at(row(5), { button: 'right' });
  at(row(5), { action: 'release' });
  at(row(5), { action: 'move' });
  expect(cursor()).toBe(1);
});

test('tabs and hints; a click on nothing', () => {
  const { at, state } = world();
  at({ kind: 'tab', command: 'view.alerts' });
  expect(state.view).toBe('alerts');
  at({ kind: 'hint', press: '1' });
  expect(state.view).toBe('stream');
  at(undefined);
  expect(state.view).toBe('stream');
});

test('while a policy is armed step by step no click means anything', () => {
  const { at, command, state } = world();
  command('view.policies', 'policy.arm');
  expect(state.overlay?.kind).toBe('arm');
  at({ kind: 'tab', command: 'view.stream' });
  at({ kind: 'view', line: 2, column: 3, size: SIZE });
  at({ kind: 'menu', line: 2, column: 4, size: SIZE });
  expect(state.view).toBe('policies');
  expect(state.overlay?.kind).toBe('arm');
});

test('the signal menu: clicks only move its cursor, digits too; Enter sends', async () => {
  const { at, row, press, told, targets, state } = world();
  at(row(3));
  press('f9');
  const asked = told.find((message) => message.type === 'find-target');
  expect(asked).toMatchObject({ process: { pid: 3 } });
  if (asked?.type !== 'find-target') throw new Error('not asked');
  const target = { pid: 3, binary: '/bin/x\x1b[31m', arguments: '', uid: 0, startedAt: 0 };
  targets.onAnswer({ type: 'target', request: asked.request, answer: { target } });
  await Promise.resolve();
  at({ kind: 'menu', line: 3, column: 4, size: SIZE });
  at({ kind: 'menu', line: 3, column: 4, size: SIZE });
  press('3');
  const sent = () => told.filter((message) => message.type === 'signal');
  expect(sent()).toEqual([]);
  const lines = state.overlay?.kind === 'dialog' ? state.overlay.dialog.lines(SIZE) : [];
  expect(lines[0]).toContain('"/bin/x\\x1b[31m"');
  press('enter');
  expect(sent()).toMatchObject([{ signal: 'SIGKILL', processes: [{ pid: 3 }] }]);
});

test('before the agent has answered, and when it refuses, nothing can be sent', async () => {
  const { press, told, targets, command } = world();
  command('row.signal');
  press('down', 'enter');
  const asked = told.find((message) => message.type === 'find-target');
  if (asked?.type !== 'find-target') throw new Error('not asked');
  targets.onAnswer({ type: 'target', request: asked.request, answer: { refusal: 'no' } });
  await Promise.resolve();
  press('down', 'enter', '2', 'enter');
  expect(told.filter((message) => message.type === 'signal')).toEqual([]);
});

test('M: the terminal is told, and it is found again the next time', () => {
  const { command, terminal, state } = setUp();
  command('app.mouse');
  expect([terminal.hasMouse, state.settings.get().mouse]).toEqual([true, true]);
  command('app.mouse');
  expect([terminal.hasMouse, state.settings.get().mouse]).toEqual([false, false]);
});

test('a click in the bar of a replay goes to its time', () => {
  const { at, told } = world();
  at({ kind: 'time', time: 42n });
  expect(told.at(-1)).toEqual({ type: 'playback', action: { do: 'seek', time: 42n } });
});

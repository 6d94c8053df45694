import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createMenu } from '../../../src/ui/dialogs/menu.ts';
import { createPrompt } from '../../../src/ui/dialogs/prompt.ts';
import { setOverlay } from '../../../src/ui/overlay.ts';
import { createPanes } from '../../../src/ui/panes/all.ts';
import { createSpeaker } from '../../../src/ui/reader/speaker.ts';
import { READER_THEME } from '../../../src/ui/reader/theme.ts';
import { durationWords, spoken } from '../../../src/ui/reader/words.ts';
import { createState, say } from '../../../src/ui/state.ts';
import { policy } from './samples.ts';
import { treeProcess } from './treeSamples.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const look = { theme: READER_THEME, ascii: true, userNames: new Map([[0, 'root']]) };
const SIZE = { width: 160, height: 30 };

function setUp(node = 'n') {
  const state = createState();
  const repaint = () => {};
  const panes = createPanes({ state, node, ...look, tellAgent: () => {}, repaint });
  let written = '';
  const speaker = createSpeaker({
    ...{ state, panes, look, node },
    write(text) {
      written += text;
    },
  });
  /** What was said since it was last asked. */
  const heard = (): string[] => {
    const lines = written.split('\n').slice(0, -1);
    written = '';
    return lines;
  };
  return { state, panes, speaker, heard };
}

test('lines without styles, frames and emoji', () => {
  expect(spoken('\x1b[7m ─── Copy ─────── \x1b[0m')).toBe('Copy');
  expect(spoken(' │ 3  JSON   lines │')).toBe('3 JSON lines');
  expect(spoken('━━━━')).toBe('');
  expect(spoken('a -c --flag x-y')).toBe('a -c --flag x-y');
});

test('durations', () => {
  expect(durationWords(271_000)).toBe('4 minutes 31 seconds');
  expect(durationWords(60_000)).toBe('1 minute');
  expect(durationWords(500)).toBe('1 second');
  expect(durationWords(-5)).toBe('0 seconds');
});

test('at the start what is shown and how to get help; then nothing twice', () => {
  const { speaker, heard } = setUp();
  speaker.paint();
  const lines = heard();
  expect(lines[0]).toMatch(/^Trigon on n\..*lists all keys/);
  expect(lines[1]).toMatch(/^Stream:/);
  speaker.paint();
  speaker.paint();
  expect(heard()).toEqual([]);
});

test('a row is said when a key has moved the cursor, not when its counts change', () => {
  const { speaker, heard, state, panes } = setUp();
  const row = (pid: number, events: number) => treeProcess(pid, { parent: undefined, events });
  state.tree.apply({ reset: true, changed: [row(1, 1), row(2, 1)], removed: [] });
  state.view = 'tree';
  speaker.paint();
  expect(heard().at(-1)).toMatch(/pid 1,/);
  panes.tree.run('move.down', SIZE);
  speaker.paint();
  expect(heard()).toEqual([expect.stringMatching(/pid 2,/)]);
  state.tree.apply({ reset: false, changed: [row(2, 99)], removed: [] });
  speaker.paintSoon();
  vi.advanceTimersByTime(2000);
  expect(heard()).toEqual([]);
});

test('notices, once each', () => {
  const { speaker, heard, state } = setUp();
  speaker.paint();
  heard();
  say(state, 'done');
  speaker.paint();
  speaker.paint();
  expect(heard()).toEqual(['Note: done']);
  say(state, 'bad\x1b[31m', 'warning');
  speaker.paint();
  expect(heard().join()).toMatch(/^Warning: bad[ -~]*$/);
});

test('whatever a name holds, nothing is written but printable ASCII and line ends', () => {
  const hostile = 'e\x1b]0;PWNED\x07\x1b[31m\x9b2J\u202e\u200b\x7f\r\b\u{e0041}';
  const { speaker, heard, state, panes } = setUp(hostile);
  state.tree.apply({
    ...{ reset: true, removed: [] },
    changed: [treeProcess(1, { parent: undefined, binary: hostile, arguments: hostile })],
  });
  panes.tree.filter?.set('PWNED');
  state.view = 'tree';
  say(state, `saved to ${hostile}\nand more`);
  speaker.paint();
  setOverlay(state, {
    kind: 'dialog',
    dialog: createMenu({
      ...{ title: hostile, look, choose: () => 'close' },
      items: () => [{ label: hostile, note: hostile }],
    }),
  });
  speaker.paint();
  const lines = heard();
  expect(lines.filter((line) => line.includes('PWNED')).length).toBeGreaterThan(3);
  for (const line of lines) expect(line).toMatch(/^[ -~]+$/);
  expect(lines).toContainEqual(expect.stringContaining('Note: saved to e\\x1b]0;PWNED'));
});

test('arming is said at once and each minute, and its end', () => {
  const { speaker, heard, state } = setUp();
  speaker.paint();
  heard();
  state.policies = [policy({ mode: 'enforce', armedUntil: Date.now() + 150_000 })];
  speaker.paint();
  expect(heard()).toEqual(['1 policy ARMED, 2 minutes 30 seconds left']);
  vi.advanceTimersByTime(10_000);
  speaker.paint();
  expect(heard()).toEqual([]);
  vi.advanceTimersByTime(30_000);
  speaker.paint();
  expect(heard()).toEqual(['1 policy ARMED, 1 minute 50 seconds left']);
  state.policies = [policy({ mode: 'monitor' })];
  speaker.paint();
  expect(heard()).toEqual(['Nothing is armed any more.']);
});

test('a menu: title and numbered items, the chosen one as it changes, and where one is afterwards', () => {
  const { speaker, heard, state } = setUp();
  speaker.paint();
  heard();
  const dialog = createMenu({
    title: 'colours',
    items: () => [{ label: 'red' }, { label: 'green', note: 'as grass' }],
    look,
    choose: () => 'close',
  });
  setOverlay(state, { kind: 'dialog', dialog });
  speaker.paint();
  expect(heard()).toEqual(['colours', '1 red', '2 green as grass', 'chosen: 1 red']);
  dialog.onKey('down', '', SIZE);
  speaker.paint();
  expect(heard()).toEqual(['chosen: 2 green as grass']);
  setOverlay(state, undefined);
  speaker.paint();
  expect(heard()[0]).toMatch(/^Stream:/);
});

test('what is typed is said when typing rests, with the verdict', () => {
  const { speaker, heard, state } = setUp();
  const dialog = createPrompt({
    prompt: 'name: ',
    look,
    say: (text) => ({ text: text.length < 3 ? 'too short' : 'fine', isWrong: text.length < 3 }),
    accept: () => 'close',
  });
  setOverlay(state, { kind: 'dialog', dialog });
  speaker.paint();
  heard();
  for (const key of ['a', 'b', 'c']) {
    dialog.onKey(key, key, SIZE);
    speaker.paint();
    vi.advanceTimersByTime(100);
  }
  expect(heard()).toEqual([]);
  vi.advanceTimersByTime(1000);
  expect(heard()).toEqual(['name: abc', 'fine']);
  speaker.close();
});

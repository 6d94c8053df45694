import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createMenu } from '../../../src/ui/dialogs/menu.ts';
import { createPrompt } from '../../../src/ui/dialogs/prompt.ts';
import type { Look } from '../../../src/ui/look.ts';
import { setOverlay } from '../../../src/ui/overlay.ts';
import { createPanes } from '../../../src/ui/panes/all.ts';
import { openPolicyView, otherSide } from '../../../src/ui/policyView.ts';
import { createSpeaker } from '../../../src/ui/reader/speaker.ts';
import { READER_THEME } from '../../../src/ui/reader/theme.ts';
import { durationWords, harmlessLine, ownWords, spoken } from '../../../src/ui/reader/words.ts';
import { createState, say } from '../../../src/ui/state.ts';
import { escapeNonAscii } from '../../../src/ui/text/ascii.ts';
import { policy } from './samples.ts';
import { treeProcess } from './treeSamples.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const ascii = { theme: READER_THEME, ascii: true, userNames: new Map([[0, 'root']]) };
/** Of a terminal that shows all scripts. */
const letters = { ...ascii, ascii: false };
const SIZE = { width: 160, height: 30 };

function setUp(node = 'n', look: Look = ascii) {
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

const frame = (text: string) => `${READER_THEME.frame.open}${text}\x1b[0m`;

test('lines without styles and frames', () => {
  expect(spoken(`${frame('───')} Copy ${frame('───────')}`, false)).toBe('Copy');
  expect(spoken(` ${frame('│')} 3  JSON   lines ${frame('│')}`, false)).toBe('3 JSON lines');
  expect(spoken('  ▁▂▃▅ 12  ━━━━', false)).toBe('12');
  expect(spoken(`${READER_THEME.cursor.open} >command  Help\x1b[0m`, false)).toBe('command Help');
});

test.each(['a >> b | c + - _ ~ < ^ v = é日', 'a -c --flag x-y', '│ └ ─ ● ▲ → › of others'])(
  'nothing is taken from other programs’ text: %s',
  (text) => {
    expect(spoken(` ${text} `, false)).toBe(text);
    expect(spoken(`${READER_THEME.cursor.open}1  ${text}\x1b[0m`, false)).toBe(`1 ${text}`);
    expect(harmlessLine(text, false)).toBe(text);
  },
);

test('where there is only ASCII our own signs are words', () => {
  expect(spoken('Enter goes on · ↑↓ move …', true)).toBe('Enter goes on, Up Down move ...');
  expect(ownWords('12 newer ↓  by pid ▼')).toBe('12 newer by pid descending');
  expect(harmlessLine('é日', true)).toBe('\\u00e9\\u65e5');
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

test.each([
  ['printable ASCII', ascii, /^[ -~]+$/],
  ['what is printable', letters, /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]+$/u],
])('whatever a name holds, nothing is written but %s and line ends', (_what, look, allowed) => {
  const hostile = 'e\x1b]0;PWNED\x07\x1b[31m\x9b2J\u202e\u200b\x7f\r\b\u{e0041}';
  const { speaker, heard, state, panes } = setUp(hostile, look);
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
  for (const line of lines) expect(line).toMatch(allowed);
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
    look: ascii,
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
    look: ascii,
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

test.each([
  ['as they are', letters, 'prog "a >> b | c" "+" é日'],
  ['in ASCII as escapes', ascii, 'prog "a >> b | c" "+" \\u00e9\\u65e5'],
])('arguments are said whole, %s: in a row and in a page', (_what, look, said) => {
  const { speaker, heard, state } = setUp('n', look);
  const args = '"a >> b | c" "+" é日';
  state.tree.apply({
    ...{ reset: true, removed: [] },
    changed: [treeProcess(1, { parent: undefined, binary: 'prog', arguments: args })],
  });
  state.view = 'tree';
  speaker.paint();
  expect(heard().at(-1)).toContain(`${said}: pid 1`);
  const shown = look.ascii ? escapeNonAscii(`prog ${args}`) : `prog ${args}`;
  const items = () => [{ label: shown }];
  const dialog = createMenu({ title: 'x', items, look, choose: () => 'close' });
  setOverlay(state, { kind: 'dialog', dialog });
  speaker.paint();
  expect(heard()).toEqual(['x', `1 ${said}`, `chosen: 1 ${said}`]);
});

test('the page of a policy: one side, then the other', () => {
  const { speaker, heard, state } = setUp('n', letters);
  const one = policy({ name: 'etc-writes' });
  state.policies = [one];
  const view = { ...openPolicyView(one.id, one.name, 1), source: 'spec:\n  - a | b\n' };
  setOverlay(state, { kind: 'policy', view });
  speaker.paint();
  const lines = heard().slice(1);
  expect(lines[0]).toMatch(/^etc-writes .*; its file; Tab: the other side$/);
  expect(lines.slice(1)).toEqual(['1 spec:', '2 - a | b']);
  setOverlay(state, { kind: 'policy', view: otherSide(view) });
  speaker.paint();
  const other = heard();
  expect(other[0]).toMatch(/; on this host; Tab: the other side$/);
  expect(other.length).toBeGreaterThan(1);
  expect(other.join('\n')).not.toMatch(/spec:|│|─/);
  // Its counters change with each event.
  state.policies = [{ ...one, memoryBytes: one.memoryBytes + 4096 }];
  speaker.paintSoon();
  vi.advanceTimersByTime(2000);
  expect(heard()).toEqual([]);
});

test('a policy that a key has switched says its mode when the agent has answered', () => {
  const { speaker, heard, state } = setUp();
  const one = policy({ name: 'etc-writes', mode: 'off', condition: 'disabled' });
  state.policies = [one];
  state.view = 'policies';
  speaker.paint();
  heard();
  const answer = (mode: 'off' | 'monitor') => {
    state.policies = [{ ...one, mode }];
    speaker.paintSoon();
    vi.advanceTimersByTime(1000);
    return heard();
  };
  expect(answer('monitor')).toEqual(['etc-writes: monitor']);
  expect(answer('monitor')).toEqual([]);
  expect(answer('off')).toEqual(['etc-writes: off']);
  // With the next key it is no news any more.
  speaker.paint();
  expect(heard()).toEqual([]);
});

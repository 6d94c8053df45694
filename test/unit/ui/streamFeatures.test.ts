import { beforeEach, describe, expect, test } from 'vitest';
import type { Dialog } from '../../../src/ui/dialog.ts';
import { counted } from '../../../src/ui/save/formats.ts';
import { createEventStore } from '../../../src/ui/store/eventStore.ts';
import { MAX_MARKS } from '../../../src/ui/store/marks.ts';
import { MAX_TAGS } from '../../../src/ui/store/tags.ts';
import { until } from '../../driver/until.ts';
import { plain } from './samples.ts';
import { setUp } from './setUp.ts';
import { NOON, pack, SECOND } from './streamSetUp.ts';

let ui: ReturnType<typeof setUp>;
let number: number;

const add = (count: number) => {
  const events = Array.from({ length: count }, (_, index) => ({
    time: NOON + BigInt(number + index) * SECOND,
    args: `n${number + index}n`,
  }));
  const { buffer, bytes } = pack(events);
  ui.state.store.add(buffer, bytes);
  number += count;
};

beforeEach(() => {
  ui = setUp({ store: createEventStore(2000) });
  number = 0;
});

const SIZE = { width: 80, height: 10 };

const dialog = (): Dialog => {
  const { overlay } = ui.state;
  if (overlay?.kind !== 'dialog') throw new Error('no dialog is open');
  return overlay.dialog;
};
const said = (): string => ui.state.notice?.text ?? '';
const dialogText = (): string => dialog().lines(SIZE).map(plain).join('\n');
const type = (text: string) => ui.press(...text);

describe('marks', () => {
  test('one whose events have left the ring is kept for its time, and is no place to go to', () => {
    add(10);
    ui.command('move.first', 'stream.mark');
    add(2000);
    ui.command('stream.marks');
    expect(dialogText()).toContain('mark 1 12:00:00');
    expect(dialogText()).toContain('its events have left the ring');
    ui.press('enter', '1');
    expect(dialogText()).toContain('mark 1');
    ui.press('d');
    expect(ui.state.overlay).toBeUndefined();
    ui.command('stream.marks');
    expect(said()).toContain('no mark is set');
  });

  test('digits go by the mark’s number, not by its place in the list', () => {
    add(40);
    for (let i = 0; i < 3; i++) ui.command('move.up', 'stream.mark');
    ui.command('stream.marks');
    ui.press('d', '2');
    expect(ui.state.overlay).toBeUndefined();
    expect(ui.panes.stream.cursorNumber(SIZE)).toBe(37);
  });

  test('a name may hold anything that can be pasted; it is shown harmless', () => {
    add(5);
    ui.command('stream.mark', 'stream.marks');
    ui.press('n');
    ui.paste('\x1b]0;owned\x07\u202eok');
    ui.press('enter');
    expect(dialogText()).not.toMatch(/[\x1b\x07\u202e]/);
    expect(dialogText()).toContain('ok');
    ui.press('escape');
    expect(ui.panes.stream.lines(SIZE).map(plain).join('\n')).not.toMatch(/[\x07\u202e]/);
  });

  test('no more than so many: it says how to get rid of some', () => {
    add(MAX_MARKS + 5);
    ui.command('move.first');
    for (let i = 0; i < MAX_MARKS; i++) ui.command('stream.mark', 'move.down');
    expect(ui.state.marks.size).toBe(MAX_MARKS);
    ui.command('stream.mark');
    expect(ui.state.marks.size).toBe(MAX_MARKS);
    expect(said()).toContain(`there are ${MAX_MARKS} marks`);
  });
});

describe('to a time', () => {
  test('without an event there is none', () => {
    ui.command('stream.time');
    expect(said()).toBe('no event is held yet');
    expect(ui.state.overlay).toBeUndefined();
  });

  test('the words say what is held, and what is wrong; only what is right is done', () => {
    add(300);
    ui.command('stream.time');
    expect(dialogText()).toContain('held are 12:00:00 to 12:04:59');
    type('11:59:59');
    expect(dialogText()).toContain('11:59:59 is gone: to the oldest held, 12:00:00');
    ui.press('ctrl+u');
    type('12:05');
    expect(dialogText()).toContain('the newest held is 12:04:59: there is nothing at 12:05:00 yet');
    ui.press('ctrl+u');
    type('12:02:30.5');
    ui.press('enter');
    expect(ui.state.overlay).toBeUndefined();
    expect(ui.panes.stream.cursorNumber(SIZE)).toBe(151);
  });

  test('what is gone leads to the oldest that is held, with a notice', () => {
    add(300);
    ui.command('stream.time');
    type('11:59:59');
    ui.press('enter');
    expect(ui.state.overlay).toBeUndefined();
    expect(ui.panes.stream.cursorNumber(SIZE)).toBe(0);
    expect(said()).toBe('11:59:59 is gone: to the oldest held, 12:00:00');
  });

  test('while following from now, which may be long after the newest event', () => {
    ui.state.clock = () => Number((NOON + 400n * SECOND) / 1_000_000n);
    add(300);
    ui.command('stream.time');
    expect(dialogText()).toContain('- and + count from now');
    type('-150s');
    ui.press('enter');
    expect(ui.panes.stream.cursorNumber(SIZE)).toBe(250);
    ui.command('stream.time');
    expect(dialogText()).toContain('- and + count from the cursor');
  });

  test('from the cursor, to and fro; and as the palette gives it', () => {
    add(300);
    expect(ui.panes.stream.cursorNumber(SIZE)).toBe(299);
    ui.actions.run('stream.time', '-30s');
    expect(ui.panes.stream.cursorNumber(SIZE)).toBe(269);
    ui.actions.run('stream.time', '+10s');
    expect(ui.panes.stream.cursorNumber(SIZE)).toBe(279);
    ui.actions.run('stream.time', '+10h');
    expect(ui.panes.stream.cursorNumber(SIZE)).toBe(279);
    expect(said()).toContain('the newest held is 12:04:59');
  });

  test('while paused what the pause holds back isn’t held', () => {
    add(100);
    ui.panes.stream.lines(SIZE);
    ui.command('stream.pause');
    add(100);
    ui.actions.run('stream.time', '12:02:30');
    expect(said()).toContain('the newest held is 12:01:39');
  });

  test('an event that came late is found', () => {
    add(100);
    const { buffer, bytes } = pack([{ time: NOON + 50n * SECOND + 5n, args: 'late' }]);
    ui.state.store.add(buffer, bytes);
    ui.actions.run('stream.time', '12:00:50.000000004');
    expect(ui.panes.stream.cursorNumber(SIZE)).toBe(100);
  });
});

describe('tags', () => {
  test('no more than so many; those of events that are gone make room', () => {
    add(MAX_TAGS + 10);
    ui.command('move.first');
    for (let i = 0; i < MAX_TAGS; i++) ui.command('row.tag');
    expect(said()).toBe(`${MAX_TAGS} events tagged`);
    ui.command('row.tag');
    expect(said()).toContain('no more: U untags all');
    expect(ui.panes.stream.cursorNumber(SIZE)).toBe(MAX_TAGS);
    add(1000);
    ui.command('move.last', 'row.tag');
    expect(said()).toBe('991 events tagged');
    ui.command('row.untag');
    expect(said()).toBe('untagged 991');
  });

  test('they are copied in the order of the stream, as lines and as JSON', () => {
    add(20);
    ui.command('row.tag', 'move.up', 'move.up', 'row.tag', 'row.copy');
    const { overlay } = ui.state;
    if (overlay?.kind !== 'dialog') throw new Error('no copy menu is open');
    const menu = overlay.dialog.lines({ width: 80, height: 20 }).map(plain);
    const copied = (wanted: string): string => {
      ui.press(/^ (\d)/.exec(menu.find((line) => line.includes(wanted)) ?? '')?.[1] ?? '');
      ui.command('row.copy');
      return ui.asked.at(-1)?.slice('copy '.length) ?? '';
    };
    const [lines, json] = [copied('2 tagged lines'), copied('2 tagged as JSON')];
    expect(lines?.split('\n').map((line) => /n\d+n/.exec(line)?.[0])).toEqual(['n17n', 'n19n']);
    expect(
      json?.split('\n').map((line) => JSON.parse(line).process_exec.process.arguments),
    ).toEqual(['n17n', 'n19n']);
  });
});

test('around: its keys elsewhere only say what they are for; Esc leads back to where one was', () => {
  add(20);
  ui.command('around.wider');
  expect(said()).toContain('what happened around an event');
  ui.command('move.up', 'row.around');
  const head = () => plain(ui.panes.stream.lines(SIZE)[0] ?? '');
  expect(head()).toMatch(/^ around 12:00:18\.000 x \(100\), ±2 s, tree of 50: 4 events/);
  for (let i = 0; i < 9; i++) ui.command('around.wider');
  expect(head()).toContain('±60 s');
  for (let i = 0; i < 9; i++) ui.command('around.narrower');
  expect(head()).toContain('±0.5 s, tree of 50: 1 event');
  ui.command('app.back');
  expect(head()).not.toContain('around');
  expect(ui.panes.stream.cursorNumber(SIZE)).toBe(18);
});

test('around: what is clicked stays below the pointer, and so does a match that is in sight', () => {
  add(20);
  ui.command('move.up', 'row.around');
  for (let i = 0; i < 9; i++) ui.command('around.wider');
  const { stream } = ui.panes;
  const rows = () => stream.lines(SIZE).map((line) => plain(line).trimEnd());
  const before = rows();
  const line = before.findIndex((row) => row.includes('n15n'));
  expect(stream.click?.(line, 0, SIZE)).toBe('moved');
  expect(rows()).toEqual(before);
  expect(stream.click?.(line, 0, SIZE)).toBe('again');
  ui.command('app.back', 'row.around');
  const centered = rows();
  const found = stream.find?.rows(SIZE);
  const at = found?.at ?? 0;
  found?.goTo(at - 1);
  expect(rows()).toEqual(centered);
});

describe('finding while following', () => {
  test('the newest match first: of a new text, of n, and of n again after End', async () => {
    add(300);
    // On a slow machine the search goes on in the background.
    const expectCursor = async (number: number) => {
      await until(() => ui.panes.stream.cursorNumber(SIZE) === number);
      expect(ui.panes.stream.cursorNumber(SIZE)).toBe(number);
    };
    ui.actions.run('find.open', 'n2');
    await expectCursor(299);
    expect(said()).toBe('');
    ui.actions.run('find.open', '5n');
    await expectCursor(295);
    ui.command('find.previous');
    await expectCursor(285);
    for (const id of ['find.next', 'find.previous'] as const) {
      ui.command('move.last', 'stream.follow', 'stream.follow');
      ui.command(id);
      await expectCursor(295);
    }
  });
});

describe('saving with tags', () => {
  const counts = () => ui.panes.stream.save?.().map(({ label, count }) => [label, count]);

  test('all that the view shows comes first; what is tagged beside it, and of how many', () => {
    add(1500);
    expect(counts()).toEqual([
      ['JSON lines', 1500],
      ['Text', 1500],
    ]);
    ui.state.tags.toggleEvent(3);
    ui.state.tags.toggleEvent(7);
    expect(counts()?.slice(2)).toEqual([
      ['Tagged as JSON lines', 2],
      ['Tagged as Text', 2],
    ]);
    const [, , tagged] = ui.panes.stream.save?.() ?? [];
    expect(tagged && counted(tagged.count, tagged.noun)).toBe('2 tagged of 1,500 events');
    expect([...(tagged?.lines() ?? [])]).toHaveLength(2);
  });
});

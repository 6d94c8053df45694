/** Time in the stream: back through the ring, marks, times, what happened around an event, tags. Needs root and a built dist/. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { keyOf } from '../../src/ui/commands.ts';
import { run } from '../driver/command.ts';
import { sharedRobot } from '../driver/robot.ts';
import { until } from '../driver/until.ts';

const robot = sharedRobot(() => [], {
  columns: 120,
  rows: 40,
  env: {
    ...{ DISPLAY: undefined, WAYLAND_DISPLAY: undefined, TMUX: undefined, STY: undefined },
    SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22',
  },
});

const newMarker = (): string => `m${randomUUID().slice(0, 8)}`;
/** The rows between the rules. */
const body = (): string[] => robot.app.screen().slice(3, -2);
const footer = (): string => robot.app.screen().at(-1) ?? '';

/** The row with the cursor, all of which is inverted. */
const cursorRow = (): string => {
  const at = robot.app.cells().findIndex((row, y) => y > 2 && row.every((cell) => cell.isInverse));
  return at < 0 ? '' : (robot.app.screen()[at] ?? '');
};

const narrowTo = async (filter: string): Promise<void> => {
  robot.app.command('row.filter');
  await robot.app.waitForText('Enter applies');
  // What is set stands there already.
  robot.app.press('ctrl+u');
  robot.app.enter(filter);
  await robot.app.waitForNoText('Enter applies');
};

/** Runs programs with a marker, and waits for so many rows that have it, and no others. */
const withRows = async (filter: string, count: number): Promise<void> => {
  await narrowTo(filter);
  await robot.app.waitFor(() => new RegExp(`\\b${count} of [\\d,]+ match `).test(footer()));
};

/** Jumps to the next row that has the text. */
const find = async (text: string): Promise<void> => {
  robot.app.command('find.open');
  await robot.app.waitForText('Enter jumps to the next match');
  robot.app.enter(text);
  await robot.app.waitForNoText('Enter jumps');
};

const happen = async (count: number, marker = newMarker()): Promise<void> => {
  for (let i = 0; i < count; i++) await run('/bin/true', [marker]);
};

const marks = (): string[] => body().filter((row) => /^── mark \d+ /.test(row));

const removeMarks = async (): Promise<void> => {
  robot.app.command('stream.marks');
  await robot.app.waitForText('─ Marks ');
  for (let i = 0; i < 9; i++) robot.app.press('d');
  await robot.app.waitForNoText('─ Marks ');
};

test('moving up stops following and tells what is newer; End follows again', async () => {
  await happen(30);
  // One key alone: of several the row might be that of the first.
  robot.app.command('move.up');
  await robot.app.waitFor(() => cursorRow() !== '');
  const row = cursorRow();
  await happen(5);
  await robot.app.waitFor(() => /[1-9]\d* newer ↓/.test(footer()));
  expect(cursorRow()).toBe(row);
  robot.app.command('move.last');
  await robot.app.waitFor(() => !footer().includes('newer') && cursorRow() === '');
});

test('paused: the view stands still, and can be filtered and looked into', async () => {
  const marker = newMarker();
  await run('/bin/true', [marker, 'first']);
  // Without a filter what others do might scroll it away.
  await withRows(`${marker} event:exec`, 1);
  robot.app.command('app.back');
  await robot.app.waitFor(() => !footer().includes('match'));
  robot.app.command('move.last', 'stream.pause');
  await robot.app.waitForText('paused');
  await run('/bin/true', [marker, 'second']);
  await robot.app.waitFor(() => /[1-9]\d* newer ↓/.test(footer()));
  await narrowTo(`${marker} event:exec`);
  await robot.app.waitFor(() => body().filter((row) => row.includes(marker)).length === 1);
  expect(body()[0]).toContain('first');
  robot.app.command('row.detail');
  await robot.app.waitForText('exec id');
  robot.app.command('app.back');
  await robot.app.waitForNoText('exec id');
  robot.app.command('app.back', 'stream.pause');
  await robot.app.waitForText('live');
  await narrowTo(`${marker} event:exec`);
  await robot.app.waitFor(() => body().some((row) => row.includes('second')));
});

test('a mark while following is a line behind the newest event; ’ and its digit lead back to it', async () => {
  const [before, after] = [newMarker(), newMarker()];
  await happen(3, before);
  await withRows(`${before} OR ${after}`, 6);
  robot.app.command('stream.mark');
  await robot.app.waitFor(() => marks().length === 1);
  await happen(60, after);
  await robot.app.waitFor(() => / 126 of /.test(footer()) && marks().length === 0);
  robot.app.command('stream.marks');
  await robot.app.waitForText('─ Marks ');
  robot.app.press('1');
  await robot.app.waitFor(() => marks().length === 1 && cursorRow().includes(after));
  const at = body().findIndex((row) => row.startsWith('── mark 1 '));
  expect(body()[at - 1]).toContain(before);
  expect(body()[at + 1]).toContain(after);
  expect(body()[at]).toMatch(/^── mark 1 \d\d:\d\d:\d\d ─+$/);
  await removeMarks();
  await robot.app.waitFor(() => marks().length === 0);
});

test('a mark at the cursor is seen under another filter, has a name, and goes by the same key', async () => {
  const marker = newMarker();
  for (const word of ['one', 'two', 'three']) await run('/bin/true', [marker, word]);
  await withRows(`${marker} event:exec`, 3);
  robot.app.command('move.up', 'stream.mark');
  await robot.app.waitFor(() => marks().length === 1 && /two/.test(cursorRow()));
  robot.app.command('stream.marks');
  await robot.app.waitForText('─ Marks ');
  robot.app.press('n');
  await robot.app.waitForText('name of mark 1');
  robot.app.enter('here');
  await robot.app.waitFor(() => /mark 1 \d\d:\d\d:\d\d here/.test(robot.app.text()));
  robot.app.command('app.back');
  await robot.app.waitForNoText('─ Marks ');
  await withRows(`${marker} event:exec !two`, 2);
  await robot.app.waitFor(() => marks().length === 1);
  const at = body().findIndex((row) => row.startsWith('── mark 1 '));
  expect(body()[at]).toContain(' here ─');
  expect(body()[at - 1]).toContain('one');
  expect(body()[at + 1]).toContain('three');
  await withRows(`${marker} event:exec`, 3);
  robot.app.command('stream.marks');
  await robot.app.waitForText('─ Marks ');
  robot.app.press('enter');
  await robot.app.waitFor(() => /two/.test(cursorRow()));
  robot.app.command('stream.mark');
  await robot.app.waitFor(() => marks().length === 0);
});

test('to a time: that of a row, and seconds back from the cursor', async () => {
  const marker = newMarker();
  await run('/bin/true', [marker, 'target']);
  await happen(60);
  await narrowTo(`${marker} event:exec`);
  await robot.app.waitFor(() => body()[0]?.includes(marker) === true);
  const time = /\d\d:\d\d:\d\d\.\d{3}/.exec(body()[0] ?? '')?.[0] ?? '';
  robot.app.command('app.back', 'move.last');
  await robot.app.waitFor(() => !footer().includes('match'));
  robot.app.command('stream.time');
  await robot.app.waitForText('go to time:');
  expect(robot.app.text()).toContain('held are');
  robot.app.enter(time);
  await robot.app.waitFor(() => cursorRow() >= ` ${time}` && cursorRow().startsWith(` ${time}`));
  robot.app.command('stream.time');
  await robot.app.waitForText('go to time:');
  robot.app.enter('+0s');
  await robot.app.waitForNoText('go to time:');
  expect(cursorRow().startsWith(` ${time}`)).toBe(true);
});

test('no time, and one that is yet to come: Enter does nothing; one that is gone leads to the oldest event', async () => {
  await happen(3);
  robot.app.command('stream.time');
  await robot.app.waitForText('go to time:');
  robot.app.enter('noon');
  await robot.app.waitForText('not a time: try 12:03');
  robot.app.press('ctrl+u');
  robot.app.enter('2099-01-01 00:00');
  await robot.app.waitForText('the newest held is ');
  robot.app.command('app.back');
  await robot.app.waitForNoText('go to time:');
  expect(cursorRow()).toBe('');
  robot.app.command('stream.time');
  await robot.app.waitForText('- and + count from now');
  robot.app.enter('2001-02-03 04:05');
  await robot.app.waitForText('2001-02-03 04:05:00 is gone: to the oldest held, ');
  await robot.app.waitFor(() => cursorRow() !== '');
});

/** A shell with a child, and a stranger beside them. */
const family = async (marker: string): Promise<void> => {
  await Promise.all([
    run('/bin/sh', ['-c', `/bin/true ${marker} child; /bin/true ${marker} sibling; :`]),
    run('/bin/true', [marker, 'stranger']),
  ]);
  await withRows(`${marker} child event:exec !/bin/sh`, 1);
  robot.app.command('move.up');
  await robot.app.waitFor(() => cursorRow().includes(`${marker} child`));
};

test('around an event: its shell and what that ran, not a stranger; t shows all; + takes more time', async () => {
  const marker = newMarker();
  await family(marker);
  robot.app.command('row.around');
  await robot.app.waitFor(() =>
    /^ around .* \(\d+\), ±2 s, tree of sh \(\d+\): \d+ events/.test(body()[0] ?? ''),
  );
  await robot.app.waitFor(() => cursorRow().includes(`${marker} child`));
  expect(body().some((row) => row.includes(`${marker} sibling`))).toBe(true);
  expect(body().some((row) => row.includes('stranger'))).toBe(false);
  robot.app.command('around.tree');
  await robot.app.waitFor(() => body()[0]?.includes('all processes:') === true);
  // Others may have done much in the meantime.
  await find(`${marker} stranger`);
  await robot.app.waitFor(() => body().some((row) => row.includes(`${marker} stranger`)));
  robot.app.command('around.tree', 'around.wider');
  await robot.app.waitFor(() => body()[0]?.includes('±4 s, tree of') === true);
  robot.app.command('around.narrower', 'around.narrower', 'around.narrower', 'around.narrower');
  await robot.app.waitFor(() => body()[0]?.includes('±0.5 s') === true);
  robot.app.command('app.back');
  await robot.app.waitFor(() => / 1 of [\d,]+ match/.test(footer()));
});

test('around, from a detail; there Enter opens another detail, and Esc leads back step by step', async () => {
  const marker = newMarker();
  await family(marker);
  robot.app.command('row.detail');
  await robot.app.waitForText('exec id');
  robot.app.command('row.around');
  // The head comes first, the events when they are found.
  await robot.app.waitFor(() => cursorRow().includes(`${marker} child`));
  expect(body()[0]).toMatch(/^ around /);
  robot.app.command('move.down', 'row.detail');
  await robot.app.waitForText('exec id');
  robot.app.command('app.back');
  await robot.app.waitFor(() => body()[0]?.startsWith(' around ') === true);
  robot.app.command('app.back');
  await robot.app.waitFor(() => body()[0]?.startsWith(' around ') === false);
});

test('tagged rows have a sign, and are copied together', async () => {
  const marker = newMarker();
  for (const word of ['one', 'two', 'three']) await run('/bin/true', [marker, word]);
  await withRows(`${marker} event:exec`, 3);
  robot.app.command('move.first', 'row.tag');
  await robot.app.waitFor(() => body()[0]?.startsWith('●') === true && cursorRow().includes('two'));
  robot.app.command('move.down', 'row.tag');
  await robot.app.waitFor(() => body()[2]?.startsWith('●') === true);
  expect(body()[1]?.startsWith(' ')).toBe(true);
  const copied = async (what: string): Promise<string> => {
    const before = robot.app.clipboard().length;
    robot.app.command('row.copy');
    await robot.app.waitForText('─ Copy ');
    const digit = robot.app
      .screen()
      .map((row) => /^ (\d) {2}(.*)/.exec(row))
      .find((match) => match?.[2]?.startsWith(what))?.[1];
    robot.app.press(digit ?? '?');
    await robot.app.waitForText(`copied the ${what} by OSC 52`);
    await robot.app.waitFor(() => robot.app.clipboard().length > before);
    return robot.app.clipboard().at(-1) ?? '';
  };
  const lines = (await copied('2 tagged lines')).split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toContain(`${marker} one`);
  expect(lines[1]).toContain(`${marker} three`);
  const objects = (await copied('2 tagged as JSON')).split('\n').map((line) => JSON.parse(line));
  expect(objects.map((event) => event.process_exec.process.arguments)).toEqual([
    `${marker} one`,
    `${marker} three`,
  ]);
  robot.app.command('row.untag');
  await robot.app.waitFor(() => body().every((row) => !row.startsWith('●')));
  await robot.app.waitForText('untagged 2');
});

test('in the tree a process is tagged, and the footer counts it', async () => {
  robot.app.command('view.tree');
  await robot.app.waitFor(() => / [1-9][\d,]* running/.test(footer()));
  robot.app.command('move.first', 'tree.tag');
  await robot.app.waitFor(() => body()[1]?.startsWith('●') === true);
  await robot.app.waitForText('1 process tagged');
  const process = body()[1]?.slice(1).trim() ?? '';
  robot.app.command('row.copy');
  await robot.app.waitForText('1 tagged line');
  robot.app.press('escape');
  await robot.app.waitForNoText('─ Copy ');
  expect(process).toMatch(/^1 root /);
  robot.app.command('row.untag');
  await robot.app.waitFor(() => body()[1]?.startsWith(' ') === true);
});

test('a long line: scrolled to its end, while its time stays; and back', async () => {
  const marker = newMarker();
  await run('/bin/true', [marker, 'x'.repeat(150), `${marker}end`]);
  await narrowTo(`${marker} event:exec`);
  await robot.app.waitFor(() => body()[0]?.includes(marker) === true);
  const before = body()[0] ?? '';
  expect(before).not.toContain(`${marker}end`);
  for (let i = 0; i < 12; i++) robot.app.command('stream.right');
  await robot.app.waitFor(() => body()[0]?.includes(`${marker}end`) === true);
  expect(body()[0]?.slice(0, 14)).toBe(before.slice(0, 14));
  expect(footer()).toMatch(/→\d+|end here/);
  for (let i = 0; i < 12; i++) robot.app.command('stream.left');
  await robot.app.waitFor(() => body()[0] === before);
});

test('zoomed: the stream has the tabs’ lines too, and the header stays', async () => {
  await happen(40);
  robot.app.command('view.zoom');
  await robot.app.waitForNoText('2 Tree');
  await robot.app.waitFor((screen) => /^ \d\d:\d\d:\d\d/.test(screen[1] ?? ''));
  expect(robot.app.screen()[0]).toContain('live');
  expect(footer()).toContain(`${keyOf('app.quit')} quit`);
  robot.app.command('view.zoom');
  await robot.app.waitForText('2 Tree');
});

test('each view tells its own rate on the lower rule', async () => {
  const rule = () => robot.app.screen().at(-2) ?? '';
  const counted = await until(async () => {
    await happen(3);
    return /─ events\/s [1-9]\d* ▁*[▂-█]/.test(rule().replace(/▁(?=.*[▂-█])/g, ''));
  });
  expect(counted).toBe(true);
  for (const [view, words] of [
    ['view.tree', 'execs+exits/s'],
    ['view.binaries', 'execs/s'],
    ['view.alerts', 'alerts/s 0'],
  ] as const) {
    robot.app.command(view);
    await robot.app.waitFor(() => rule().includes(words));
  }
});

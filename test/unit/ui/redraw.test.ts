/** Whatever was pressed, the screen is what a redraw makes of it: nothing in it is left over from before. */
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { type CommandId, keyOf } from '../../../src/ui/commands.ts';
import type { Cell } from '../../driver/emulator.ts';
import { encodeKey } from '../../driver/encodeKey.ts';
import { openRecorded } from '../../driver/recorded.ts';
import { createRandom, type Random } from '../../screen/terminal/random.ts';

const CHECKS = 16;
/** Between two checks. Those of a burst come together, and are painted once. */
const BURSTS = 16;
const MOST_KEYS = 8;
const ESCAPE = '\x1b[27u';
/** What lies over the stream goes, and its filter. */
const HOME = `${ESCAPE.repeat(6)}${keyOf('view.stream')}${ESCAPE.repeat(3)}`;

const COMMANDS: readonly [CommandId, ...CommandId[]] = [
  ...(['view.stream', 'view.tree', 'view.policies', 'view.binaries', 'view.alerts'] as const),
  ...(['view.stream', 'view.stream', 'view.zoom', 'app.back', 'app.back'] as const),
  ...(['move.up', 'move.up', 'move.down', 'move.pageUp', 'move.pageDown', 'move.halfUp'] as const),
  ...(['move.first', 'move.last', 'stream.pause', 'stream.follow', 'stream.left'] as const),
  ...([
    'stream.right',
    'stream.mark',
    'stream.mark',
    'stream.marks',
    'row.tag',
    'row.tag',
    'row.tag',
    'row.tag',
    'row.around',
  ] as const),
  ...(['around.wider', 'around.narrower', 'around.tree', 'row.detail', 'row.copy'] as const),
  ...(['find.next', 'find.previous', 'tree.tag', 'tree.toggle', 'tree.toggleAll'] as const),
  ...(['sort.next', 'sort.reverse', 'view.next', 'row.columns'] as const),
];

function keyFrom(random: Random): string {
  const what = random.below(20);
  if (what === 0) return `${keyOf('row.filter')}${random.pick(['sh', 'bin', 'e', 'zzz'])}\r`;
  if (what === 1) return `${keyOf('find.open')}${random.pick(['sh', 'bin', 'e'])}\r`;
  if (what === 2) return ESCAPE;
  if (what === 3) return '\r';
  return encodeKey(keyOf(random.pick(COMMANDS)));
}

const rowText = (row: readonly Cell[]) => row.map(({ text }) => text).join('');

test('a thousand random keys with marks, pauses, menus and resizes', async () => {
  const random = createRandom(7);
  const screen = await openRecorded({ columns: 100, rows: 30 });
  try {
    for (let check = 0; check < CHECKS; check++) {
      const bursts = Array.from({ length: BURSTS }, () =>
        Array.from({ length: 1 + random.below(MOST_KEYS) }, () => keyFrom(random)).join(''),
      );
      for (const keys of bursts) await screen.type(keys);
      if (random.below(3) > 0) await screen.type(HOME);
      if (random.below(3) === 0) await screen.resize(60 + random.below(120), 15 + random.below(40));
      const before = screen.cells();
      await screen.press(keyOf('app.redraw'));
      const after = screen.cells();
      const told = `check ${check}: ${JSON.stringify(bursts)}`;
      expect(before.map(rowText), told).toEqual(after.map(rowText));
      // Of the cells, which are many, only the first row that differs is told.
      const y = after.findIndex((row, at) => !isDeepStrictEqual(row, before[at]));
      expect([y, before[y]], told).toEqual([y, after[y]]);
    }
  } finally {
    screen.close();
  }
});

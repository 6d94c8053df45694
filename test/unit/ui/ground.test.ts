import { expect, test } from 'vitest';
import { createCompositor } from '../../../src/ui/terminal/compositor.ts';
import { onGround } from '../../../src/ui/terminal/ground.ts';
import { cellsOf, createEmulator, writeTo } from '../../driver/emulator.ts';

const GROUND = '\x1b[38;5;231;48;5;16m';

test('without a ground nothing is touched', () => {
  expect(onGround('\x1b[0mx\x1b[0;1my', '')).toBe('\x1b[0mx\x1b[0;1my');
});

test('each way back leads to the ground, and other sequences stay', () => {
  const line = '\x1b[10;2Ha\x1b[31mb\x1b[0;1mc\x1b[0m\x1b[K\x1b[40;39md\x1b[49me\x1b[m';
  expect(onGround(line, '\x1b[37;44m')).toBe(
    '\x1b[37;44m\x1b[10;2Ha\x1b[31mb\x1b[0;37;44;1mc\x1b[0;37;44m\x1b[K\x1b[40;37md\x1b[44me' +
      '\x1b[0;37;44m\x1b[0m',
  );
});

test('numbers of colours are no codes', () => {
  const line = '\x1b[38;5;0m\x1b[48;2;0;39;49m\x1b[38;5;39;1m';
  expect(onGround(line, '\x1b[38;5;15;48;5;16m')).toBe(`\x1b[38;5;15;48;5;16m${line}\x1b[0m`);
});

const WIDTH = 30;

/** Frames after each other on one terminal, without wrapping. */
async function paint(frames: readonly (readonly string[])[], ground: string) {
  const terminal = createEmulator({ columns: WIDTH, rows: 6 });
  let written = '\x1b[?7l';
  const compositor = createCompositor({
    write: (data) => {
      written += data;
    },
    columns: WIDTH,
    rows: 6,
  });
  compositor.setGround(ground);
  for (const lines of frames) {
    compositor.setRegion('view', { row: 0, column: 0, width: WIDTH, height: 6, lines });
    compositor.flush();
  }
  await writeTo(terminal, written);
  return cellsOf(terminal);
}

const FRAMES = [
  ['a', '\x1b[31mred\x1b[0m plain', '🚀 emoji', '漢字', '\x1b[7mbar\x1b[0m', 'last'],
  ['\x1b[31mred\x1b[0m plain', '🚀 emoji', '漢字', '\x1b[7mbar\x1b[0m', 'last', 'new'],
  ['', 'wide           gap            x', '', '', '', ''],
];

test('every cell of the screen has it, also where lines are short, erased or scrolled in', async () => {
  for (let count = 1; count <= FRAMES.length; count++) {
    const cells = await paint(FRAMES.slice(0, count), GROUND);
    const bare = cells.flatMap((row, y) =>
      row.flatMap((cell, x) => (cell.width > 0 && cell.bg.kind === 'default' ? [`${y}:${x}`] : [])),
    );
    expect(bare, `after ${count} frames`).toEqual([]);
    // Of what was erased the foreground means nothing.
    const letters = cells.flat().filter(({ text }) => text.trim() !== '');
    expect(letters.filter(({ fg }) => fg.kind === 'default')).toEqual([]);
  }
});

test('a change of it paints the whole screen anew', async () => {
  const written: string[] = [];
  const compositor = createCompositor({ write: (data) => written.push(data), columns: 9, rows: 2 });
  compositor.setRegion('view', { row: 0, column: 0, width: 9, height: 2, lines: ['one', 'two'] });
  compositor.flush();
  compositor.setGround('');
  expect(compositor.flush().bytes).toBe(0);
  compositor.setGround(GROUND);
  expect(compositor.flush().rows).toBe(2);
  expect(written.at(-1)).toContain('\x1b[2J');
});

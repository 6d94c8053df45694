import { describe, expect, test } from 'vitest';
import { createCompositor, type Region } from '../../../src/ui/terminal/compositor.ts';
import { displayWidth, truncateColumns } from '../../../src/ui/text/width.ts';
import { cellsOf, createEmulator, screenOf, writeTo } from '../../driver/emulator.ts';
import { createRandom, type Random } from './random.ts';

const open = (columns: number, rows: number, widths: 'modern' | 'old' = 'modern') => {
  const terminal = createEmulator({ columns, rows, widths });
  // As screen.ts does: alternate screen, no wrapping.
  terminal.write('\x1b[?1049h\x1b[?7l');
  const writes: string[] = [];
  const compositor = createCompositor({ write: (data) => writes.push(data), columns, rows });
  /** Flushes and lets the terminal draw it. */
  const show = async () => {
    writes.length = 0;
    const result = compositor.flush();
    for (const data of writes) await writeTo(terminal, data);
    return result;
  };
  return { terminal, writes, compositor, show };
};

const region = (row: number, column: number, width: number, lines: readonly string[]): Region => ({
  row,
  column,
  width,
  height: lines.length,
  lines,
});

describe('what is written', () => {
  test('the frame, then nothing while nothing changes', async () => {
    const { compositor, terminal, writes, show } = open(20, 4);
    compositor.setFrame('one\n\x1b[31mtwo\x1b[39m');
    expect(await show()).toMatchObject({ rows: 2, isBehind: false });
    expect(screenOf(terminal)).toEqual(['one', 'two', '', '']);
    compositor.setFrame('one\n\x1b[31mtwo\x1b[39m');
    expect(await show()).toEqual({ bytes: 0, rows: 0, isBehind: false });
    expect(writes).toEqual([]);
  });

  test('one write with the changed rows only, as one synchronized update', async () => {
    const { compositor, writes, show } = open(20, 4);
    compositor.setFrame('one\ntwo\nthree');
    await show();
    compositor.setFrame('one\n2\nthree');
    const { bytes, rows } = await show();
    expect(writes).toEqual(['\x1b[?2026h\x1b[2H2\x1b[K\x1b[?2026l']);
    expect({ bytes, rows }).toEqual({ bytes: writes[0]?.length, rows: 1 });
  });

  test('of a row with a region, only the part that changed', async () => {
    const { compositor, terminal, writes, show } = open(20, 3);
    compositor.setFrame('┌────────┐ side\n│        │ bar\n└────────┘');
    compositor.setRegion('list', region(1, 1, 8, ['first']));
    await show();
    compositor.setRegion('list', region(1, 1, 8, ['second']));
    await show();
    expect(writes).toEqual(['\x1b[?2026h\x1b[2;2Hsecond  \x1b[?2026l']);
    expect(screenOf(terminal)[1]).toBe('│second  │ bar');
  });

  test('a row that a region covers does not depend on the frame', async () => {
    const { compositor, terminal, show } = open(10, 2);
    compositor.setRegion('list', region(0, 0, 10, ['live']));
    compositor.setFrame('AAAAAAAAAA\nb');
    await show();
    compositor.setFrame('CCCCCCCCCC\nb');
    expect(await show()).toMatchObject({ rows: 0, bytes: 0 });
    expect(screenOf(terminal)).toEqual(['live', 'b']);
    compositor.removeRegion('list');
    await show();
    expect(screenOf(terminal)).toEqual(['CCCCCCCCCC', 'b']);
  });

  test('a region that shrinks gives the frame back', async () => {
    const { compositor, terminal, show } = open(10, 3);
    compositor.setFrame('aaaaaaaaaa\nbbbbbbbbbb\ncccccccccc');
    compositor.setRegion('list', region(0, 2, 6, ['1', '2', '3']));
    await show();
    compositor.setRegion('list', region(0, 2, 3, ['1', '2']));
    await show();
    expect(screenOf(terminal)).toEqual(['aa1  aaaaa', 'bb2  bbbbb', 'cccccccccc']);
  });

  test('an upper region is written again when the one below it changes', async () => {
    const { compositor, terminal, show } = open(10, 1);
    compositor.setRegion('below', region(0, 0, 8, ['aaaaaaaa']));
    compositor.setRegion('above', region(0, 2, 3, ['xyz']));
    await show();
    compositor.setRegion('below', region(0, 0, 8, ['bbbbbbbb']));
    await show();
    expect(screenOf(terminal)).toEqual(['bbxyzbbb']);
  });
});

describe('the edges of the screen', () => {
  test('nothing is written past the last row or column, and the last column is not erased', async () => {
    const { compositor, terminal, show } = open(5, 2);
    compositor.setFrame('abcdefgh\n漢漢漢\nthird');
    compositor.setRegion('low', region(1, 4, 9, ['zzz', 'zzz']));
    await show();
    expect(screenOf(terminal)).toEqual(['abcde', '漢漢z']);
  });

  test('regions outside the screen are left out', async () => {
    const { compositor, terminal, show } = open(5, 2);
    compositor.setFrame('abc');
    compositor.setRegion('right', region(0, 5, 3, ['x']));
    compositor.setRegion('left', region(0, -1, 3, ['x']));
    compositor.setRegion('above', region(-1, 0, 2, ['hidden', 'ok']));
    await show();
    expect(screenOf(terminal)).toEqual(['okc', '']);
  });

  test('a resize and invalidate() paint everything anew', async () => {
    const { compositor, terminal, show } = open(10, 2);
    compositor.setFrame('one\ntwo');
    await show();
    terminal.resize(6, 3);
    compositor.resize(6, 3);
    compositor.setFrame('one\ntwo\nthree');
    expect(await show()).toMatchObject({ rows: 3 });
    await writeTo(terminal, '\x1b[1;1Hrubbish from elsewhere');
    compositor.invalidate();
    expect(await show()).toMatchObject({ rows: 3 });
    expect(screenOf(terminal)).toEqual(['one', 'two', 'three']);
  });
});

describe('lines that would act on the terminal', () => {
  test('only SGR gets through', async () => {
    const { compositor, terminal, writes, show } = open(30, 2);
    compositor.setFrame('a\x1b[2Jb\x1b]0;title\x07c\rd\x1b[5;5He');
    compositor.setRegion('list', region(1, 0, 30, ['\x1b[31mred\x9b2J\x1bc\x07']));
    await show();
    expect(screenOf(terminal)[0]).toBe('ab]0;title\ufffdc\ufffdde');
    expect(screenOf(terminal)[1]).toBe('red\ufffd2Jc\ufffd');
    expect(writes.join('')).not.toMatch(/\x1b(?!\[[\d;]*[mHKXJG]|\[\?2026[hl])|[\x07\r\x9b]/);
  });

  test('a style left open ends with its line', async () => {
    const { compositor, terminal, show } = open(10, 2);
    compositor.setFrame('\x1b[41mab\ncd');
    await show();
    expect(cellsOf(terminal)[0]?.[2]?.bg).toEqual({ kind: 'default' });
    expect(cellsOf(terminal)[1]?.[0]?.bg).toEqual({ kind: 'default' });
  });
});

describe('a terminal that is behind', () => {
  test('gets nothing, and afterwards only the newest state', () => {
    const writes: string[] = [];
    let isReady = false;
    const compositor = createCompositor({
      write: (data) => writes.push(data),
      canWrite: () => isReady,
      columns: 10,
      rows: 2,
    });
    compositor.setFrame('old');
    expect(compositor.flush()).toEqual({ bytes: 0, rows: 0, isBehind: true });
    compositor.setFrame('new');
    isReady = true;
    expect(compositor.flush().isBehind).toBe(false);
    expect(writes).toHaveLength(1);
    expect(writes[0]).toContain('new');
    expect(writes[0]).not.toContain('old');
  });
});

describe('terminals that disagree on the width of emoji', () => {
  test.each(['modern', 'old'] as const)(
    'the columns after them stay in place (%s)',
    async (widths) => {
      const { compositor, terminal, show } = open(20, 2, widths);
      compositor.setFrame('│                │en');
      compositor.setRegion('list', region(0, 1, 16, ['xxxxxxxxxxxxxxxx']));
      await show();
      compositor.setRegion('list', region(0, 1, 16, ['🚀 run ⚙️ gear']));
      await show();
      const row = cellsOf(terminal)[0]?.map((cell) => cell.text) ?? [];
      expect(row.slice(4, 7).join('')).toBe('run');
      expect(row.slice(11, 15).join('')).toBe('gear');
      expect(row.slice(17).join('')).toBe('│en');
      expect(row.join('')).not.toContain('x');
    },
  );
});

// ---- any sequence of changes must give what one full repaint gives

const PIECES = [
  ...[
    'a',
    'bc',
    ' ',
    '  ',
    ' '.repeat(13),
    'defgh',
    '0123456789',
    '│',
    '────',
    '漢',
    '字',
    '한',
    'é',
  ],
  ...['🚀', '🔌', '▁▃▅', '…', '\x1b[31m', '\x1b[1;44m', '\x1b[0m', '\x1b[39m', '\x1b[7m'],
] as unknown as readonly [string, ...string[]];
// Terminals treat these differently: only the incremental and the full repaint are compared.
const ODD = [...PIECES, '⚙️', 'e\u0301', '🇩🇪', '1️⃣', '👍🏽'] as unknown as readonly [
  string,
  ...string[],
];

const randomLine = (
  random: Random,
  pieces: readonly [string, ...string[]],
  limit: number,
): string => Array.from({ length: random.below(limit) }, () => random.pick(pieces)).join('');

const randomRegion = (
  random: Random,
  pieces: readonly [string, ...string[]],
  columns: number,
  rows: number,
): Region => {
  const isWide = random.below(3) === 0;
  const height = random.below(rows) + 1;
  return {
    row: random.below(rows + 2) - 1,
    column: isWide ? 0 : random.below(columns),
    width: isWide ? columns : random.below(columns) + 1,
    height,
    lines: Array.from({ length: random.below(height + 1) }, () => randomLine(random, pieces, 14)),
  };
};

/** A painter without any cleverness: every row erased and written, then every region over it. */
const paintNaively = (
  columns: number,
  rows: number,
  frame: string,
  regions: ReadonlyMap<string, Region>,
): string => {
  const cut = (line: string, width: number) => {
    let out = '';
    let room = width;
    for (const part of line.split(/(\x1b\[[\d;]*m)/)) {
      const text = part.startsWith('\x1b') ? part : truncateColumns(part, room);
      if (!part.startsWith('\x1b')) {
        room = text.length < part.length ? 0 : room - displayWidth(text);
      }
      out += text;
    }
    return `${out}\x1b[0m`;
  };
  const lines = frame.split('\n');
  let out = '\x1b[0m\x1b[2J';
  for (let y = 0; y < rows; y++) {
    out += `\x1b[${y + 1};1H${cut(lines[y] ?? '', columns)}`;
    for (const { row, column, width, height, lines: texts } of regions.values()) {
      if (y < row || y >= row + height || column >= columns) continue;
      const room = Math.min(width, columns - column);
      out += `\x1b[${y + 1};${column + 1}H${' '.repeat(room)}`;
      out += `\x1b[${y + 1};${column + 1}H${cut(texts[y - row] ?? '', room)}`;
    }
  }
  return out;
};

const runProperty = async (
  seed: number,
  pieces: readonly [string, ...string[]],
  widths: 'modern' | 'old',
  reference: 'naive' | 'fresh',
) => {
  const random = createRandom(seed);
  let columns = 10 + random.below(30);
  let rows = 3 + random.below(6);
  const { compositor, terminal, show } = open(columns, rows, widths);
  const regions = new Map<string, Region>();
  let frame = '';
  for (let step = 0; step < 25; step++) {
    for (let change = random.below(4); change >= 0; change--) {
      const id = random.pick(['a', 'b', 'c']);
      const known = regions.get(id);
      switch (random.below(12)) {
        case 0:
        case 1:
        case 2:
          frame = Array.from({ length: random.below(rows + 3) }, () =>
            randomLine(random, pieces, 16),
          ).join('\n');
          compositor.setFrame(frame);
          break;
        case 3:
          regions.delete(id);
          compositor.removeRegion(id);
          break;
        case 4:
          columns = 10 + random.below(30);
          rows = 3 + random.below(6);
          terminal.resize(columns, rows);
          compositor.resize(columns, rows);
          break;
        case 5:
          compositor.invalidate();
          break;
        default: {
          // Mostly the same place with some lines changed, as a list does.
          const fresh = randomRegion(random, pieces, columns, rows);
          const lines = (known ?? fresh).lines.map((line) =>
            random.below(2) === 0 ? line : randomLine(random, pieces, 14),
          );
          const next = known !== undefined && random.below(4) > 0 ? { ...known, lines } : fresh;
          regions.set(id, next);
          compositor.setRegion(id, next);
        }
      }
    }
    await show();
    const expected = createEmulator({ columns, rows, widths });
    await writeTo(expected, '\x1b[?7l');
    if (reference === 'naive') {
      await writeTo(expected, paintNaively(columns, rows, frame, regions));
    } else {
      const full = createCompositor({
        write: (data) => expected.write(data),
        columns,
        rows,
      });
      full.setFrame(frame);
      for (const [id, value] of regions) full.setRegion(id, value);
      full.flush();
      await writeTo(expected, '');
    }
    expect(cellsOf(terminal), `seed ${seed}, step ${step}`).toEqual(cellsOf(expected));
    expected.dispose();
  }
  terminal.dispose();
};

const seeds = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);

/** A list over the whole width between two other lines, moved up and down. */
const runScrolling = async (
  seed: number,
  pieces: readonly [string, ...string[]],
  widths: 'modern' | 'old',
) => {
  const random = createRandom(seed);
  const columns = 12 + random.below(30);
  const rows = 8 + random.below(12);
  const { compositor, terminal, writes, show } = open(columns, rows, widths);
  const line = () => randomLine(random, pieces, 14);
  let list = Array.from({ length: rows - 2 }, line);
  let hasScrolled = false;
  for (let step = 0; step < 40; step++) {
    const by = random.below(rows) - Math.floor(rows / 2);
    const fresh = Array.from({ length: Math.min(Math.abs(by), list.length) }, line);
    list =
      by > 0
        ? [...list.slice(fresh.length), ...fresh]
        : [...fresh, ...list.slice(0, list.length - fresh.length)];
    // As the row with the cursor does.
    if (random.below(2) === 0) list = list.with(random.below(list.length), line());
    const regions = { head: region(0, 0, columns, [line()]), list: region(1, 0, columns, list) };
    for (const [id, value] of Object.entries(regions)) compositor.setRegion(id, value);
    compositor.setRegion('foot', region(rows - 1, 0, columns, [`${step}`]));
    await show();
    hasScrolled ||= /\x1b\[\d+;\d+r/.test(writes.join(''));
    const expected = createEmulator({ columns, rows, widths });
    await writeTo(expected, '\x1b[?7l');
    const full = createCompositor({ write: (data) => expected.write(data), columns, rows });
    for (const [id, value] of Object.entries(regions)) full.setRegion(id, value);
    full.setRegion('foot', region(rows - 1, 0, columns, [`${step}`]));
    full.flush();
    await writeTo(expected, '');
    expect(cellsOf(terminal), `seed ${seed}, step ${step}`).toEqual(cellsOf(expected));
    expected.dispose();
  }
  expect(hasScrolled).toBe(true);
  terminal.dispose();
};

describe('lists that move', () => {
  test('one new row costs one row', async () => {
    const { compositor, terminal, writes, show } = open(20, 8);
    const rows = Array.from({ length: 30 }, (_, i) => `event ${i}`);
    compositor.setRegion('list', region(1, 0, 20, rows.slice(0, 6)));
    await show();
    compositor.setRegion('list', region(1, 0, 20, rows.slice(1, 7)));
    expect(await show()).toMatchObject({ rows: 1 });
    expect(writes.join('').match(/event \d+/g)).toEqual(['event 6']);
    compositor.setRegion('list', region(1, 0, 20, rows.slice(0, 6)));
    expect(await show()).toMatchObject({ rows: 1 });
    expect(screenOf(terminal).slice(1, 7)).toEqual(rows.slice(0, 6));
  });

  test.each(seeds(301, 15))('give what a full repaint gives, seed %i', (seed) =>
    runScrolling(seed, PIECES, 'modern'),
  );
  test.each(seeds(401, 10))('the same with odd clusters on an old terminal, seed %i', (seed) =>
    runScrolling(seed, ODD, 'old'),
  );
});

describe('random frames, regions and resizes', () => {
  test.each(seeds(1, 40))('give what a plain painter gives, seed %i', (seed) =>
    runProperty(seed, PIECES, 'modern', 'naive'),
  );
  test.each(seeds(101, 15))('give what a full repaint gives on an old terminal, seed %i', (seed) =>
    runProperty(seed, ODD, 'old', 'fresh'),
  );
  test.each(seeds(201, 15))('give what a full repaint gives with odd clusters, seed %i', (seed) =>
    runProperty(seed, ODD, 'modern', 'fresh'),
  );
});

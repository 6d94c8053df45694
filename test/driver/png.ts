import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { emojiPng } from './emojiFont.ts';
import type { Cell, CellColor } from './emulator.ts';

/** Pixels of one cell and of the type in it; DejaVu Sans Mono is 0.602 em wide. */
const CELL_WIDTH = 8.43;
const CELL_HEIGHT = 18;
const FONT_SIZE = 14;
const BASELINE = 13.5;
const MARGIN = 12;
const EMOJI_FONT = "'Noto Color Emoji','Apple Color Emoji','Segoe UI Emoji',sans-serif";
const EMOJI = /\p{Emoji_Presentation}|\ufe0f/u;
/** No emoji font among them: it has digits of its own, which Pango would then take for a lone digit. */
const FONTS = "'DejaVu Sans Mono','Noto Sans Mono CJK SC','Noto Sans CJK SC',monospace";

/** The terminal's own colours, which every terminal has others of: ordinary text, what is behind it, and the sixteen with names. */
type Ground = {
  readonly paper: string;
  readonly ink: string;
  readonly named: readonly string[];
};

const split = (colors: string): string[] => colors.split(' ').map((digits) => `#${digits}`);

/** Muted, as terminals are set up by their users. */
const GROUNDS = {
  dark: {
    paper: '#14161b',
    ink: '#d8dce4',
    named: [
      ...split('3b4048 e5646f 8fc26b dfb45c 6aa5f0 c07be0 55bfc4 c5cad3'),
      ...split('6b7280 f28b92 b2dd92 f2d08a 97c3fa dba6f2 8bdce0 ffffff'),
    ],
  },
  light: {
    paper: '#fafafa',
    ink: '#383a42',
    named: [
      ...split('383a42 c4322b 3f8b36 a87300 2f66d8 94259c 08759e d0d0d0'),
      ...split('7c7f88 d9544d 50a14f c18401 4078f2 a626a4 0184bc ffffff'),
    ],
  },
} as const satisfies Record<string, Ground>;
export type GroundName = keyof typeof GROUNDS;
const CUBE = [0, 95, 135, 175, 215, 255] as const;

const hex = (rgb: number): string => `#${rgb.toString(16).padStart(6, '0')}`;

/** The xterm 256-colour palette: 16 named, a 6×6×6 cube, 24 greys. */
const paletteColor = (index: number, ground: Ground): string => {
  const named = ground.named[index];
  if (named !== undefined) return named;
  if (index >= 232) return hex((8 + (index - 232) * 10) * 0x010101);
  const level = (divisor: number): number => CUBE[Math.floor((index - 16) / divisor) % 6] ?? 0;
  return hex((level(36) << 16) | (level(6) << 8) | level(1));
};

const css = (color: CellColor, fallback: string, ground: Ground): string => {
  if (color.kind === 'rgb') return hex(color.rgb);
  return color.kind === 'palette' ? paletteColor(color.index, ground) : fallback;
};

const colorsOf = (cell: Cell, ground: Ground): { readonly ink: string; readonly paper: string } => {
  const fg = css(cell.fg, ground.ink, ground);
  const bg = css(cell.bg, ground.paper, ground);
  return cell.isInverse ? { ink: bg, paper: fg } : { ink: fg, paper: bg };
};

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const round = (value: number): string => String(Math.round(value * 100) / 100);

/**
 * Lines that box characters draw from the cell's middle, as north, east, south, west. Drawn as shapes
 * and not as glyphs, they meet without gaps whatever the font's line height.
 */
const BOXES: Readonly<Record<string, string>> = {
  '─': 'ew',
  '│': 'ns',
  '┌': 'es',
  '┐': 'sw',
  '└': 'ne',
  '┘': 'nw',
  '├': 'nes',
  '┤': 'nsw',
  '┬': 'esw',
  '┴': 'new',
  '┼': 'nesw',
  '╭': 'es',
  '╮': 'sw',
  '╰': 'ne',
  '╯': 'nw',
  '━': 'ew',
  '┃': 'ns',
  '═': 'ew',
  '║': 'ns',
  '╔': 'es',
  '╗': 'sw',
  '╚': 'ne',
  '╝': 'nw',
};
const HEAVY = '━┃═║╔╗╚╝';

const boxPath = (x: number, y: number, arms: string): string => {
  const middleX = x + CELL_WIDTH / 2;
  const middleY = y + CELL_HEIGHT / 2;
  const ends: Readonly<Record<string, string>> = {
    n: `V${round(y)}`,
    s: `V${round(y + CELL_HEIGHT)}`,
    e: `H${round(x + CELL_WIDTH)}`,
    w: `H${round(x)}`,
  };
  return Array.from(arms, (arm) => `M${round(middleX)} ${round(middleY)}${ends[arm]}`).join('');
};

/** Eighth blocks from below (▁ to █) as the share of the cell they fill. */
const blockShare = (text: string): number => {
  const code = text.codePointAt(0) ?? 0;
  return code >= 0x2581 && code <= 0x2588 ? (code - 0x2580) / 8 : 0;
};

/** An emoji as a square picture in the middle of its two cells. */
const emojiImage = (cell: Cell, x: number, y: number, opacity: string): string | undefined => {
  const png = emojiPng(cell.text);
  if (png === undefined) return undefined;
  const size = Math.min(cell.width * CELL_WIDTH, CELL_HEIGHT) - 1;
  const left = x + (cell.width * CELL_WIDTH - size) / 2;
  const top = y + (CELL_HEIGHT - size) / 2;
  return `<image x="${round(left)}" y="${round(top)}" width="${round(size)}" height="${round(size)}"${opacity} href="data:image/png;base64,${png.toString('base64')}"/>`;
};

const glyphOf = (cell: Cell, x: number, y: number, ground: Ground): string => {
  const { ink } = colorsOf(cell, ground);
  const opacity = cell.isDim ? ' opacity=".55"' : '';
  const arms = BOXES[cell.text];
  if (arms !== undefined) {
    const weight = HEAVY.includes(cell.text) ? 2 : 1;
    return `<path d="${boxPath(x, y, arms)}" stroke="${ink}" stroke-width="${weight}"${opacity}/>`;
  }
  const share = blockShare(cell.text);
  if (share > 0) {
    const height = CELL_HEIGHT * share;
    const top = y + CELL_HEIGHT - height;
    return `<rect x="${round(x)}" y="${round(top)}" width="${round(CELL_WIDTH)}" height="${round(height)}" fill="${ink}"${opacity}/>`;
  }
  const isEmoji = EMOJI.test(cell.text);
  const image = isEmoji ? emojiImage(cell, x, y, opacity) : undefined;
  if (image !== undefined) return image;
  const font = isEmoji ? ` font-family="${EMOJI_FONT}"` : '';
  const isAscii = cell.text.length === 1 && cell.text < '\x7f';
  // Emoji fonts draw wider than two of our cells: squeezed, they stay inside them.
  const fit = isAscii
    ? ''
    : ` textLength="${round(cell.width * CELL_WIDTH)}" lengthAdjust="spacingAndGlyphs"`;
  const weight = cell.isBold ? ' font-weight="bold"' : '';
  const slant = cell.isItalic ? ' font-style="italic"' : '';
  return `<text x="${round(x)}" y="${round(y + BASELINE)}" fill="${ink}"${font}${weight}${slant}${fit}${opacity}>${escapeXml(cell.text)}</text>`;
};

/**
 * A picture of the screen that needs nothing but a monospaced font to show: emoji are embedded where
 * Noto Color Emoji is installed.
 */
export const cellsToSvg = (
  cells: readonly (readonly Cell[])[],
  groundName: GroundName = 'dark',
): string => {
  const ground = GROUNDS[groundName];
  const columns = Math.max(0, ...cells.map((row) => row.length));
  const width = columns * CELL_WIDTH + 2 * MARGIN;
  const height = cells.length * CELL_HEIGHT + 2 * MARGIN;
  const papers: string[] = [];
  const glyphs: string[] = [];
  for (const [rowIndex, row] of cells.entries()) {
    const y = MARGIN + rowIndex * CELL_HEIGHT;
    const strips: { x: number; width: number; paper: string }[] = [];
    for (const [column, cell] of row.entries()) {
      if (cell.width === 0) continue;
      const x = MARGIN + column * CELL_WIDTH;
      const { ink, paper } = colorsOf(cell, ground);
      const cellWidth = cell.width * CELL_WIDTH;
      const strip = strips.at(-1);
      // One piece for neighbours, which would show seams between them.
      if (strip?.paper === paper) strip.width += cellWidth;
      else strips.push({ x, width: cellWidth, paper });
      if (cell.isUnderlined) {
        const line = y + BASELINE + 2;
        glyphs.push(
          `<path d="M${round(x)} ${line}h${round(cellWidth)}" stroke="${ink}" stroke-width="1"/>`,
        );
      }
      if (cell.text !== ' ') glyphs.push(glyphOf(cell, x, y, ground));
    }
    for (const strip of strips)
      if (strip.paper !== ground.paper)
        papers.push(
          `<rect x="${round(strip.x)}" y="${y}" width="${round(strip.width)}" height="${CELL_HEIGHT}" fill="${strip.paper}"/>`,
        );
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${round(width)}" height="${round(height)}" font-family="${FONTS}" font-size="${FONT_SIZE}">`,
    `<rect width="100%" height="100%" rx="8" fill="${ground.paper}"/>`,
    ...papers,
    ...glyphs,
    '</svg>\n',
  ].join('\n');
};

/** Writes the picture to a `.svg` or `.png` file; PNG (at twice the size) needs rsvg-convert. */
export const savePicture = (
  cells: readonly (readonly Cell[])[],
  path: string,
  ground: GroundName = 'dark',
): void => {
  const svg = cellsToSvg(cells, ground);
  if (path.endsWith('.svg')) {
    writeFileSync(path, svg);
    return;
  }
  writeFileSync(
    path,
    execFileSync('rsvg-convert', ['--zoom', '2'], { input: svg, maxBuffer: 1 << 28 }),
  );
};

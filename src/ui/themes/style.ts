import type { Style } from '../text/line.ts';
import { atDepth, type Color, type ColorDepth, contrast, toRgb } from './color.ts';

/** What a theme says of a slot. */
export type SlotStyle = {
  readonly color?: Color;
  readonly background?: Color;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly underline?: boolean;
  readonly inverse?: boolean;
};

/** SGR numbers (ECMA-48). */
export const ATTRIBUTES = { bold: 1, dim: 2, underline: 4, inverse: 7 } as const;
export type Attribute = keyof typeof ATTRIBUTES;

/** The colours that a terminal of this depth gets for a slot. */
export function colorsAt(
  { color, background }: SlotStyle,
  depth: ColorDepth,
): { color: Color | undefined; background: Color | undefined } {
  const ground = background && atDepth(background, depth);
  const ink = color && atDepth(color, depth);
  const isLost = ink && ground && ink.kind === 'palette' && isSame(ink, ground);
  return { color: isLost ? legibleOn(ground) : ink, background: ground };
}

const isSame = (one: Color, other: Color): boolean =>
  one.kind === 'palette' && other.kind === 'palette' && one.index === other.index;

/** Black or white of the sixteen: two colours have become the same one. */
function legibleOn(ground: Color): Color {
  const [black, white]: readonly Color[] = [0, 15].map((index) => ({ kind: 'palette', index }));
  // Both are there: the list above has two.
  if (!black || !white) return ground;
  const rgb = toRgb(ground);
  return contrast(toRgb(black), rgb) > contrast(toRgb(white), rgb) ? black : white;
}

/** The SGR sequence of a slot on a terminal of this depth. */
export function toStyle(slot: SlotStyle, depth: ColorDepth): Style {
  const { color, background } = colorsAt(slot, depth);
  const codes = [
    ...(color ? colorCodes(color, 30) : []),
    ...(background ? colorCodes(background, 40) : []),
    ...Object.entries(ATTRIBUTES).flatMap(([name, code]) => (slot[name as Attribute] ? code : [])),
  ];
  return { open: codes.length === 0 ? '' : `\x1b[${codes.join(';')}m` };
}

/**
 * 30 to 37 and 90 to 97 for the sixteen; 38 with 5 for the 256 and with 2 for the others, separated by semicolons as xterm takes
 * them (ctlseqs): the colons of ISO 8613-6 are not understood everywhere. Backgrounds are 10 higher.
 */
function colorCodes(color: Color, base: 30 | 40): readonly number[] {
  if (color.kind === 'rgb') return [base + 8, 2, ...color.rgb];
  const { index } = color;
  if (index < 8) return [base + index];
  return index < 16 ? [base + 60 + index - 8] : [base + 8, 5, index];
}

/** Red, green, blue of sRGB, each 0 to 255. */
export type Rgb = readonly [number, number, number];

/** `palette`: one of the 256 of xterm, of which the first sixteen are the terminal's own and look different everywhere. */
export type Color =
  | { readonly kind: 'palette'; readonly index: number }
  | { readonly kind: 'rgb'; readonly rgb: Rgb };

const HUES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;

/** Names of the sixteen by their number; the bright ones (aixterm's) are 8 to 15. */
export const COLOR_NAMES: readonly string[] = [...HUES, ...HUES.map((name) => `bright-${name}`)];

/** A colour of a theme file: `'#rrggbb'`, 0 to 255, or a name. undefined: it is none of these. */
export function parseColor(value: unknown): Color | undefined {
  if (typeof value === 'number')
    return Number.isInteger(value) && value >= 0 && value <= 255
      ? { kind: 'palette', index: value }
      : undefined;
  if (typeof value !== 'string') return undefined;
  const index = COLOR_NAMES.indexOf(value);
  if (index >= 0) return { kind: 'palette', index };
  const [, digits] = /^#([0-9a-f]{6})$/i.exec(value) ?? [];
  return digits === undefined
    ? undefined
    : { kind: 'rgb', rgb: rgbOf(Number.parseInt(digits, 16)) };
}

const rgbOf = (value: number): Rgb => [value >> 16, (value >> 8) & 0xff, value & 0xff];

/** xterm's own sixteen (XTerm-col.ad); other terminals have others. */
const SIXTEEN: readonly Rgb[] = [
  ...[0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5],
  ...[0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff],
].map(rgbOf);

/** Steps of the 6×6×6 cube, 16 to 231; the 24 greys from 232 on begin at 8 and are 10 apart (xterm's 256colres.pl). */
const CUBE = [0, 95, 135, 175, 215, 255] as const;

const PALETTE: readonly Rgb[] = Array.from({ length: 256 }, (_, index): Rgb => {
  const own = SIXTEEN[index];
  if (own) return own;
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return [grey, grey, grey];
  }
  const step = (divisor: number) => CUBE[Math.floor((index - 16) / divisor) % 6] ?? 0;
  return [step(36), step(6), step(1)];
});

/** What a colour looks like: for the first sixteen only as an example, xterm's. */
export const toRgb = (color: Color): Rgb =>
  color.kind === 'rgb' ? color.rgb : (PALETTE[color.index] ?? [0, 0, 0]);

/** Whether it looks the same on all terminals. */
export const isFixed = (color: Color): boolean => color.kind === 'rgb' || color.index >= 16;

/** How many colours a terminal shows. */
export type ColorDepth = 'truecolor' | '256' | '16' | 'none';

/** The nearest colour that a terminal can show; undefined where it can't show any. */
export function atDepth(color: Color, depth: ColorDepth): Color | undefined {
  if (depth === 'none') return undefined;
  if (depth === 'truecolor' || !isFixed(color)) return color;
  if (depth === '16') return { kind: 'palette', index: nearestNamed(toRgb(color)) };
  return color.kind === 'rgb' ? { kind: 'palette', index: nearestFixed(color.rgb) } : color;
}

/** Lightness 0 to 1, and two axes of hue (Björn Ottosson's Oklab, in which distances are as large as they look). */
type Oklab = readonly [number, number, number];

/** A channel of sRGB as an amount of light, 0 to 1 (IEC 61966-2-1). */
export const toLinear = (channel: number): number => {
  const value = channel / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
};

export function toOklab(rgb: Rgb): Oklab {
  const [r, g, b] = [toLinear(rgb[0]), toLinear(rgb[1]), toLinear(rgb[2])];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** How different two colours look: 0 the same, 1 black and white. */
export function colorDistance(one: Rgb, other: Rgb): number {
  const [a, b] = [toOklab(one), toOklab(other)];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

const PALETTE_LAB = PALETTE.map(toOklab);

/** Of the 240 that all terminals share. */
function nearestFixed(rgb: Rgb): number {
  const [l, a, b] = toOklab(rgb);
  return least(16, 256, ([l2, a2, b2]) => Math.hypot(l - l2, a - a2, b - b2));
}

/** Below this a colour is a grey. */
const GREY = 0.035;

/**
 * Of the sixteen. They are far apart and each terminal has its own, so the hue counts and not the distance, by which every pastel
 * would be white.
 */
function nearestNamed(rgb: Rgb): number {
  const [l, a, b] = toOklab(rgb);
  const isGrey = Math.hypot(a, b) < GREY;
  return least(0, 16, ([l2, a2, b2]) => {
    const chroma = Math.hypot(a2, b2);
    if (isGrey !== chroma < GREY) return Number.POSITIVE_INFINITY;
    const cosine = isGrey ? 1 : (a * a2 + b * b2) / (Math.hypot(a, b) * chroma);
    return 1 - cosine + 0.8 * Math.abs(l - l2);
  });
}

function least(from: number, to: number, cost: (lab: Oklab) => number): number {
  let best = from;
  let lowest = Number.POSITIVE_INFINITY;
  for (let index = from; index < to; index++) {
    const value = cost(PALETTE_LAB[index] ?? [0, 0, 0]);
    if (value < lowest) [best, lowest] = [index, value];
  }
  return best;
}

/** Lightness of a colour against another, 1 to 21 (WCAG 2.2, "contrast ratio"). */
export function contrast(one: Rgb, other: Rgb): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

const luminance = ([r, g, b]: Rgb): number =>
  0.2126 * toLinear(r) + 0.7152 * toLinear(g) + 0.0722 * toLinear(b);

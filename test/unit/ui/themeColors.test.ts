/** What the colours of our themes look like, and to whom. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Slot } from '../../../src/ui/theme.ts';
import {
  atDepth,
  COLOR_NAMES,
  type Color,
  colorDistance,
  contrast,
  isFixed,
  parseColor,
  type Rgb,
  toLinear,
  toRgb,
} from '../../../src/ui/themes/color.ts';
import { readTheme } from '../../../src/ui/themes/files.ts';
import type { ThemeSpec } from '../../../src/ui/themes/resolve.ts';
import { colorsAt, type SlotStyle, toStyle } from '../../../src/ui/themes/style.ts';
import { ROOT } from './samples.ts';

const shipped = (name: string): ThemeSpec =>
  readTheme(name, { folders: [], owners: new Set(), shipped: join(ROOT, 'themes') });

const color = (text: string | number): Color => {
  const found = parseColor(text);
  if (!found) throw new Error(`${text} is no colour`);
  return found;
};

const named = (text: string | number, depth: '16' | '256'): string | number | undefined => {
  const found = atDepth(color(text), depth);
  if (found?.kind !== 'palette') return undefined;
  return COLOR_NAMES[found.index] ?? found.index;
};

describe('fewer colours', () => {
  test('contrast is what WCAG says', () => {
    expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21, 5);
    // The grey that is known as the lightest that will do on white.
    expect(contrast([118, 118, 118], [255, 255, 255])).toBeCloseTo(4.54, 2);
  });

  test('each of the 240 fixed colours is its own nearest', () => {
    const others = [...Array(240).keys()].filter((at) => {
      const rgb = toRgb(color(at + 16));
      const found = atDepth({ kind: 'rgb', rgb }, '256');
      return found?.kind !== 'palette' || colorDistance(toRgb(found), rgb) > 0;
    });
    expect(others).toEqual([]);
  });

  test.each<[string, number]>([
    ['#5fd7d7', 80],
    ['#61d6d9', 80],
    ['#ffffff', 231],
    ['#000000', 16],
    ['#2e3440', 236],
  ])('%s is %i of 256', (text, index) => {
    expect(named(text, '256')).toBe(index);
  });

  test.each<[string | number, string]>([
    ['#ffffff', 'bright-white'],
    ['#000000', 'black'],
    ['#808080', 'bright-black'],
    ['#e06c75', 'bright-red'],
    ['#98c379', 'green'],
    ['#8b0000', 'red'],
    ['#005f00', 'green'],
    ['#61afef', 'bright-blue'],
    ['#00005f', 'blue'],
    ['#ffd75f', 'yellow'],
    [124, 'red'],
    ['magenta', 'magenta'],
  ])('%s is %s of sixteen', (text, name) => {
    expect(named(text, '16')).toBe(name);
  });

  test('text is never lost on a background that has become the same colour', () => {
    const style: SlotStyle = { color: color('#ffff00'), background: color('#ffff20') };
    expect(toStyle(style, '16').open).toBe('\x1b[30;103m');
    const dark: SlotStyle = { color: color('#000080'), background: color('#000070') };
    expect(toStyle(dark, '16').open).toBe('\x1b[97;44m');
  });
});

/** Colours of a slot that look the same everywhere, with the ground that they are read on. */
function fixedPair(spec: ThemeSpec, slot: Slot, depth: 'truecolor' | '256') {
  const { color: ink, background } = colorsAt(spec.slots[slot], depth);
  const ground = background ? toRgb(background) : spec.background;
  return ink && isFixed(ink) && ground ? { ink: toRgb(ink), ground } : undefined;
}

describe.each(['dark', 'light', 'high-contrast', 'colour-blind'])('%s can be read', (name) => {
  const spec = shipped(name);
  const slots = Object.keys(spec.slots) as Slot[];

  test.each(['truecolor', '256'] as const)('with %s: WCAG AA for all text', (depth) => {
    const wanted = name === 'high-contrast' ? 7 : 4.5;
    const poor = slots.flatMap((slot) => {
      const pair = fixedPair(spec, slot, depth);
      const ratio = pair ? contrast(pair.ink, pair.ground) : wanted;
      return ratio < wanted ? [`${slot} ${ratio.toFixed(2)}`] : [];
    });
    expect(poor).toEqual([]);
    // The colours are there to be measured.
    expect(slots.filter((slot) => fixedPair(spec, slot, depth)).length).toBeGreaterThan(25);
  });

  test('nothing is made fainter by the terminal, which nobody could measure', () => {
    expect(slots.filter((slot) => spec.slots[slot].dim)).toEqual([]);
  });

  test('a background never comes without the colour on it', () => {
    const bare = slots.filter((slot) => spec.slots[slot].background && !spec.slots[slot].color);
    expect(bare).toEqual([]);
  });
});

/**
 * How colours look to those who lack a kind of cones: Machado, Oliveira, Fernandes: A Physiologically-based Model for Simulation of
 * Color Vision Deficiency, IEEE TVCG 15(6), 2009, matrices for severity 1.0, for linear RGB.
 */
const VISIONS: Readonly<Record<'protanopia' | 'deuteranopia', readonly Rgb[]>> = {
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
};

function seenWith(vision: keyof typeof VISIONS, rgb: Rgb): Rgb {
  const light = rgb.map(toLinear);
  const channel = (row: Rgb): number => {
    const sum = row.reduce((total, factor, at) => total + factor * (light[at] ?? 0), 0);
    const value = Math.min(1, Math.max(0, sum));
    const encoded = value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055;
    return Math.round(encoded * 255);
  };
  const [r, g, b] = VISIONS[vision];
  if (!r || !g || !b) throw new Error('a matrix has three rows');
  return [channel(r), channel(g), channel(b)];
}

/** What tells a slot: its background where it has one. */
const sign = (spec: ThemeSpec, slot: Slot): Rgb => {
  const { color: ink, background } = spec.slots[slot];
  const telling = background ?? ink;
  if (!telling) throw new Error(`${slot} has no colour`);
  return toRgb(telling);
};

describe('colour-blind', () => {
  const spec = shipped('colour-blind');
  const groups: readonly (readonly Slot[])[] = [
    ['status.good', 'status.warning', 'status.danger'],
    ['mode.off', 'mode.monitor', 'mode.armed'],
    ['severity.low', 'severity.medium', 'severity.high'],
    ['event.exec', 'event.exit', 'event.policy', 'event.status'],
    ['input.valid', 'input.wrong'],
    ['event.withheld', 'event.killed'],
  ];
  const leastDistance = (theme: ThemeSpec, vision: keyof typeof VISIONS): number =>
    Math.min(
      ...groups.flatMap((slots) =>
        slots.flatMap((one, at) =>
          slots
            .slice(at + 1)
            .map((other) =>
              colorDistance(
                seenWith(vision, sign(theme, one)),
                seenWith(vision, sign(theme, other)),
              ),
            ),
        ),
      ),
    );

  test.each(['protanopia', 'deuteranopia'] as const)('%s: meanings stay apart', (vision) => {
    expect(leastDistance(spec, vision)).toBeGreaterThan(0.12);
  });

  test('dark does not do that: the test can see the difference', () => {
    expect(leastDistance(shipped('dark'), 'deuteranopia')).toBeLessThan(0.08);
  });
});

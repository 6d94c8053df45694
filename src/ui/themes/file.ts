import { loadPlainYaml } from '../../plainYaml.ts';
import { suggest } from '../../suggest.ts';
import { SLOTS, type Slot } from '../theme.ts';
import { type Color, parseColor } from './color.ts';
import { ATTRIBUTES, type Attribute, type SlotStyle } from './style.ts';

/** What is wrong with a theme, where, and what is allowed there. */
export class ThemeError extends Error {}

/** A theme as its file has it. */
export type ThemeFile = {
  /** Where it comes from, for messages. */
  readonly file: string;
  /** A few words for the menu. */
  readonly description: string | undefined;
  /** Name of the theme whose slots it changes. */
  readonly extends: string | undefined;
  /** What its colours are made to be read on. */
  readonly background: Color | undefined;
  /** The whole screen gets that background. */
  readonly paint: boolean | undefined;
  readonly slots: Readonly<Partial<Record<Slot, SlotStyle>>>;
};

const KEYS = ['name', 'description', 'extends', 'background', 'paint', 'slots'] as const;

const COLORS_ALLOWED =
  "a colour is '#rrggbb' (in quotes), 0 to 255, or black, red, green, yellow, blue, magenta, cyan, white, also with bright-";

/**
 * Reads the text of a theme file; what it extends is not looked at.
 *
 * @throws ThemeError
 */
export function parseTheme(text: string, file: string): ThemeFile {
  try {
    return themeOf(loadPlainYaml(text), file);
  } catch (error) {
    // Whatever a text makes go wrong, it is that text's fault.
    throw error instanceof ThemeError ? error : new ThemeError(`${file}: ${firstLine(error)}`);
  }
}

function themeOf(yaml: unknown, file: string): ThemeFile {
  const content = mapping(yaml, file);
  for (const key of Object.keys(content)) {
    if (!(KEYS as readonly string[]).includes(key))
      throw new ThemeError(`${file}: unknown field ${short(key)}${hintFor(key, KEYS)}`);
  }
  const base = textField(content.extends, `${file}: extends`);
  const slots = content.slots === undefined && base ? {} : content.slots;
  return {
    file,
    description: textField(content.description, `${file}: description`),
    extends: base,
    background:
      content.background === undefined
        ? undefined
        : colorField(content.background, `${file}: background`),
    paint: content.paint === undefined ? undefined : flag(content.paint, `${file}: paint`),
    slots: slotsField(slots, file),
  };
}

function slotsField(value: unknown, file: string): ThemeFile['slots'] {
  const given = mapping(value, `${file}: slots`);
  const entries = Object.entries(given).map(([slot, style]) => {
    if (!(SLOTS as readonly string[]).includes(slot))
      throw new ThemeError(`${file}: unknown slot ${short(slot)}${hintFor(slot, SLOTS)}`);
    return [slot, slotStyle(style, `${file}: ${slot}`)];
  });
  return Object.fromEntries(entries);
}

function slotStyle(value: unknown, where: string): SlotStyle {
  const entries = Object.entries(mapping(value, where)).map(([key, part]) => {
    if (key === 'color' || key === 'background')
      return [key, colorField(part, `${where}: ${key}`)] as const;
    if (!Object.hasOwn(ATTRIBUTES, key))
      throw new ThemeError(
        `${where}: unknown attribute ${short(key)}; there are ${['color', 'background', ...Object.keys(ATTRIBUTES)].join(', ')}`,
      );
    return [key as Attribute, flag(part, `${where}: ${key}`)] as const;
  });
  return Object.fromEntries(entries);
}

function colorField(value: unknown, where: string): Color {
  const color = parseColor(value);
  if (!color) throw new ThemeError(`${where}: ${toldValue(value)} is no colour; ${COLORS_ALLOWED}`);
  return color;
}

/** Of lists and mappings nothing is told: they may be of any size. */
function toldValue(value: unknown): string {
  return typeof value === 'object' && value !== null ? 'this' : `"${short(String(value))}"`;
}

const MOST_TOLD = 40;

const short = (text: string): string =>
  text.length > MOST_TOLD ? `${text.slice(0, MOST_TOLD)}…` : text;

function flag(value: unknown, where: string): boolean {
  if (typeof value !== 'boolean') throw new ThemeError(`${where} must be true or false`);
  return value;
}

function textField(value: unknown, where: string): string | undefined {
  if (value !== undefined && typeof value !== 'string')
    throw new ThemeError(`${where} must be a text`);
  return value;
}

function mapping(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ThemeError(`${where} must be a mapping`);
  return value as Readonly<Record<string, unknown>>;
}

/** What follows in js-yaml's words is a picture of the place, for several lines. */
const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';

function hintFor(word: string, known: readonly string[]): string {
  const near = suggest(short(word), known);
  return near ? `; did you mean ${near}?` : `; there are ${known.join(', ')}`;
}

import { SLOTS, type Slot, type Theme } from '../theme.ts';
import { type ColorDepth, type Rgb, toRgb } from './color.ts';
import { ThemeError, type ThemeFile } from './file.ts';
import { type SlotStyle, toStyle } from './style.ts';

/** A theme with all that it has from others. */
export type ThemeSpec = {
  readonly name: string;
  readonly description: string;
  /** What its colours are made to be read on; undefined: whatever the terminal has. */
  readonly background: Rgb | undefined;
  /** Style of everything that has no style of its own, where the whole screen is painted. */
  readonly base: SlotStyle | undefined;
  readonly slots: Readonly<Record<Slot, SlotStyle>>;
  /** The files that it was read from, its own first: what must be watched. */
  readonly files: readonly string[];
};

/** Themes can't be nested deeper. */
const MOST_LEVELS = 8;

/**
 * Follows `extends` and puts the slots together.
 *
 * @param read the theme of that name; undefined: there is none
 * @param asking whose `extends` it is, undefined for the theme itself; a theme that extends its own name means the next one of it
 * @throws ThemeError for an unknown or circular base and for slots that nobody defines
 */
export function resolveTheme(
  name: string,
  read: (name: string, asking: string | undefined) => ThemeFile | undefined,
): ThemeSpec {
  const chain: ThemeFile[] = [];
  let next: string | undefined = name;
  while (next !== undefined) {
    const last: ThemeFile | undefined = chain.at(-1);
    const found = read(next, last?.file);
    if (!found)
      throw new ThemeError(
        last ? `${last.file}: extends: there is no theme ${next}` : `there is no theme ${next}`,
      );
    if (chain.some(({ file }) => file === found.file))
      throw new ThemeError(`${found.file}: extends: it leads back to itself`);
    chain.push(found);
    if (chain.length > MOST_LEVELS)
      throw new ThemeError(`${found.file}: extends: more than ${MOST_LEVELS} levels`);
    next = found.extends;
  }
  return combine(name, chain);
}

function combine(name: string, chain: readonly ThemeFile[]): ThemeSpec {
  const [own] = chain;
  if (!own) throw new ThemeError(`there is no theme ${name}`);
  const given = Object.assign({}, ...chain.map(({ slots }) => slots).reverse());
  const missing = SLOTS.filter((slot) => given[slot] === undefined);
  if (missing.length > 0)
    throw new ThemeError(
      `${own.file}: ${missing.length === 1 ? 'slot' : 'slots'} ${missing.join(', ')} missing: define them all, or say which theme it extends`,
    );
  const slots = given as Record<Slot, SlotStyle>;
  const background = chain.find((one) => one.background !== undefined)?.background;
  const isPainted = chain.find(({ paint }) => paint !== undefined)?.paint === true;
  const { color } = slots.text;
  if (isPainted && (background === undefined || color === undefined))
    throw new ThemeError(
      `${own.file}: paint: needs a background, and a color for slot text, which is written on it`,
    );
  return {
    name,
    description: own.description ?? '',
    background: background && toRgb(background),
    base: isPainted && color && background ? { color, background } : undefined,
    slots,
    files: chain.map(({ file }) => file),
  };
}

/** The styles for a terminal of this depth. */
export const themeAt = ({ slots }: ThemeSpec, depth: ColorDepth): Theme =>
  Object.fromEntries(SLOTS.map((slot) => [slot, toStyle(slots[slot], depth)])) as Theme;

/** SGR of the whole screen; '' when the terminal's own colours are left. */
export const baseAt = ({ base }: ThemeSpec, depth: ColorDepth): string =>
  base ? toStyle(base, depth).open : '';

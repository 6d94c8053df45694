/** A key as commands bind it: printable characters name themselves, shift only where it adds something. */
export type Key = {
  readonly name: string;
  readonly ctrl: boolean;
  readonly alt: boolean;
  readonly shift: boolean;
};

const NAMED = [
  'up',
  'down',
  'left',
  'right',
  'pageup',
  'pagedown',
  'home',
  'end',
  'insert',
  'delete',
  'enter',
  'escape',
  'tab',
  'backspace',
  'space',
  ...Array.from({ length: 12 }, (_, i) => `f${i + 1}`),
] as const;

/** The keys that have a name instead of a character. */
export const KEY_NAMES: ReadonlySet<string> = new Set(NAMED);

const ALIASES: ReadonlyMap<string, string> = new Map([
  ['esc', 'escape'],
  ['return', 'enter'],
  ['del', 'delete'],
  ['ins', 'insert'],
  ['pgup', 'pageup'],
  ['pgdn', 'pagedown'],
  [' ', 'space'],
]);

/** 'ctrl+l', 'shift+tab', 'f9', '?': for the footer, help and key settings; `parseKey` reads it back. */
export const formatKey = ({ name, ctrl, alt, shift }: Key): string =>
  `${ctrl ? 'ctrl+' : ''}${alt ? 'alt+' : ''}${shift ? 'shift+' : ''}${name}`;

/**
 * Reads what `formatKey` writes, modifiers in any order and case; undefined for what is no key.
 * `shift+a` is `A`, and `ctrl+A` is `ctrl+a`: that is how terminals report them.
 */
export const parseKey = (spec: string): Key | undefined => {
  let rest = spec;
  let ctrl = false;
  let alt = false;
  let shift = false;
  for (;;) {
    const modifier = /^(ctrl|alt|shift)\+(?=.)/isu.exec(rest)?.[1]?.toLowerCase();
    if (modifier === undefined) break;
    ctrl ||= modifier === 'ctrl';
    alt ||= modifier === 'alt';
    shift ||= modifier === 'shift';
    rest = rest.slice(modifier.length + 1);
  }
  const lower = rest.toLowerCase();
  const named = ALIASES.get(lower) ?? lower;
  if (KEY_NAMES.has(named)) return { name: named, ctrl, alt, shift };
  if ([...rest].length !== 1 || /[\p{Cc}\p{Cs}]/u.test(rest)) return undefined;
  if (ctrl) return { name: lower, ctrl, alt, shift: shift && lower !== rest.toUpperCase() };
  if (shift) return { name: rest.toUpperCase(), ctrl, alt, shift: false };
  return { name: rest, ctrl, alt, shift };
};

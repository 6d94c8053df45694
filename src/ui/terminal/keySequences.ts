import type { Key } from './keyNames.ts';

/**
 * Which key an escape sequence means. Sources: xterm's ctlseqs, rxvt's rxvtRef, console_codes(4) for
 * the Linux console, tmux's tty-keys.c, the kitty keyboard protocol for CSI u.
 */

/** Final characters shared by CSI and SS3 forms: `CSI A`, `CSI 1;5A`, `SS3 A`, `SS3 5 P`. */
const BY_FINAL: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  E: 'begin',
  F: 'end',
  H: 'home',
  P: 'f1',
  Q: 'f2',
  R: 'f3',
  S: 'f4',
};

/** `CSI n ~`: VT220 numbers; 7 and 8 are rxvt's Home and End, 1 and 4 the Linux console's and tmux's. */
const BY_NUMBER: Readonly<Record<number, string>> = {
  1: 'home',
  2: 'insert',
  3: 'delete',
  4: 'end',
  5: 'pageup',
  6: 'pagedown',
  7: 'home',
  8: 'end',
  11: 'f1',
  12: 'f2',
  13: 'f3',
  14: 'f4',
  15: 'f5',
  17: 'f6',
  18: 'f7',
  19: 'f8',
  20: 'f9',
  21: 'f10',
  23: 'f11',
  24: 'f12',
};

/** Keypad in application mode (`SS3 j` …): the characters, and Enter, Tab and space. */
const KEYPAD: Readonly<Record<string, string>> = {
  M: 'enter',
  I: 'tab',
  ' ': 'space',
  X: '=',
  j: '*',
  k: '+',
  l: ',',
  m: '-',
  n: '.',
  o: '/',
};

const RXVT_ARROWS: Readonly<Record<string, string>> = { a: 'up', b: 'down', c: 'right', d: 'left' };

const plain = (name: string): Key => ({ name, ctrl: false, alt: false, shift: false });

/** xterm's modifier parameter: 1 + shift 1 + alt 2 + ctrl 4 + meta 8. */
const modified = (name: string, parameter: number | undefined): Key => {
  const bits = Math.max(0, (parameter ?? 1) - 1);
  return { name, ctrl: (bits & 4) !== 0, alt: (bits & 10) !== 0, shift: (bits & 1) !== 0 };
};

const CODE_NAMES: Readonly<Record<number, string>> = {
  8: 'backspace',
  9: 'tab',
  13: 'enter',
  27: 'escape',
  32: 'space',
  127: 'backspace',
};

/** A key given by its code point (`CSI code ; mods u`, xterm's `CSI 27 ; mods ; code ~`). */
const fromCodePoint = (
  code: number | undefined,
  parameter: number | undefined,
): Key | undefined => {
  if (code === undefined) return undefined;
  const named = CODE_NAMES[code];
  if (named !== undefined) return modified(named, parameter);
  // 57344 to 63743 are kitty's own numbers (media keys, lone modifiers); above 0x10ffff is nothing.
  if (code < 0x20 || (code > 0x7e && code < 0xa0) || code > 0x10ffff) return undefined;
  if (code >= 0xd800 && code <= 0xf8ff) return undefined;
  const key = modified(String.fromCodePoint(code), parameter);
  if (key.ctrl) return { ...key, name: key.name.toLowerCase() };
  return key.shift ? { ...key, name: key.name.toUpperCase(), shift: false } : key;
};

const known = (key: Key | undefined): Key | undefined => (key?.name === 'begin' ? undefined : key);

/** The key of `CSI parameters final`; undefined for sequences that are no key press. */
export const keyOfCsi = (parameters: string, final: string): Key | undefined => {
  if (!/^[\d;:]*$/.test(parameters)) return undefined;
  const fields = parameters.split(';').map((field) => field.split(':'));
  const number = (index: number): number | undefined => {
    const text = fields[index]?.[0];
    return text === undefined || text === '' ? undefined : Number(text);
  };
  // The kitty protocol's event type after the modifiers: 3 is a key release.
  if (fields[1]?.[1] === '3') return undefined;
  const code = number(0);
  const modifiers = number(1);
  if (final === '~' && code === 27) return fromCodePoint(number(2), modifiers);
  if (final === 'u') return fromCodePoint(code, modifiers);
  if (final === 'Z') return { ...modified('tab', modifiers), shift: true };
  if ('~$^@'.includes(final)) {
    const name = code === undefined ? undefined : BY_NUMBER[code];
    if (name === undefined) return undefined;
    const key = modified(name, modifiers);
    // rxvt says the modifiers with the final character.
    if (final === '$') return { ...key, shift: true };
    if (final === '^') return { ...key, ctrl: true };
    return final === '@' ? { ...key, ctrl: true, shift: true } : key;
  }
  const rxvt = RXVT_ARROWS[final];
  if (rxvt !== undefined && parameters === '') return { ...plain(rxvt), shift: true };
  const name = BY_FINAL[final];
  // `CSI row ; column R` is a cursor position report, not F3, unless it looks like `CSI 1 ; mods R`.
  if (name === undefined || (fields.length > 1 && code !== 1)) return undefined;
  return known(modified(name, fields.length > 1 ? modifiers : undefined));
};

/** The Linux console's F1 to F5: `CSI [ A` to `CSI [ E`. */
export const keyOfLinuxConsole = (final: string): Key | undefined => {
  const index = 'ABCDE'.indexOf(final);
  return index < 0 ? undefined : plain(`f${index + 1}`);
};

/** The key of `SS3 parameters final`: cursor and F1–F4 in application mode, the keypad, rxvt's Ctrl-arrows. */
export const keyOfSs3 = (parameters: string, final: string): Key | undefined => {
  const last = parameters.split(';').at(-1) ?? '';
  const modifiers = last === '' ? undefined : Number(last);
  const name = BY_FINAL[final];
  if (name !== undefined) return known(modified(name, modifiers));
  const rxvt = RXVT_ARROWS[final];
  if (rxvt !== undefined) return { ...plain(rxvt), ctrl: true };
  const keypad = KEYPAD[final];
  if (keypad !== undefined) return modified(keypad, modifiers);
  return final >= 'p' && final <= 'y'
    ? modified(String(final.charCodeAt(0) - 0x70), modifiers)
    : undefined;
};

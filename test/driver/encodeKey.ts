import { parseKey } from '../../src/ui/terminal/keys.ts';

const FINALS: Readonly<Record<string, string>> = {
  up: 'A',
  down: 'B',
  right: 'C',
  left: 'D',
  home: 'H',
  end: 'F',
  f1: 'P',
  f2: 'Q',
  f3: 'R',
  f4: 'S',
};

const NUMBERS: Readonly<Record<string, number>> = {
  insert: 2,
  delete: 3,
  pageup: 5,
  pagedown: 6,
  f5: 15,
  f6: 17,
  f7: 18,
  f8: 19,
  f9: 20,
  f10: 21,
  f11: 23,
  f12: 24,
};

const BYTES: Readonly<Record<string, string>> = {
  enter: '\r',
  escape: '\x1b',
  tab: '\t',
  backspace: '\x7f',
  space: ' ',
};

const controlOf = (name: string): string => {
  if (name === 'space') return '\0';
  const code = name.toUpperCase().charCodeAt(0);
  if (name.length !== 1 || code < 0x40 || code > 0x5f) {
    throw new Error(`a terminal has no code for ctrl+${name}`);
  }
  return String.fromCharCode(code - 0x40);
};

/** What xterm sends for a key written as `formatKey` does ('ctrl+l', 'shift+tab', 'f9', 'A'). */
export const encodeKey = (spec: string): string => {
  const key = parseKey(spec);
  if (key === undefined) throw new Error(`no such key: ${spec}`);
  const { name, ctrl, alt, shift } = key;
  const modifier = 1 + (shift ? 1 : 0) + (alt ? 2 : 0) + (ctrl ? 4 : 0);
  const final = FINALS[name];
  if (final !== undefined) {
    if (modifier > 1) return `\x1b[1;${modifier}${final}`;
    return /^f\d$/.test(name) ? `\x1bO${final}` : `\x1b[${final}`;
  }
  const number = NUMBERS[name];
  if (number !== undefined) return `\x1b[${number}${modifier > 1 ? `;${modifier}` : ''}~`;
  if (name === 'tab' && shift) return '\x1b[Z';
  const bytes = ctrl ? controlOf(name) : (BYTES[name] ?? name);
  return alt ? `\x1b${bytes}` : bytes;
};

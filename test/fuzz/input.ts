import { COMMANDS } from '../../src/ui/commands.ts';
import { encodeKey } from '../driver/encodeKey.ts';
import type { Random } from '../screen/terminal/random.ts';

/** One thing that a terminal does: sends bytes, or is resized. */
export type Step =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'resize'; readonly columns: number; readonly rows: number };

/** Ends or suspends the program, which the fuzz does itself, counted. */
const NEVER = ['q', 'ctrl+c', 'ctrl+z', 'Q'];

/**
 * `everything`: for a program that refuses to arm and to send signals. `arming`: for one that could, only keys that lead to the
 * dialog that arms and through it, but neither type a policy's name nor open a menu of signals, the palette or the help, which run
 * any command.
 */
export type Profile = 'everything' | 'arming';

const ARMING_KEYS: readonly [string, ...string[]] = [
  ...(['4', '4', 'a', 'a', 'a', 'enter', 'enter', 'enter', 'up', 'down', 'left', 'right'] as const),
  ...['1', '2', '5', 'tab', 'shift+tab', 'escape', 'space', 'backspace', 'home', 'end', 'z', 'e'],
];

/** All keys of the table and those that editors and menus know. */
const KEYS: readonly [string, ...string[]] = [
  'enter',
  ...new Set([
    ...COMMANDS.flatMap(({ keys }) => keys),
    ...['enter', 'tab', 'shift+tab', 'escape', 'backspace', 'delete', 'insert', 'space'],
    ...['up', 'down', 'left', 'right', 'home', 'end', 'pageup', 'pagedown'],
    ...['ctrl+up', 'alt+left', 'ctrl+a', 'ctrl+e', 'ctrl+k', 'ctrl+u', 'ctrl+w', 'alt+b', 'f5'],
  ]),
].filter((key) => !NEVER.includes(key)) as [string, ...string[]];

const TEXTS: [string, ...string[]] = [
  'x',
  ...[
    'sh',
    'binary:sh',
    '!true',
    '(',
    '"',
    'pid>1 OR uid:0',
    '12:03',
    '-30s',
    '写真',
    '👩‍💻é',
    '/etc/',
  ],
  ...['theme', 'doctor', 'policy', 'save', '*', '\\', '[a-', 'kind:exit exit:0'],
];

/** Bytes that no terminal should send, halves of what it may send, and answers that nobody asked for. */
const RUBBISH: [string, ...string[]] = [
  '\x1b[27u',
  ...['\x1b[', '\x1b]', '\x1bO', '\x1b[1;', '\x1b[200~', '\x1b[201~', '\x1b[?62;c', '\x1b[12;40R'],
  ...['\x1b[999999999999~', '\x1b[<', '\x1b]52;c;', '\x1bP+q', '\x1b\\', '\x07', '\0', '\x7f\x7f'],
  ...['\x1b[97;5u', '\x1b[57399u', '\x1b[I', '\x1b[O', '\x9b31m'],
];

/** UTF-8 cut in the middle, and bytes that are none: as Latin-1, a byte a letter. */
const FRAGMENTS: [string, ...string[]] = [
  '\xe5\x86',
  '\xf0\x9f\x96',
  '\xc3',
  '\xff\xfe',
  '\xed\xa0\x80',
  '\xc0\xaf',
];

const below = (random: Random, least: number, most: number) =>
  least + random.below(most - least + 1);

function mouse(random: Random, columns: number, rows: number): string {
  const button = random.pick([0, 0, 0, 2, 32, 35, 64, 65, 66, 99]);
  const [x, y] = [below(random, 0, columns + 1), below(random, 0, rows + 1)];
  return `\x1b[<${button};${x};${y}${random.pick(['M', 'm'])}`;
}

/** Nothing that ends the program, wherever it lies: a letter of a text is a key where no text is asked for. */
const utf8 = (text: string): Buffer => Buffer.from(text.replaceAll(/[qQ\x03\x1a]/g, ''));

function bytesOf(random: Random, columns: number, rows: number): Buffer {
  const dice = random.below(100);
  if (dice < 70) return utf8(encodeKey(random.pick(KEYS)));
  if (dice < 76) return utf8(random.pick(TEXTS));
  // Here they must do nothing.
  if (dice < 80) return Buffer.from(`\x1b[200~${random.pick(TEXTS)}\nq\x03\x1b[201~`);
  if (dice < 90) return utf8(mouse(random, columns, rows));
  if (dice < 95) return utf8(random.pick(RUBBISH));
  if (dice < 97) return Buffer.from(random.pick(FRAGMENTS), 'latin1');
  return utf8(String.fromCharCode(...Array.from({ length: 3 }, () => below(random, 0x21, 0x7e))));
}

const SIZES = { columns: [40, 250], rows: [10, 80] } as const;

/** The next step of a run: the same for the same generator. */
export function nextStep(random: Random, columns: number, rows: number, profile: Profile): Step {
  if (random.below(40) === 0)
    return {
      kind: 'resize',
      columns: below(random, ...SIZES.columns),
      rows: below(random, ...SIZES.rows),
    };
  if (profile === 'arming')
    return { kind: 'bytes', bytes: utf8(encodeKey(random.pick(ARMING_KEYS))) };
  return { kind: 'bytes', bytes: bytesOf(random, columns, rows) };
}

import { describe, expect, test } from 'vitest';
import {
  createKeyParser,
  ESCAPE_DELAY_MS,
  formatKey,
  type InputEvent,
  KEY_NAMES,
  parseKey,
} from '../../../src/ui/terminal/keys.ts';
import { encodeKey } from '../../driver/encodeKey.ts';
import { createRandom } from './random.ts';

/** A parser with a clock that stands still until `pass` is called. */
const open = () => {
  const events: InputEvent[] = [];
  const timers = new Map<() => void, number>();
  const parser = createKeyParser({
    onEvent: (event) => events.push(event),
    setTimer: (run, milliseconds) => {
      timers.set(run, milliseconds);
      return () => timers.delete(run);
    },
  });
  const pass = (milliseconds: number) => {
    for (const [run, due] of [...timers]) {
      if (due > milliseconds) continue;
      timers.delete(run);
      run();
    }
  };
  return { parser, events, timers, pass };
};

/** Events as short words: keys as `formatKey` writes them. */
const words = (events: readonly InputEvent[]): string[] =>
  events.map((event) => (event.type === 'key' ? formatKey(event) : `<${event.type}>`));

const read = (...chunks: (string | Uint8Array)[]): string[] => {
  const { parser, events, pass } = open();
  for (const chunk of chunks) parser.feed(chunk);
  pass(10_000);
  return words(events);
};

describe('keys of every kind of terminal', () => {
  test.each([
    ['characters', 'aZ/!?é漢🚀', ['a', 'Z', '/', '!', '?', 'é', '漢', '🚀']],
    [
      'control characters',
      '\x01\x0c\x1a\x1c\x1f\0',
      [...['ctrl+a', 'ctrl+l', 'ctrl+z', 'ctrl+\\', 'ctrl+_', 'ctrl+space']],
    ],
    ['editing keys', '\r\n\t\x7f\b ', ['enter', 'enter', 'tab', 'backspace', 'backspace', 'space']],
    [
      'Alt',
      '\x1ba\x1bA\x1b\r\x1b\x7f\x1b ',
      [...['alt+a', 'alt+A', 'alt+enter', 'alt+backspace', 'alt+space']],
    ],
    ['Alt with a control character', '\x1b\x01', ['ctrl+alt+a']],
    [
      'cursor keys (CSI)',
      '\x1b[A\x1b[B\x1b[C\x1b[D\x1b[H\x1b[F',
      [...['up', 'down', 'right', 'left', 'home', 'end']],
    ],
    [
      'cursor keys (SS3)',
      '\x1bOA\x1bOB\x1bOC\x1bOD\x1bOH\x1bOF',
      [...['up', 'down', 'right', 'left', 'home', 'end']],
    ],
    [
      'modified cursor keys',
      '\x1b[1;5A\x1b[1;2B\x1b[1;3C\x1b[1;6D\x1b[1;8H\x1b[1;9F',
      [
        ...[
          'ctrl+up',
          'shift+down',
          'alt+right',
          'ctrl+shift+left',
          'ctrl+alt+shift+home',
          'alt+end',
        ],
      ],
    ],
    [
      'editing pad',
      '\x1b[2~\x1b[3~\x1b[5~\x1b[6~\x1b[3;5~\x1b[5;3~',
      [...['insert', 'delete', 'pageup', 'pagedown', 'ctrl+delete', 'alt+pageup']],
    ],
    [
      'Home and End of rxvt, the Linux console and tmux',
      '\x1b[7~\x1b[8~\x1b[1~\x1b[4~',
      [...['home', 'end', 'home', 'end']],
    ],
    [
      'F1 to F4 (SS3, CSI, VT220)',
      '\x1bOP\x1bOS\x1b[1;5Q\x1b[R\x1b[11~\x1b[14~\x1bO5P',
      [...['f1', 'f4', 'ctrl+f2', 'f3', 'f1', 'f4', 'ctrl+f1']],
    ],
    [
      'F1 to F5 of the Linux console',
      '\x1b[[A\x1b[[B\x1b[[C\x1b[[D\x1b[[E',
      [...['f1', 'f2', 'f3', 'f4', 'f5']],
    ],
    [
      'F5 to F12',
      '\x1b[15~\x1b[17~\x1b[18~\x1b[19~\x1b[20~\x1b[21~\x1b[23~\x1b[24~\x1b[24;5~',
      [...['f5', 'f6', 'f7', 'f8', 'f9', 'f10', 'f11', 'f12', 'ctrl+f12']],
    ],
    [
      'rxvt modifiers',
      '\x1b[a\x1bOa\x1b[5$\x1b[5^\x1b[5@\x1b\x1b[A',
      [...['shift+up', 'ctrl+up', 'shift+pageup', 'ctrl+pageup', 'ctrl+shift+pageup', 'alt+up']],
    ],
    ['Shift-Tab', '\x1b[Z', ['shift+tab']],
    ['the keypad in application mode', '\x1bOM\x1bOk\x1bOp\x1bOy', ['enter', '+', '0', '9']],
    [
      'CSI u and modifyOtherKeys',
      '\x1b[97;5u\x1b[13;2u\x1b[27;5;105~\x1b[97;2u\x1b[9;2u',
      [...['ctrl+a', 'shift+enter', 'ctrl+i', 'A', 'shift+tab']],
    ],
    ['kitty key releases, which are no presses', '\x1b[97;1:3u\x1b[97;1:1u', ['a']],
  ])('%s', (_name, bytes, expected) => {
    expect(read(bytes)).toEqual(expected);
  });

  test('printable keys carry the text they insert, others none', () => {
    const { parser, events } = open();
    parser.feed('a é\x1bx\x01\x1b[A');
    expect(events.map((event) => (event.type === 'key' ? event.text : null))).toEqual([
      ...['a', ' ', 'é', '', '', ''],
    ]);
  });
});

describe('the lone Esc', () => {
  test('is delivered when nothing follows in time', () => {
    const { parser, events, timers, pass } = open();
    parser.feed('\x1b');
    expect(events).toEqual([]);
    expect([...timers.values()]).toEqual([ESCAPE_DELAY_MS]);
    pass(ESCAPE_DELAY_MS);
    expect(words(events)).toEqual(['escape']);
  });

  test('is not taken out of a sequence that arrives in pieces', () => {
    expect(read('\x1b', '[', '1;', '5', 'A')).toEqual(['ctrl+up']);
    expect(read('\x1b', 'OP')).toEqual(['f1']);
  });

  test('pressed twice counts twice', () => {
    expect(read('\x1b\x1b')).toEqual(['escape', 'escape']);
    expect(read('\x1b\x1bq')).toEqual(['escape', 'alt+q']);
  });

  test('Alt with a character that could begin a sequence', () => {
    for (const character of '[O]PX^_')
      expect(read(`\x1b${character}`)).toEqual([`alt+${character}`]);
  });
});

describe('split reads', () => {
  const whole = 'q\x1b[1;5Aé\x1b[200~pasted 漢\x1b[A\r\x1b[201~\x1bOP🚀\x1b[<0;3;4M\x1b[I\x1b[15~x';

  test('anywhere in UTF-8 and in sequences give the same events', () => {
    const bytes = Buffer.from(whole);
    const reference = open();
    reference.parser.feed(bytes);
    const random = createRandom(3);
    for (let round = 0; round < 300; round++) {
      const { parser, events } = open();
      for (let at = 0; at < bytes.length; ) {
        const size = 1 + random.below(5);
        parser.feed(bytes.subarray(at, at + size));
        at += size;
      }
      expect(events).toEqual(reference.events);
    }
    expect(words(reference.events)).toEqual([
      ...['q', 'ctrl+up', 'é', '<paste>', 'f1', '🚀', '<mouse>', '<focus>', 'f5', 'x'],
    ]);
  });
});

describe('paste', () => {
  test('is one event, whatever is in it', () => {
    const { parser, events } = open();
    parser.feed('\x1b[200~rm -rf\r\x1b[A\x03\x1b');
    parser.feed('[20');
    parser.feed('1~q');
    expect(events[0]).toEqual({ type: 'paste', text: 'rm -rf\r\x1b[A\x03' });
    expect(words(events.slice(1))).toEqual(['q']);
  });

  test('whose end never comes does not lock the keyboard', () => {
    const { parser, events, pass } = open();
    parser.feed('\x1b[200~half');
    pass(10_000);
    parser.feed('q');
    expect(events[0]).toEqual({ type: 'paste', text: 'half' });
    expect(words(events)).toEqual(['<paste>', 'q']);
  });
});

describe('mouse and focus', () => {
  const mouse = (bytes: string) => {
    const { parser, events } = open();
    parser.feed(bytes);
    return events;
  };

  test('SGR reports', () => {
    expect(mouse('\x1b[<0;5;10M')).toEqual([
      {
        ...{ type: 'mouse', action: 'press', button: 'left', column: 4, row: 9, wheel: 0 },
        ...{ ctrl: false, alt: false, shift: false },
      },
    ]);
    expect(mouse('\x1b[<2;1;1m')).toMatchObject([{ action: 'release', button: 'right' }]);
    expect(mouse('\x1b[<64;1;1M\x1b[<81;1;1M')).toMatchObject([
      { action: 'wheel', wheel: -1, ctrl: false },
      { action: 'wheel', wheel: 1, ctrl: true },
    ]);
    expect(mouse('\x1b[<35;7;8M')).toMatchObject([{ action: 'move', button: 'none' }]);
    expect(mouse('\x1b[<66;1;1M\x1b[<128;1;1M')).toEqual([]);
  });

  test('focus in and out', () => {
    expect(mouse('\x1b[I\x1b[O')).toEqual([
      { type: 'focus', isFocused: true },
      { type: 'focus', isFocused: false },
    ]);
  });
});

describe('what is no key is swallowed whole', () => {
  test.each([
    ['device attributes', '\x1b[?64;1;2c\x1b[>41;354;0c'],
    ['mode reports', '\x1b[?2026;2$y'],
    ['cursor position', '\x1b[12;40R'],
    ['window reports', '\x1b[8;24;80t'],
    ['kitty flags', '\x1b[?1u'],
    ['kitty media keys', '\x1b[57428u'],
    ['unknown numbers', '\x1b[99~\x1b[200;5~'],
    ['colour answers (OSC)', '\x1b]11;rgb:0000/0000/0000\x07\x1b]10;rgb:ff/ff/ff\x1b\\'],
    ['DCS, APC, PM, SOS', '\x1bP>|xterm(1)\x1b\\\x1b_Gok\x1b\\\x1b^x\x1b\\\x1bXx\x1b\\'],
    ['X10 mouse', '\x1b[M !!'],
    ['keypad 5 without Num Lock', '\x1b[E\x1bOE'],
    ['C1 controls', '\u009b\u0085'],
    ['a clipboard answer longer than anything kept', `\x1b]52;c;${'QUJD'.repeat(20_000)}\x07`],
  ])('%s', (_name, bytes) => {
    expect(read(`${bytes}q`)).toEqual(['q']);
    const pieces = bytes.length > 1000 ? (bytes.match(/.{1,999}/gs) ?? []) : [...bytes];
    expect(read(...pieces, 'q')).toEqual(['q']);
  });

  test('a sequence that breaks off is dropped, and what follows counts', () => {
    expect(read('\x1b[1;\x1b[A')).toEqual(['up']);
    expect(read('\x1b[12;3')).toEqual([]);
    expect(read('\x1b[1\rq')).toEqual(['enter', 'q']);
  });

  test('random bytes never throw, and keys work afterwards', () => {
    const random = createRandom(4);
    for (let round = 0; round < 500; round++) {
      const { parser, events, pass } = open();
      for (let chunk = 0; chunk < 5; chunk++) {
        parser.feed(
          Uint8Array.from({ length: random.below(20) }, () =>
            random.pick([27, 91, 79, 93, 59, 49, 60, 126, 77, 200, 128, random.below(256)]),
          ),
        );
      }
      pass(10_000);
      events.length = 0;
      parser.reset();
      parser.feed('q');
      expect(words(events)).toEqual(['q']);
    }
  });
});

describe('key names', () => {
  test.each([
    ['ctrl+l', 'ctrl+l'],
    ['Ctrl+L', 'ctrl+l'],
    ['shift+tab', 'shift+tab'],
    ['Esc', 'escape'],
    ['PgUp', 'pageup'],
    ['shift+a', 'A'],
    ['ctrl++', 'ctrl++'],
    ['+', '+'],
    ['alt+ctrl+x', 'ctrl+alt+x'],
    [' ', 'space'],
    ['F9', 'f9'],
    ['?', '?'],
  ])('%j is %j', (spec, normal) => {
    const key = parseKey(spec);
    expect(key && formatKey(key)).toBe(normal);
  });

  test.each(['', 'ctrl+', 'f13', 'nonsense', '\x1b'])('%j is no key', (spec) => {
    expect(parseKey(spec)).toBeUndefined();
  });

  test('what a terminal sends for a key reads back as that key', () => {
    const named = [...KEY_NAMES];
    const cursor = named.filter((name) => !/enter|escape|tab|backspace|space/.test(name));
    const specs = [
      ...named,
      ...cursor.flatMap((name) => [`ctrl+${name}`, `alt+${name}`, `shift+${name}`]),
      ...cursor.map((name) => `ctrl+alt+shift+${name}`),
      ...[
        'shift+tab',
        'alt+enter',
        'ctrl+space',
        'ctrl+l',
        'ctrl+alt+c',
        'a',
        'A',
        '/',
        'é',
        'alt+j',
      ],
    ];
    for (const spec of specs) expect(read(encodeKey(spec)), spec).toEqual([spec]);
  });
});

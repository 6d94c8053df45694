import { StringDecoder } from 'node:string_decoder';
import type { Key } from './keyNames.ts';
import { keyOfCsi, keyOfLinuxConsole, keyOfSs3 } from './keySequences.ts';

export { formatKey, KEY_NAMES, type Key, parseKey } from './keyNames.ts';

export type KeyEvent = Key & {
  readonly type: 'key';
  /** What the key would insert in a text field: '' for named keys and with Ctrl or Alt. */
  readonly text: string;
};
export type PasteEvent = { readonly type: 'paste'; readonly text: string };
export type MouseEvent = {
  readonly type: 'mouse';
  readonly action: 'press' | 'release' | 'move' | 'wheel';
  readonly button: 'left' | 'middle' | 'right' | 'none';
  /** From 0, at the top left. */
  readonly column: number;
  readonly row: number;
  /** Lines towards the end of the list: -1 or 1 for the wheel, else 0. */
  readonly wheel: -1 | 0 | 1;
  readonly ctrl: boolean;
  readonly alt: boolean;
  readonly shift: boolean;
};
export type FocusEvent = { readonly type: 'focus'; readonly isFocused: boolean };
export type InputEvent = KeyEvent | PasteEvent | MouseEvent | FocusEvent;

/** Calls `run` after `milliseconds` unless the returned function is called first. */
export type SetTimer = (run: () => void, milliseconds: number) => () => void;

export type KeyParserOptions = {
  readonly onEvent: (event: InputEvent) => void;
  /** For tests; real time by default. */
  readonly setTimer?: SetTimer;
};

export type KeyParser = {
  /** Takes what one read of the terminal gave, in any pieces. */
  feed(chunk: Uint8Array | string): void;
  /** Forgets a half-read sequence and the timer, for leaving the screen. */
  reset(): void;
};

/** A lone Esc is Esc when nothing follows for so long; less breaks arrows over slow links. */
export const ESCAPE_DELAY_MS = 50;
/** A longer sequence that stops half way is dropped after this. */
const UNFINISHED_DELAY_MS = 500;
/** A paste whose end never comes (the link broke) is handed over after this, so that keys work again. */
const PASTE_DELAY_MS = 2000;
const MAX_PASTE = 1 << 20;
const MAX_SEQUENCE = 4096;
const ESC = '\x1b';
const PASTE_END = '\x1b[201~';

const realTimer: SetTimer = (run, milliseconds) => {
  const timer = setTimeout(run, milliseconds);
  return () => clearTimeout(timer);
};

const keyEvent = (key: Key): KeyEvent => {
  const isText = !key.ctrl && !key.alt && [...key.name].length === 1;
  const text = key.name === 'space' && !key.ctrl && !key.alt ? ' ' : '';
  return { type: 'key', ...key, text: isText ? key.name : text };
};

const plainKey = (name: string): Key => ({ name, ctrl: false, alt: false, shift: false });
const ctrlKey = (name: string): Key => ({ name, ctrl: true, alt: false, shift: false });

/** The key of one character as a terminal sends it: control codes, DEL, or the character itself. */
const keyOfCharacter = (character: string): Key | undefined => {
  const code = character.codePointAt(0) ?? 0;
  if (code === 0x00) return ctrlKey('space');
  if (code === 0x08 || code === 0x7f) return plainKey('backspace');
  if (code === 0x09) return plainKey('tab');
  if (code === 0x0a || code === 0x0d) return plainKey('enter');
  if (code === 0x1b) return plainKey('escape');
  if (code === 0x20) return plainKey('space');
  if (code < 0x1b) return ctrlKey(String.fromCharCode(code + 0x60));
  if (code < 0x20) return ctrlKey(String.fromCharCode(code + 0x40));
  return code >= 0x80 && code <= 0x9f ? undefined : plainKey(character);
};

const BUTTONS = ['left', 'middle', 'right', 'none'] as const;

/** SGR mouse report (`CSI < code ; column ; row M` or `m`). */
const mouseEvent = (parameters: string, final: string): MouseEvent | undefined => {
  const match = /^<(\d+);(\d+);(\d+)$/.exec(parameters);
  if (match === null) return undefined;
  const code = Number(match[1]);
  // 64 is the wheel; 66 and 67 are its sideways movement, 128 and up the thumb buttons.
  if (code >= 128 || (code & 66) === 66) return undefined;
  const isWheel = (code & 64) !== 0;
  const isMove = (code & 32) !== 0;
  const pressed = final === 'M' ? 'press' : 'release';
  return {
    type: 'mouse',
    action: isWheel ? 'wheel' : isMove ? 'move' : pressed,
    button: isWheel ? 'none' : (BUTTONS[code & 3] ?? 'none'),
    column: Math.max(0, Number(match[2]) - 1),
    row: Math.max(0, Number(match[3]) - 1),
    wheel: isWheel ? ((code & 1) === 0 ? -1 : 1) : 0,
    ctrl: (code & 16) !== 0,
    alt: (code & 8) !== 0,
    shift: (code & 4) !== 0,
  };
};

/** One step of reading: what was found, and the length it took; undefined when more is needed. */
type Step = { readonly length: number; readonly event?: InputEvent | 'paste' | undefined };

const keyStep = (length: number, key: Key | undefined): Step => ({
  length,
  event: key === undefined ? undefined : keyEvent(key),
});

const inRange = (character: string, low: string, high: string): boolean =>
  character >= low && character <= high;

const readCsi = (input: string): Step | undefined => {
  if (input[2] === '[') {
    const final = input[3];
    return final === undefined ? undefined : keyStep(4, keyOfLinuxConsole(final));
  }
  // X10 mouse reports carry three raw bytes; we never ask for them, but a program before us may have.
  if (input[2] === 'M') return input.length < 6 ? undefined : { length: 6 };
  for (let i = 2; i < input.length; i++) {
    const character = input[i] ?? '';
    if (inRange(character, '\x20', '?')) {
      // rxvt ends shifted keys with `$`, which elsewhere is only an intermediate character.
      const parameters = input.slice(2, i);
      if (character === '$' && /^\d+$/.test(parameters)) {
        return keyStep(i + 1, keyOfCsi(parameters, '$'));
      }
      continue;
    }
    // A control character ends the sequence: it was cut off, and what comes is something new.
    if (!inRange(character, '@', '~')) return { length: i };
    const parameters = input.slice(2, i);
    const length = i + 1;
    if (character === '~' && parameters === '200') return { length, event: 'paste' };
    if (parameters === '' && (character === 'I' || character === 'O')) {
      return { length, event: { type: 'focus', isFocused: character === 'I' } };
    }
    if (parameters.startsWith('<')) return { length, event: mouseEvent(parameters, character) };
    return keyStep(length, keyOfCsi(parameters, character));
  }
  return undefined;
};

const readSs3 = (input: string): Step | undefined => {
  for (let i = 2; i < input.length; i++) {
    const character = input[i] ?? '';
    if (inRange(character, '0', ';')) continue;
    if (character < ' ') return { length: i };
    return keyStep(i + 1, keyOfSs3(input.slice(2, i), character));
  }
  return undefined;
};

/** DCS, OSC, SOS, PM and APC run to ST (or BEL): answers to questions, swallowed whole. */
const readString = (input: string): Step | undefined => {
  for (let i = 2; i < input.length; i++) {
    const character = input[i];
    if (character === '\x07') return { length: i + 1 };
    if (character === ESC) {
      if (i + 1 >= input.length) return undefined;
      return { length: input[i + 1] === '\\' ? i + 2 : i };
    }
  }
  return undefined;
};

const readOne = (input: string): Step | undefined => {
  if (input[0] !== ESC) {
    const character = String.fromCodePoint(input.codePointAt(0) ?? 0);
    return keyStep(character.length, keyOfCharacter(character));
  }
  const second = input[1];
  if (second === undefined) return undefined;
  if (second === '[') return readCsi(input);
  if (second === 'O') return readSs3(input);
  if ('P]X^_'.includes(second)) return readString(input);
  if (second === ESC) {
    // Esc before a sequence is how rxvt and PuTTY say Alt; before anything else it was the Esc key.
    const third = input[2];
    if (third === undefined) return undefined;
    if (third !== '[' && third !== 'O') return keyStep(1, plainKey('escape'));
    const step = readOne(input.slice(1));
    if (step === undefined) return undefined;
    const { event, length } = step;
    if (event === 'paste' || event?.type !== 'key') return keyStep(1, plainKey('escape'));
    return { length: length + 1, event: keyEvent({ ...event, alt: true }) };
  }
  const character = String.fromCodePoint(input.codePointAt(1) ?? 0);
  const key = keyOfCharacter(character);
  return keyStep(1 + character.length, key && { ...key, alt: true });
};

/** What an unfinished sequence meant when nothing came after it: keys typed by hand, or nothing. */
const settle = (input: string): readonly KeyEvent[] => {
  if (/^\x1b+$/.test(input)) return Array.from(input, () => keyEvent(plainKey('escape')));
  const character = input.slice(1);
  if (input.length !== 2) return [];
  return [keyEvent({ ...plainKey(character), alt: true })];
};

/**
 * A sequence too long to keep (a clipboard answer): still inside it, so that its rest is swallowed too.
 * The `?` makes an over-long CSI one that no key has.
 */
const forgetMiddle = (input: string): string =>
  `${input.slice(0, 2)}${input[1] === '[' ? '?' : ''}${input.endsWith(ESC) ? ESC : ''}`;

/**
 * The one reader of the keyboard: bytes from the terminal in, events out. Sequences may be split
 * anywhere over reads; unknown ones are swallowed whole, so that no answer of the terminal and no
 * exotic key ever counts as typed text.
 */
export const createKeyParser = ({ onEvent, setTimer = realTimer }: KeyParserOptions): KeyParser => {
  let decoder = new StringDecoder('utf8');
  let pending = '';
  /** The paste so far; undefined outside of one. */
  let paste: string | undefined;
  let cancelTimer: () => void = () => {};

  const endPaste = (): void => {
    const text = paste ?? '';
    paste = undefined;
    onEvent({ type: 'paste', text });
  };

  const takePaste = (): boolean => {
    const end = pending.indexOf(PASTE_END);
    // The end mark itself may be split: keep back what could be its beginning.
    const safe = end >= 0 ? end : Math.max(0, pending.length - PASTE_END.length + 1);
    paste = ((paste ?? '') + pending.slice(0, safe)).slice(0, MAX_PASTE);
    pending = pending.slice(end >= 0 ? end + PASTE_END.length : safe);
    if (end >= 0) endPaste();
    return end >= 0;
  };

  const onSilence = (): void => {
    const rest = pending;
    pending = '';
    if (paste !== undefined) {
      paste += rest;
      endPaste();
      return;
    }
    for (const event of settle(rest)) onEvent(event);
  };

  const delay = (): number => {
    if (paste !== undefined) return PASTE_DELAY_MS;
    return pending.length <= 2 ? ESCAPE_DELAY_MS : UNFINISHED_DELAY_MS;
  };

  const readAll = (): void => {
    while (pending !== '') {
      if (paste !== undefined) {
        if (!takePaste()) return;
        continue;
      }
      const step = readOne(pending);
      if (step === undefined) {
        if (pending.length > MAX_SEQUENCE) pending = forgetMiddle(pending);
        return;
      }
      pending = pending.slice(step.length);
      if (step.event === 'paste') paste = '';
      else if (step.event !== undefined) onEvent(step.event);
    }
  };

  return {
    feed(chunk) {
      cancelTimer();
      pending += typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk));
      readAll();
      if (pending !== '' || paste !== undefined) cancelTimer = setTimer(onSilence, delay());
    },
    reset() {
      cancelTimer();
      decoder = new StringDecoder('utf8');
      pending = '';
      paste = undefined;
    },
  };
};

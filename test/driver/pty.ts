import { constants } from 'node:os';
import { join } from 'node:path';
import nodePty from '@lydell/node-pty';
import { type Cell, cellsOf, createEmulator, historyOf, screenOf } from './emulator.ts';
import { encodeKey } from './encodeKey.ts';
import { createFrameGate } from './frames.ts';
import { withHome } from './homes.ts';
import { maskRows } from './masked.ts';
import { LIMIT_MS } from './until.ts';

export type PtyExit = { readonly code: number; readonly signal: NodeJS.Signals | undefined };

export type PtyOptions = {
  /** 80 and 24 by default. */
  readonly columns?: number;
  readonly rows?: number;
  readonly cwd?: string;
  /**
   * Over the test's own environment; undefined takes a variable away. XDG_CONFIG_HOME and XDG_STATE_HOME are folders of the
   * session's own, empty and gone with it: what a program finds again the next time a test gives it here.
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** See `createEmulator`. */
  readonly widths?: 'modern' | 'old';
  /** A link that carries so many bytes a second; absent: as many as come. */
  readonly bytesPerSecond?: number;
  /** Rows that are kept when they scroll out of sight; 0 by default. */
  readonly scrollback?: number;
  /** Characters of the output that `raw` keeps at least, the last ones: for programs that run for hours. All by default. */
  readonly keptOutput?: number;
};

/** `LIMIT_MS` by default. */
export type WaitOptions = { readonly timeoutMs?: number };

export type PtySession = {
  readonly pid: number;
  readonly exit: Promise<PtyExit>;
  /** The visible rows, blanks at their ends left out. */
  screen(): string[];
  /** The visible rows as one text. */
  text(): string;
  /** The same for the message of a test that fails: see `maskRows`. */
  shown(): string;
  /** As `text`, with what has scrolled out of sight; asks for `scrollback`. */
  history(): string;
  cells(): Cell[][];
  /** Everything the program wrote, escape sequences included. */
  raw(): string;
  /** Resolves as soon as the screen holds the text, or fulfils the predicate; looks at each change, never at half a frame. */
  waitFor(wanted: string | ((screen: string[]) => boolean), options?: WaitOptions): Promise<void>;
  /** Presses keys by name, one after the other: 'down', 'ctrl+l', '/'. */
  press(...keys: string[]): void;
  /** Sends text as typed, or any bytes. */
  type(text: string | Buffer): void;
  /** Sends text as a bracketed paste. */
  paste(text: string): void;
  resize(columns: number, rows: number): void;
  bufferType(): 'normal' | 'alternate';
  isCursorVisible(): boolean;
  /** Texts the program put on the clipboard by OSC 52, oldest first. */
  clipboard(): string[];
  kill(signal?: NodeJS.Signals): void;
};

/** Set by CI runners and test runners, and each changes what a terminal program draws. */
const UNWANTED = ['CI', 'CONTINUOUS_INTEGRATION', 'NO_COLOR', 'FORCE_COLOR', 'VITEST', 'NODE_ENV'];

const environment = (home: string, extra: PtyOptions['env'] = {}): Record<string, string> => {
  const merged: Record<string, string | undefined> = {
    ...process.env,
    ...Object.fromEntries(UNWANTED.map((name) => [name, undefined])),
    TERM: 'xterm-256color',
    COLORTERM: 'truecolor',
    LANG: 'C.UTF-8',
    // An agent that runs on this host is the operator's.
    TRIGON_AGENT_SOCKET: 'none',
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_STATE_HOME: join(home, 'state'),
    ...extra,
  };
  const set = Object.entries(merged).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return Object.fromEntries(set);
};

const signalName = (number: number | undefined): NodeJS.Signals | undefined => {
  if (number === undefined || number === 0) return undefined;
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  return found?.[0] as NodeJS.Signals | undefined;
};

/** Starts a command on a terminal of its own, and is the eyes and fingers of whoever sits there. */
export const startPty = (
  command: string,
  args: readonly string[],
  {
    columns = 80,
    rows = 24,
    cwd,
    env,
    widths = 'modern',
    scrollback = 0,
    bytesPerSecond,
    keptOutput = Number.POSITIVE_INFINITY,
  }: PtyOptions = {},
): PtySession => {
  const terminal = createEmulator({ columns, rows, widths, scrollback });
  const [child, home] = withHome((path) => {
    const variables = environment(path, env);
    return nodePty.spawn(command, [...args], {
      // node-pty makes this the TERM of the program, whatever its environment says.
      name: variables.TERM ?? 'xterm-256color',
      cols: columns,
      rows,
      cwd: cwd ?? process.cwd(),
      env: variables,
    });
  });
  /** Typed, or waited for. */
  const known = new Set<string>();
  const clips: string[] = [];
  const checks = new Set<() => void>();
  let written = '';
  /** Chunks that the emulator has not drawn yet: the screen is only looked at between them. */
  let undrawn = 0;
  let hasExited = false;
  let isCursorVisible = true;

  const lookAgain = (): void => {
    if (undrawn === 0) for (const check of [...checks]) check();
  };

  terminal.parser.registerOscHandler(52, (data) => {
    const encoded = data.slice(data.indexOf(';') + 1);
    clips.push(Buffer.from(encoded, 'base64').toString('utf8'));
    return true;
  });
  const watchCursor = (isShown: boolean) => (modes: (number | number[])[]) => {
    if (modes.includes(25)) isCursorVisible = isShown;
    return false;
  };
  terminal.parser.registerCsiHandler({ prefix: '?', final: 'h' }, watchCursor(true));
  terminal.parser.registerCsiHandler({ prefix: '?', final: 'l' }, watchCursor(false));
  // Answers to the program's questions (device attributes, cursor position).
  terminal.onData((answer) => child.write(answer));
  const frames = createFrameGate((data) => {
    undrawn++;
    terminal.write(data, () => {
      undrawn--;
      lookAgain();
    });
  });
  child.onData((data) => {
    written += data;
    if (written.length > 2 * keptOutput) written = written.slice(-keptOutput);
    if (bytesPerSecond !== undefined) {
      child.pause();
      setTimeout(() => child.resume(), (Buffer.byteLength(data) / bytesPerSecond) * 1000);
    }
    frames.push(data);
  });
  const exit = new Promise<PtyExit>((resolve) => {
    child.onExit(({ exitCode, signal }) => {
      // The last output may still be on its way into the emulator.
      frames.flush();
      terminal.write('', () => {
        home.remove();
        hasExited = true;
        resolve({ code: exitCode, signal: signalName(signal) });
        lookAgain();
      });
    });
  });

  const screen = (): string[] => screenOf(terminal);
  const shown = (): string => maskRows(screen(), known).join('\n');

  const waitFor: PtySession['waitFor'] = (wanted, { timeoutMs = LIMIT_MS } = {}) =>
    new Promise((resolve, reject) => {
      if (typeof wanted === 'string') known.add(wanted);
      const isThere =
        typeof wanted === 'string'
          ? () => screen().some((row) => row.includes(wanted))
          : () => wanted(screen());
      const stop = (): void => {
        clearTimeout(timer);
        checks.delete(check);
      };
      const fail = (why: string): void => {
        stop();
        const what = typeof wanted === 'string' ? JSON.stringify(wanted) : wanted.toString();
        reject(new Error(`${why} ${what}; the screen:\n${shown()}`));
      };
      const check = (): void => {
        if (isThere()) {
          stop();
          resolve();
        } else if (hasExited) {
          fail('the program ended before the screen showed');
        }
      };
      const timer = setTimeout(() => fail(`${timeoutMs} ms without`), timeoutMs);
      checks.add(check);
      if (undrawn === 0) check();
    });

  return {
    pid: child.pid,
    exit,
    screen,
    text: () => screen().join('\n'),
    shown,
    history: () => historyOf(terminal).join('\n'),
    cells: () => cellsOf(terminal),
    raw: () => written,
    waitFor,
    press: (...keys) => {
      for (const key of keys) child.write(encodeKey(key));
    },
    // Declared for strings only, but what is behind it is a socket.
    type: (text) => {
      known.add(text.toString());
      child.write(text as string);
    },
    paste: (text) => {
      known.add(text);
      child.write(`\x1b[200~${text}\x1b[201~`);
    },
    resize: (nextColumns, nextRows) => {
      terminal.resize(nextColumns, nextRows);
      child.resize(nextColumns, nextRows);
    },
    bufferType: () => terminal.buffer.active.type,
    isCursorVisible: () => isCursorVisible,
    clipboard: () => [...clips],
    kill: (signal = 'SIGTERM') => child.kill(signal),
  };
};

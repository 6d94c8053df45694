import { PassThrough, Writable } from 'node:stream';
import type { RenderOptions } from 'ink';

/** The part of a terminal stream that Ink reads besides `write`. */
type Terminal = { columns: number; rows: number; readonly isTTY: boolean };

export type InkSink = {
  /**
   * Options for Ink's `render`. Checked against Ink 8.0: `debug` makes it write each frame whole, at
   * once and without any cursor sequence; `interactive` must be set, or CI=true in the environment
   * stops it from laying out anew on resize; `patchConsole` and `exitOnCtrlC` would write to and end
   * what we own; the screen reader mode (also switched on by INK_SCREEN_READER) writes text, not frames.
   */
  readonly renderOptions: RenderOptions;
  /** New size in columns and rows: Ink lays out and hands over a new frame before this returns. */
  resize(columns: number, rows: number): void;
};

export type InkSinkOptions = {
  readonly columns: number;
  readonly rows: number;
  /** Gets each whole frame, lines joined by '\n'. Called inside React's commit: only store it there. */
  readonly onFrame: (frame: string) => void;
};

/**
 * Not a frame: the empty write by which Ink waits for the stream, its newline at the end, and mode
 * switches (`usePaste`, kitty keyboard), all of which begin with a private CSI sequence.
 */
const isFrame = (chunk: string): boolean =>
  chunk !== '' && chunk !== '\n' && !/^\x1b\[[?<=>]/.test(chunk);

/** A keyboard that never says anything: keys come from our own parser, not from Ink's `useInput`. */
const createSilentInput = (): NodeJS.ReadStream => {
  const input = new PassThrough();
  const inert = Object.assign(input, {
    isTTY: true,
    isRaw: false,
    fd: -1,
    setRawMode: () => inert,
    ref: () => inert,
    unref: () => inert,
  });
  return inert as unknown as NodeJS.ReadStream;
};

/**
 * A stand-in for the terminal that Ink draws on. Nothing of Ink reaches the real one: its frames go
 * to the compositor, its input, error stream and mode switches go nowhere.
 */
export const createInkSink = ({ columns, rows, onFrame }: InkSinkOptions): InkSink => {
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      const text = chunk.toString();
      if (isFrame(text)) onFrame(text);
      done();
    },
  });
  const terminal: Terminal = { columns, rows, isTTY: true };
  const stdout = Object.assign(stream, terminal);
  const stderr = new Writable({ write: (_chunk, _encoding, done) => done() });
  return {
    renderOptions: {
      stdout: stdout as unknown as NodeJS.WriteStream,
      stdin: createSilentInput(),
      stderr: stderr as unknown as NodeJS.WriteStream,
      debug: true,
      interactive: true,
      patchConsole: false,
      exitOnCtrlC: false,
      isScreenReaderEnabled: false,
    },
    resize(nextColumns, nextRows) {
      stdout.columns = nextColumns;
      stdout.rows = nextRows;
      stream.emit('resize');
    },
  };
};

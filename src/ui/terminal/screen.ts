import type { ReadStream, WriteStream } from 'node:tty';
import type { SetTimer } from './keys.ts';
import {
  ENTER_SEQUENCE,
  FOCUS_SEQUENCE,
  MOUSE_OFF_SEQUENCE,
  MOUSE_SEQUENCE,
  RESTORE_SEQUENCE,
} from './sequences.mjs';
import { createTtyWriter } from './ttyWriter.ts';

export { RESTORE_SEQUENCE } from './sequences.mjs';

/** Terminal size in character cells. */
export type Size = { readonly columns: number; readonly rows: number };

export type Screen = {
  /** Takes the terminal over and starts reading keys; restores it on any exit of the process. */
  enter(): void;
  /** Gives the terminal back. Synchronous, any number of times, each step whatever became of the others. */
  leave(): void;
  readonly isEntered: () => boolean;
  size(): Size;
  /** Whether the terminal reports clicks and the wheel, which takes text selection away from it. */
  readonly mouse: { isOn(): boolean; set(isOn: boolean): void };
  /** Writes without waiting; false when the terminal is behind (then ask `canWrite`, or `onDrain`). */
  write(data: string): boolean;
  canWrite(): boolean;
  onDrain(listener: () => void): () => void;
  /** Raw bytes of the keyboard, for the key parser. */
  onInput(listener: (chunk: Uint8Array) => void): () => void;
  /** The last of a burst of size changes. */
  onResize(listener: (size: Size) => void): () => void;
  /** The screen's content is unknown (after a suspension): everything must be painted anew. */
  onRepaint(listener: () => void): () => void;
  /** Ctrl-Z: gives the terminal back and stops the job; comes back by itself when it is continued. */
  suspend(): void;
};

export type ScreenOptions = {
  readonly input?: ReadStream | undefined;
  readonly output?: WriteStream & { readonly fd: number };
  /** Asks for mouse reports, which takes text selection away from the terminal. */
  readonly mouse?: boolean;
  readonly focus?: boolean;
  /** Lines are only ever appended: nothing is taken over but the keyboard, and no sequence is written. */
  readonly isPlain?: boolean;
  /**
   * What `suspend` stops: 0 for the whole foreground job, guardian included, as the terminal's own
   * Ctrl-Z does; or a process id.
   */
  readonly suspendTarget?: number;
  readonly setTimer?: SetTimer;
};

/** A window dragged by the mouse sends dozens of sizes; only the one it stays at is worth a repaint. */
const RESIZE_SETTLE_MS = 40;
/**
 * A job that nobody could continue (its shell is gone) is not stopped by SIGTSTP at all: then no
 * SIGCONT comes, and after this the screen is taken back anyway.
 */
const STOP_CHECK_MS = 200;

const realTimer: SetTimer = (run, milliseconds) => {
  const timer = setTimeout(run, milliseconds);
  return () => clearTimeout(timer);
};

const attempt = (step: () => unknown): void => {
  try {
    step();
  } catch {
    // On the way out each step stands alone: the terminal may be gone, the rest must still be tried.
  }
};

const createListeners = <Args extends readonly unknown[]>() => {
  const listeners = new Set<(...args: Args) => void>();
  return {
    add: (listener: (...args: Args) => void) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    emit: (...args: Args) => {
      for (const listener of [...listeners]) listener(...args);
    },
  };
};

/** The owner of the real terminal: nothing else in the program writes to it or changes its modes. */
export const createScreen = ({
  input = process.stdin,
  output = process.stdout,
  mouse = false,
  focus = false,
  isPlain = false,
  suspendTarget = 0,
  setTimer = realTimer,
}: ScreenOptions = {}): Screen => {
  const writer = createTtyWriter({ fd: output.fd, setTimer });
  const inputs = createListeners<[Uint8Array]>();
  const resizes = createListeners<[Size]>();
  const repaints = createListeners<[]>();
  let hasMouse = mouse;
  let isEntered = false;
  let isSuspended = false;
  let cancelResize: () => void = () => {};
  let cancelStopCheck: () => void = () => {};

  const size = (): Size => ({ columns: output.columns || 80, rows: output.rows || 24 });

  const onData = (chunk: Uint8Array): void => inputs.emit(chunk);
  const onWindowChange = (): void => {
    cancelResize();
    cancelResize = setTimer(() => resizes.emit(size()), RESIZE_SETTLE_MS);
  };

  const takeTerminal = (): void => {
    isEntered = true;
    input.setRawMode(true);
    if (!isPlain)
      writer.writeNow(
        ENTER_SEQUENCE + (hasMouse ? MOUSE_SEQUENCE : '') + (focus ? FOCUS_SEQUENCE : ''),
      );
    // A stopped job gets no SIGWINCH, and Node asks for the size on nothing else.
    process.kill(process.pid, 'SIGWINCH');
  };

  const giveTerminalBack = (): void => {
    isEntered = false;
    if (!isPlain) attempt(() => writer.writeNow(RESTORE_SEQUENCE));
    attempt(() => input.setRawMode(false));
  };

  const resume = (): void => {
    cancelStopCheck();
    if (isSuspended) {
      isSuspended = false;
      process.on('SIGTSTP', suspend);
      // What was typed for the shell meanwhile is not for us, and its size may have changed.
      input.resume();
    } else if (isEntered) {
      // Stopped without a word (SIGSTOP). The shell has reset the modes, but Node still believes in
      // raw mode and would do nothing.
      input.setRawMode(false);
    } else {
      return;
    }
    takeTerminal();
    repaints.emit();
  };

  const suspend = (): void => {
    if (!isEntered) return;
    isSuspended = true;
    giveTerminalBack();
    input.pause();
    process.off('SIGTSTP', suspend);
    cancelStopCheck = setTimer(resume, STOP_CHECK_MS);
    process.kill(suspendTarget, 'SIGTSTP');
  };

  const leave = (): void => {
    cancelResize();
    cancelStopCheck();
    const wasOurs = isEntered || isSuspended;
    if (isEntered) giveTerminalBack();
    isSuspended = false;
    if (!wasOurs) return;
    attempt(() => input.off('data', onData));
    attempt(() => input.pause());
    output.off('resize', onWindowChange);
    process.off('SIGTSTP', suspend);
    process.off('SIGCONT', resume);
    process.off('exit', leave);
    process.off('uncaughtExceptionMonitor', leave);
  };

  return {
    enter() {
      if (isEntered || isSuspended) return;
      takeTerminal();
      input.on('data', onData);
      input.resume();
      output.on('resize', onWindowChange);
      process.on('SIGTSTP', suspend);
      process.on('SIGCONT', resume);
      process.on('exit', leave);
      // Before Node prints the error, which would be lost with the alternate screen.
      process.on('uncaughtExceptionMonitor', leave);
    },
    leave,
    isEntered: () => isEntered,
    size,
    mouse: {
      isOn: () => hasMouse,
      set(isOn) {
        if (isOn === hasMouse || isPlain) return;
        hasMouse = isOn;
        if (isEntered) writer.write(isOn ? MOUSE_SEQUENCE : MOUSE_OFF_SEQUENCE);
      },
    },
    write: (data) => (isEntered ? writer.write(data) : true),
    canWrite: () => isEntered && writer.canWrite(),
    onDrain: writer.onDrain,
    onInput: inputs.add,
    onResize: resizes.add,
    onRepaint: repaints.add,
    suspend,
  };
};

/** The signals that ask a terminal program to end. SIGKILL is the guardian's business. */
const ENDING_SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGTERM: 15 } as const;
export type EndingSignal = keyof typeof ENDING_SIGNALS;

/**
 * Restores the terminal when a signal ends the program, then calls `onSignal`, or exits with the
 * shell's code for that signal. Without such handlers Ink's own (signal-exit) would end the process
 * without running any 'exit' listener of ours. Returns how to take the handlers away.
 */
export const leaveOnSignals = (
  screen: Pick<Screen, 'leave'>,
  onSignal: (signal: EndingSignal) => void = (signal) => process.exit(128 + ENDING_SIGNALS[signal]),
): (() => void) => {
  const handle = (signal: NodeJS.Signals): void => {
    screen.leave();
    onSignal(signal as EndingSignal);
  };
  const signals = Object.keys(ENDING_SIGNALS) as EndingSignal[];
  for (const signal of signals) process.on(signal, handle);
  return () => {
    for (const signal of signals) process.off(signal, handle);
  };
};

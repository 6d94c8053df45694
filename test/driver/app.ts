import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type CommandId, keyOf } from '../../src/ui/commands.ts';
import { descendants } from './descendants.ts';
import { type PtyOptions, type PtySession, startPty } from './pty.ts';
import { LIMIT_MS, START_LIMIT_MS, until } from './until.ts';

export const LAUNCHER = fileURLToPath(new URL('../../bin/trigon.mjs', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../../dist/trigon.mjs', import.meta.url));

/** What the program calls itself. */
const TITLE = 'trigon';

/** What the shell below the program says once it is gone. */
export type Report = {
  /** As the shell's `$?`. */
  readonly code: number;
  /** The words of `stty -a`. */
  readonly modes: readonly string[];
  /** All that was written after the alternate screen was left for the last time. */
  readonly afterwards: string;
};

/** The real program on a terminal, used through its keys. */
export type AppSession = PtySession & {
  /** Presses the key of a command, as the command table has it. */
  command(...ids: CommandId[]): void;
  /** Resolves when the text is on the screen; more patient than `waitFor`. */
  waitForText(text: string): Promise<void>;
  /** Resolves when the text is not on the screen any more. */
  waitForNoText(text: string): Promise<void>;
  /** Types text in pieces that the program can tell from a paste, then Enter. */
  enter(text: string): void;
  /** The process with the screen and the agent. */
  appPid(): number;
  /** The launcher, its parent. */
  guardianPid(): number;
  /** Quits by key; the code is the launcher's. */
  quit(): Promise<number>;
  /** What the shell says when the program has ended; only for a program under a shell, which waits until it is asked. */
  report(): Promise<Report>;
};

export type AppOptions = PtyOptions & {
  /** Runs the program below a shell, which then reports exit code and terminal modes. */
  readonly underShell?: boolean;
  /** Runs dist/trigon.mjs itself, without its guardian. */
  readonly unguarded?: boolean;
  /** Text that shows that it is up; 'live' by default. */
  readonly ready?: string;
};

const END = 'END-OF-REPORT';

/** Starts the program and waits until it is live. */
export async function startApp(
  args: readonly string[] = [],
  { underShell = false, unguarded = false, ready = 'live', ...pty }: AppOptions = {},
): Promise<AppSession> {
  const program = [process.execPath, unguarded ? PROGRAM : LAUNCHER, ...args];
  const shellLine = `${program.map(quoted).join(' ')}; echo "EXIT=$?"; read word; test "$word" = reset && reset; stty -a; echo ${END}; read word`;
  const session = underShell
    ? startPty('/bin/sh', ['-c', shellLine], pty)
    : startPty(program[0] ?? '', program.slice(1), pty);
  try {
    await session.waitFor(ready, { timeoutMs: START_LIMIT_MS });
  } catch (error) {
    session.kill('SIGKILL');
    throw error;
  }
  return appSession(session);
}

/** The driver's words for a program that is already running in a session, below a shell for example. */
export function appSession(session: PtySession): AppSession {
  const findPid = (what: string, isIt: (words: string[]) => boolean): number => {
    const pids = [session.pid, ...descendants(session.pid)];
    const pid = pids.find((candidate) => isIt(commandLine(candidate)));
    if (pid === undefined) throw new Error(`no ${what} runs below ${session.pid}`);
    return pid;
  };

  return {
    ...session,
    command(...ids) {
      for (const key of ids.map(keyOf)) {
        // A byte behind a lone ESC would make Alt of it; kitty's code for Esc is clear in itself.
        if (key === 'escape') session.type('\x1b[27u');
        else session.press(key);
      }
    },
    waitForText: (text) => session.waitFor(text, { timeoutMs: LIMIT_MS }),
    waitForNoText: (text) =>
      session.waitFor((screen) => !screen.some((row) => row.includes(text)), {
        timeoutMs: LIMIT_MS,
      }),
    enter(text) {
      session.type(text);
      session.press('enter');
    },
    appPid: () => findPid('program', ([name]) => name === TITLE),
    guardianPid: () => findPid('guardian', ([, script]) => script === LAUNCHER),
    async quit() {
      session.press(keyOf('app.quit'));
      return (await session.exit).code;
    },
    async report() {
      await until(() => session.raw().includes('EXIT='));
      // A line end that is one in raw mode too.
      session.type('\n');
      const whole = () => /EXIT=(\d+)\r?\n([\s\S]*)END-OF-REPORT/.exec(session.raw());
      const found = await until(whole);
      if (!found) throw new Error(`no report in ${JSON.stringify(session.raw().slice(-2000))}`);
      const raw = session.raw();
      return {
        code: Number(found[1]),
        modes: String(found[2]).split(/[\s;]+/),
        afterwards: raw.slice(raw.lastIndexOf('\x1b[?1049l')),
      };
    },
  };
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // it ended meanwhile
  }
}

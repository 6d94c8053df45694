/** The launcher as guardian: however the program ends, the terminal is as it was. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type IPty, spawn } from '@lydell/node-pty';
import { afterEach, describe, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const launcher = path.join(root, 'bin/trigon.mjs');
const fixture = path.join(import.meta.dirname, 'fixtures/guarded.mjs');
const env = { ...process.env, TRIGON_MAIN: fixture, TERM: 'xterm-256color', PS1: '$ ' };

/** Collects what a program in a pty writes, and waits for parts of it. */
class Terminal {
  output = '';
  readonly pty: IPty;

  constructor(program: string, ...args: string[]) {
    this.pty = spawn(program, args, { env, cwd: root, cols: 120, rows: 30 });
    this.pty.onData((data) => {
      this.output += data;
    });
  }

  async waitFor(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    const deadline = Date.now() + 20_000;
    for (;;) {
      const match = pattern.exec(this.output.slice(from));
      if (match !== null) return match;
      if (Date.now() > deadline) throw new Error(`no ${pattern} in ${JSON.stringify(this.output)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** The pids of the program and its guardian, once the program has taken the screen. */
  async pids(): Promise<{ program: number; guardian: number }> {
    const [, program, guardian] = await this.waitFor(/READY pid=(\d+) guardian=(\d+)/);
    return { program: Number(program), guardian: Number(guardian) };
  }
}

let terminal: Terminal | undefined;

/** Runs the launcher under a shell that then reports the exit code and the terminal's modes. */
function launch(...args: string[]): Terminal {
  const command = `"${process.execPath}" "${launcher}" ${args.join(' ')}; echo "EXIT=$?"; stty -a; echo END-OF-REPORT`;
  terminal = new Terminal('/bin/sh', '-c', command);
  return terminal;
}

/** The parts of the restore sequence that matter, in the bytes written after the program's last word. */
const restored = [
  '\x1b[?2026l',
  ...['\x1b[?1000l', '\x1b[?1002l', '\x1b[?1003l', '\x1b[?1006l', '\x1b[?1004l', '\x1b[?2004l'],
  ...['\x1b[<u', '\x1b[?25h', '\x1b[?1049l'],
];

async function report(of: Terminal): Promise<{ code: number; words: string[] }> {
  await of.waitFor(/END-OF-REPORT/);
  const [, code, modes] = await of.waitFor(/EXIT=(\d+)([\s\S]*)END-OF-REPORT/);
  return { code: Number(code), words: String(modes).split(/[\s;]+/) };
}

function expectSane(words: string[]): void {
  expect(words).toEqual(expect.arrayContaining(['icanon', 'echo', 'isig', 'onlcr', 'icrnl']));
}

afterEach(() => {
  terminal?.pty.kill('SIGKILL');
  terminal = undefined;
});

describe('a program that dies by a signal', () => {
  test.each([
    ['SIGKILL', 137],
    ['SIGTERM', 143],
    ['SIGSEGV', 139],
    ['SIGABRT', 134],
  ])('%s sent from outside: screen and modes are restored, exit code %i', async (signal, code) => {
    const run = launch('wait');
    const { program } = await run.pids();
    process.kill(program, signal);
    const result = await report(run);
    expect(result.code).toBe(code);
    expectSane(result.words);
    const tail = run.output.slice(run.output.indexOf('READY'));
    for (const part of restored) expect(tail).toContain(part);
    expect(tail).toContain(
      `trigon: killed by ${signal}; the terminal is restored; nothing stays armed`,
    );
    expect(tail.indexOf('killed by')).toBeGreaterThan(tail.lastIndexOf('\x1b[?1049l'));
  });

  test('SIGKILL by itself at once: the message that it took the screen is not lost', async () => {
    const run = launch('signal', 'SIGKILL');
    const result = await report(run);
    expect(result.code).toBe(137);
    expectSane(result.words);
    expect(run.output).toContain('\x1b[?1049l');
  });
});

describe('a program that ends by itself', () => {
  test('an exception while it has the screen', async () => {
    const run = launch('throw');
    const result = await report(run);
    expect(result.code).toBe(1);
    expectSane(result.words);
    for (const part of restored) expect(run.output).toContain(part);
    expect(run.output).toContain('trigon: ended unexpectedly (exit code 1)');
  });

  test('the reason it told is shown after the screen is left, without control characters', async () => {
    const run = launch('crash');
    const result = await report(run);
    expect(result.code).toBe(1);
    const tail = run.output.slice(run.output.lastIndexOf('\x1b[?1049l'));
    expect(tail).toContain('Error: told[31m why');
  });

  test('exit code 3 after leaving the screen: passed on, nothing more is written', async () => {
    const run = launch('exit', '3');
    const result = await report(run);
    expect(result.code).toBe(3);
    expectSane(result.words);
    expect(run.output).not.toContain('trigon:');
    expect(run.output.split('\x1b[?1049l')).toHaveLength(2);
  });
});

describe('signals to the guardian', () => {
  test('SIGTERM is forwarded; the program ends in its own way', async () => {
    const run = launch('polite');
    const { guardian } = await run.pids();
    process.kill(guardian, 'SIGTERM');
    const result = await report(run);
    expect(result.code).toBe(0);
    expectSane(result.words);
  });

  test('a program that ignores SIGTERM is killed after 5 seconds', async () => {
    const run = launch('deaf');
    const { guardian } = await run.pids();
    const started = Date.now();
    process.kill(guardian, 'SIGTERM');
    await run.waitFor(/DEAF/);
    const result = await report(run);
    expect(result.code).toBe(137);
    expect(Date.now() - started).toBeGreaterThan(4500);
    expect(Date.now() - started).toBeLessThan(20_000);
  });

  test('Ctrl-C in cooked mode: one signal from the terminal, the guardian only tells of its own', async () => {
    const run = launch('plain');
    const { program } = await run.pids();
    run.pty.write('\x03');
    await run.waitFor(/TOLD-SIGINT/);
    await run.waitFor(/GOT-SIGINT/);
    expect(run.output.match(/GOT-SIGINT/g)).toHaveLength(1);
    process.kill(program, 'SIGKILL');
  });

  test('when the guardian is killed the program notices', async () => {
    const run = launch('wait');
    const { guardian } = await run.pids();
    process.kill(guardian, 'SIGKILL');
    await run.waitFor(/ORPHANED/);
  });
});

describe('job control', () => {
  test('Ctrl-Z gives the shell a sane terminal; fg brings the program back', async () => {
    terminal = new Terminal('/bin/bash', '--norc', '-i');
    terminal.pty.write(`"${process.execPath}" "${launcher}" wait\r`);
    const { program } = await terminal.pids();
    terminal.pty.write('\x1a');
    await terminal.waitFor(/Stopped/);
    const stopped = terminal.output.length;
    expect(fs.readFileSync(`/proc/${program}/stat`, 'utf8')).toMatch(/\) T /);
    // Readline sets its own modes at the prompt: ask from within a command.
    terminal.pty.write('stty -a; echo END-OF-"MODES"\r');
    const [modes] = await terminal.waitFor(/[\s\S]*END-OF-MODES/, stopped);
    expectSane(modes.split(/[\s;]+/));
    terminal.pty.write('fg\r');
    await terminal.waitFor(/RESUMED/, stopped);
    process.kill(program, 'SIGKILL');
    await terminal.waitFor(/killed by SIGKILL/, stopped);
  });

  test('where nobody could continue the job it goes on at once', async () => {
    // The launcher is the session leader: its process group is orphaned.
    terminal = new Terminal(process.execPath, launcher, 'wait');
    await terminal.pids();
    const before = terminal.output.length;
    terminal.pty.write('\x1a');
    await terminal.waitFor(/RESUMED/, before);
  });
});

describe('starting', () => {
  test('arguments and NODE_ENV reach the program', async () => {
    const run = launch('wait', '--one', 'two');
    await run.waitFor(/env=production args=wait,--one,two/);
  });

  test('a folder that is not set up: one line with the remedy, exit code 1', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'trigon-bare-'));
    try {
      fs.mkdirSync(path.join(folder, 'bin'));
      fs.copyFileSync(launcher, path.join(folder, 'bin/trigon.mjs'));
      // What it imports is part of the source, so it is there before anything is set up.
      const imported = 'src/ui/terminal/sequences.mjs';
      fs.mkdirSync(path.join(folder, path.dirname(imported)), { recursive: true });
      fs.copyFileSync(path.join(root, imported), path.join(folder, imported));
      const run = spawnSync(process.execPath, [path.join(folder, 'bin/trigon.mjs')], {
        encoding: 'utf8',
      });
      expect(run.status).toBe(1);
      expect(run.stdout).toBe('');
      expect(run.stderr).toMatch(
        /^trigon: not set up yet \(.*\)\. Run once: npm start --prefix .*\n$/,
      );
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  test('without a terminal: output and exit code are just passed on', () => {
    const program = path.join(os.tmpdir(), `trigon-plain-${process.pid}.mjs`);
    fs.writeFileSync(program, 'console.log("out"); console.error("err"); process.exitCode = 7;');
    try {
      const run = spawnSync(process.execPath, [launcher], {
        encoding: 'utf8',
        env: { ...env, TRIGON_MAIN: program },
      });
      expect([run.status, run.stdout, run.stderr]).toEqual([7, 'out\n', 'err\n']);
    } finally {
      fs.rmSync(program);
    }
  });
});

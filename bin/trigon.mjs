#!/usr/bin/env node
/**
 * The launcher and guardian. It starts dist/trigon.mjs on the pinned Node (never on whatever `node`
 * PATH has) and stays as its parent, holding the terminal's saved state: when the program ends in any
 * way, kill -9 included, screen and modes are put back. Plain ES2022 on Node >= 18, and it touches the
 * terminal only through stty and plain writes: Node's own tty handles would change its modes.
 *
 * Between guardian and program, over the IPC channel:
 *   program → { type: 'screen', on }      it has taken (left) the screen: before the first, after the last byte
 *   program → { type: 'crash', text }     why it is about to die; shown once the screen is restored
 *   program → { type: 'suspend' }         Ctrl-Z, after leaving the screen: stop the whole job
 *   guardian → { type: 'resume' }         the job runs again: take the terminal again (if it was
 *                                         left) and draw everything. May come twice
 *   guardian → { type: 'signal', signal } the guardian got SIGINT or SIGQUIT while in the foreground, where the
 *                                         terminal sends them to the whole job: act on it unless the same
 *                                         signal came in the last second
 * SIGTERM and SIGHUP are forwarded as signals (on a hang-up the program may so see SIGHUP twice).
 * When the guardian itself is killed the program sees 'disconnect' on the channel: it must then leave
 * the screen, disarm and end; nobody else can. A program that listens on the channel must also call
 * process.channel.unref(), or the channel keeps it alive when its work is done.
 */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import tty from 'node:tty';
import { fileURLToPath } from 'node:url';
import { RESTORE_SEQUENCE } from '../src/ui/terminal/sequences.mjs';

/** How long the program may take to end after SIGTERM or SIGHUP. */
const patience = 5000;

const root = path.resolve(path.dirname(fs.realpathSync(fileURLToPath(import.meta.url))), '..');
/** A folder below a device is none on disk: our files lie in the executable that is running (docs/packaging.md). */
const isPackaged = root.startsWith('/dev/null/');
const node = isPackaged
  ? process.execPath
  : path.join(root, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node');
// Tests put a small program in the place of the real one.
const main = process.env.TRIGON_MAIN || path.join(root, 'dist', 'trigon.mjs');

let screenIsOn = false;
let crashText;

function printLine(text) {
  write(2, `trigon: ${text}\n`);
}

/** Writes all of it, now; a terminal that is gone or stuck must not keep us. */
function write(fd, text) {
  let rest = Buffer.from(text);
  for (let tries = 0; rest.length > 0 && tries < 200; tries++) {
    try {
      rest = rest.subarray(fs.writeSync(fd, rest));
    } catch (error) {
      if (error.code !== 'EAGAIN') return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** The state of the terminal on stdin in stty's own notation; undefined when stdin isn't one. */
function terminalState() {
  if (!tty.isatty(0)) return undefined;
  const result = spawnSync('stty', ['-g'], { stdio: [0, 'pipe', 'ignore'], encoding: 'utf8' });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

/** Is our job the terminal's foreground job? In the background the terminal is the shell's, not ours. */
function inForeground() {
  try {
    const stat = fs.readFileSync('/proc/self/stat', 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[2] === fields[5];
  } catch {
    return false;
  }
}

/** Leaves the screen where the program didn't, and sets the saved modes if they have changed. */
function restoreTerminal(savedState) {
  const foreground = inForeground();
  if (screenIsOn && foreground) {
    const screen = [1, 2].find((fd) => tty.isatty(fd));
    if (screen !== undefined) write(screen, RESTORE_SEQUENCE);
  }
  screenIsOn = false;
  if (!foreground || savedState === undefined || terminalState() === savedState) return;
  spawnSync('stty', [savedState], { stdio: [0, 'ignore', 'ignore'] });
}

/** A folder for V8's compiled code, which makes later starts faster; only where we may write. */
function compileCache() {
  if (process.env.NODE_COMPILE_CACHE !== undefined || (isPackaged && process.geteuid() !== 0))
    return {};
  const folder = isPackaged
    ? '/var/cache/trigon'
    : path.join(root, 'node_modules', '.cache', 'trigon');
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    fs.accessSync(folder, fs.constants.W_OK);
    // What stands there is run as code: where nobody else can write, and root's own when root runs it.
    const { uid, mode } = fs.lstatSync(folder);
    if (isPackaged && (uid !== 0 || (mode & 0o077) !== 0)) return {};
    return { NODE_COMPILE_CACHE: folder };
  } catch {
    return {};
  }
}

/**
 * Young objects of two threads: V8's own choice, 16 MB, would be a good part of all our memory (measured: 26 MB less). Old ones: of its own
 * accord V8 lets a heap grow to a multiple of what is alive before it collects; half as much again is 100 MB less, and a tenth of the
 * swings, in a soak, for some 7 % more processor time there. The executable has them in itself.
 */
const NODE_OPTIONS = isPackaged ? [] : ['--max-semi-space-size=4', '--heap-growing-percent=50'];

/**
 * For glibc's malloc (mallopt(3)): two heaps for all threads, and what is free at their ends goes back to the kernel. What the start
 * takes for the kernel's types, and batches of events, is freed soon (measured: 15 MB less after the start, 24 after a million events).
 */
const MALLOC = { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '131072' };

function start() {
  for (const file of [node, main]) {
    if (fs.existsSync(file)) continue;
    printLine(`not set up yet (${file} is missing). Run once: npm start --prefix ${root}`);
    process.exit(1);
  }
  return spawn(node, [...NODE_OPTIONS, main, ...process.argv.slice(2)], {
    stdio: [0, 1, 2, 'ipc'],
    env: { ...MALLOC, ...process.env, ...compileCache(), NODE_ENV: 'production' },
  });
}

/** Sends to the program; it may be gone already, which 'exit' will tell. */
function tell(child, message) {
  if (child.connected) child.send(message, () => {});
}

/**
 * Stops the whole job, as Ctrl-Z does. The program is stopped by SIGSTOP, which it cannot miss; the
 * rest of the job by SIGTSTP, which the kernel ignores where no shell could ever continue it (a
 * container's first process, a tmux window of its own): we then go on at once. The timer cannot fire
 * while we are stopped.
 */
function suspend(child, savedState) {
  restoreTerminal(savedState);
  child.kill('SIGSTOP');
  process.kill(0, 'SIGTSTP');
  setTimeout(() => resume(child), 50);
}

function resume(child) {
  child.kill('SIGCONT');
  tell(child, { type: 'resume' });
}

function onMessage(child, savedState, message) {
  if (message?.type === 'screen') screenIsOn = message.on === true;
  else if (message?.type === 'crash') crashText = String(message.text);
  else if (message?.type === 'suspend') suspend(child, savedState);
}

function forwardSignals(child) {
  for (const signal of ['SIGINT', 'SIGQUIT']) {
    process.on(signal, () => {
      if (inForeground()) tell(child, { type: 'signal', signal });
      else child.kill(signal);
    });
  }
  for (const signal of ['SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      child.kill(signal);
      setTimeout(() => child.kill('SIGKILL'), patience).unref();
    });
  }
  process.on('SIGCONT', () => resume(child));
}

/** The text may quote events: no control characters but line ends and tabs. */
const printable = (text) => text.replace(/[^\P{Cc}\n\t]/gu, '').trimEnd();

/** The program has ended: put the terminal back, say so if it didn't end by itself, pass on its result. */
function finish(code, signal, savedState) {
  const crashed = screenIsOn || crashText !== undefined;
  restoreTerminal(savedState);
  if (crashText !== undefined) write(2, `${printable(crashText)}\n`);
  const ending = 'the terminal is restored; nothing stays armed';
  if (signal !== null) printLine(`killed by ${signal}; ${ending}`);
  else if (crashed) printLine(`ended unexpectedly (exit code ${code}); ${ending}`);
  process.exit(signal === null ? code : 128 + constants.signals[signal]);
}

function guard() {
  const savedState = terminalState();
  const child = start();
  let result;
  // Its last messages may still lie in the channel when it exits: wait for the channel's end as well.
  const end = () => {
    if (result !== undefined && !child.connected) finish(...result, savedState);
  };
  child.on('message', (message) => onMessage(child, savedState, message));
  child.on('disconnect', end);
  child.on('exit', (code, signal) => {
    result = [code, signal];
    end();
    setTimeout(() => finish(code, signal, savedState), 500);
  });
  child.on('error', (error) => {
    if (child.pid !== undefined) return;
    printLine(`${node} does not start (${error.code}). Delete node_modules and run npm start`);
    process.exit(1);
  });
  forwardSignals(child);
}

guard();

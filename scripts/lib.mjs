/**
 * What the set-up and build scripts share: where things are, how to speak, and a lock.
 * Plain ES2022 on Node built-ins: it runs on the system's Node (>= 18), before anything is installed.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Per architecture: Debian's multiarch folder and the name libbpf's headers want. */
const architectures = {
  x64: { multiarch: 'x86_64-linux-gnu', bpfTarget: 'x86' },
  arm64: { multiarch: 'aarch64-linux-gnu', bpfTarget: 'arm64' },
};

export const architecture = architectures[process.arch];

export const pinnedNodeFolder = path.join(root, 'node_modules', `node-linux-${process.arch}`);
export const pinnedNode = path.join(pinnedNodeFolder, 'bin', 'node');

/** stdout belongs to the program (`npm start -- events -o json > file`), so scripts speak on stderr. */
export function say(text) {
  process.stderr.write(`trigon setup: ${text}\n`);
}

/** An error the user can act on: shown without a stack trace. */
export class UserError extends Error {}

/** Runs main; an expected failure becomes its message and exit code 1. */
export async function runMain(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}

export function hashOf(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) {
    hash.update(part);
    hash.update('\0');
  }
  return hash.digest('hex');
}

/** A file's text, or undefined when it isn't there. */
export function readIfThere(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Writes through a temporary file, so that a reader never sees half of it. */
export function writeWhole(file, text) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  fs.writeFileSync(temporary, text);
  fs.renameSync(temporary, file);
}

/** The first of the names that is an executable file on PATH. */
export function findProgram(...names) {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  for (const name of names) {
    for (const folder of folders) {
      const file = path.join(folder, name);
      if (folder !== '' && isExecutable(file)) return file;
    }
  }
  return undefined;
}

function isExecutable(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

/** When a process started, in clock ticks: with the pid it names a process for good. */
function startTime(pid) {
  const stat = readIfThere(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function isHeld(holder) {
  const [pid, started] = holder.trim().split(' ');
  return started !== undefined && startTime(pid) === started;
}

function sleep(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Takes away the lock of a process that has died; puts it back when a live one was quicker. */
function breakStaleLock(file) {
  const aside = `${file}.stale.${process.pid}`;
  try {
    fs.renameSync(file, aside);
    const holder = readIfThere(aside) ?? '';
    if (isHeld(holder)) fs.linkSync(aside, file);
    fs.rmSync(aside, { force: true });
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  }
}

/**
 * Waits for the one lock of this folder; gives the function that frees it. The lock is a file with
 * the holder's pid and start time, made by link(2) so that it is never seen empty; the lock of a
 * process that no longer runs does not count.
 */
export function takeLock() {
  const file = path.join(root, 'build', '.lock');
  const mine = `${file}.${process.pid}`;
  makeFolder(path.dirname(file));
  fs.writeFileSync(mine, `${process.pid} ${startTime(process.pid)}\n`);
  const deadline = Date.now() + 15 * 60_000;
  let told = false;
  try {
    for (;;) {
      if (tryLink(mine, file)) return () => fs.rmSync(file, { force: true });
      const holder = readIfThere(file);
      if (holder === undefined) continue;
      if (!isHeld(holder)) {
        breakStaleLock(file);
        continue;
      }
      const pid = holder.split(' ')[0];
      if (!told) say(`waiting for another set-up of this folder (process ${pid})`);
      told = true;
      if (Date.now() > deadline) {
        throw new UserError(`process ${pid} has been setting up for 15 minutes: end it and retry`);
      }
      sleep(100);
    }
  } finally {
    fs.rmSync(mine, { force: true });
  }
}

function tryLink(from, to) {
  try {
    fs.linkSync(from, to);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function makeFolder(folder) {
  try {
    fs.mkdirSync(folder, { recursive: true });
    fs.accessSync(folder, fs.constants.W_OK);
  } catch (error) {
    throw new UserError(
      `cannot write to ${folder} (${error.code}): run this as the owner of ${root}, or as root`,
    );
  }
}

/** Where packaging keeps what it makes, and how it runs tools. All of it below build/package, which is nobody else's. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root, UserError } from '../lib.mjs';

export const inRoot = (...parts) => path.join(root, ...parts);

/** Half-made things. */
export const workFolder = inRoot('build', 'package', 'work');
/** The tree as it lies in the executable and in the npm package. */
export const stageFolder = inRoot('build', 'package', 'stage');
/** What is passed on. */
export const outFolder = inRoot('build', 'package', 'out');

/** The C++ libraries that Node needs, as setup.mjs --package has fetched them: shared by all clones. */
export const runtimeFolder = path.join(
  process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'),
  'trigon',
  'runtime',
);

/** Runs a tool. @returns its standard output @throws UserError with what it said */
export function run(program, args, options = {}) {
  const result = spawnSync(program, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    ...options,
  });
  if (result.error) throw new UserError(`${program} does not run: ${result.error.message}`);
  if (result.status === 0) return result.stdout;
  const how = result.signal ?? `exit code ${result.status}`;
  throw new UserError(`${program} failed (${how}):\n${result.stderr ?? ''}${result.stdout ?? ''}`);
}

export function makeEmpty(folder) {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  return folder;
}

export const sha256 = (content) => createHash('sha256').update(content).digest('hex');

export const hashOfFile = (file) => sha256(fs.readFileSync(file));

/** Every file below a folder, by its path from there, sorted. */
export const filesBelow = (folder) =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();

export const { version } = JSON.parse(fs.readFileSync(inRoot('package.json'), 'utf8'));

/** Of the commit, in seconds: everything that is packed bears it. SOURCE_DATE_EPOCH, where somebody says otherwise. */
export const sourceDate = () =>
  Number(process.env.SOURCE_DATE_EPOCH ?? run('git', ['log', '-1', '--format=%ct']).trim());

/** The commit that is packaged; "-changed" behind it: with changes that are in no commit. */
export function commit() {
  const id = run('git', ['rev-parse', 'HEAD']).trim();
  const changed = run('git', ['status', '--porcelain', '--untracked-files=no']).trim() !== '';
  return changed ? `${id}-changed` : id;
}

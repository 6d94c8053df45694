import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readBuildId } from '../../../../src/agent/loader/buildId.ts';
import { type MappedFiles, openMappedFiles } from '../../../../src/agent/loader/mappedFiles.ts';
import { until } from '../../../driver/until.ts';
import { BUILD_ID_NOTE, elf, notes } from './elfFiles.ts';

let folder: string;
let files: MappedFiles;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'mapped-')));
  files = openMappedFiles();
});
afterEach(() => rmSync(folder, { recursive: true }));

const withId = (...id: number[]) =>
  elf(notes([{ name: 'GNU', type: BUILD_ID_NOTE, body: Uint8Array.from(id) }]));

function write(name: string, content: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const ownNamespace = () => statSync('/proc/self/ns/mnt').ino;
const buildIdOf = (path: string) => files.buildIdOf(process.pid, ownNamespace(), path);

/** Of a process that has ended: above the highest number that the kernel gives. */
const NOBODY = 2 ** 22 + 1;
/** Some user who isn't root. */
const SOMEBODY = 65_534;

function readIdOf(path: string): Uint8Array | undefined {
  const fd = openSync(path, 'r');
  try {
    return readBuildId(fd);
  } finally {
    closeSync(fd);
  }
}

test('a file, and what it is replaced by', () => {
  const path = write('a.so', withId(1, 2, 3));
  expect(buildIdOf(path)).toEqual(Uint8Array.of(1, 2, 3));
  expect(buildIdOf(path)).toEqual(Uint8Array.of(1, 2, 3));
  rmSync(path);
  write('a.so', withId(4, 5, 6));
  expect(buildIdOf(path)).toEqual(Uint8Array.of(4, 5, 6));
  rmSync(path);
  expect(buildIdOf(path)).toBeUndefined();
});

test('of a process that has ended, in our own mount namespace alone', () => {
  const path = write('a.so', withId(1));
  expect(files.buildIdOf(NOBODY, ownNamespace(), path)).toEqual(Uint8Array.of(1));
  expect(files.buildIdOf(NOBODY, 1, path)).toBeUndefined();
  expect(files.buildIdOf(NOBODY, 0, path)).toBeUndefined();
});

test('of a process that has ended, where nobody but root can have changed the way', () => {
  mkdirSync(join(folder, 'libraries'));
  const path = write('libraries/a.so', withId(1));
  /** What was looked at a moment ago is remembered. */
  const idOf = (name: string) =>
    openMappedFiles().buildIdOf(NOBODY, ownNamespace(), join(folder, name));
  symlinkSync('libraries', join(folder, 'link'));
  expect(idOf('link/a.so')).toBeUndefined();
  expect(idOf('libraries/a.so')).toEqual(Uint8Array.of(1));
  chownSync(join(folder, 'libraries'), SOMEBODY, SOMEBODY);
  expect(idOf('libraries/a.so')).toBeUndefined();
  chownSync(join(folder, 'libraries'), 0, 0);
  chmodSync(join(folder, 'libraries'), 0o777);
  expect(idOf('libraries/a.so')).toBeUndefined();
  chmodSync(join(folder, 'libraries'), 0o1777);
  expect(idOf('libraries/a.so')).toEqual(Uint8Array.of(1));
  chownSync(path, SOMEBODY, SOMEBODY);
  expect(idOf('libraries/a.so')).toBeUndefined();
});

test('of the file that is mapped, not of one that its name leads to by now', async () => {
  mkdirSync(join(folder, 'bin'));
  mkdirSync(join(folder, 'other'));
  const path = join(folder, 'bin', 'victim');
  copyFileSync('/bin/sleep', path);
  const ownId = readIdOf(path);
  expect(ownId).toBeDefined();
  const victim = spawn(path, ['1000'], { stdio: 'ignore', detached: true });
  try {
    const pid = victim.pid ?? 0;
    const idOf = () => openMappedFiles().buildIdOf(pid, ownNamespace(), path);
    expect(await until(() => readlinkSync(`/proc/${pid}/exe`) === path)).toBe(true);
    expect(idOf()).toEqual(ownId);
    // In place of the folder a link to another file of that name: following it could end anywhere.
    write('other/victim', withId(7));
    renameSync(join(folder, 'bin'), join(folder, 'moved'));
    symlinkSync('other', join(folder, 'bin'));
    expect(idOf()).toBeUndefined();
    // Without a name it is still the file that runs.
    renameSync(join(folder, 'moved'), join(folder, 'other', 'moved'));
    rmSync(join(folder, 'bin'));
    renameSync(join(folder, 'other', 'moved'), join(folder, 'bin'));
    rmSync(path);
    expect(idOf()).toEqual(ownId);
  } finally {
    victim.kill('SIGKILL');
  }
});

/** A /proc with the process 7, which has mapped /lib/a.so below its root from a device of this number. */
function procfsWith(device: string): string {
  const root = join(folder, 'root');
  const process = join(folder, 'proc', '7');
  mkdirSync(join(root, 'lib'), { recursive: true });
  mkdirSync(join(process, 'map_files'), { recursive: true });
  writeFileSync(join(root, 'lib', 'a.so'), withId(9));
  symlinkSync(root, join(process, 'root'));
  const line = `7f1000-7f2000 r-xp 00001000 ${device} 12  ${join(root, 'lib', 'a.so')}\n`;
  writeFileSync(join(process, 'maps'), `00400000-00401000 r--p 00000000 00:00 0 \n${line}`);
  symlinkSync(join(root, 'lib', 'a.so'), join(process, 'map_files', '7f1000-7f2000'));
  return join(folder, 'proc');
}

test('below the root of the process', () => {
  const procfs = procfsWith('fe:01');
  const path = '/lib/a.so';
  expect(openMappedFiles(procfs).buildIdOf(7, 1, path)).toEqual(Uint8Array.of(9));
  expect(openMappedFiles(procfs).buildIdOf(8, 1, path)).toBeUndefined();
});

test('nothing is opened where somebody else may never answer', () => {
  const procfs = procfsWith('00:3c');
  const whole = '20 1 254:1 / / rw - ext4 /dev/vda1 rw\n';
  const list = join(procfs, '7', 'mountinfo');
  const idOf = () => openMappedFiles(procfs).buildIdOf(7, 1, '/lib/a.so');
  writeFileSync(list, `${whole}21 20 0:60 / /lib rw - fuse.sshfs me@there:/ rw\n`);
  expect(idOf()).toBeUndefined();
  writeFileSync(list, `${whole}21 20 0:60 / /lib rw - tmpfs none rw\n`);
  expect(idOf()).toEqual(Uint8Array.of(9));
});

test('nothing else than regular files is opened, and no link followed', () => {
  const pipe = join(folder, 'pipe');
  // Opening it would wait for a writer for ever.
  execFileSync('mkfifo', [pipe]);
  const link = join(folder, 'link');
  symlinkSync(write('a.so', withId(1)), link);
  for (const path of [pipe, link, folder, '/dev/zero', '/dev/tty', `${folder}/none`])
    expect(buildIdOf(path)).toBeUndefined();
});

test('what is no ELF file has none', () => {
  expect(buildIdOf(write('text', Buffer.from('no program')))).toBeUndefined();
});

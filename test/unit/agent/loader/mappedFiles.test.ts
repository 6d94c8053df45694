import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type MappedFiles, openMappedFiles } from '../../../../src/agent/loader/mappedFiles.ts';
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

test('below the root of the process', () => {
  const procfs = join(folder, 'proc');
  const root = join(procfs, '7', 'root');
  mkdirSync(join(root, 'lib'), { recursive: true });
  writeFileSync(join(root, 'lib', 'a.so'), withId(9));
  const path = '/lib/a.so';
  expect(openMappedFiles(procfs).buildIdOf(7, 1, path)).toEqual(Uint8Array.of(9));
  expect(openMappedFiles(procfs).buildIdOf(8, 1, path)).toBeUndefined();
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

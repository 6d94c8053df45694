import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fileSystemOf } from '../../../../src/agent/enrichment/fileSystem.ts';
import { createHasher } from '../../../../src/agent/enrichment/hasher.ts';
import type { FileIdentity, HashQuestion } from '../../../../src/agent/enrichment/messages.ts';
import { openExecutable } from '../../../../src/agent/enrichment/openExecutable.ts';
import { until } from '../../../driver/until.ts';

const PID = 4711;
let folder = '';
let proc = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trigon-hash-'));
  proc = join(folder, 'proc');
  mkdirSync(join(proc, String(PID)), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const program = (bytes = 3 << 20) => {
  const file = join(folder, 'program');
  writeFileSync(file, randomBytes(bytes));
  return file;
};
const sha256 = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');
const identity = (file: string): FileIdentity => {
  const { ino, size, ctimeNs } = statSync(file, { bigint: true });
  return { device: kernelDevice(file), inode: ino, size, changed: ctimeNs };
};
/** stat(1) splits what makedev(3) joined. */
const kernelDevice = (file: string): number => {
  const [major = 0, minor = 0] = execFileSync('stat', ['-c', '%Hd %Ld', file], { encoding: 'utf8' })
    .split(' ')
    .map(Number);
  return major * 2 ** 20 + minor;
};
const question = (change: Partial<HashQuestion>): HashQuestion => ({
  ...{ key: 'k', pid: PID, start: 0n, file: undefined, path: '' },
  ...change,
});

async function hash(asked: HashQuestion, mostBytes?: number): Promise<string | undefined> {
  const answers: (string | undefined)[] = [];
  const hasher = createHasher({
    onHash: (_, answer) => answers.push(answer),
    onProblem: () => {},
    proc,
    ...(mostBytes === undefined ? {} : { mostBytes }),
  });
  expect(hasher.ask(asked)).toBe(true);
  await until(() => answers.length);
  hasher.close();
  expect(answers).toHaveLength(1);
  return answers[0];
}

test('by the process that runs it, whatever lies at the path', async () => {
  const file = program();
  symlinkSync(file, join(proc, String(PID), 'exe'));
  const other = join(folder, 'other');
  writeFileSync(other, 'something else');
  expect(await hash(question({ file: identity(file), path: other }))).toBe(sha256(file));
});

test('by the path when the process has ended', async () => {
  const file = program();
  expect(await hash(question({ file: identity(file), path: file }))).toBe(sha256(file));
});

test('a file that was written since has no hash, nor one that took its place', async () => {
  const file = program();
  const executed = identity(file);
  appendFileSync(file, 'x');
  symlinkSync(file, join(proc, String(PID), 'exe'));
  expect(await hash(question({ file: executed, path: file }))).toBe(undefined);
  // The same length again.
  truncateSync(file, 3 << 20);
  expect(await hash(question({ file: executed, path: file }))).toBe(undefined);
});

test('another file of the same size and time is not taken for it, at the path nor of the process', async () => {
  const file = program();
  const other = identity(file);
  for (const wrong of [{ inode: other.inode + 1n }, { device: other.device + 1 }]) {
    const executed = { ...other, ...wrong };
    expect(await hash(question({ file: executed, path: file }))).toBe(undefined);
    symlinkSync(file, join(proc, String(PID), 'exe'));
    expect(await hash(question({ file: executed, path: file }))).toBe(undefined);
    rmSync(join(proc, String(PID), 'exe'));
  }
});

test('a deleted file, which changed its ctime: from the process that runs it still, and from no other', async () => {
  const file = program();
  const wanted = sha256(file);
  const executed = identity(file);
  const handle = await open(file);
  rmSync(file);
  symlinkSync(`/proc/self/fd/${handle.fd}`, join(proc, String(PID), 'exe'));
  const fields = Array.from({ length: 40 }, (_, index) => (index === 19 ? '777' : '0'));
  writeFileSync(join(proc, String(PID), 'stat'), `${PID} (a) ${fields.join(' ')}\n`);
  const asked = (start: bigint, inode = executed.inode) =>
    hash(question({ file: { ...executed, inode, changed: executed.changed - 1n }, start }));
  expect(await asked(7_770_000_000n)).toBe(wanted);
  expect(await asked(7_780_000_000n)).toBe(undefined);
  expect(await asked(7_770_000_000n, executed.inode + 1n)).toBe(undefined);
  await handle.close();
});

test('a file that hangs takes its time and no more; it is told of once', async () => {
  const file = program();
  const answers = new Map<string, string | undefined>();
  const problems: string[] = [];
  const hanging = Promise.withResolvers<undefined>();
  const hasher = createHasher({
    onHash: (key, answer) => answers.set(key, answer),
    onProblem: (text) => problems.push(text),
    ...{ proc, patienceMs: 1000 },
    openFile: (asked, where) =>
      asked.path === '' ? hanging.promise : openExecutable(asked, where),
  });
  const readable = { file: identity(file), path: file };
  hasher.ask(question({ key: 'hangs' }));
  hasher.ask(question({ key: 'next', ...readable }));
  hasher.ask(question({ key: 'hangs too' }));
  // Two threads are taken: the others are left to the rest of the program.
  hasher.ask(question({ key: 'last', ...readable }));
  expect(await until(() => answers.size === 4)).toBe(true);
  expect([...answers]).toEqual([
    ['hangs', undefined],
    ['next', sha256(file)],
    ['hangs too', undefined],
    ['last', undefined],
  ]);
  expect(problems).toEqual(['1 executable has no SHA-256: it could not be read within 1 s']);
  hanging.resolve(undefined);
  await new Promise(setImmediate);
  hasher.ask(question({ key: 'again', ...readable }));
  expect(await until(() => answers.get('again'))).toBe(sha256(file));
  hasher.close();
});

test('what another host or somebody’s program serves is not touched, and told of', async () => {
  const problems: string[] = [];
  const answers: (string | undefined)[] = [];
  const hasher = createHasher({
    onHash: (_, answer) => answers.push(answer),
    onProblem: (text) => problems.push(text),
    openFile: async () => 'served',
  });
  hasher.ask(question({}));
  expect(await until(() => answers.length)).toBe(1);
  expect(answers).toEqual([undefined]);
  expect(problems).toEqual([expect.stringMatching(/FUSE or network file system/)]);
  hasher.close();
});

test.each([
  ['ext4', false],
  ['overlay', false],
  ['fuse.sshfs', true],
  ['nfs4', true],
  ['9p', true],
])('%s may hang: %s', async (type, mayHang) => {
  const file = program();
  const handle = await open(file);
  const info = readFileSync(`/proc/self/fdinfo/${handle.fd}`, 'latin1');
  const mount = /mnt_id:\s*(\d+)/.exec(info)?.[1];
  const mounts = `${mount}1 1 8:1 / /x rw - tmpfs none rw\n${mount} 1 8:1 / / rw shared:1 - ${type} /dev/x rw\n`;
  writeFileSync(join(proc, 'mountinfo'), mounts);
  expect(await fileSystemOf(handle, [proc])).toEqual({ type, mayHang });
  await handle.close();
});

test('a link at the path is not followed, a pipe not waited for, a large file not read', async () => {
  const file = program();
  const link = join(folder, 'link');
  symlinkSync(file, link);
  expect(await hash(question({ file: identity(file), path: link }))).toBe(undefined);
  expect(await hash(question({ file: identity(file), path: '/dev/zero' }))).toBe(undefined);
  expect(await hash(question({ file: identity(file), path: file }), 1 << 20)).toBe(undefined);
});

test('of a process that ran before us: it must be the same one', async () => {
  const file = program();
  symlinkSync(file, join(proc, String(PID), 'exe'));
  const fields = Array.from({ length: 40 }, (_, index) => (index === 19 ? '777' : '0'));
  writeFileSync(join(proc, String(PID), 'stat'), `${PID} (a) b) ${fields.join(' ')}\n`);
  expect(await hash(question({ start: 7_770_000_000n }))).toBe(sha256(file));
  expect(await hash(question({ start: 7_780_000_000n }))).toBe(undefined);
});

test('no more than 4096 wait', async () => {
  const answers: string[] = [];
  const hasher = createHasher({ onHash: (key) => answers.push(key), onProblem: () => {}, proc });
  let taken = 0;
  for (let number = 0; number < 10_000; number++)
    if (hasher.ask(question({ key: String(number) }))) taken += 1;
  // One of them is being looked at.
  expect(taken).toBe(4097);
  expect(await until(() => answers.length === taken)).toBe(true);
});

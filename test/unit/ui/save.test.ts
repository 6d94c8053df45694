import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sudoUser } from '../../../src/agent/sudoUser.ts';
import { tableFormats } from '../../../src/ui/save/formats.ts';
import { openSaveFile, whatIsAt } from '../../../src/ui/save/saveFile.ts';
import { writeRows } from '../../../src/ui/save/saveJob.ts';
import { defaultName, fileProblem, nameProblem, pathOf } from '../../../src/ui/save/saveName.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trigon-save-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const bytes = (text: string) => new TextEncoder().encode(text);

test('names: with view and local time; what is no file name is told while it is typed', () => {
  expect(defaultName('stream', 'jsonl', new Date(2026, 10, 21, 12, 3, 11))).toBe(
    './trigon-stream-20261121T120311.jsonl',
  );
  for (const name of ['', ' ', '/', 'x/', '.', '..', 'x/..', 'a\nb', 'a\x1b[0m'])
    expect(nameProblem(name), JSON.stringify(name)).toBeDefined();
  for (const name of ['x', './x', '../x.txt', '/tmp/x', '...'])
    expect(nameProblem(name)).toBeUndefined();
  expect(pathOf('x', undefined)).toBe(join(process.cwd(), 'x'));
  expect(pathOf('~/x', { uid: 0, gid: 0 })).toMatch(/^\/.*\/x$/);
});

test('whose file it is: that of whoever called sudo, if we are root and they are not', () => {
  const env = { SUDO_UID: '1000', SUDO_GID: '100' };
  expect(sudoUser(env, 0)).toEqual({ uid: 1000, gid: 100 });
  expect(sudoUser(env, 1000)).toBeUndefined();
  expect(sudoUser({ SUDO_UID: '0', SUDO_GID: '0' }, 0)).toBeUndefined();
  expect(sudoUser({}, 0)).toBeUndefined();
  // Of directories such as Active Directory.
  const high = { SUDO_UID: '2147483648', SUDO_GID: '4294967294' };
  expect(sudoUser(high, 0)).toEqual({ uid: 2_147_483_648, gid: 4_294_967_294 });
});

test('somebody called sudo, and it can’t be told who: that is no reason to be root in their place', () => {
  for (const uid of ['-1', 'x', '', '1000; rm', '4294967295', '99999999999'])
    expect(sudoUser({ SUDO_UID: uid, SUDO_GID: '100' }, 0), uid).toMatch(/^SUDO_UID is no user/);
  for (const gid of [undefined, 'x', '4294967295'])
    expect(sudoUser({ SUDO_UID: '1000', SUDO_GID: gid }, 0)).toMatch(/^SUDO_GID is no group/);
});

test('a user number above what fits 31 bits: the file is theirs', () => {
  const [uid, gid] = [2_147_483_648, 4_294_967_294];
  chownSync(folder, uid, gid);
  openSaveFile(join(folder, 'x'), { uid, gid }).finish(false);
  expect(statSync(join(folder, 'x'))).toMatchObject({ uid, gid });
});

test('a folder where one may write but not look', () => {
  chownSync(folder, 4711, 4711);
  chmodSync(folder, 0o300);
  openSaveFile(join(folder, 'x'), { uid: 4711, gid: 4711 }).finish(false);
  expect(readdirSync(folder)).toEqual(['x']);
});

test('when it can’t get its name, no empty file of that name stays', () => {
  const path = join(folder, 'x');
  const file = openSaveFile(path, undefined);
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  expect(() => file.finish(false)).toThrow('ENOENT');
  file.abandon();
  expect(readdirSync(folder)).toEqual([]);
});

test('nothing is seen under the name before it is whole; it is 0600', async () => {
  const path = join(folder, 'x');
  const file = openSaveFile(path, undefined);
  await file.write(bytes('half'));
  expect(existsSync(path)).toBe(false);
  await file.write(bytes(' and half'));
  file.finish(false);
  expect(readFileSync(path, 'utf8')).toBe('half and half');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['x']);
});

test('a file that has come meanwhile is not replaced, unless that is wanted', () => {
  const path = join(folder, 'x');
  const file = openSaveFile(path, undefined);
  writeFileSync(path, 'theirs');
  expect(() => file.finish(false)).toThrow('EEXIST');
  file.abandon();
  expect(readFileSync(path, 'utf8')).toBe('theirs');
  expect(readdirSync(folder)).toEqual(['x']);
  openSaveFile(path, undefined).finish(true);
  expect(readFileSync(path, 'utf8')).toBe('');
});

test('a link at the name is replaced itself, what it leads to stays', () => {
  const target = join(folder, 'target');
  writeFileSync(target, 'precious');
  symlinkSync(target, join(folder, 'link'));
  expect(whatIsAt(join(folder, 'link'), undefined)).toBe('other');
  const file = openSaveFile(join(folder, 'link'), undefined);
  expect(() => file.finish(false)).toThrow('EEXIST');
  file.abandon();
  expect(readFileSync(target, 'utf8')).toBe('precious');
});

test('the folder is the one that was found, whatever its path leads to later', () => {
  const [inside, moved] = [join(folder, 'inside'), join(folder, 'moved')];
  mkdirSync(inside);
  const file = openSaveFile(join(inside, 'x'), undefined);
  renameSync(inside, moved);
  mkdirSync(inside);
  file.finish(false);
  expect(readdirSync(moved)).toEqual(['x']);
  expect(readdirSync(inside)).toEqual([]);
});

test('abandoned: nothing is left', async () => {
  const file = openSaveFile(join(folder, 'x'), undefined);
  await file.write(bytes('half'));
  file.abandon();
  file.abandon();
  expect(readdirSync(folder)).toEqual([]);
});

test('what the system says, in words', () => {
  const problem = (code: string) => fileProblem(Object.assign(new Error('?'), { code }), 'alice');
  expect(problem('EACCES')).toBe('alice may not write there');
  expect(problem('ENOENT')).toBe('there is no such folder');
  expect(() => openSaveFile(join(folder, 'none', 'x'), undefined)).toThrow('ENOENT');
});

function* lines(count: number): Iterable<string> {
  for (let at = 0; at < count; at++) yield `line ${at}`;
}

test('100,000 rows go out in pieces between which others get their turn', async () => {
  let written = '';
  let turns = 0;
  const ticker = setInterval(() => {
    turns += 1;
  }, 0);
  const file = {
    async write(chunk: Uint8Array) {
      written += Buffer.from(chunk);
    },
  };
  const progress: number[] = [];
  const saved = await writeRows(
    { head: ['head'], lines: () => lines(100_000) },
    file,
    (rows) => progress.push(rows),
    () => false,
  );
  clearInterval(ticker);
  expect(saved).toEqual({ rows: 100_000, bytes: written.length });
  expect(written.startsWith('head\nline 0\n')).toBe(true);
  expect(written.endsWith('line 99999\n')).toBe(true);
  expect(progress.length).toBeGreaterThan(3);
  expect(turns).toBeGreaterThan(1);
});

test('cancelled between two pieces: the rest is not made', async () => {
  let made = 0;
  function* counted(): Iterable<string> {
    for (;;) {
      made += 1;
      yield 'x'.repeat(1000);
    }
  }
  let pieces = 0;
  const saved = await writeRows(
    { head: [], lines: counted },
    {
      async write() {
        pieces += 1;
      },
    },
    () => {},
    () => pieces === 3,
  );
  expect(saved).toBeUndefined();
  expect(pieces).toBe(3);
  expect(made).toBeLessThan(3000);
});

test('a table: text without styles and blanks at the end; JSON with whole numbers as text', () => {
  const [text, json] = tableFormats({
    noun: ['row', 'rows'],
    rows: [{ a: 1n, b: 'x\x1by' }],
    head: ' \x1b[1mA\x1b[0m   ',
    line: ({ b }) => ` \x1b[2m${b.length}\x1b[0m  `,
  });
  expect([text?.head, [...(text?.lines() ?? [])]]).toEqual([[' A'], [' 3']]);
  expect([...(json?.lines() ?? [])]).toEqual(['{"a":"1","b":"x\\u001by"}']);
  expect(text?.note).toBe('1 row as a table');
});

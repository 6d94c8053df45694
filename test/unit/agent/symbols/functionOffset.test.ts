/** Where functions lie in files that are compiled here. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readFileSymbols } from '../../../../src/agent/symbols/elfSymbols.ts';
import { functionOffset } from '../../../../src/agent/symbols/functionOffset.ts';
import { clang } from '../../../driver/compile.ts';

const LIBRARY = `
__asm__(".symver old_answer, answer@V1");
__asm__(".symver new_answer, answer@@V2");
int old_answer(void) { return 1; }
int new_answer(void) { return 2; }
__asm__(".symver only_old, retired@V1");
int only_old(void) { return 3; }
static int chosen_one(void) { return 4; }
static void *choose(void) { return chosen_one; }
int chosen(void) __attribute__((ifunc("choose")));
static __attribute__((noinline, used)) int twin(void) { return 5; }
static __attribute__((noinline, used)) int lonely(void) { return 6; }
int data_not_code = 7;
extern int absent(void);
int uses_absent(void) { return absent(); }
`;
const OTHER = 'static __attribute__((noinline, used)) int twin(void) { return 8; }';
const VERSIONS =
  'V1 { global: answer; retired; chosen; local: *; }; V2 { global: answer; uses_absent; data_not_code; } V1;';

let folder: string;
let library: string;
let stripped: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trigon-elf-'));
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  library = join(folder, 'library.so');
  stripped = join(folder, 'stripped.so');
  const sources = [file('library.c', LIBRARY), file('other.c', OTHER)];
  const script = `-Wl,--version-script=${file('versions', VERSIONS)}`;
  const shared = ['-O1', '-shared', '-fPIC', script, ...sources];
  execFileSync(clang(), [...shared, '-o', library]);
  execFileSync(clang(), [...shared, '-s', '-o', stripped]);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the function at that offset returns: the number in its first instruction, mov $N,%eax or mov w0,#N. */
function answerAt(path: string, offset: bigint): number {
  const bytes = readFileSync(path);
  const at = Number(offset);
  return process.arch === 'arm64'
    ? (bytes.readUInt32LE(at) >> 5) & 0xffff
    : bytes.readUInt32LE(bytes.indexOf(0xb8, at) + 1);
}

describe('a function by name', () => {
  test.each([
    ['answer', 2],
    ['answer@V2', 2],
    ['answer@@V2', 2],
    ['answer@V1', 1],
    // No version is the default one; the only one will do.
    ['retired', 3],
    ['lonely', 6],
  ])('%s', (symbol, answer) => {
    expect(answerAt(library, functionOffset(library, symbol))).toBe(answer);
  });

  test('of a stripped library: what it exports', () => {
    expect(answerAt(stripped, functionOffset(stripped, 'answer'))).toBe(2);
    expect(() => functionOffset(stripped, 'lonely')).toThrow('no function of this name');
  });

  test.each([
    ['answer@V3', 'answer has no version V3; it has: V1, V2', 'ENOENT'],
    ['nothing', 'no function of this name', 'ENOENT'],
    ['', 'no function of this name', 'ENOENT'],
    ['data_not_code', 'no function of this name', 'ENOENT'],
    ['absent', 'no function of this name', 'ENOENT'],
    ['answe', 'no function of this name', 'ENOENT'],
    ['answerr', 'no function of this name', 'ENOENT'],
    ['twin', '2 functions have the name twin: give an offset instead', undefined],
    ['chosen', 'chosen is an ifunc', undefined],
  ])('refuses %s', (symbol, message, code) => {
    const call = () => functionOffset(library, symbol);
    expect(call).toThrow(message);
    expect(call).toThrow(expect.objectContaining(code ? { code } : { message: expect.anything() }));
  });
});

describe('files that are no use', () => {
  test.each([
    ['/absent', 'ENOENT'],
    ['/etc', 'not a regular file'],
    ['/dev/null', 'not a regular file'],
    ['/etc/passwd', 'not an ELF file'],
  ])('%s', (path, message) => {
    expect(() => functionOffset(path, 'main')).toThrow(message);
    expect(() => readFileSymbols(path)).toThrow(message);
  });

  test('other kinds of ELF, and such without symbols', () => {
    const bytes = readFileSync(library);
    const changed = (at: number, value: number) => {
      const path = join(folder, 'changed.so');
      const copy = Buffer.from(bytes);
      copy[at] = value;
      writeFileSync(path, copy);
      return path;
    };
    expect(() => functionOffset(changed(4, 1), 'answer')).toThrow('32-bit ELF');
    expect(() => functionOffset(changed(5, 2), 'answer')).toThrow('big-endian');
    // No sections: e_shnum is 0.
    expect(() => functionOffset(changed(60, 0), 'answer')).toThrow(/symbols/);
  });

  test('a pipe does not hold the reader up', () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(() => functionOffset(pipe, 'main')).toThrow('not a regular file');
  });

  test('damaged ones are refused or read, never followed out of the file', () => {
    const bytes = readFileSync(library);
    const path = join(folder, 'damaged.so');
    const attempt = (content: Buffer) => {
      writeFileSync(path, content);
      for (const call of [
        () => functionOffset(path, 'answer@V1'),
        () => readFileSymbols(path).find(0x1000),
      ]) {
        try {
          call();
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          expect(error).not.toBeInstanceOf(RangeError);
        }
      }
    };
    for (let length = 0; length < bytes.length; length += 211) attempt(bytes.subarray(0, length));
    // The header, and everything behind the code: tables of segments, symbols, versions, sections.
    for (let at = 0; at < bytes.length; at += at < 0x600 ? 3 : 13) {
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] ?? 0) ^ 0xff;
      attempt(copy);
    }
  });
});

test('the function at a place in a file', () => {
  const symbols = readFileSymbols(library);
  const lonely = Number(functionOffset(library, 'lonely'));
  expect(symbols.find(lonely)).toEqual({ name: 'lonely', offset: 0 });
  expect(symbols.find(lonely + 2)).toEqual({ name: 'lonely', offset: 2 });
  expect(symbols.find(1)).toBeUndefined();
  expect(symbols.find(1e12)).toBeUndefined();
  const exported = readFileSymbols(stripped);
  expect(exported.find(Number(functionOffset(stripped, 'answer')) + 1)).toEqual({
    name: 'answer',
    offset: 1,
  });
  expect(symbols.bytes).toBeGreaterThan(0);
});

describe('a Go program without symbols: the esbuild of this project', () => {
  const path = fileURLToPath(
    new URL(`../../../../node_modules/@esbuild/linux-${process.arch}/bin/esbuild`, import.meta.url),
  );

  test('functions by name, and names of places', () => {
    const symbols = readFileSymbols(path);
    for (const name of ['main.main', 'runtime.main', 'os.(*File).Write']) {
      const offset = Number(functionOffset(path, name));
      expect(symbols.find(offset)).toEqual({ name, offset: 0 });
      expect(symbols.find(offset + 3)).toEqual({ name, offset: 3 });
    }
    expect(() => functionOffset(path, 'main.absent')).toThrow('no function of this name');
    expect(() => functionOffset(path, 'main.mai')).toThrow('no function of this name');
  });
});

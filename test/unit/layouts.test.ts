/** The generator of src/generated/layouts.ts, on an object compiled here, and the file as committed. */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const source = path.join(import.meta.dirname, 'fixtures/layouts.bpf.c');

let folder = '';
let object = '';

interface Layouts {
  [name: string]: Record<string, unknown>;
}

/** The clang that the build uses. */
function findClang(): string {
  const script = "import('./scripts/toolchain.mjs').then((t) => console.log(t.findClang()))";
  return execFileSync(process.execPath, ['-e', script], { cwd: root, encoding: 'utf8' }).trim();
}

function compile(name: string, file: string): string {
  const output = path.join(folder, name);
  execFileSync(findClang(), ['-O2', '-g', '-target', 'bpf', '-mcpu=v3', '-c', file, '-o', output]);
  return output;
}

function generate(...args: string[]) {
  const script = path.join(root, 'scripts/layouts.mjs');
  return spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
}

function layouts(...objects: string[]): Layouts {
  const result: Layouts = JSON.parse(generate('--json', ...objects).stdout);
  return result;
}

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'trigon-layouts-'));
  object = compile('first.bpf.o', source);
});

afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

describe('layouts of a compiled object', () => {
  test('only tg_ structs and enums', () => {
    const names = ['tg_test_head', 'tg_test_kind', 'tg_test_record', 'tg_test_wide'];
    expect(Object.keys(layouts(object))).toEqual(names);
  });

  test('enums, negative and 64-bit values too', () => {
    const { tg_test_kind, tg_test_wide } = layouts(object);
    expect(tg_test_kind).toEqual({ TG_TEST_ONE: 1, TG_TEST_TWO: 2, TG_TEST_MINUS: -3 });
    expect(tg_test_wide).toEqual({ TG_TEST_SMALL: 5, TG_TEST_TOP: '9223372036854775808n' });
  });

  test('offsets: nested structs nested, anonymous unions flattened, bit-fields left out', () => {
    expect(layouts(object).tg_test_record).toMatchObject({ size: 128 });
    expect(layouts(object).tg_test_record?.at).toEqual({
      head: { kind: 0, length: 4, time: 8 },
      ...{ delta: 16, flag: 20, ready: 21, port: 22, total: 24, ids: 32, grid: 48 },
      ...{ v4: 56, v6: 56 },
      device: { major: 72, minor: 74 },
      ...{ past: 80, pointer: 112, rest: 121 },
    });
  });

  test('fields: sizes, signedness, counts', () => {
    expect(layouts(object).tg_test_record?.fields).toMatchObject({
      head: { offset: 0, size: 16, type: 'struct tg_test_head' },
      'head.kind': { offset: 0, size: 4, type: 'enum tg_test_kind', signed: true },
      'head.time': { offset: 8, size: 8, type: 'u64', signed: false },
      delta: { offset: 16, size: 4, type: 'i32', signed: true },
      ready: { offset: 21, size: 1, type: 'bool' },
      total: { offset: 24, size: 8, type: 'i64', signed: true },
      ids: { offset: 32, size: 16, type: 'u32', count: 4 },
      grid: { offset: 48, size: 6, type: 'u8', count: 6 },
      v6: { offset: 56, size: 16, type: 'u8', count: 16 },
      'device.minor': { offset: 74, size: 2, type: 'i16', signed: true },
      past: { offset: 80, size: 32, type: 'struct tg_test_head', count: 2 },
      pointer: { offset: 112, size: 8, type: 'ptr' },
      low: { offset: 120, size: 4, bit: 0, bits: 3 },
      high: { offset: 120, size: 4, bit: 3, bits: 5 },
      rest: { offset: 121, size: 0, type: 'u8', count: 0 },
    });
  });

  test('the TypeScript it prints holds the same values', async () => {
    const file = path.join(folder, 'layouts.ts');
    fs.writeFileSync(file, generate(object).stdout);
    const generated: Layouts = await import(file);
    const { tg_test_wide, ...rest } = layouts(object);
    expect(generated).toMatchObject(rest);
    expect(generated.tg_test_wide).toEqual({ ...tg_test_wide, TG_TEST_TOP: 1n << 63n });
  });
});

describe('errors', () => {
  test('the same name with another layout in a second object', () => {
    const changed = path.join(folder, 'changed.bpf.c');
    const text = fs.readFileSync(source, 'utf8');
    fs.writeFileSync(changed, text.replace('u32 length;', 'u64 length;'));
    const run = generate('--json', object, compile('second.bpf.o', changed));
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/tg_test_record is defined differently in .*first.* and .*second/);
    expect(run.stderr).not.toContain('    at ');
  });

  test('a file that is no object', () => {
    const run = generate('--json', source);
    expect(run.status).toBe(1);
    expect(run.stderr).toContain('not a little-endian ELF64 file');
  });
});

test('src/generated/layouts.ts is what the built objects give', () => {
  const run = generate('--check');
  expect(run.stderr).toBe('');
  expect(run.status).toBe(0);
});

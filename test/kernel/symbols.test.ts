/** Stacks of this machine's kernel and of a program compiled here, in names: needs root and clang. */
import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type BpfObject, openObject } from '../../src/agent/bpf/addon.ts';
import { readU64, u32 } from '../../src/agent/bytes.ts';
import { functionOffset } from '../../src/agent/symbols/functionOffset.ts';
import { openKernelSymbols } from '../../src/agent/symbols/kernel.ts';
import { openUserSymbols } from '../../src/agent/symbols/user.ts';
import { compileBpf, compileProgram } from '../driver/compile.ts';

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

let folder: string;
let program: string;
let object: BpfObject;
let children: ChildProcessByStdio<Writable, Readable, null>[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trigon-stacks-'));
  program = join(folder, 'stacks');
  const flags = ['-fno-omit-frame-pointer', '-fno-optimize-sibling-calls'];
  compileProgram(fixture('stacks.c'), program, flags);
  const output = join(folder, 'stacks.bpf.o');
  compileBpf(fixture('stacks.bpf.c'), output);
  object = openObject(readFileSync(output), 'stacks');
  object.setGlobal('target_process', u32(process.pid));
  object.load();
});

afterEach(() => {
  for (const child of children) child.kill();
  children = [];
});

afterAll(() => {
  object.close();
  rmSync(folder, { recursive: true, force: true });
});

function takenStack(which: 0 | 1): bigint[] {
  const value = object.map('stacks').get(u32(which)) ?? new Uint8Array();
  const count = Number(readU64(value)) / 8;
  return Array.from({ length: count }, (_, index) => readU64(value.subarray(8 + index * 8)));
}

/** Runs the program and takes the user stack of its leaf(), behind the instructions that set up its frame. */
async function runProgram(path: string) {
  const child = spawn(path, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const offset = functionOffset(path, 'leaf') + (process.arch === 'x64' ? 4n : 8n);
  const link = object.attachUprobe('user_stack', { path, offset, returns: false, cookie: 0n });
  const call = async () => {
    child.stdin.write('\n');
    await once(child.stdout, 'data');
    return takenStack(0);
  };
  return { pid: child.pid ?? 0, child, call, detach: () => link.detach() };
}

describe('user stacks', () => {
  test('module, offset and function of each entry, a caller that ends with its call included', async () => {
    const { pid, call, detach } = await runProgram(program);
    const addresses = await call();
    detach();
    const entries = openUserSymbols().describe(pid, 'first', addresses);
    expect(entries.map(({ address }) => address)).toEqual(addresses);
    const own = entries.filter(({ module }) => module === program);
    expect(own.map(({ symbol }) => symbol)).toEqual(['leaf', 'middle', 'last', 'outer', 'main']);
    expect(own[0]?.offset).toBe(
      functionOffset(program, 'leaf') + (process.arch === 'x64' ? 4n : 8n),
    );
    // The offset is where the module's file has the instruction: behind the start of its function.
    expect(own[4]?.offset).toBeGreaterThan(functionOffset(program, 'main'));
    // It was started by the C library.
    expect(entries.some(({ module }) => module?.includes('libc'))).toBe(true);
  });

  test('a program whose file was deleted, and one that has ended', async () => {
    const copy = join(folder, 'copy');
    execFileSync('cp', [program, copy]);
    const { pid, child, call, detach } = await runProgram(copy);
    const addresses = await call();
    detach();
    unlinkSync(copy);
    // Another file takes its name: it isn't the one that runs.
    execFileSync('cp', ['/bin/true', `${copy}.new`]);
    renameSync(`${copy}.new`, copy);
    const names = (symbols: ReturnType<typeof openUserSymbols>, execId: string) =>
      symbols
        .describe(pid, execId, addresses)
        .map(({ symbol }) => symbol)
        .slice(0, 5);
    const expected = ['leaf', 'middle', 'last', 'outer', 'main'];
    const symbols = openUserSymbols();
    expect(names(symbols, 'deleted')).toEqual(expected);
    expect(symbols.describe(pid, 'deleted', addresses)[0]?.module).toBe(copy);
    child.kill();
    await once(child, 'close');
    expect(names(symbols, 'deleted')).toEqual(expected);
    // Nothing was asked about it while it ran.
    expect(symbols.describe(pid, 'other', addresses)).toEqual(
      addresses.map((address) => ({ address })),
    );
    expect(openUserSymbols().describe(pid, 'deleted', addresses)[0]).toEqual({
      address: addresses[0],
    });
  });

  test('addresses of nothing', () => {
    const symbols = openUserSymbols();
    expect(symbols.describe(process.pid, 'self', [0n, 2n ** 64n - 1n])).toEqual([
      { address: 0n },
      { address: 2n ** 64n - 1n },
    ]);
    // A kernel thread has no memory of its own.
    expect(symbols.describe(2, 'kthreadd', [4096n])).toEqual([{ address: 4096n }]);
  });
});

test('kernel stacks: every entry has a name, and the system call is among them', () => {
  const link = object.attachRawTracepoint('kernel_stack', 'sys_enter');
  process.kill(process.pid, 0);
  link.detach();
  const addresses = takenStack(1);
  const entries = openKernelSymbols().describe(addresses);
  expect(entries.length).toBeGreaterThan(1);
  const names = entries.map(({ symbol = '?' }) => symbol);
  expect(names).not.toContain('?');
  expect(names.join(' ')).toMatch(/syscall/i);
  expect(entries.every(({ offset = -1n }) => offset >= 0n && offset < 1n << 16n)).toBe(true);
});

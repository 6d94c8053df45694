/** Attaching to places that are named at run time, on the running kernel: needs root and clang. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  type BpfError,
  type BpfObject,
  enableRunTimeStats,
  isBpfError,
  openObject,
} from '../../src/agent/bpf/addon.ts';
import { readU64, u32, u64 } from '../../src/agent/bytes.ts';
import { findMount, readMounts } from '../../src/agent/host/mounts.ts';
import { functionOffset } from '../../src/agent/symbols/functionOffset.ts';
import { compileBpf, compileProgram } from '../driver/compile.ts';

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const hasKprobes = existsSync('/sys/bus/event_source/devices/kprobe/type');

let folder: string;
let probed: string;
let objectBytes: Uint8Array;
let opened: BpfObject[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trigon-attach-'));
  probed = join(folder, 'probed');
  compileProgram(fixture('probed.c'), probed);
  const object = join(folder, 'attach.bpf.o');
  compileBpf(fixture('attach.bpf.c'), object);
  objectBytes = readFileSync(object);
});

afterEach(() => {
  for (const object of opened) object.close();
  opened = [];
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function load(targetProcess = 0): BpfObject {
  const object = openObject(objectBytes, 'attach');
  opened.push(object);
  object.setGlobal('target_process', u32(targetProcess));
  object.load();
  return object;
}

type Runs = Record<string, { count: number; value: number }>;

/** What the programs noted, by cookie. */
function runsOf(object: BpfObject): Runs {
  const entries = object
    .map('runs')
    .entries()
    .map(({ key, value }) => [
      String(readU64(key)),
      {
        count: Number(readU64(value)),
        value: Number(BigInt.asIntN(64, readU64(value.subarray(8)))),
      },
    ]);
  return Object.fromEntries(entries) as Runs;
}

/** Gives the probed program numbers; its sums and, behind each, the USDT probe's semaphore. */
function add(...numbers: number[]): string[] {
  const ended = spawnSync(probed, { input: `${numbers.join('\n')}\n`, encoding: 'utf8' });
  return ended.stdout.trim().split('\n');
}

function failure(call: () => unknown): BpfError {
  try {
    call();
  } catch (error) {
    if (isBpfError(error)) return error;
    throw error;
  }
  throw new Error('expected a failure');
}

const killMyself = (times: number) => {
  for (let i = 0; i < times; i++) process.kill(process.pid, 0);
};

/** Descriptors of links and of perf events, on which attachments hang. */
function attachments(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return /bpf.link|perf_event/.test(readlinkSync(`/proc/self/fd/${fd}`));
    } catch {
      return false; // the descriptor of this very listing
    }
  }).length;
}

describe('raw tracepoints', () => {
  test('one program at several tracepoints, each with its cookie, detached one by one', () => {
    const object = load(process.pid);
    const first = object.attachRawTracepoint('on_raw_tracepoint', 'sys_enter', 11n);
    object.attachRawTracepoint('on_raw_tracepoint', 'sys_exit', 2n ** 64n - 1n);
    killMyself(20);
    const runs = runsOf(object);
    expect(Object.keys(runs).sort()).toEqual(['11', '18446744073709551615']);
    expect(runs['11']?.count).toBeGreaterThanOrEqual(20);
    first.detach();
    first.detach();
    const before = runsOf(object);
    killMyself(20);
    const after = runsOf(object);
    expect(after['11']).toEqual(before['11']);
    expect(after['18446744073709551615']?.count).toBeGreaterThan(
      before['18446744073709551615']?.count ?? Number.POSITIVE_INFINITY,
    );
  });

  test('without a cookie', () => {
    const object = load(process.pid);
    object.attachRawTracepoint('on_raw_tracepoint', 'sys_enter');
    killMyself(5);
    expect(runsOf(object)['0']?.count).toBeGreaterThanOrEqual(5);
  });

  test('refuses an unknown tracepoint and a program of another type', () => {
    const object = load();
    expect(
      failure(() => object.attachRawTracepoint('on_raw_tracepoint', 'no_such_tracepoint', 1n)),
    ).toMatchObject({
      code: 'BPF_ENOENT',
      program: 'on_raw_tracepoint',
      message: expect.stringContaining("raw tracepoint 'no_such_tracepoint' with a cookie"),
    });
    expect(failure(() => object.attachRawTracepoint('on_function', 'sys_enter')).code).toBe(
      'BPF_EINVAL',
    );
    expect(failure(() => object.attachRawTracepoint('no_program', 'sys_enter')).code).toBe(
      'BPF_ENOENT',
    );
  });
});

describe('tracepoints', () => {
  test('with cookies, until detached', () => {
    const object = load(process.pid);
    const link = object.attachTracepoint('on_tracepoint', 'sched', 'sched_process_fork', 5n);
    object.attachTracepoint('on_tracepoint', 'sched', 'sched_process_exit', 6n);
    spawnSync('/bin/true');
    expect(runsOf(object)).toMatchObject({ 5: { count: 1 } });
    link.detach();
    spawnSync('/bin/true');
    expect(runsOf(object)).toMatchObject({ 5: { count: 1 } });
  });

  test('refuses unknown names', () => {
    const object = load();
    for (const [category, name] of [
      ['sched', 'no_such_event'],
      ['no_such_category', 'sched_process_fork'],
      ['../sched', '..'],
    ] as const) {
      expect(failure(() => object.attachTracepoint('on_tracepoint', category, name)).code).toMatch(
        /^BPF_(ENOENT|EISDIR)$/,
      );
    }
  });
});

describe('uprobes', () => {
  test('entry and return by name and by offset', () => {
    const object = load();
    const offset = functionOffset(probed, 'add');
    const at = { path: probed, offset: 0n, returns: false };
    const entry = object.attachUprobe('on_function', { ...at, symbol: 'add', cookie: 1n });
    object.attachUprobe('on_return', { ...at, symbol: 'add', returns: true, cookie: 2n });
    object.attachUprobe('on_function', { ...at, offset, cookie: 3n });
    expect(add(41, 42)).toEqual(['1041 0', '1042 0']);
    expect(runsOf(object)).toEqual({
      1: { count: 2, value: 42 },
      2: { count: 2, value: 1042 },
      3: { count: 2, value: 42 },
    });
    entry.detach();
    add(43);
    expect(runsOf(object)).toMatchObject({ 1: { count: 2 }, 3: { count: 3, value: 43 } });
  });

  test('a function of a Go program without symbols', () => {
    const esbuild = fileURLToPath(
      new URL(`../../node_modules/@esbuild/linux-${process.arch}/bin/esbuild`, import.meta.url),
    );
    const object = load();
    object.attachUprobe('on_function', {
      ...{ path: esbuild, symbol: 'main.main', offset: 0n, returns: false, cookie: 6n },
    });
    spawnSync(esbuild, ['--version']);
    // Others may build something meanwhile.
    expect(runsOf(object)['6']?.count).toBeGreaterThanOrEqual(1);
  });

  test('in one process only', async () => {
    const object = load();
    const child = spawn(probed, { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      // Attach to a process that runs the file already: spawn() reports its pid before it has executed it.
      child.stdin.write('1\n');
      await once(child.stdout, 'data');
      object.attachUprobe('on_function', {
        ...{ path: probed, symbol: 'add', offset: 0n, returns: false, cookie: 9n },
        pid: child.pid,
      });
      add(1, 2, 3);
      expect(runsOf(object)).toEqual({});
      child.stdin.write('77\n');
      await once(child.stdout, 'data');
      expect(runsOf(object)).toEqual({ 9: { count: 1, value: 77 } });
    } finally {
      child.kill();
    }
  });

  test('refuses what is not there, and leaves nothing behind', () => {
    const object = load();
    const before = attachments();
    const target = { path: probed, offset: 0n, returns: false, cookie: 1n };
    expect(
      failure(() => object.attachUprobe('on_function', { ...target, symbol: 'absent' })),
    ).toMatchObject({
      code: 'BPF_ENOENT',
      errno: 2,
      program: 'on_function',
      message: `attach program 'on_function' (function 'absent' of '${probed}'): no function of this name`,
    });
    const elsewhere = join(folder, 'absent');
    for (const symbol of ['add', undefined]) {
      expect(
        failure(() => object.attachUprobe('on_function', { ...target, path: elsewhere, symbol })),
      ).toMatchObject({ code: 'BPF_ENOENT', message: expect.stringContaining(elsewhere) });
    }
    expect(
      failure(() =>
        object.attachUprobe('on_function', { ...target, path: '/etc/passwd', symbol: 'add' }),
      ),
    ).toMatchObject({ code: 'BPF_EINVAL', message: expect.stringContaining('not an ELF file') });
    expect(
      failure(() => object.attachUprobe('on_function', { ...target, offset: 1n << 40n })).code,
    ).toBe('BPF_EINVAL');
    expect(attachments()).toBe(before);
  });
});

describe('USDT probes', () => {
  test('argument, cookie and semaphore', () => {
    const object = load();
    const link = object.attachUsdt('on_usdt', {
      ...{ path: probed, provider: 'trigon_test', name: 'added', cookie: 21n },
    });
    expect(add(1, 2)).toEqual(['1001 1', '1002 1']);
    expect(runsOf(object)).toEqual({ 21: { count: 2, value: 1002 } });
    link.detach();
    expect(add(3)).toEqual(['1003 0']);
    expect(runsOf(object)).toEqual({ 21: { count: 2, value: 1002 } });
  });

  test('refuses an unknown probe', () => {
    const object = load();
    const target = { path: probed, provider: 'trigon_test', name: 'absent', cookie: 1n };
    expect(failure(() => object.attachUsdt('on_usdt', target))).toMatchObject({
      code: 'BPF_ENOENT',
      message: expect.stringContaining(`USDT probe 'trigon_test:absent' of '${probed}'`),
    });
    expect(
      failure(() => object.attachUsdt('on_usdt', { ...target, path: '/etc/passwd' })).code,
    ).toMatch(/^BPF_/);
  });
});

describe('cgroups', () => {
  test('a program sees the connections of its cgroup only', () => {
    const root = findMount(readMounts(), 'cgroup2')?.folder;
    const cgroup = join(root ?? '', `trigon-attach-${process.pid}`);
    mkdirSync(cgroup);
    try {
      const object = load();
      const link = object.attachCgroup('on_connect', cgroup);
      const connect = (enter: string) =>
        spawnSync('bash', ['-c', `${enter} exec 3<>/dev/tcp/127.0.0.1/9`], { stdio: 'ignore' });
      connect('');
      expect(runsOf(object)).toEqual({});
      connect(`echo $$ > ${cgroup}/cgroup.procs;`);
      // The port as it goes over the wire: 9, high byte first.
      expect(runsOf(object)).toEqual({ 0: { count: 1, value: 9 << 8 } });
      link.detach();
      connect(`echo $$ > ${cgroup}/cgroup.procs;`);
      expect(runsOf(object)).toMatchObject({ 0: { count: 1 } });
      expect(failure(() => object.attachCgroup('on_function', cgroup)).code).toMatch(/^BPF_/);
      expect(failure(() => object.attachCgroup('on_connect', join(cgroup, 'absent'))).code).toBe(
        'BPF_ENOENT',
      );
      expect(failure(() => object.attachCgroup('on_connect', folder)).code).toBe('BPF_EBADF');
    } finally {
      rmdirSync(cgroup);
    }
  });
});

test(`kprobes: ${hasKprobes ? 'entry of a function, with a cookie' : 'refused in words'}`, () => {
  const object = load(process.pid);
  const target = { function: 'security_task_kill', returns: false, cookie: 4n };
  if (hasKprobes) {
    object.attachKprobe('on_kprobe', target);
    killMyself(1);
    expect(runsOf(object)).toMatchObject({ 4: { count: 1 } });
    const absent = { ...target, function: 'no_such_function' };
    expect(failure(() => object.attachKprobe('on_kprobe', absent)).code).toBe('BPF_ENOENT');
  } else {
    expect(failure(() => object.attachKprobe('on_kprobe', target))).toMatchObject({
      code: 'BPF_EOPNOTSUPP',
      program: 'on_kprobe',
      message: expect.stringContaining('this kernel has no kprobes'),
    });
  }
});

describe('running a program without attaching it', () => {
  const context = (...numbers: bigint[]) =>
    Buffer.concat(numbers.map((number) => u64(BigInt.asUintN(64, number))));

  test('gives it the context and returns its result', () => {
    const object = load();
    const run = (...numbers: bigint[]) =>
      object.testRun('second_argument', { context: context(...numbers) }).result;
    expect(run(1n, 42n)).toBe(42);
    expect(run(1n, -5n, 9n)).toBe(-5);
  });

  test('refuses a context that is too small, and programs that cannot be run so', () => {
    const object = load();
    expect(failure(() => object.testRun('second_argument', { context: context(1n) })).code).toBe(
      'BPF_EINVAL',
    );
    expect(failure(() => object.testRun('on_function')).code).toBe('BPF_ENOTSUPP');
  });
});

describe('cost', () => {
  test('memory of programs and maps', () => {
    const object = load();
    expect(object.programInfo('on_function').memlockBytes).toBeGreaterThanOrEqual(4096);
    // 64 entries of a key of 8 and a value of 16 bytes, preallocated.
    expect(object.map('runs').memoryBytes()).toBeGreaterThan(64 * 24);
    const { map } = object;
    object.close();
    expect(failure(() => map('runs')).code).toBe('BPF_EBADF');
  });

  test('run times are measured while somebody asks for them', () => {
    const object = load();
    const statistics = enableRunTimeStats();
    object.attachRawTracepoint('on_raw_tracepoint', 'sys_enter', 1n);
    killMyself(100);
    const { runCount, runTimeNs } = object.programInfo('on_raw_tracepoint');
    expect(runCount).toBeGreaterThanOrEqual(100n);
    expect(runTimeNs).toBeGreaterThan(0n);
    statistics.close();
    statistics.close();
    const fds = readdirSync('/proc/self/fd').length;
    for (let i = 0; i < 50; i++) enableRunTimeStats().close();
    expect(readdirSync('/proc/self/fd')).toHaveLength(fds);
  });
});

test('an object that closes takes its attachments along', () => {
  const before = attachments();
  for (let i = 0; i < 3; i++) {
    const object = load(process.pid);
    const uprobe = { path: probed, symbol: 'add', offset: 0n, returns: false, cookie: 1n };
    const usdt = { path: probed, provider: 'trigon_test', name: 'added', cookie: 1n };
    object.attachRawTracepoint('on_raw_tracepoint', 'sys_enter', 1n);
    object.attachTracepoint('on_tracepoint', 'sched', 'sched_process_fork', 1n).detach();
    object.attachTracepoint('on_tracepoint', 'sched', 'sched_process_fork', 1n);
    object.attachUprobe('on_function', uprobe);
    object.attachUsdt('on_usdt', usdt);
    expect(
      failure(() => object.attachTracepoint('second_argument', 'sched', 'sched_process_fork')).code,
    ).toBe('BPF_EINVAL');
    expect(attachments()).toBeGreaterThan(before);
    object.close();
    expect(attachments()).toBe(before);
  }
});

test('use after close, and arguments of the wrong kind', () => {
  const object = load();
  const link = object.attachRawTracepoint('on_raw_tracepoint', 'sys_enter');
  for (const wrong of [undefined, 5, -1n, 1n << 64n, 'x\0y', '', {}] as never[]) {
    const target = {
      path: probed,
      provider: 'a',
      name: 'b',
      function: 'c',
      offset: 0n,
      returns: false,
      cookie: 0n,
    };
    expect(failure(() => object.attachTracepoint('on_tracepoint', wrong, wrong)).code).toMatch(
      /^BPF_E/,
    );
    if (wrong !== undefined) {
      expect(
        failure(() => object.attachRawTracepoint('on_raw_tracepoint', 'sys_enter', wrong)).code,
      ).toBe('BPF_EINVAL');
    }
    expect(
      failure(() => object.attachUprobe('on_function', { ...target, cookie: wrong })).code,
    ).toBe('BPF_EINVAL');
    expect(failure(() => object.attachUprobe('on_function', { ...target, path: wrong })).code).toBe(
      'BPF_EINVAL',
    );
    expect(failure(() => object.attachUsdt('on_usdt', { ...target, path: wrong })).code).toBe(
      'BPF_EINVAL',
    );
    expect(failure(() => object.attachCgroup('on_connect', wrong)).code).toBe('BPF_EINVAL');
    expect(
      failure(() => object.attachKprobe('on_kprobe', { ...target, function: wrong })).code,
    ).toBe('BPF_EINVAL');
  }
  object.close();
  link.detach();
  for (const call of [
    () => object.attachRawTracepoint('on_raw_tracepoint', 'sys_enter'),
    () => object.attachTracepoint('on_tracepoint', 'sched', 'sched_process_fork'),
    () => object.attachCgroup('on_connect', folder),
    () => object.testRun('second_argument'),
  ]) {
    expect(failure(call)).toMatchObject({ code: 'BPF_EBADF', errno: 9 });
  }
});

/** One program at many functions by one link, and programs that are loaded for one function: needs root and clang. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  type BpfError,
  type BpfObject,
  isBpfError,
  openObject,
} from '../../src/agent/bpf/addon.ts';
import { readU64, u32 } from '../../src/agent/bytes.ts';
import { findHostAbilities } from '../../src/agent/host/abilities.ts';
import { withElf } from '../../src/agent/symbols/elf.ts';
import { functionOffset } from '../../src/agent/symbols/functionOffset.ts';
import { compileBpf, compileProgram } from '../driver/compile.ts';

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const host = findHostAbilities();

let folder: string;
let probed: string;
const objects = new Map<string, Uint8Array>();
let opened: BpfObject[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trigon-attach-many-'));
  probed = join(folder, 'probed');
  compileProgram(fixture('probed.c'), probed);
  for (const name of ['attach', 'trampolines']) {
    const output = join(folder, `${name}.bpf.o`);
    compileBpf(fixture(`${name}.bpf.c`), output);
    objects.set(name, readFileSync(output));
  }
});

afterEach(() => {
  for (const object of opened) object.close();
  opened = [];
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function open(name: 'attach' | 'trampolines', prepare: (object: BpfObject) => void): BpfObject {
  const object = openObject(objects.get(name) ?? new Uint8Array(), name);
  opened.push(object);
  prepare(object);
  return object;
}

function load(name: 'attach' | 'trampolines', prepare: (object: BpfObject) => void): BpfObject {
  const object = open(name, prepare);
  object.load();
  return object;
}

/** What the programs noted, by cookie. */
const runsOf = (object: BpfObject) =>
  Object.fromEntries(
    object
      .map('runs')
      .entries()
      .map(({ key, value }) => [
        String(readU64(key)),
        {
          count: Number(readU64(value)),
          value: Number(BigInt.asIntN(64, readU64(value.subarray(8)))),
        },
      ]),
  );

const add = (...given: number[]): string[] =>
  spawnSync(probed, { input: `${given.join('\n')}\n`, encoding: 'utf8' })
    .stdout.trim()
    .split('\n');

function failure(call: () => unknown): BpfError {
  try {
    call();
  } catch (error) {
    if (isBpfError(error)) return error;
    throw error;
  }
  throw new Error('expected a failure');
}

const links = () =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).includes('bpf_link');
    } catch {
      return false; // the descriptor of this very listing
    }
  }).length;

const uprobes = (object: BpfObject) => {
  object.setAttachType('on_function', 'uprobe.multi');
  object.setAttachType('on_return', 'uprobe.multi');
};
const places = () => [functionOffset(probed, 'add'), functionOffset(probed, 'main')];

if (host.uprobeMulti) {
  describe('uprobe.multi', () => {
    test('entries and returns of several functions, each with its cookie, detached as one', () => {
      const object = load('attach', uprobes);
      const at = { path: probed, offsets: places() };
      const entries = object.attachUprobeMulti('on_function', {
        ...{ ...at, returns: false, cookies: [1n, 2n ** 64n - 1n] },
      });
      object.attachUprobeMulti('on_return', { ...at, returns: true, cookies: [3n, 4n] });
      expect(add(41, 42)).toEqual(['1041 0', '1042 0']);
      expect(runsOf(object)).toEqual({
        1: { count: 2, value: 42 },
        '18446744073709551615': { count: 1, value: 1 },
        3: { count: 2, value: 1042 },
        4: { count: 1, value: 0 },
      });
      entries.detach();
      add(43);
      expect(runsOf(object)).toMatchObject({ 1: { count: 2 }, 3: { count: 3, value: 1043 } });
    });

    test('keeps the counters of places that have one above 0', () => {
      const counter = withElf(
        probed,
        ({ sections }) => sections.find(({ name }) => name === '.probes')?.offset,
      );
      const object = load('attach', uprobes);
      const link = object.attachUprobeMulti('on_function', {
        ...{ path: probed, offsets: places(), refCtrOffsets: [BigInt(counter ?? 0), 0n] },
        ...{ returns: false, cookies: [1n, 2n] },
      });
      expect(add(1)).toEqual(['1001 1']);
      link.detach();
      expect(add(1)).toEqual(['1001 0']);
    });

    test('in one process only', async () => {
      const object = load('attach', uprobes);
      const child = spawn(probed, { stdio: ['pipe', 'pipe', 'inherit'] });
      try {
        child.stdin.write('1\n');
        await once(child.stdout, 'data');
        object.attachUprobeMulti('on_function', {
          ...{ path: probed, offsets: places(), returns: false, cookies: [7n, 8n] },
          pid: child.pid,
        });
        add(1, 2, 3);
        expect(runsOf(object)).toEqual({});
        child.stdin.write('77\n');
        await once(child.stdout, 'data');
        expect(runsOf(object)).toEqual({ 7: { count: 1, value: 77 } });
      } finally {
        child.kill();
      }
    });

    test('refuses what is not there, and leaves nothing behind', () => {
      const object = load('attach', uprobes);
      const before = links();
      const target = { path: probed, offsets: places(), returns: false, cookies: [1n, 2n] };
      const refusal = (changes: object, program = 'on_function') =>
        failure(() => object.attachUprobeMulti(program, { ...target, ...changes }));
      expect(refusal({ path: join(folder, 'absent') })).toMatchObject({
        code: 'BPF_ENOENT',
        program: 'on_function',
        message: expect.stringContaining(`uprobes at 2 places of '${join(folder, 'absent')}'`),
      });
      expect(refusal({ path: folder }).code).toBe('BPF_EBADF');
      expect(refusal({ offsets: [], cookies: [] }).code).toBe('BPF_EINVAL');
      expect(refusal({ offsets: [functionOffset(probed, 'add'), 1n << 40n] }).code).toBe(
        'BPF_EINVAL',
      );
      expect(refusal({}, 'on_kprobe').code).toBe('BPF_EINVAL');
      for (const changes of [
        { cookies: [1n] },
        { cookies: [1n, -1n] },
        { cookies: undefined },
        { refCtrOffsets: [0n] },
        { offsets: [1n << 64n, 0n] },
        { offsets: ['1', 0n] },
        { pid: -1 },
      ])
        expect([changes, refusal(changes).code]).toEqual([changes, 'BPF_EINVAL']);
      expect(refusal({ cookies: [1n] }).message).toContain('must be 2, one for each place, not 1');
      expect(links()).toBe(before);
    });
  });
}

describe('kprobe.multi', () => {
  const target = {
    functions: ['security_task_kill', 'security_file_open'],
    cookies: [5n, 6n],
    returns: false,
  };
  const prepare = (object: BpfObject) => {
    object.setGlobal('target_process', u32(process.pid));
    object.setAttachType('on_kprobe', 'kprobe.multi');
  };

  if (host.kprobeMulti) {
    test('several functions, each with its cookie', () => {
      const object = load('attach', prepare);
      const link = object.attachKprobeMulti('on_kprobe', target);
      process.kill(process.pid, 0);
      readFileSync('/etc/hostname');
      const runs = runsOf(object);
      expect(runs).toMatchObject({ 5: { count: 1 } });
      expect(runs['6']?.count).toBeGreaterThanOrEqual(1);
      link.detach();
      process.kill(process.pid, 0);
      expect(runsOf(object)).toMatchObject({ 5: { count: 1 } });
    });

    test('refuses a function that is not there', () => {
      const object = load('attach', prepare);
      const functions = ['security_task_kill', 'no_such_function'];
      expect(
        failure(() => object.attachKprobeMulti('on_kprobe', { ...target, functions })).code,
      ).toBe('BPF_ENOENT');
    });
  } else {
    test('is refused in words where the kernel has none', () => {
      const object = load('attach', prepare);
      expect(failure(() => object.attachKprobeMulti('on_kprobe', target))).toMatchObject({
        code: 'BPF_EOPNOTSUPP',
        program: 'on_kprobe',
        message: expect.stringContaining(
          "entry of 2 kernel functions by kprobe.multi, the first 'security_task_kill'",
        ),
      });
    });
  }

  test('refuses wrong lists', () => {
    const object = load('attach', prepare);
    for (const changes of [
      { functions: [] },
      { functions: ['a', ''] },
      { functions: ['a', 'b\0c'] },
      { functions: 'ab' },
      { functions: { length: 2 } },
      { cookies: [1n] },
    ] as object[])
      expect([
        changes,
        failure(() => object.attachKprobeMulti('on_kprobe', { ...target, ...changes })).code,
      ]).toEqual([changes, 'BPF_EINVAL']);
  });
});

describe('programs for one function', () => {
  const only = (object: BpfObject, ...names: string[]) => {
    for (const { name } of object.programs()) object.setAutoload(name, names.includes(name));
  };

  test('refuses a function or a hook that the kernel has not', () => {
    const object = open('trampolines', () => {});
    expect(failure(() => object.setAttachTarget('on_entry', 'no_such_function'))).toMatchObject({
      code: 'BPF_ENOENT',
      program: 'on_entry',
      message: expect.stringContaining(
        "set attach target of program 'on_entry' (fentry) to 'no_such_function'",
      ),
    });
    // The hook's name, without bpf_lsm_.
    expect(failure(() => object.setAttachTarget('on_hook', 'bpf_lsm_file_open')).code).toBe(
      'BPF_ENOENT',
    );
    expect(failure(() => object.setAttachTarget('absent', 'security_file_open')).code).toBe(
      'BPF_ENOENT',
    );
    object.setAttachTarget('on_entry', 'security_file_open');
    object.setAttachTarget('on_hook', 'file_open');
  });

  test('needs a target, and only before the load', () => {
    expect(failure(() => load('trampolines', (object) => only(object, 'on_entry'))).program).toBe(
      'on_entry',
    );
    const loaded = load('trampolines', only);
    expect(failure(() => loaded.setAttachTarget('on_entry', 'security_file_open')).code).toBe(
      'BPF_EBUSY',
    );
    expect(failure(() => loaded.setAttachType('on_entry', 'kprobe.multi')).code).toBe('BPF_EBUSY');
  });

  if (host.fentry) {
    test('entry and return', () => {
      const object = load('trampolines', (opening) => {
        only(opening, 'on_entry', 'on_exit');
        opening.setGlobal('target_process', u32(process.pid));
        opening.setAttachTarget('on_entry', 'security_task_kill');
        opening.setAttachTarget('on_exit', 'security_task_kill');
      });
      const before = links();
      object.attach('on_entry');
      object.attach('on_exit').detach();
      expect(links()).toBe(before + 1);
      process.kill(process.pid, 0);
      const runs = object.map('.bss').entries()[0]?.value ?? new Uint8Array(16);
      expect([readU64(runs), readU64(runs.subarray(8))]).toEqual([1n, 0n]);
    });
  } else {
    test('are refused with the program’s name where the kernel has no trampolines', () => {
      const object = open('trampolines', (opening) => {
        only(opening, 'on_entry');
        opening.setAttachTarget('on_entry', 'security_task_kill');
      });
      expect(
        failure(() => {
          object.load();
          object.attach('on_entry');
        }),
      ).toMatchObject({ code: expect.stringMatching(/^BPF_E/), program: 'on_entry' });
    });
  }
});

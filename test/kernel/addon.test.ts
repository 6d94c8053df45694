/** The native addon on the running kernel: needs root (CAP_BPF, CAP_PERFMON) and clang. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { endianness, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  type BpfError,
  type BpfMap,
  type BpfObject,
  type BpfRing,
  clock,
  isBpfError,
  libbpfVersion,
  openObject,
  possibleCpus,
} from '../../src/agent/bpf/addon.ts';
import { compileBpf } from '../driver/compile.ts';

const littleEndian = endianness() === 'LE';
const fixtures = fileURLToPath(new URL('fixtures/', import.meta.url));
const addonModule = fileURLToPath(new URL('../../src/agent/bpf/addon.ts', import.meta.url));

/** The number of kill(2), which `process.kill(process.pid, 0)` calls once and without effect. */
const killCall = process.arch === 'x64' ? 62n : 129n;

let objects: string;
const opened: BpfObject[] = [];

beforeAll(() => {
  objects = mkdtempSync(join(tmpdir(), 'trigon-addon-'));
  chmodSync(objects, 0o755);
  for (const name of ['churn', 'exec', 'numbered', 'refused', 'shared']) {
    compileBpf(join(fixtures, `${name}.bpf.c`), objectFile(name));
  }
});

afterEach(() => {
  for (const object of opened.splice(0)) object.close();
});

afterAll(() => rmSync(objects, { recursive: true, force: true }));

const objectFile = (name: string): string => join(objects, `${name}.bpf.o`);

/** Opens a fixture, to be closed when the test ends. */
function open(fixture: string): BpfObject {
  const object = openObject(readFileSync(objectFile(fixture)), fixture);
  opened.push(object);
  return object;
}

function load(fixture: string): BpfObject {
  const object = open(fixture);
  object.load();
  return object;
}

function u32(value: number): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setUint32(0, value, littleEndian);
  return new Uint8Array(bytes.buffer);
}

function u64(value: bigint): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setBigUint64(0, value, littleEndian);
  return new Uint8Array(bytes.buffer);
}

const view = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const asU32 = (bytes: Uint8Array): number => view(bytes).getUint32(0, littleEndian);
const asU64 = (bytes: Uint8Array): bigint => view(bytes).getBigUint64(0, littleEndian);

/** The error a call throws; fails when it throws none of ours. */
function failure(call: () => unknown): BpfError {
  try {
    call();
  } catch (error) {
    if (isBpfError(error)) return error;
    throw error;
  }
  throw new Error('expected a failure');
}

/** The records in a consumed buffer, without their headers; checks the framing. */
function records(buffer: ArrayBuffer, bytes: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  const data = new DataView(buffer);
  let offset = 0;
  while (offset < bytes) {
    const length = data.getUint32(offset, littleEndian);
    expect(length >>> 30).toBe(0);
    found.push(new Uint8Array(buffer, offset + 8, length));
    offset += (8 + length + 7) & ~7;
  }
  expect(offset).toBe(bytes);
  return found;
}

function drain(ring: BpfRing, bytes = 1 << 20): Uint8Array[] {
  const buffer = new ArrayBuffer(bytes);
  return records(buffer, ring.consume(buffer));
}

/** How many BPF objects this process holds, by descriptor and by mapping, and all descriptors. */
function held(): { descriptors: number; bpf: number; mappings: number } {
  const targets = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return []; // the descriptor of this very listing
    }
  });
  return {
    descriptors: targets.length,
    bpf: targets.filter((target) => /^anon_inode:\[?bpf/.test(target)).length,
    mappings: readFileSync('/proc/self/maps', 'latin1').match(/anon_inode:\[?bpf/g)?.length ?? 0,
  };
}

/** Runs a full garbage collection now. */
const collectGarbage: () => void = (() => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
})();

/** Polls until the condition holds; the limit is only there to end a failing test. */
async function until(condition: () => boolean, limitMs = 20_000): Promise<boolean> {
  const deadline = Date.now() + limitMs;
  while (!condition()) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}

describe('facts about the host', () => {
  test('clock tells both clocks', () => {
    const before = BigInt(Date.now()) * 1_000_000n;
    const first = clock();
    const second = clock();
    expect(second.boot).toBeGreaterThanOrEqual(first.boot);
    expect(first.real).toBeGreaterThanOrEqual(before);
    // Both advance alike: their distance stays the same up to the width of a reading.
    const drift = second.real - second.boot - (first.real - first.boot);
    expect(drift < 100_000_000n && drift > -100_000_000n).toBe(true);
    const uptimeNs = Number(readFileSync('/proc/uptime', 'latin1').split(' ')[0]) * 1e9;
    expect(Math.abs(Number(clock().boot) - uptimeNs)).toBeLessThan(60e9);
  });

  test('possibleCpus counts what the kernel lists', () => {
    const list = readFileSync('/sys/devices/system/cpu/possible', 'latin1').trim();
    const count = list.split(',').reduce((sum, range) => {
      const [first, last] = range.split('-').map(Number);
      return sum + (last ?? first ?? 0) - (first ?? 0) + 1;
    }, 0);
    expect(possibleCpus()).toBe(count);
  });

  test('libbpfVersion names a version', () => {
    expect(libbpfVersion()).toMatch(/^v\d+\.\d+/);
  });
});

describe('events', () => {
  test('delivers what children of the target parent execute, and nothing else', () => {
    const object = open('exec');
    object.setGlobal('target_parent', u32(process.pid));
    object.setGlobal('marker', u32(0xabcd_1234));
    object.load();
    const link = object.attach('handle_exec');
    const ring = object.map('events').openRing();

    const child = spawnSync('/bin/true');
    // The shell's child has another parent and must not show up.
    const shell = spawnSync('/bin/sh', ['-c', '/bin/true; exit 0']);

    const found = drain(ring).map((record) => ({
      pid: asU32(record),
      marker: asU32(record.subarray(4)),
      filename: new TextDecoder().decode(record.subarray(8)).split('\0')[0],
    }));
    expect(found).toEqual([
      { pid: child.pid, marker: 0xabcd_1234, filename: '/bin/true' },
      { pid: shell.pid, marker: 0xabcd_1234, filename: '/bin/sh' },
    ]);

    link.detach();
    link.detach();
    spawnSync('/bin/true');
    expect(drain(ring)).toEqual([]);

    object.attach('handle_exec');
    spawnSync('/bin/true');
    expect(drain(ring)).toHaveLength(1);
  });

  test('a variable given fewer bytes keeps the rest', () => {
    const object = open('exec');
    object.setGlobal('target_parent', u32(process.pid));
    object.setGlobal('marker', Uint8Array.of(9));
    object.load();
    object.attach('handle_exec');
    const ring = object.map('events').openRing();
    spawnSync('/bin/true');
    expect(drain(ring).map((record) => asU32(record.subarray(4)))).toEqual([9]);
  });

  test('a ring in use keeps its object; once all is forgotten, nothing stays open', async () => {
    const collected = async (limitMs?: number) => {
      await until(() => {
        collectGarbage();
        return held().bpf === 0;
      }, limitMs);
      return held().bpf === 0;
    };
    const openForgotten = () => {
      const object = openObject(readFileSync(objectFile('exec')), 'forgotten');
      object.setGlobal('target_parent', u32(process.pid));
      object.load();
      object.attach('handle_exec');
      return object.map('events').openRing();
    };

    let ring: BpfRing | undefined = openForgotten();
    expect(await collected(100)).toBe(false);
    spawnSync('/bin/true');
    expect(drain(ring)).toHaveLength(1);
    ring = undefined;
    expect(await collected()).toBe(true);
    expect(held().mappings).toBe(0);
  });
});

describe('programs', () => {
  test('lists, and tells id, size and descriptor of a loaded one', () => {
    const object = open('exec');
    expect(object.programs()).toEqual([
      { name: 'handle_exec', section: 'tp_btf/sched_process_exec' },
      { name: 'handle_nowhere', section: 'raw_tp' },
    ]);
    object.setAutoload('handle_nowhere', false);
    object.load();

    const info = object.programInfo('handle_exec');
    expect(info.id).toBeGreaterThan(0);
    expect(info.instructions).toBeGreaterThan(5);
    expect(typeof info.runCount).toBe('bigint');
    expect(typeof info.runTimeNs).toBe('bigint');
    expect(info.recursionMisses).toBe(0n);
    expect(readlinkSync(`/proc/self/fd/${object.programFd('handle_exec')}`)).toContain('bpf-prog');

    const tails = object.map('tails');
    expect(tails.get(u32(1))).toBeUndefined();
    expect(failure(() => object.programFd('handle_nowhere'))).toMatchObject({
      program: 'handle_nowhere',
    });
  });

  test('a program array takes a descriptor and gives back the id', () => {
    const object = open('exec');
    object.load();
    const tails = object.map('tails');
    const fd = object.programFd('handle_nowhere');
    tails.set(u32(1), u32(fd));
    const id = tails.get(u32(1));
    expect(id && asU32(id)).toBe(object.programInfo('handle_nowhere').id);
    expect(tails.delete(u32(1))).toBe(true);
    expect(tails.delete(u32(1))).toBe(false);
  });
});

describe('maps', () => {
  test('hash: get, set, delete, keys', () => {
    const hash = load('exec').map('hash');
    expect(hash).toMatchObject({
      name: 'hash',
      type: 1,
      keySize: 4,
      valueSize: 8,
      maxEntries: 16,
    });
    expect(hash.get(u32(1))).toBeUndefined();
    expect(hash.keys()).toEqual([]);
    for (let i = 0; i < 16; i++) hash.set(u32(i), u64(BigInt(i) * 10n));
    expect(hash.get(u32(3))).toEqual(u64(30n));
    expect(
      hash
        .keys()
        .map(asU32)
        .sort((a, b) => a - b),
    ).toEqual(Array.from({ length: 16 }, (_, i) => i));

    expect(failure(() => hash.set(u32(99), u64(1n))).code).toBe('BPF_E2BIG');
    expect(hash.delete(u32(3))).toBe(true);
    expect(hash.delete(u32(3))).toBe(false);
    expect(hash.get(u32(3))).toBeUndefined();
    expect(hash.keys()).toHaveLength(15);

    expect(failure(() => hash.set(u32(4), u64(1n), 1))).toMatchObject({
      code: 'BPF_EEXIST',
      errno: 17,
    });
    expect(failure(() => hash.set(u32(3), u64(1n), 2)).code).toBe('BPF_ENOENT');
    expect(failure(() => hash.set(u32(3), u64(1n), 99)).code).toBe('BPF_EINVAL');
  });

  test('array: entries always exist', () => {
    const array = load('exec').map('array');
    array.set(u32(2), u64(5n));
    expect(array.get(u32(2))).toEqual(u64(5n));
    expect(array.get(u32(0))).toEqual(u64(0n));
    expect(array.get(u32(4))).toBeUndefined();
    expect(array.keys().map(asU32)).toEqual([0, 1, 2, 3]);
    expect(failure(() => array.delete(u32(2)))).toMatchObject({ code: 'BPF_EINVAL' });
  });

  test('per-CPU array: one value for each possible CPU, rounded up to 8 bytes', () => {
    const perCpu = load('exec').map('per_cpu');
    expect(perCpu.valueSize).toBe(12);
    const element = new Uint8Array(16 * possibleCpus());
    for (let cpu = 0; cpu < possibleCpus(); cpu++) element.fill(cpu + 1, cpu * 16, cpu * 16 + 12);
    perCpu.set(u32(1), element);
    expect(perCpu.get(u32(1))).toEqual(element);
    expect(perCpu.get(u32(0))).toEqual(new Uint8Array(element.length));
    expect(failure(() => perCpu.set(u32(1), new Uint8Array(12))).message).toContain(
      `${element.length} bytes, not 12`,
    );
  });

  describe('entries', () => {
    /** A hash of so many entries, each with ten times its key. */
    function filledHash(count: number): BpfMap {
      const object = open('exec');
      object.setMaxEntries('hash', count);
      object.load();
      const hash = object.map('hash');
      for (let i = 0; i < count; i++) hash.set(u32(i), u64(BigInt(i) * 10n));
      return hash;
    }
    const numbers = (map: BpfMap, atMost?: number) =>
      map
        .entries(atMost)
        .map(({ key, value }) => [asU32(key), Number(asU64(value))] as const)
        .sort(([a], [b]) => a - b);

    test('hash: all of them, none, and after a delete', () => {
      const hash = load('exec').map('hash');
      expect(hash.entries()).toEqual([]);
      hash.set(u32(7), u64(70n));
      hash.set(u32(8), u64(80n));
      expect(numbers(hash)).toEqual([
        [7, 70],
        [8, 80],
      ]);
      hash.delete(u32(7));
      expect(hash.entries()).toEqual([{ key: u32(8), value: u64(80n) }]);
    });

    test('array: in the order of its indices; only the first so many', () => {
      const array = load('exec').map('array');
      array.set(u32(2), u64(5n));
      expect(array.entries()).toEqual(
        [0n, 0n, 5n, 0n].map((value, index) => ({ key: u32(index), value: u64(value) })),
      );
      expect(array.entries(3)).toEqual(array.entries().slice(0, 3));
      expect(array.entries(0)).toEqual([]);
      expect(array.entries(0xffff_ffff)).toHaveLength(4);
    });

    test('per-CPU array: as get has them', () => {
      const perCpu = load('exec').map('per_cpu');
      const element = Uint8Array.from({ length: 16 * possibleCpus() }, (_, i) =>
        i % 16 < 12 ? i : 0,
      );
      perCpu.set(u32(1), element);
      expect(perCpu.entries()).toEqual([
        { key: u32(0), value: new Uint8Array(element.length) },
        { key: u32(1), value: element },
      ]);
    });

    test.each([255, 256, 257, 5000])('%d entries: each once, whatever a batch holds', (count) => {
      const expected = Array.from({ length: count }, (_, i) => [i, i * 10]);
      const hash = filledHash(count);
      expect(numbers(hash)).toEqual(expected);
      const some = numbers(hash, 200);
      expect(new Set(some.map(([key]) => key)).size).toBe(200);
      expect(some.every(([key, value]) => value === key * 10)).toBe(true);
    });

    test('one entry asked for at a time comes from buckets of several', () => {
      const hash = filledHash(5000);
      for (const atMost of [1, 2, 3]) expect(hash.entries(atMost)).toHaveLength(atMost);
    });

    test('an array of several batches', () => {
      const object = open('exec');
      object.setMaxEntries('array', 1000);
      object.setMaxEntries('per_cpu', 1000);
      object.load();
      const array = object.map('array');
      for (let i = 0; i < 1000; i++) array.set(u32(i), u64(BigInt(i)));
      const expected = Array.from({ length: 1000 }, (_, i) => i);
      expect(array.entries().map(({ key }) => asU32(key))).toEqual(expected);
      expect(array.entries().map(({ value }) => Number(asU64(value)))).toEqual(expected);
      expect(
        object
          .map('per_cpu')
          .entries()
          .map(({ key }) => asU32(key)),
      ).toEqual(expected);
    });

    test('a type without batches is read one by one: empty slots are left out', () => {
      const object = load('exec');
      const tails = object.map('tails');
      expect(tails.entries()).toEqual([]);
      tails.set(u32(1), u32(object.programFd('handle_nowhere')));
      expect(tails.entries()).toEqual([
        { key: u32(1), value: u32(object.programInfo('handle_nowhere').id) },
      ]);
      expect(failure(() => object.map('events').entries()).code).toMatch(/^BPF_E/);
    });

    test('more than 64 MiB are refused', () => {
      const object = open('exec');
      object.setMaxEntries('array', 6_000_000);
      object.load();
      const array = object.map('array');
      expect(failure(() => array.entries()).code).toBe('BPF_E2BIG');
      expect(array.entries(10)).toHaveLength(10);
    });

    test('entries that come and go meanwhile: never one twice, never with the value of another', async () => {
      const object = open('churn');
      object.setGlobal('target_process', u32(process.pid));
      object.setGlobal('target_call', u64(killCall));
      object.load();
      object.attach('handle_call');
      const hash = object.map('hash');
      const turns = () => asU64(object.map('.bss').get(u32(0)) ?? new Uint8Array(8));
      const writer = new Worker('for (;;) process.kill(process.pid, 0);', {
        eval: true,
        execArgv: [],
      });
      try {
        expect(await until(() => turns() > 1000n)).toBe(true);
        let largest = 0;
        for (let round = 0; round < 300; round++) {
          const seen = numbers(hash);
          expect(new Set(seen.map(([key]) => key)).size).toBe(seen.length);
          expect(seen.filter(([key, value]) => value !== key * 10)).toEqual([]);
          largest = Math.max(largest, seen.length);
        }
        expect(largest).toBeGreaterThan(256);
        expect(largest).toBeLessThanOrEqual(hash.maxEntries);
      } finally {
        await writer.terminate();
      }
    });
  });

  test('setMaxEntries counts before the load only', () => {
    const object = open('exec');
    object.setMaxEntries('hash', 3);
    object.setMaxEntries('events', 5000);
    object.load();
    expect(object.map('hash').maxEntries).toBe(3);
    expect(object.map('events').openRing().bytes).toBe(8192);
    expect(failure(() => object.setMaxEntries('hash', 4)).code).toBe('BPF_EBUSY');
  });

  test('takes keys and values that are views into larger buffers', () => {
    const hash = load('exec').map('hash');
    const bytes = Uint8Array.from({ length: 64 }, (_, i) => i);
    hash.set(bytes.subarray(3, 7), Buffer.from(bytes.buffer, 9, 8));
    expect(hash.keys()).toEqual([Uint8Array.of(3, 4, 5, 6)]);
    expect(hash.get(Uint8Array.of(3, 4, 5, 6))).toEqual(bytes.slice(9, 17));
  });

  test('reuseMap shares data between two objects, in both directions and past the first', () => {
    const first = load('exec');
    const second = open('shared');
    second.reuseMap('borrowed', first.map('hash'));
    second.load();

    const here = first.map('hash');
    const there = second.map('borrowed');
    expect(there).toMatchObject({ name: 'borrowed', maxEntries: 16 });
    here.set(u32(1), u64(11n));
    there.set(u32(2), u64(22n));
    expect(there.get(u32(1))).toEqual(u64(11n));
    expect(here.get(u32(2))).toEqual(u64(22n));
    first.close();
    expect(there.get(u32(1))).toEqual(u64(11n));
  });

  test('reuseMap refuses another shape, a closed object and a stranger', () => {
    const first = load('exec');
    const hash = first.map('hash');
    const second = open('shared');
    const refused = failure(() => second.reuseMap('wider', hash));
    expect(refused.code).toBe('BPF_EINVAL');
    expect(refused.message).toContain('8 byte keys');
    first.close();
    expect(failure(() => second.reuseMap('borrowed', hash)).code).toBe('BPF_EBADF');
    expect(failure(() => second.reuseMap('borrowed', { ...hash } as BpfMap)).code).toBe(
      'BPF_EINVAL',
    );
  });
});

describe('failures', () => {
  test('a file that is no object', () => {
    const broken = failure(() => openObject(new TextEncoder().encode('no ELF here'), 'broken'));
    expect(broken).toBeInstanceOf(Error);
    expect(broken.code).toMatch(/^BPF_/);
    expect(broken.errno).toBeGreaterThan(0);
    expect(broken.message).toContain("open object 'broken'");
    expect(broken.message).toContain('libbpf');
    expect(broken.message).not.toContain('Unknown error');
    expect(failure(() => openObject(new Uint8Array(0), 'empty')).message).toContain('empty');
  });

  test('an object file cut short anywhere', () => {
    const whole = readFileSync(objectFile('shared'));
    for (let length = 0; length < whole.length; length += 97) {
      failure(() => openObject(whole.subarray(0, length), 'short'));
    }
  });

  test('names that are not there', () => {
    const object = open('exec');
    expect(failure(() => object.setGlobal('nobody', u32(1)))).toMatchObject({ code: 'BPF_ENOENT' });
    expect(failure(() => object.setMaxEntries('nowhere', 1)).message).toContain(
      "object 'exec' has no map 'nowhere'",
    );
    expect(failure(() => object.setAutoload('nothing', true))).toMatchObject({
      code: 'BPF_ENOENT',
      program: 'nothing',
    });
    object.load();
    expect(failure(() => object.map('nowhere'))).toMatchObject({ code: 'BPF_ENOENT', errno: 2 });
    expect(failure(() => object.attach('nothing')).code).toBe('BPF_ENOENT');
    expect(failure(() => object.programInfo('nothing')).code).toBe('BPF_ENOENT');
  });

  test('calls out of order', () => {
    const object = open('exec');
    expect(failure(() => object.map('hash')).message).toContain('not loaded');
    expect(failure(() => object.attach('handle_exec')).message).toContain('not loaded');
    expect(failure(() => object.programFd('handle_exec')).code).toBe('BPF_EINVAL');
    expect(failure(() => object.setGlobal('marker', u64(1n))).code).toBe('BPF_E2BIG');
    object.load();
    // Loaded .rodata is read-only memory: writing it would kill the process.
    expect(failure(() => object.setGlobal('marker', u32(1))).code).toBe('BPF_EBUSY');
    expect(failure(() => object.setAutoload('handle_exec', true)).code).toBe('BPF_EBUSY');
    expect(failure(() => object.load()).code).toBe('BPF_EBUSY');
  });

  test('a program that cannot be attached by its section', () => {
    const object = load('exec');
    const refused = failure(() => object.attach('handle_nowhere'));
    expect(refused).toMatchObject({ code: 'BPF_EOPNOTSUPP', program: 'handle_nowhere' });
  });

  test("a program the verifier refuses: its name and the verifier's reason", () => {
    const object = open('refused');
    const refused = failure(() => object.load());
    expect(refused).toMatchObject({ code: 'BPF_EACCES', errno: 13, program: 'unchecked_lookup' });
    expect(refused.log).toContain('map_value_or_null');
    // The end of the log counts: of more than a hundred lines the last 40.
    expect(refused.log?.trimEnd().split('\n')).toHaveLength(40);
    expect(refused.log).not.toContain('BEGIN PROG LOAD LOG');
    expect(refused.message).toContain("load object 'refused'");
    expect(refused.message).toContain('map_value_or_null');
    expect(failure(() => object.load()).code).toBe('BPF_EBUSY');
    expect(failure(() => object.map('counts')).message).toContain('not loaded');
    // An earlier failure's log is no part of a later one.
    expect(failure(() => object.map('counts')).log).toBeUndefined();

    const rest = open('refused');
    rest.setAutoload('unchecked_lookup', false);
    rest.load();
    rest.attach('sound');
    expect(failure(() => rest.attach('unchecked_lookup')).message).toContain('was not loaded');
  });

  test('no privileges: BPF_EPERM', () => {
    // The addon is loaded while still root, so that the project may lie in root's home.
    const script = `
      import { readFileSync } from 'node:fs';
      import { openObject } from ${JSON.stringify(addonModule)};
      const bytes = readFileSync(${JSON.stringify(objectFile('exec'))});
      openObject(bytes, 'warm').close();
      process.setgroups([]); process.setgid(65534); process.setuid(65534);
      try { openObject(bytes, 'exec').load(); } catch (error) { console.log(JSON.stringify({ ...error })); }
    `;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    expect(child.stderr).toBe('');
    expect(JSON.parse(child.stdout)).toMatchObject({ code: 'BPF_EPERM', errno: 1 });
  });

  test('wrong arguments throw and never crash', () => {
    const object = load('exec');
    const hash = object.map('hash');
    const events = object.map('events');
    const ring = events.openRing();
    const detached = new ArrayBuffer(8);
    const detachedView = new Uint8Array(detached);
    structuredClone(detached, { transfer: [detached] });

    const wrong: unknown[] = [
      undefined,
      null,
      0,
      -1,
      1.5,
      Number.NaN,
      2 ** 32,
      '',
      'x'.repeat(300),
      'a\0b',
      {},
      [],
      new Uint8Array(3),
      new Uint32Array(1),
      new DataView(new ArrayBuffer(4)),
      new ArrayBuffer(0),
      detached,
      detachedView,
      new SharedArrayBuffer(8),
      Symbol('x'),
      () => 0,
      new Proxy({}, {}),
      object,
      hash,
      ring,
    ];
    for (const value of wrong) {
      // A caller without types: exactly what the compiler would refuse.
      const any = value as never;
      failure(() => openObject(any, any));
      failure(() => object.setGlobal(any, any));
      failure(() => object.setMaxEntries(any, any));
      failure(() => object.setAutoload(any, any));
      failure(() => object.reuseMap('hash', any));
      failure(() => object.attach(any));
      failure(() => object.map(any));
      failure(() => object.programInfo(any));
      failure(() => object.programFd(any));
      failure(() => hash.get(any));
      failure(() => hash.set(any, any));
      failure(() => hash.set(u32(1), any));
      failure(() => hash.delete(any));
      if (value !== undefined && value !== 0) failure(() => hash.entries(any));
      if (value !== undefined && value !== 0) failure(() => hash.set(u32(1), u64(1n), any));
      if (!(value instanceof ArrayBuffer)) failure(() => ring.consume(any));
    }
    expect(failure(() => hash.get(u64(1n)))).toMatchObject({
      code: 'BPF_EINVAL',
      errno: 22,
      message: "a key of map 'hash' must have 4 bytes, not 8",
    });
    expect(failure(() => hash.get(u64(1n)))).toBeInstanceOf(TypeError);
    expect(failure(() => hash.openRing()).message).toContain('no ring buffer');
    expect(failure(() => events.openRing()).code).toBe('BPF_EBUSY');
    expect(failure(() => events.get(new Uint8Array(0))).code).toMatch(/^BPF_E/);
    expect(failure(() => events.keys()).code).toMatch(/^BPF_E/);
    expect(ring.consume(new ArrayBuffer(0))).toBe(0);
    expect(ring.consume(detached)).toBe(0);
  });

  test('use after close', () => {
    const object = load('exec');
    const hash = object.map('hash');
    const ring = object.map('events').openRing();
    const closedRing = object.map('events');
    const link = object.attach('handle_exec');
    ring.close();
    ring.close();
    expect(failure(() => ring.consume(new ArrayBuffer(64))).code).toBe('BPF_EBADF');
    const again = closedRing.openRing();
    object.close();
    object.close();
    link.detach();
    again.close();

    for (const call of [
      () => object.load(),
      () => object.programs(),
      () => object.map('hash'),
      () => object.attach('handle_exec'),
      () => object.setGlobal('marker', u32(1)),
      () => object.programInfo('handle_exec'),
      () => hash.get(u32(1)),
      () => hash.set(u32(1), u64(1n)),
      () => hash.delete(u32(1)),
      () => hash.keys(),
      () => hash.entries(),
      () => closedRing.openRing(),
      () => again.consume(new ArrayBuffer(64)),
    ]) {
      expect(failure(call)).toMatchObject({ code: 'BPF_EBADF', errno: 9 });
      expect(failure(call).message).toContain('closed');
    }
    expect(hash.name).toBe('hash');
  });
});

describe('ring', () => {
  type Options = { lengths?: number; discardEvery?: number; bytes?: number };

  /** A small ring fed by `emit`, which makes the kernel write exactly that many records. */
  function numbered({ lengths = 512, discardEvery = 0, bytes = 4096 }: Options = {}) {
    const object = open('numbered');
    object.setGlobal('target_process', u32(process.pid));
    object.setGlobal('target_call', u64(killCall));
    object.setGlobal('lengths', u32(lengths));
    object.setGlobal('discard_every', u32(discardEvery));
    object.setMaxEntries('events', bytes);
    object.load();
    object.attach('handle_call');
    const variables = object.map('.bss');
    return {
      ring: object.map('events').openRing(),
      emit: (count: number) => {
        for (let i = 0; i < count; i++) process.kill(process.pid, 0);
      },
      /** In C order: next_number, lost. */
      lost: () => asU64((variables.get(u32(0)) ?? new Uint8Array()).subarray(8)),
    };
  }

  /** Checks a record's length and content by its number, which it returns. */
  function check(record: Uint8Array, lengths = 512): number {
    const number = Number(asU64(record));
    const length = (number * 37) & (lengths - 1);
    expect(record.length).toBe(8 + length);
    for (let i = 0; i < length; i++) {
      if (record[8 + i] !== ((number + i) & 255)) throw new Error(`record ${number} is damaged`);
    }
    return number;
  }

  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

  test('wraps around: each record arrives once, in order, whole', () => {
    const { ring, emit, lost } = numbered();
    expect(ring.bytes).toBe(4096);
    const numbers: number[] = [];
    for (let i = 0; i < 2000; i++) {
      emit(1 + (i % 5));
      numbers.push(...drain(ring).map((record) => check(record)));
    }
    expect(lost()).toBe(0n);
    expect(numbers).toEqual(range(0, 6000));
  });

  test('leaves discarded records out', () => {
    const { ring, emit, lost } = numbered({ discardEvery: 3, lengths: 64 });
    const numbers: number[] = [];
    for (let i = 0; i < 500; i++) {
      emit(7);
      numbers.push(...drain(ring).map((record) => check(record, 64)));
    }
    expect(lost()).toBe(0n);
    expect(numbers).toEqual(range(0, 3500));
  });

  test('a full ring loses new records and damages none', () => {
    const { ring, emit, lost } = numbered();
    let next = 0;
    let missed = 0n;
    for (let round = 0; round < 50; round++) {
      emit(60);
      const numbers = drain(ring).map((record) => check(record));
      // What got in keeps its order; gaps are counted as lost.
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
      expect(numbers[0]).toBe(next);
      next += 60;
      missed += BigInt(60 - numbers.length);
      expect(lost()).toBe(missed);
    }
    expect(missed).toBeGreaterThan(0n);
    emit(1);
    expect(drain(ring).map((record) => check(record))).toEqual([next]);
  });

  test('stops before a record that does not fit and goes on with it', () => {
    const { ring, emit } = numbered({ lengths: 1 });
    emit(10);
    // Records of 8 bytes and 8 of header: two fit into 40, one into 31.
    const first = new ArrayBuffer(40);
    expect(records(first, ring.consume(first)).map((record) => check(record, 1))).toEqual([0, 1]);
    const second = new ArrayBuffer(31);
    expect(ring.consume(second)).toBe(16);
    const small = new ArrayBuffer(15);
    expect(failure(() => ring.consume(small))).toMatchObject({
      code: 'BPF_ENOSPC',
      message: expect.stringContaining('the next record has 16 bytes, the buffer 15'),
    });
    expect(drain(ring).map((record) => check(record, 1))).toEqual(range(3, 10));
    expect(ring.consume(small)).toBe(0);
  });

  test('a producer on another thread at full speed: in order, whole, all accounted for', async () => {
    const { ring, lost } = numbered({ bytes: 16 * 1024 });
    const total = 30_000;
    const producer = new Worker(
      `for (let i = 0; i < ${total}; i++) process.kill(process.pid, 0);`,
      { eval: true, execArgv: [] },
    );
    const ended = new Promise((resolve) => producer.once('exit', resolve));
    const buffer = new ArrayBuffer(8 * 1024);
    let last = -1;
    let received = 0;
    const read = () => {
      for (const record of records(buffer, ring.consume(buffer))) {
        const number = check(record);
        if (number <= last) throw new Error(`record ${number} after ${last}`);
        last = number;
        received++;
      }
      return BigInt(received) + lost() >= BigInt(total);
    };
    // Spin in slices: the loop must run so that the worker's end is noticed.
    expect(
      await until(() => {
        for (let i = 0; i < 200; i++) if (read()) return true;
        return false;
      }),
    ).toBe(true);
    await ended;
    expect(BigInt(received) + lost()).toBe(BigInt(total));
    expect(received).toBeGreaterThan(0);
  });

  test('a large ring in one call: many runs, nothing lost', () => {
    const { ring, emit, lost } = numbered({ bytes: 2 << 20 });
    emit(6000);
    expect(drain(ring, 4 << 20).map((record) => check(record))).toEqual(range(0, 6000));
    expect(lost()).toBe(0n);
  });
});

describe('nothing stays behind', () => {
  test('200 objects opened, used and closed', async () => {
    const cycle = () => {
      const object = load('exec');
      object.attach('handle_exec');
      object.map('events').openRing();
      object.map('hash').set(u32(1), u64(1n));
      object.close();
    };
    cycle();
    const before = held();
    for (let i = 0; i < 200; i++) {
      cycle();
      opened.length = 0;
    }
    expect(await until(() => held().descriptors <= before.descriptors)).toBe(true);
    expect(held()).toMatchObject({ bpf: 0, mappings: 0 });
  });

  test('50 workers that exit, close or are terminated', async () => {
    const endings = ['exit', 'close', 'terminate'] as const;
    const run = (ending: (typeof endings)[number]) =>
      new Promise<void>((resolve, reject) => {
        const worker = new Worker(join(fixtures, 'addon-worker.ts'), {
          execArgv: [],
          workerData: { file: objectFile('exec'), ending },
        });
        let ready = false;
        worker.on('message', () => {
          ready = true;
          if (ending === 'terminate') void worker.terminate();
        });
        worker.on('error', reject);
        // A worker that calls process.exit may be gone before its message is delivered.
        worker.on('exit', () => {
          if (ready || ending === 'exit') resolve();
          else reject(new Error(`the worker to ${ending} ended early`));
        });
      });

    for (const ending of endings) await run(ending);
    await until(() => held().bpf === 0);
    const before = held();
    expect(before).toMatchObject({ bpf: 0, mappings: 0 });
    for (let started = 0; started < 50; started += 5) {
      await Promise.all(
        Array.from({ length: 5 }, (_, i) => run(endings[(started + i) % 3] ?? 'exit')),
      );
    }
    const clean = () => {
      const now = held();
      return now.bpf === 0 && now.mappings === 0 && now.descriptors <= before.descriptors;
    };
    expect({ clean: await until(clean), ...held() }).toMatchObject({ clean: true });
  }, 60_000);
});

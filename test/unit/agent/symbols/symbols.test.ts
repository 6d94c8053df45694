/** Tables of symbols, the kernel's list, memory maps and the cache of files; none of it needs privileges. */
import { copyFileSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Allowance, createAllowance } from '../../../../src/agent/allowance.ts';
import { createFileCache } from '../../../../src/agent/symbols/fileCache.ts';
import { openKernelSymbols } from '../../../../src/agent/symbols/kernel.ts';
import { findMapping, parseMemoryMap } from '../../../../src/agent/symbols/memoryMap.ts';
import { createSymbolTable } from '../../../../src/agent/symbols/symbolTable.ts';

describe('a table', () => {
  const table = (...symbols: [address: number, size: number, name: string][]) => {
    let names = '';
    const nameAt = symbols.map(([, , name]) => {
      names += `${name}\0`;
      return names.length - name.length - 1;
    });
    return createSymbolTable({
      addresses: Float64Array.from(symbols, ([address]) => address),
      sizes: Float64Array.from(symbols, ([, size]) => size),
      nameAt: Uint32Array.from(nameAt),
      names: Buffer.from(names),
    });
  };

  test('finds what holds an address, in any order of the symbols', () => {
    const found = table([300, 10, 'c'], [100, 50, 'a'], [200, 0, 'b'], [120, 5, 'in_a']);
    const at = (address: number) => found.find(address)?.name;
    expect([99, 100, 119, 120, 124, 125, 149, 150, 199].map(at)).toEqual([
      ...[undefined, 'a', 'a', 'in_a', 'in_a', 'a', 'a', undefined, undefined],
    ]);
    // Without a size it reaches to the next.
    expect([200, 299, 300, 309, 310].map(at)).toEqual(['b', 'b', 'c', 'c', undefined]);
    expect(found.find(130)).toEqual({ name: 'a', offset: 30 });
  });

  test('of several names of one place the longer, then the public one, then the first', () => {
    expect(table([5, 4, 'short'], [5, 9, 'long'], [5, 0, 'none']).find(5)?.name).toBe('long');
    expect(table([5, 4, '__write'], [5, 4, 'write'], [5, 4, '_w']).find(5)?.name).toBe('write');
    expect(table([5, 4, 'one'], [5, 4, 'two']).find(6)?.name).toBe('one');
  });

  test('an empty one, and one of which nothing is known to end', () => {
    expect(table().find(7)).toBeUndefined();
    const open = table([1000, 0, 'last']);
    expect(open.find(1000 + 2 ** 20)?.name).toBe('last');
    expect(open.find(1001 + 2 ** 20)).toBeUndefined();
  });
});

describe("the kernel's symbols", () => {
  const LIST = [
    '0000000000000000 A fixed_percpu_data',
    'ffffffff81000000 T _stext',
    'ffffffff81000000 T startup_64',
    'ffffffff81000100 t local_one',
    'ffffffff81000180 d not_code',
    'ffffffff81000200 W weak_one',
    'ffffffff82000000 D data',
    'ffffffffc0000000 t in_module\t[driver]',
    '',
  ].join('\n');

  test('symbol and offset of each address', () => {
    const symbols = openKernelSymbols(() => Buffer.from(LIST));
    const describeOne = (address: bigint) => symbols.describe([address])[0];
    expect(describeOne(0xffffffff81000004n)).toEqual({
      address: 0xffffffff81000004n,
      symbol: 'startup_64',
      offset: 4n,
    });
    expect(describeOne(0xffffffff810001f0n)).toMatchObject({ symbol: 'local_one', offset: 0xf0n });
    expect(describeOne(0xffffffffc0000010n)).toMatchObject({ symbol: 'in_module', offset: 16n });
    expect(describeOne(0xffffffff81000200n)).toMatchObject({ symbol: 'weak_one', offset: 0n });
    for (const address of [0n, 5n, 0x7fff_ffff_ffffn, 0xffffffff80ffffffn, 0xffff_ffff_ffff_ffffn])
      expect(describeOne(address)).toEqual({ address });
  });

  test('what a call returns to belongs to the caller, also behind its last byte', () => {
    const symbols = openKernelSymbols(() => Buffer.from(LIST));
    expect(symbols.describe([0xffffffff81000200n, 0xffffffff81000200n])).toEqual([
      { address: 0xffffffff81000200n, symbol: 'weak_one', offset: 0n },
      { address: 0xffffffff81000200n, symbol: 'local_one', offset: 0x100n },
    ]);
  });

  test.each([
    ['hidden', () => Buffer.from(LIST.replaceAll(/^[0-9a-f]{16}/gm, '0000000000000000'))],
    ['empty', () => Buffer.alloc(0)],
    ['cut short', () => Buffer.from('ffffffff81000000 T')],
    [
      'unreadable',
      () => {
        throw new Error('EPERM');
      },
    ],
  ])('%s: addresses alone, and the list is not read again at once', (_, read) => {
    let reads = 0;
    const symbols = openKernelSymbols(() => {
      reads += 1;
      return read();
    });
    for (let i = 0; i < 5; i++)
      expect(symbols.describe([0xffffffff81000000n])).toEqual([{ address: 0xffffffff81000000n }]);
    expect(reads).toBe(1);
  });

  test('nothing is read before it is needed', () => {
    const symbols = openKernelSymbols(() => {
      throw new Error('read');
    });
    expect(symbols.describe([])).toEqual([]);
  });
});

describe('a memory map', () => {
  const TEXT = [
    '55a0c0000000-55a0c0001000 r--p 00000000 fe:00 77                         /usr/bin/some program',
    '55a0c0001000-55a0c0003000 r-xp 00001000 fe:00 77                         /usr/bin/some program',
    '7f0000000000-7f0000001000 rwxp 00000000 00:00 0 ',
    '7f0000002000-7f0000003000 r-xp 00000000 103:1f 88                        /tmp/new\\012line (deleted)',
    '7fff00000000-7fff00002000 r-xp 00000000 00:00 0                          [vdso]',
    'ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]',
    '',
  ].join('\n');
  const map = parseMemoryMap(TEXT);

  test('has the executable parts', () => {
    expect(map.map(({ path }) => path)).toEqual([
      ...['/usr/bin/some program', '', '/tmp/new\nline', '[vdso]', '[vsyscall]'],
    ]);
    expect(map[0]).toEqual({
      ...{ start: 0x55a0c0001000n, end: 0x55a0c0003000n, fileOffset: 0x1000n },
      ...{ file: 'fe:00 77', path: '/usr/bin/some program' },
    });
    expect(map.map(({ file }) => file)).toEqual([
      'fe:00 77',
      undefined,
      '103:1f 88',
      undefined,
      undefined,
    ]);
  });

  test('finds by address', () => {
    expect(findMapping(map, 0x55a0c0000fffn)).toBeUndefined();
    expect(findMapping(map, 0x55a0c0001000n)).toBe(map[0]);
    expect(findMapping(map, 0x55a0c0003000n)).toBeUndefined();
    for (const mapping of map) {
      expect(findMapping(map, mapping.start)).toBe(mapping);
      expect(findMapping(map, mapping.end - 1n)).toBe(mapping);
      expect(findMapping(map, mapping.end)?.start).not.toBe(mapping.start);
    }
    expect(findMapping([], 5n)).toBeUndefined();
    expect(parseMemoryMap('')).toEqual([]);
    expect(parseMemoryMap('nonsense\n-- r-xp')).toEqual([]);
  });
});

const always: Allowance = { isLeft: true, spend: (work) => work() };

test('the cache: what there is no time for is not read, and asked for again', () => {
  let isLeft = false;
  const cache = createFileCache(1 << 30, {
    get isLeft() {
      return isLeft;
    },
    spend: (work) => work(),
  });
  expect(cache.get('a', ['/bin/true'])).toBeUndefined();
  isLeft = true;
  const symbols = cache.get('a', ['/bin/true']);
  expect(symbols).toBeDefined();
  isLeft = false;
  expect(cache.get('a', ['/bin/true'])).toBe(symbols);
});

test('time: a burst, and then a share of what goes by', () => {
  let time = 0;
  const allowance = createAllowance(100, 0.1, () => time);
  const work = (ms: number) => () => {
    time += ms;
    return ms;
  };
  expect(allowance.spend(work(60))).toBe(60);
  expect(allowance.isLeft).toBe(true);
  allowance.spend(work(90));
  expect(allowance.isLeft).toBe(false);
  time += 499;
  expect(allowance.isLeft).toBe(false);
  time += 2;
  expect(allowance.isLeft).toBe(true);
  time += 1e6;
  allowance.spend(work(101));
  expect(allowance.isLeft).toBe(false);
  expect(() =>
    allowance.spend(() => {
      time += 50;
      throw new Error('damaged');
    }),
  ).toThrow('damaged');
  time += 500;
  expect(allowance.isLeft).toBe(false);
});

test('of many symbols in no order at all the one is found that a look at each of them finds', () => {
  const count = 3000;
  const addresses = Float64Array.from({ length: count }, (_, index) => (index * 7919) % 2003);
  const sizes = Float64Array.from({ length: count }, (_, index) => (index * 31) % 7);
  const names = Buffer.from(`\0${Array.from(addresses, (_, index) => `s${index}\0`).join('')}`);
  const nameAt = Uint32Array.from(addresses, (_, index) => names.indexOf(`\0s${index}\0`) + 1);
  const table = createSymbolTable({ addresses, sizes, nameAt, names });
  for (let address = 0; address < 2010; address++) {
    const here = [...addresses.keys()].filter((index) => {
      const offset = address - (addresses[index] ?? 0);
      return offset >= 0 && offset < Math.max(1, sizes[index] ?? 0);
    });
    // The nearest, of those the longest, of those the first.
    const [wanted] = here.sort(
      (a, b) =>
        (addresses[b] ?? 0) - (addresses[a] ?? 0) || (sizes[b] ?? 0) - (sizes[a] ?? 0) || a - b,
    );
    if (wanted !== undefined && (sizes[wanted] ?? 0) > 0)
      expect(table.find(address)?.name).toBe(`s${wanted}`);
  }
});

test('the cache: as many files as fit, each read once, again when it has changed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trigon-cache-'));
  try {
    const copy = (name: string) => {
      const path = join(folder, name);
      copyFileSync('/bin/true', path);
      return path;
    };
    const first = copy('first');
    const all = createFileCache(1 << 30, always);
    const symbols = all.get('a', ['/absent', first]);
    expect(symbols).toBeDefined();
    expect(all.get('a', [first])).toBe(symbols);
    // Gone with its process: what was read is still known, but of an unknown one nothing is.
    expect(all.get('a', ['/absent'])).toBe(symbols);
    expect(all.get('b', ['/absent'])).toBeUndefined();
    writeFileSync(first, 'no program any more');
    expect(all.get('a', [first])).toBeUndefined();
    unlinkSync(first);
    copy('first');
    expect(all.get('a', [first])).toBeDefined();

    const bytes = symbols?.bytes ?? 0;
    const two = createFileCache(bytes * 2, always);
    const paths = ['1', '2', '3'].map(copy);
    const get = (index: number) => two.get(String(index), [paths[index] ?? '']);
    const [zero, one] = [get(0), get(1)];
    expect(get(0)).toBe(zero);
    get(2); // pushes out 1, which was used before 0
    expect(get(0)).toBe(zero);
    expect(get(1)).not.toBe(one);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

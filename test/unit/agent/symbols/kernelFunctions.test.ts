import { describe, expect, test } from 'vitest';
import { openKernelFunctions } from '../../../../src/agent/symbols/kernelFunctions.ts';

const line = (type: string, name: string, module?: string) =>
  `ffffffff81000000 ${type} ${name}${module === undefined ? '' : `\t[${module}]`}\n`;

function open(symbols: string) {
  const lists = { symbols, modules: '', reads: 0 };
  const functions = openKernelFunctions({
    symbols: () => {
      lists.reads++;
      return Buffer.from(lists.symbols);
    },
    modules: () => lists.modules,
  });
  return { lists, functions };
}

const KERNEL = [
  line('T', 'vfs_read'),
  line('t', 'local_function.isra.0'),
  line('W', 'weak_function'),
  line('D', 'some_data'),
  line('b', 'more_data'),
].join('');

describe('functions of the kernel by name', () => {
  test('code is one, data is none, and names are compared whole', () => {
    const { functions } = open(KERNEL);
    const names = ['vfs_read', 'local_function.isra.0', 'weak_function'];
    expect(names.map(functions.has)).toEqual([true, true, true]);
    const others = ['some_data', 'more_data', 'vfs_rea', 'fs_read', 'vfs_read2', 'local_function'];
    expect(others.map(functions.has)).toEqual(others.map(() => false));
    for (const name of ['', '\n', 'vfs_read\nlocal_function.isra.0', '\t[', '.*'])
      expect([name, functions.has(name)]).toEqual([name, false]);
  });

  test('of modules: which one; the kernel itself comes first', () => {
    const { functions } = open(
      [KERNEL, line('t', 'nft_do_chain', 'nf_tables'), line('t', 'vfs_read', 'evil')].join(''),
    );
    expect(functions.has('nft_do_chain')).toBe(true);
    expect(functions.moduleOf('nft_do_chain')).toBe('nf_tables');
    expect(functions.moduleOf('vfs_read')).toBeUndefined();
    expect(functions.moduleOf('absent')).toBeUndefined();
  });

  test('the list is read at the first question, and again only when modules have come', () => {
    const { functions, lists } = open(KERNEL);
    expect(lists.reads).toBe(0);
    expect([functions.has('late'), functions.has('late'), functions.has('vfs_read')]).toEqual([
      ...[false, false, true],
    ]);
    expect(lists.reads).toBe(1);
    lists.symbols += line('t', 'late', 'slow');
    expect(functions.has('late')).toBe(false);
    lists.modules = 'slow 16384 0 - Live 0x0000000000000000\n';
    expect(functions.has('late')).toBe(true);
    expect(functions.moduleOf('late')).toBe('slow');
    expect(lists.reads).toBe(2);
  });

  test('a list without an end of line, and none at all', () => {
    expect(open(KERNEL + line('T', 'last').trimEnd()).functions.has('last')).toBe(true);
    expect(open('').functions.has('vfs_read')).toBe(false);
  });
});

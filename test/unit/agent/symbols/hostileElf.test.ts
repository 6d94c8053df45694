/** Files that are made to keep whoever reads them: the agent reads executables of any user as root. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { textAt, withElf } from '../../../../src/agent/symbols/elf.ts';
import { readFileSymbols } from '../../../../src/agent/symbols/elfSymbols.ts';
import { functionOffset } from '../../../../src/agent/symbols/functionOffset.ts';
import { usdtArguments } from '../../../../src/agent/symbols/usdtNotes.ts';
import { elfFile } from '../../../fuzz/parsers/elfFile.ts';

const folder = mkdtempSync(join(tmpdir(), 'trigon-hostile-'));
const path = join(folder, 'program');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NOTE = Buffer.from('stapsdt\0');

test('the sample is what it should be', () => {
  writeFileSync(path, elfFile('exported'));
  expect(usdtArguments(path, 'p', 'n')).toEqual([['-4@%eax', '8@-12(%rbp)']]);
  expect(functionOffset(path, 'helper')).toBeGreaterThan(0n);
});

test('a note whose length leads back to itself', () => {
  const file = elfFile('complete');
  const note = file.indexOf(NOTE) - 12;
  // The owner takes 8 bytes: -20 in 32 bits would lead to where the note begins.
  file.writeUInt32LE(0xffff_ffec, note + 4);
  writeFileSync(path, file);
  expect(usdtArguments(path, 'p', 'n')).toEqual([]);
});

test('a chain of versions that goes on byte by byte', () => {
  const file = elfFile('exported');
  const versions = withVersions(file);
  file.writeUInt32LE(1, versions + 16);
  writeFileSync(path, file);
  expect(() => functionOffset(path, 'main@V9')).toThrow('main has no version V9');
});

test('names of sections that take all of a large file', () => {
  const file = elfFile('complete');
  const table = Number(file.readBigUInt64LE(40));
  const names = table + file.readUInt16LE(62) * 64;
  file.writeBigUInt64LE(64n << 20n, names + 32);
  writeFileSync(path, file);
  truncateSync(path, 80 << 20);
  withElf(path, (elf) => {
    expect(elf.sections.map(({ name }) => name).filter((name) => name !== '')).toEqual([]);
  });
});

test('more symbols than there is time for', () => {
  const file = elfFile('complete');
  const table = Number(file.readBigUInt64LE(40));
  const symbols = table + 2 * 64;
  expect(file.readUInt32LE(symbols + 4)).toBe(2);
  file.writeBigUInt64LE(0n, symbols + 24);
  file.writeBigUInt64LE(300_001n * 24n, symbols + 32);
  writeFileSync(path, file);
  truncateSync(path, 80 << 20);
  expect(() => readFileSymbols(path)).toThrow('too many symbols');
});

test('large tables are read in pieces, and nothing is missed where one ends', () => {
  const PIECE = 43_690 * 24;
  const file = elfFile('complete');
  writeFileSync(path, file);
  const offset = functionOffset(path, 'helper');
  const symbols = Number(file.readBigUInt64LE(40)) + 2 * 64;
  const strings = Number(file.readBigUInt64LE(40)) + file.readUInt32LE(symbols + 40) * 64;
  const [symbolsAt, stringsAt] = [symbols, strings].map((at) =>
    Number(file.readBigUInt64LE(at + 24)),
  ) as [number, number];
  const nameAt = file.indexOf('\0helper\0', stringsAt) + 1 - stringsAt;
  const place = (section: number, at: number, bytes: number) => {
    file.writeBigUInt64LE(BigInt(at), section + 24);
    file.writeBigUInt64LE(BigInt(bytes), section + 32);
  };
  let old = symbolsAt;
  while (file.readUInt32LE(old) !== nameAt) old += 24;
  const symbol = Buffer.from(file.subarray(old, old + 24));
  place(symbols, 1 << 20, 3 * PIECE);
  place(strings, 8 << 20, 3 * PIECE);
  // Names across the end of a piece, and at it; symbols at the ends of theirs.
  for (const [at, number] of [
    [PIECE - 7, 0],
    [PIECE - 6, 43_689],
    [PIECE - 3, 43_690],
    [PIECE - 1, 2 * 43_690],
    [PIECE, 1],
    [3 * PIECE - 7, 3 * 43_690 - 1],
  ] as const) {
    const whole = Buffer.alloc((8 << 20) + 3 * PIECE);
    file.copy(whole);
    symbol.writeUInt32LE(at, 0);
    symbol.copy(whole, (1 << 20) + number * 24);
    whole.write('helper', (8 << 20) + at);
    writeFileSync(path, whole);
    expect([at, number, functionOffset(path, 'helper')]).toEqual([at, number, offset]);
  }
  withElf(path, (elf) => {
    const table = elf.find(2);
    for (const { bytes } of table ? elf.pieces(table) : [])
      expect(bytes.length).toBeLessThanOrEqual(PIECE);
  });
});

test('a name without an end is cut', () => {
  const names = Buffer.alloc(1 << 20, 'n');
  expect(textAt(names, 5)).toHaveLength(4096);
  expect(textAt(names, names.length - 5)).toBe('');
  expect(textAt(Buffer.from('a\0bc\0'), 2)).toBe('bc');
  expect(textAt(Buffer.from('a\0bc\0'), 99)).toBe('');
});

/** Where .gnu.version_d lies in the file. */
function withVersions(file: Buffer): number {
  const table = Number(file.readBigUInt64LE(40));
  for (let index = 0; index < file.readUInt16LE(60); index++) {
    const at = table + index * 64;
    if (file.readUInt32LE(at + 4) === 0x6ffffffd) return Number(file.readBigUInt64LE(at + 24));
  }
  throw new Error('no versions');
}

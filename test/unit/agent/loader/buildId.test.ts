import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBuildId } from '../../../../src/agent/loader/buildId.ts';
import { BUILD_ID_NOTE, elf, notes } from './elfFiles.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'build-id-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function idOf(content: Uint8Array): Uint8Array | undefined {
  const path = join(folder, 'file');
  writeFileSync(path, content);
  const fd = openSync(path, 'r');
  try {
    return readBuildId(fd);
  } finally {
    closeSync(fd);
  }
}

const ID = Uint8Array.from({ length: 20 }, (_, index) => index * 7);
const own = { name: 'GNU', type: BUILD_ID_NOTE, body: ID };
const others = [
  { name: 'GNU', type: 1, body: new Uint8Array(16) },
  { name: 'stapsdt', type: BUILD_ID_NOTE, body: new Uint8Array(9) },
  { name: 'GNU', type: 5, body: new Uint8Array(13) },
];

describe('found', () => {
  test.each([32, 64] as const)('in a file of %d bits', (bits) => {
    expect(idOf(elf(notes([own]), { bits }))).toEqual(ID);
  });

  test('behind other notes, of either alignment', () => {
    expect(idOf(elf(notes([...others, own])))).toEqual(ID);
    expect(idOf(elf(notes([...others, own], 8), { alignment: 8 }))).toEqual(ID);
  });
});

describe('nothing in', () => {
  const whole = elf(notes([own]));
  const changed = (change: (bytes: Buffer) => void): Buffer => {
    const copy = Buffer.from(whole);
    change(copy);
    return copy;
  };
  test.each<[string, Uint8Array]>([
    ['an empty file', new Uint8Array()],
    ['a script', Buffer.from(`#!/bin/sh\n${'echo\n'.repeat(40)}`)],
    ['a file without such a note', elf(notes(others))],
    ['a file without notes', elf(notes([own]), { segmentType: 1 })],
    ['one of the other byte order', elf(notes([own]), { order: 2 })],
    ['an id of no bytes', elf(notes([{ ...own, body: new Uint8Array() }]))],
    ['an id that is too long', elf(notes([{ ...own, body: new Uint8Array(65) }]))],
    ['a class that there is not', changed((bytes) => bytes.writeUInt8(9, 4))],
    ['too many segments', changed((bytes) => bytes.writeUInt16LE(0xffff, 56))],
    ['segments of another size', changed((bytes) => bytes.writeUInt16LE(57, 54))],
    ['a table far behind the end', changed((bytes) => bytes.writeBigUInt64LE(2n ** 63n, 32))],
    ['notes far behind the end', changed((bytes) => bytes.writeBigUInt64LE(2n ** 40n, 64 + 8))],
    ['more notes than there are', changed((bytes) => bytes.writeBigUInt64LE(2n ** 62n, 64 + 32))],
    ['a note with a name of 4 GiB', changed((bytes) => bytes.writeUInt32LE(0xffff_ffff, 120))],
    ['a note of 4 GiB', changed((bytes) => bytes.writeUInt32LE(0xffff_ffff, 124))],
  ])('%s', (_, content) => {
    expect(idOf(content)).toBeUndefined();
  });

  test('any file that is cut short', () => {
    for (let bytes = 0; bytes < whole.length; bytes++)
      expect(idOf(whole.subarray(0, bytes))).toBeUndefined();
  });
});

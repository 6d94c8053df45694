/**
 * Puts front.c before everything else in the executable: a new segment with the front's code and what it puts into memory, which the
 * kernel enters in place of the dynamic linker (it finds no PT_INTERP any more). See elf(5) for the numbers.
 */
import fs from 'node:fs';
import path from 'node:path';
import { UserError } from '../lib.mjs';
import { findClang } from '../toolchain.mjs';
import { inRoot, run, workFolder } from './places.mjs';

const PAGE = 4096;
const PT = { load: 1, interpreter: 3, headers: 6 };
const PF = { execute: 1, read: 4 };
const ENTRY_BYTES = 56;
/** struct parameters of front.c. */
const PARAMETERS = { headers: 8, blobs: 24, interpreter: 24 + 4 * 16, interpreterBytes: 64 };

const up = (number, step) => Math.ceil(number / step) * step;

/** The front's code, as it lies in memory; its first bytes are the parameters, still empty. */
function compileFront() {
  const elf = path.join(workFolder, 'front.elf');
  const flat = path.join(workFolder, 'front.bin');
  run(findClang(), [
    ...['-std=c11', '-O2', '-Wall', '-Wextra', '-Werror', '-ffreestanding', '-fpie', '-mno-sse'],
    ...['-fno-stack-protector', '-fno-jump-tables', '-fcf-protection=none', '-fno-builtin'],
    ...['-fno-asynchronous-unwind-tables', '-nostdlib', '-static-pie', '-Wl,--build-id=none'],
    ...['-Wl,--no-dynamic-linker', `-Wl,-T,${inRoot('scripts/package/front.lds')}`],
    ...['-o', elf, 'scripts/package/front.c'],
  ]);
  run('objcopy', ['-O', 'binary', '-j', '.front', elf, flat]);
  const entry = /^Entry point 0x([0-9a-f]+)|start address 0x([0-9a-f]+)/m.exec(
    run('objdump', ['-f', elf]),
  );
  if (entry === null) throw new UserError('objdump tells no start address of the front');
  return { code: fs.readFileSync(flat), begin: Number.parseInt(entry[1] ?? entry[2], 16) };
}

function readSegments(elf) {
  const at = Number(elf.readBigUInt64LE(32));
  const bytes = elf.readUInt16LE(54);
  const count = elf.readUInt16LE(56);
  if (bytes !== ENTRY_BYTES) throw new UserError('the executable is no 64-bit ELF file');
  return {
    at,
    segments: Array.from({ length: count }, (_, index) => {
      const entry = elf.subarray(at + index * bytes, at + (index + 1) * bytes);
      const number = (offset) => Number(entry.readBigUInt64LE(offset));
      return {
        entry: Buffer.from(entry),
        type: entry.readUInt32LE(0),
        ...{ offset: number(8), address: number(16), fileBytes: number(32), bytes: number(40) },
      };
    }),
  };
}

function loadSegment(offset, address, bytes) {
  const entry = Buffer.alloc(ENTRY_BYTES);
  entry.writeUInt32LE(PT.load, 0);
  entry.writeUInt32LE(PF.read | PF.execute, 4);
  for (const [at, value] of [
    [8, offset],
    [16, address],
    [24, address],
    [32, bytes],
    [40, bytes],
    [48, PAGE],
  ])
    entry.writeBigUInt64LE(BigInt(value), at);
  return entry;
}

/**
 * The program headers that the dynamic linker is shown: all that there were, and the new segment. Where they lie it finds in their own
 * entry (PT_PHDR), from which it tells how far the program was moved.
 */
function shownHeaders(segments, added, address) {
  const bytes = (segments.length + 1) * ENTRY_BYTES;
  const entries = segments.map(({ type, entry }) => {
    if (type !== PT.headers) return entry;
    const own = Buffer.from(entry);
    own.writeBigUInt64LE(BigInt(address), 16);
    own.writeBigUInt64LE(BigInt(address), 24);
    own.writeBigUInt64LE(BigInt(bytes), 32);
    own.writeBigUInt64LE(BigInt(bytes), 40);
    return own;
  });
  return Buffer.concat([...entries, added]);
}

/** Code, parameters, room for the program headers, and blobs as one piece. */
function piece({ code, entry, interpreter, blobs, headers }) {
  const room = Buffer.alloc(up(code.length, 16) - code.length + headers * ENTRY_BYTES);
  const parts = [code, room];
  let at = code.length + room.length;
  const head = Buffer.from(code.subarray(0, PARAMETERS.interpreter + PARAMETERS.interpreterBytes));
  if (head.some((byte) => byte !== 0)) throw new UserError("the front's parameters aren't first");
  head.writeBigUInt64LE(BigInt(entry), 0);
  head.writeBigUInt64LE(BigInt(up(code.length, 16)), PARAMETERS.headers);
  head.writeBigUInt64LE(BigInt(headers), PARAMETERS.headers + 8);
  for (const [index, blob] of blobs.entries()) {
    head.writeBigUInt64LE(BigInt(at), PARAMETERS.blobs + index * 16);
    head.writeBigUInt64LE(BigInt(blob.length), PARAMETERS.blobs + index * 16 + 8);
    parts.push(blob);
    at += blob.length;
  }
  if (interpreter.length >= PARAMETERS.interpreterBytes) throw new UserError('a long interpreter');
  head.write(interpreter, PARAMETERS.interpreter, 'latin1');
  const whole = Buffer.concat(parts);
  head.copy(whole);
  return whole;
}

/**
 * @param file an executable that asks for a dynamic linker and lies at a fixed address, as Node's does; it is changed
 * @param blobs three libraries, then the program of triggers
 */
export function addFront(file, blobs) {
  const elf = fs.readFileSync(file);
  const { at, segments } = readSegments(elf);
  const asked = segments.find(({ type }) => type === PT.interpreter);
  if (asked === undefined || elf.readUInt16LE(16) !== 2)
    throw new UserError("Node's binary is no program at a fixed address with a dynamic linker");
  const interpreter = elf
    .subarray(asked.offset, asked.offset + asked.fileBytes)
    .toString('latin1')
    .replace(/\0.*$/s, '');
  const { code, begin } = compileFront();
  const entry = Number(elf.readBigUInt64LE(24));
  const headers = segments.length + 1;
  const whole = piece({ code, entry, interpreter, blobs, headers });

  const loads = segments.filter(({ type }) => type === PT.load);
  const address = up(Math.max(...loads.map((one) => one.address + one.bytes)), PAGE);
  const offset = up(elf.length, PAGE);
  // Segments that are loaded stand in the order of their addresses.
  const last = segments.lastIndexOf(loads.at(-1));
  const added = loadSegment(offset, address, whole.length);
  const table = segments.flatMap((segment, index) => {
    if (segment === asked) return [];
    return index === last ? [segment.entry, added] : [segment.entry];
  });
  const shownAt = up(code.length, 16);
  shownHeaders(segments, added, address + shownAt).copy(whole, shownAt);
  Buffer.concat(table).copy(elf, at);
  elf.writeBigUInt64LE(BigInt(address + begin), 24);
  fs.writeFileSync(file, Buffer.concat([elf, Buffer.alloc(offset - elf.length), whole]));
}

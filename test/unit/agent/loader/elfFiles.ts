/** Small ELF files, made by hand. */
import { endianness } from 'node:os';

export type NoteSpec = { name: string; type: number; body: Uint8Array };

export const BUILD_ID_NOTE = 3;

export function notes(specs: readonly NoteSpec[], alignment = 4): Buffer {
  const padded = (bytes: Uint8Array) =>
    Buffer.concat([bytes, Buffer.alloc(-bytes.length & (alignment - 1))]);
  return Buffer.concat(
    specs.flatMap(({ name, type, body }) => {
      const text = Buffer.from(`${name}\0`);
      const head = Buffer.alloc(12);
      head.writeUInt32LE(text.length, 0);
      head.writeUInt32LE(body.length, 4);
      head.writeUInt32LE(type, 8);
      return [padded(Buffer.concat([head, text])), padded(body)];
    }),
  );
}

type Shape = { bits?: 32 | 64; alignment?: number; order?: 1 | 2; segmentType?: number };

/** One segment, PT_NOTE, behind the header and the table of segments. */
export function elf(
  content: Uint8Array,
  { bits = 64, alignment = 4, order = 1, segmentType = 4 }: Shape = {},
): Buffer {
  if (endianness() !== 'LE') throw new Error('written for machines of little-endian order');
  const wide = bits === 64;
  const header = Buffer.alloc(64);
  header.writeUInt32BE(0x7f454c46, 0);
  header[4] = wide ? 2 : 1;
  header[5] = order;
  const table = Buffer.alloc(wide ? 56 : 32);
  const start = header.length + table.length;
  table.writeUInt32LE(segmentType, 0);
  if (wide) {
    header.writeBigUInt64LE(64n, 32);
    header.writeUInt16LE(table.length, 54);
    header.writeUInt16LE(1, 56);
    table.writeBigUInt64LE(BigInt(start), 8);
    table.writeBigUInt64LE(BigInt(content.length), 32);
    table.writeBigUInt64LE(BigInt(alignment), 48);
  } else {
    header.writeUInt32LE(64, 28);
    header.writeUInt16LE(table.length, 42);
    header.writeUInt16LE(1, 44);
    table.writeUInt32LE(start, 4);
    table.writeUInt32LE(content.length, 16);
    table.writeUInt32LE(alignment, 28);
  }
  return Buffer.concat([header, table, content]);
}

import { readSync } from 'node:fs';

/**
 * The build id of an ELF file: the note of type NT_GNU_BUILD_ID, which linkers write (elf(5), and binutils' `ld --build-id`). Files
 * come from any process of the host: nothing in them is believed, and only so much is read.
 */

/** Where the two classes of ELF files have what is needed here: Elf32_Ehdr and Elf64_Ehdr, Elf32_Phdr and Elf64_Phdr. */
const LAYOUTS = {
  1: {
    header: { offset: 28, entryBytes: 42, count: 44 },
    segment: { bytes: 32, offset: 4, fileBytes: 16, alignment: 28 },
    word: (bytes: Buffer, at: number) => bytes.readUInt32LE(at),
  },
  2: {
    header: { offset: 32, entryBytes: 54, count: 56 },
    segment: { bytes: 56, offset: 8, fileBytes: 32, alignment: 48 },
    word: (bytes: Buffer, at: number) => Number(bytes.readBigUInt64LE(at)),
  },
} as const;

const HEADER_BYTES = 64;
const ELF_MAGIC = 0x7f454c46;
const LITTLE_ENDIAN = 1;
const PT_NOTE = 4;
const NT_GNU_BUILD_ID = 3;
const GNU = Buffer.from('GNU\0');
const NOTE_HEADER_BYTES = 12;

/** Many times what any real file has of each. */
const MAX_SEGMENTS = 256;
const MAX_NOTE_SEGMENTS = 16;
const MAX_NOTES_BYTES = 64 * 1024;
const MAX_ID_BYTES = 64;

type Layout = (typeof LAYOUTS)[keyof typeof LAYOUTS];

/** @returns undefined when the file is no ELF file of this machine's byte order, is damaged, or has no build id */
export function readBuildId(fd: number): Uint8Array | undefined {
  const header = readAt(fd, 0, HEADER_BYTES);
  const layout = header && layoutOf(header);
  if (!layout) return undefined;
  for (const { offset, bytes, alignment } of noteSegments(fd, header, layout)) {
    const notes = readAt(fd, offset, bytes);
    const id = notes && findBuildId(notes, alignment);
    if (id) return id;
  }
  return undefined;
}

function layoutOf(header: Buffer): Layout | undefined {
  const [fileClass, order] = [header[4], header[5]];
  if (header.readUInt32BE(0) !== ELF_MAGIC || order !== LITTLE_ENDIAN) return undefined;
  return fileClass === 1 || fileClass === 2 ? LAYOUTS[fileClass] : undefined;
}

type NoteSegment = { offset: number; bytes: number; alignment: 4 | 8 };

function noteSegments(fd: number, header: Buffer, layout: Layout): NoteSegment[] {
  const { segment, word } = layout;
  const count = header.readUInt16LE(layout.header.count);
  if (header.readUInt16LE(layout.header.entryBytes) !== segment.bytes || count > MAX_SEGMENTS)
    return [];
  const table = readAt(fd, word(header, layout.header.offset), count * segment.bytes);
  if (!table) return [];
  const segments = Array.from({ length: count }, (_, index) =>
    table.subarray(index * segment.bytes, (index + 1) * segment.bytes),
  );
  return segments
    .filter((entry) => entry.readUInt32LE(0) === PT_NOTE)
    .slice(0, MAX_NOTE_SEGMENTS)
    .map((entry) => ({
      offset: word(entry, segment.offset),
      bytes: Math.min(word(entry, segment.fileBytes), MAX_NOTES_BYTES),
      alignment: word(entry, segment.alignment) === 8 ? 8 : 4,
    }));
}

function findBuildId(notes: Buffer, alignment: 4 | 8): Uint8Array | undefined {
  const padded = (bytes: number) => Math.ceil(bytes / alignment) * alignment;
  for (let at = 0; at + NOTE_HEADER_BYTES <= notes.length; ) {
    const nameBytes = notes.readUInt32LE(at);
    const idBytes = notes.readUInt32LE(at + 4);
    const name = at + NOTE_HEADER_BYTES;
    const id = at + padded(NOTE_HEADER_BYTES + nameBytes);
    const isBuildId =
      notes.readUInt32LE(at + 8) === NT_GNU_BUILD_ID &&
      notes.subarray(name, name + nameBytes).equals(GNU);
    if (isBuildId)
      return idBytes > 0 && idBytes <= MAX_ID_BYTES && id + idBytes <= notes.length
        ? new Uint8Array(notes.subarray(id, id + idBytes))
        : undefined;
    at = id + padded(idBytes);
  }
  return undefined;
}

/** Exactly that part of the file; undefined when it isn't there. */
function readAt(fd: number, offset: number, bytes: number): Buffer | undefined {
  if (!Number.isSafeInteger(offset + bytes)) return undefined;
  const buffer = Buffer.alloc(bytes);
  for (let done = 0; done < bytes; ) {
    const count = readSync(fd, buffer, done, bytes - done, offset + done);
    if (count === 0) return undefined;
    done += count;
  }
  return buffer;
}

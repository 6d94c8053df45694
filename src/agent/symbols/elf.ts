/**
 * The parts of an ELF file that tracing needs: segments, sections, symbols (elf(5), and the System V ABI for the formats).
 * Files come from any process of the host, so nothing in them is believed: what lies outside the file, or is larger than any
 * real file has it, is an Error.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** A part of the file that the loader maps. Bytes and addresses of the file; addresses before relocation. */
export type ElfSegment = {
  offset: number;
  address: number;
  fileBytes: number;
  executable: boolean;
};

export type ElfSection = {
  /** '' where the file has no names of sections. */
  name: string;
  /** SHT_… */
  type: number;
  offset: number;
  bytes: number;
  /** Another section's number: of symbols the one with their names. */
  link: number;
};

export type Elf = {
  segments: readonly ElfSegment[];
  sections: readonly ElfSection[];
  /** The first section of a type. */
  find(type: number): ElfSection | undefined;
  read(section: ElfSection): Buffer;
  /**
   * The same piece by piece, for what may be large: each is to be used before the next one is asked for.
   * @param overlap so many of a piece's last bytes are the first of the next
   */
  pieces(section: ElfSection, overlap?: number): Iterable<Piece>;
  /** The text that begins there: textAt(). */
  text(section: ElfSection, at: number): string;
};

export type Piece = {
  /** Where in the section it begins. */
  at: number;
  bytes: Buffer;
};

export const SHT_SYMTAB = 2;
export const SHT_DYNSYM = 11;
export const SHT_GNU_VERDEF = 0x6ffffffd;
export const SHT_GNU_VERSYM = 0x6fffffff;

/** Bytes of one Elf64_Sym. */
export const SYMBOL_BYTES = 24;
export const STT_FUNC = 2;
/** A function that chooses, when the program starts, which one is called by that name. */
export const STT_GNU_IFUNC = 10;

const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;
const SECTION_BYTES = 64;
const PT_LOAD = 1;
const PF_X = 1;
const SHT_NOBITS = 8;
/** More than any linker makes; a table of a hostile file mustn't take the agent's memory. */
const MAX_TABLE_ENTRIES = 4096;
/** Larger than the symbols of the largest browsers with debug information kept apart. */
const MAX_SECTION_BYTES = 192 * 1024 * 1024;
/** Of the names of sections, which are read of every file. */
const MAX_SECTION_NAMES_BYTES = 1024 * 1024;
/** A whole number of symbols, about a MiB. */
const PIECE_BYTES = 43_690 * SYMBOL_BYTES;
/** Of a name: those of C++ templates can have some thousands. A longer one is cut. */
const MAX_TEXT_BYTES = 4096;

/** Reads exactly that part of the file. */
function readAt(fd: number, offset: number, bytes: number): Buffer {
  const buffer = Buffer.allocUnsafe(bytes);
  for (let done = 0; done < bytes; ) {
    const count = readSync(fd, buffer, done, bytes - done, offset + done);
    if (count === 0) throw new Error('the ELF file is cut short');
    done += count;
  }
  return buffer;
}

/** A 64-bit number of the file; one above 2^53, which no file has, becomes an inexact one that fits nowhere. */
const u64At = (bytes: Buffer, offset: number): number => Number(bytes.readBigUInt64LE(offset));

function readTable<T>(
  fd: number,
  table: { offset: number; count: number; entryBytes: number; expected: number },
  entry: (bytes: Buffer) => T,
): T[] {
  const { offset, count, entryBytes, expected } = table;
  if (count === 0) return [];
  if (entryBytes !== expected || count > MAX_TABLE_ENTRIES || !Number.isSafeInteger(offset)) {
    throw new Error('the ELF file is damaged');
  }
  const bytes = readAt(fd, offset, count * entryBytes);
  return Array.from({ length: count }, (_, index) =>
    entry(bytes.subarray(index * entryBytes, (index + 1) * entryBytes)),
  );
}

function readHeader(fd: number): Buffer {
  const header = readAt(fd, 0, HEADER_BYTES);
  if (header.readUInt32BE(0) !== 0x7f454c46) throw new Error('not an ELF file');
  // EI_CLASS and EI_DATA: both processors that Trigon runs on are little-endian.
  if (header[4] !== 2) throw new Error('a 32-bit ELF file, which is not supported');
  if (header[5] !== 1) throw new Error('a big-endian ELF file, which is not supported');
  return header;
}

function readElf(fd: number): Elf {
  const header = readHeader(fd);
  const segments = readTable(
    fd,
    {
      offset: u64At(header, 32),
      entryBytes: header.readUInt16LE(54),
      count: header.readUInt16LE(56),
      expected: SEGMENT_BYTES,
    },
    (bytes) => ({
      type: bytes.readUInt32LE(0),
      executable: (bytes.readUInt32LE(4) & PF_X) !== 0,
      offset: u64At(bytes, 8),
      address: u64At(bytes, 16),
      fileBytes: u64At(bytes, 32),
    }),
  );
  const numbered = readTable(
    fd,
    {
      offset: u64At(header, 40),
      entryBytes: header.readUInt16LE(58),
      count: header.readUInt16LE(60),
      expected: SECTION_BYTES,
    },
    (bytes) => ({
      nameAt: bytes.readUInt32LE(0),
      type: bytes.readUInt32LE(4),
      offset: u64At(bytes, 24),
      bytes: u64At(bytes, 32),
      link: bytes.readUInt32LE(40),
    }),
  );
  const { size } = fstatSync(fd);
  /** How much of it there is to read. */
  const bytesOf = ({ type, offset, bytes }: Omit<ElfSection, 'name'>): number => {
    if (type === SHT_NOBITS) return 0;
    if (bytes > MAX_SECTION_BYTES) throw new Error('a section of the ELF file is too large');
    if (offset + bytes > size) throw new Error('the ELF file is cut short');
    return bytes;
  };
  const read = (section: Omit<ElfSection, 'name'>): Buffer =>
    readAt(fd, section.offset, bytesOf(section));
  const named = numbered[header.readUInt16LE(62)];
  const names =
    named === undefined || named.bytes > MAX_SECTION_NAMES_BYTES ? Buffer.alloc(0) : read(named);
  const sections = numbered.map(({ nameAt, ...section }) => ({
    ...section,
    name: textAt(names, nameAt),
  }));
  return {
    segments: segments.filter(({ type }) => type === PT_LOAD),
    sections,
    find: (type) => sections.find((section) => section.type === type),
    read,
    *pieces(section, overlap = 0) {
      const bytes = bytesOf(section);
      for (let at = 0; at < bytes; at += PIECE_BYTES - overlap) {
        const length = Math.min(PIECE_BYTES, bytes - at);
        yield { at, bytes: readAt(fd, section.offset + at, length) };
        if (at + length === bytes) return;
      }
    },
    text(section, at) {
      const length = Math.min(MAX_TEXT_BYTES + 1, bytesOf(section) - at);
      return length > 0 ? textAt(readAt(fd, section.offset + at, length), 0) : '';
    },
  };
}

/**
 * Opens an ELF file for as long as `use` runs.
 * @throws an Error when it can't be read, is no regular file, is no ELF file of 64 bits, or is damaged where `use` reads.
 */
export function withElf<T>(path: string, use: (elf: Elf) => T): T {
  // Without waiting: a pipe at that path would keep the agent for ever.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    if (!fstatSync(fd).isFile()) throw new Error('not a regular file');
    return use(readElf(fd));
  } finally {
    closeSync(fd);
  }
}

/** The text that ends with NUL at an offset of a table of strings, its first 4096 bytes; '' when it isn't in there. */
export function textAt(strings: Buffer, offset: number): string {
  // Never to the table's end: many entries may point into one text without an end.
  const text = strings.subarray(offset, offset + MAX_TEXT_BYTES + 1);
  const end = text.indexOf(0);
  if (end >= 0) return text.toString('utf8', 0, end);
  return text.length > MAX_TEXT_BYTES ? text.toString('utf8', 0, MAX_TEXT_BYTES) : '';
}

/** Where in the file an address (before relocation) lies; undefined: nowhere. */
export function offsetOfAddress(elf: Elf, address: number): number | undefined {
  const segment = elf.segments.find(
    (candidate) =>
      address >= candidate.address && address < candidate.address + candidate.fileBytes,
  );
  return segment && address - segment.address + segment.offset;
}

/** The address (before relocation) of a place in the file, of code if the place is mapped twice; undefined: not loaded. */
export function addressOfOffset(elf: Pick<Elf, 'segments'>, offset: number): number | undefined {
  const here = elf.segments.filter(
    (candidate) => offset >= candidate.offset && offset < candidate.offset + candidate.fileBytes,
  );
  const segment = here.find(({ executable }) => executable) ?? here[0];
  return segment && offset - segment.offset + segment.address;
}

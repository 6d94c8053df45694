/**
 * A ZIP archive behind a program: its places are told from the beginning of the whole file, so that Node's --vfs-mount and unzip(1)
 * read the program's file as the archive. The same files give the same bytes. The format is PKWARE's APPNOTE.TXT.
 */
import { crc32, deflateRawSync } from 'node:zlib';

const METHOD = { stored: 0, deflated: 8 };
const VERSION = 20;
/** Of the archive's maker: Unix, so that the modes count. */
const UNIX = 3 << 8;
/** Names are UTF-8. */
const FLAGS = 0x0800;

/** A time as MS-DOS has it, in UTC. @param seconds since 1970 */
function dosTime(seconds) {
  const date = new Date(Math.max(seconds, 315_532_800) * 1000);
  return {
    time: (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1),
    date:
      ((date.getUTCFullYear() - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate(),
  };
}

/** What stands of a file before its content and again in the directory. */
function common({ method, crc, packed, content, name }, { time, date }) {
  const bytes = Buffer.alloc(26);
  bytes.writeUInt16LE(VERSION, 0);
  bytes.writeUInt16LE(FLAGS, 2);
  bytes.writeUInt16LE(method, 4);
  bytes.writeUInt16LE(time, 6);
  bytes.writeUInt16LE(date, 8);
  bytes.writeUInt32LE(crc, 10);
  bytes.writeUInt32LE(packed.length, 14);
  bytes.writeUInt32LE(content.length, 18);
  bytes.writeUInt16LE(Buffer.byteLength(name), 22);
  return bytes;
}

const signature = (number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes;
};

function directoryEntry(head, { mode, name }, at) {
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE((0o100000 | mode) * 2 ** 16, 6);
  rest.writeUInt32LE(at, 10);
  const madeBy = Buffer.alloc(2);
  madeBy.writeUInt16LE(UNIX | VERSION);
  return Buffer.concat([signature(0x02014b50), madeBy, head, rest, Buffer.from(name)]);
}

function end(count, bytes, at) {
  const record = Buffer.alloc(18);
  record.writeUInt16LE(count, 4);
  record.writeUInt16LE(count, 6);
  record.writeUInt32LE(bytes, 8);
  record.writeUInt32LE(at, 12);
  return Buffer.concat([signature(0x06054b50), record]);
}

/**
 * @param files [{ name, content, mode, isPlain }] in the order of the archive; isPlain: not compressed, to be read sooner
 * @param start where the archive begins in the file that it is put behind
 * @param seconds the time of all files
 */
export function zip(files, start, seconds) {
  const parts = [];
  const directory = [];
  const when = dosTime(seconds);
  let at = start;
  for (const { name, content, mode, isPlain } of files) {
    const packed = isPlain ? content : deflateRawSync(content, { level: 9 });
    const method = isPlain ? METHOD.stored : METHOD.deflated;
    const head = common({ method, crc: crc32(content), packed, content, name }, when);
    directory.push(directoryEntry(head, { mode, name }, at));
    const local = Buffer.concat([signature(0x04034b50), head, Buffer.from(name), packed]);
    parts.push(local);
    at += local.length;
  }
  const listing = Buffer.concat(directory);
  return Buffer.concat([...parts, listing, end(files.length, listing.length, at)]);
}

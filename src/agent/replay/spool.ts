import {
  closeSync,
  mkdtempSync,
  openSync,
  read as readAt,
  rmdirSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What was read of a pipe, on disk in a file without a name: it is gone when we are, by whatever way. */
export type Spool = {
  readonly size: number;
  /** False: there is no more room. */
  add(piece: Uint8Array): boolean;
  /** What begins there; not empty where there is something. */
  read(position: number): Promise<Buffer>;
  close(): void;
};

const MAX_BYTES = 4 * 2 ** 30;
const PIECE = 128 << 10;
/** For large files, and on disk where /tmp is memory (file-hierarchy(7)). */
const FOLDER = '/var/tmp';

const readPiece = promisify(readAt);

/** @throws when no file can be made */
export function createSpool(maxBytes = MAX_BYTES): Spool {
  const fd = openNameless();
  let size = 0;
  let isClosed = false;
  return {
    get size() {
      return size;
    },
    add(piece) {
      if (isClosed || size + piece.length > maxBytes) return false;
      try {
        for (let at = 0; at < piece.length; )
          at += writeSync(fd, piece, at, piece.length - at, size + at);
      } catch {
        return false; // the disk is full
      }
      size += piece.length;
      return true;
    },
    async read(position) {
      const length = Math.min(PIECE, size - position);
      const { bytesRead, buffer } = await readPiece(
        fd,
        Buffer.allocUnsafe(length),
        0,
        length,
        position,
      );
      return buffer.subarray(0, bytesRead);
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      closeSync(fd);
    },
  };
}

function openNameless(): number {
  const folder = mkdtempSync(join(process.env.TMPDIR || FOLDER, 'trigon-replay-'));
  const path = join(folder, 'stream');
  try {
    const fd = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
    return fd;
  } finally {
    rmdirSync(folder);
  }
}

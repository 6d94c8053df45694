import type { Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { createBell, type Pull } from './pull.ts';

/** What is decompressed ahead of who reads it: a few compressed bytes may be gigabytes. */
const MAX_AHEAD = 2 << 20;
const MAGIC_BYTES = 4;

/**
 * Bytes as they are, of a gzip file of one or many members, or of a zstd file of one or many frames: told by its first bytes.
 *
 * @param onProblem of compressed bytes that end too early or are damaged: in words. All that is whole comes all the same.
 */
export function decompress(
  raw: Pull<Uint8Array>,
  onProblem: (text: string) => void,
): Pull<Uint8Array> {
  let inner: Pull<Uint8Array> | undefined;
  return {
    async next() {
      if (!inner) {
        const { head, isOver } = await readHead(raw);
        const rest = isOver ? pieces([head]) : pieces([head], raw);
        const stream = decoderFor(head);
        inner = stream ? decoded(rest, stream, onProblem) : rest;
      }
      return inner.next();
    },
    close() {
      inner?.close();
      raw.close();
    },
  };
}

/** gzip: RFC 1952. zstd: RFC 8878, which may begin with a frame to be skipped. */
function decoderFor(head: Buffer): Transform | undefined {
  if (head.length >= 2 && head.readUInt16BE(0) === 0x1f8b) return createGunzip();
  if (head.length < MAGIC_BYTES) return undefined;
  const magic = head.readUInt32LE(0);
  const isZstd = magic === 0xfd2fb528 || (magic & 0xfffffff0) >>> 0 === 0x184d2a50;
  return isZstd ? createZstdDecompress() : undefined;
}

/** A pipe may give its first bytes one by one. */
async function readHead(raw: Pull<Uint8Array>): Promise<{ head: Buffer; isOver: boolean }> {
  let head = Buffer.alloc(0);
  while (head.length < MAGIC_BYTES) {
    const piece = await raw.next();
    if (!piece) return { head, isOver: true };
    head = Buffer.concat([head, piece]);
  }
  return { head, isOver: false };
}

function pieces(first: Uint8Array[], then?: Pull<Uint8Array>): Pull<Uint8Array> {
  return {
    next: async () => first.shift() ?? then?.next(),
    close: () => then?.close(),
  };
}

function decoded(
  raw: Pull<Uint8Array>,
  stream: Transform,
  onProblem: (text: string) => void,
): Pull<Uint8Array> {
  const bell = createBell();
  const ready: Uint8Array[] = [];
  let ahead = 0;
  let isOver = false;
  let isBusy = false;
  let failure: { error: unknown } | undefined;

  const end = () => {
    isOver = true;
    bell.ring();
  };
  stream.on('data', (piece: Uint8Array) => {
    ready.push(piece);
    ahead += piece.length;
    if (ahead > MAX_AHEAD) stream.pause();
    bell.ring();
  });
  stream.on('error', (error: NodeJS.ErrnoException) => {
    const isCut = error.code === 'Z_BUF_ERROR';
    onProblem(isCut ? 'it is cut off at its end' : `it is damaged (${error.message})`);
    end();
  });
  stream.on('end', end);
  stream.on('close', end);

  const feed = async () => {
    isBusy = true;
    try {
      const piece = await raw.next();
      if (isOver) return;
      if (!piece) stream.end();
      else
        stream.write(piece, () => {
          isBusy = false;
          bell.ring();
        });
    } catch (error) {
      failure = { error };
      bell.ring();
    }
  };

  return {
    async next() {
      for (;;) {
        const piece = ready.shift();
        if (piece) {
          ahead -= piece.length;
          if (ahead <= MAX_AHEAD && stream.isPaused()) stream.resume();
          return piece;
        }
        if (isOver) return undefined;
        if (failure) throw failure.error;
        if (!isBusy) void feed();
        await bell.wait();
      }
    },
    close() {
      raw.close();
      end();
      stream.destroy();
    },
  };
}

import { closeSync, fstatSync, read as readAt, statSync } from 'node:fs';
import { promisify } from 'node:util';
import { openRegularFile } from '../../regularFile.ts';
import { createBell, type Pull } from './pull.ts';

/** One file, or standard input: it can be read from its beginning, and read again. */
export type Input = {
  /** As messages name it. */
  readonly name: string;
  /** It can't be read from its beginning any more. */
  readonly isOnce?: boolean;
  /** @throws when it can't be opened */
  open(): Pull<Uint8Array>;
  /** Nothing of it is read any more. */
  close(): void;
};

/** What reading tells besides the bytes. */
export type Watcher = {
  /** All that there is has been read, and more may come. */
  onWaiting(): void;
  /** In words, without the input's name. */
  onProblem(text: string): void;
};

const PIECE = 128 << 10;
/** How often a file is looked at that may grow. */
const LOOK_MS = 200;

const readPiece = promisify(readAt);

/** A file as it is now. */
export function fileInput(path: string): Input {
  return {
    name: path,
    open: () => readFile(openRegularFile(path), { close: true }),
    close() {},
  };
}

/** A regular file that is open already, from its beginning: standard input that was led from a file. */
export const descriptorInput = (name: string, fd: number): Input => ({
  name,
  open: () => readFile(fd, { close: false }),
  close() {},
});

/** A read of a regular file may take long, but ends. */
function readFile(fd: number, options: { close: boolean }): Pull<Uint8Array> {
  let position = 0;
  let isClosed = false;
  let isReading = false;
  const release = () => {
    if (options.close) closeSync(fd);
  };
  return {
    async next() {
      if (isClosed) return undefined;
      isReading = true;
      try {
        const { bytesRead, buffer } = await readPiece(
          fd,
          Buffer.allocUnsafe(PIECE),
          0,
          PIECE,
          position,
        );
        position += bytesRead;
        return bytesRead > 0 && !isClosed ? buffer.subarray(0, bytesRead) : undefined;
      } finally {
        isReading = false;
        if (isClosed) release();
      }
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      // A descriptor that is being read must stay what it is until then.
      if (!isReading) release();
    },
  };
}

/**
 * A file that grows, like tail -F: when another one lies at its path, that one follows, as part of the same input. Those that were
 * read stay open, so that they can be read again; their number is bounded.
 */
export function growingInput(path: string, watcher: Watcher): Input {
  /** Descriptors, the oldest first. */
  const files: number[] = [openRegularFile(path)];
  let isForgetting = false;

  /** Whether another file lies at the path by now; none while it is being rotated. */
  const hasSuccessor = (): boolean => {
    const last = files.at(-1);
    if (last === undefined) return false;
    try {
      const [own, there] = [fstatSync(last), statSync(path)];
      return own.ino !== there.ino || own.dev !== there.dev;
    } catch {
      return false;
    }
  };

  const follow = () => {
    files.push(openRegularFile(path));
    if (files.length <= MAX_GENERATIONS) return;
    const oldest = files.shift();
    if (oldest !== undefined) closeSync(oldest);
    if (!isForgetting) watcher.onProblem('it was rotated so often that going back begins later');
    isForgetting = true;
  };

  const open = (): Pull<Uint8Array> => {
    const bell = createBell();
    let file = files[0];
    let position = 0;
    let isClosed = false;
    const wait = async () => {
      watcher.onWaiting();
      const timer = setTimeout(bell.ring, LOOK_MS);
      await bell.wait();
      clearTimeout(timer);
    };
    const advance = (): boolean => {
      const at = file === undefined ? -1 : files.indexOf(file);
      const next = files[at + 1];
      if (next === undefined) return false;
      file = next;
      position = 0;
      return true;
    };
    return {
      async next() {
        while (!isClosed && file !== undefined) {
          if (fstatSync(file).size < position) {
            watcher.onProblem('it was cut to a shorter one: it is read from its beginning');
            position = 0;
          }
          const piece = Buffer.allocUnsafe(PIECE);
          const { bytesRead } = await readPiece(file, piece, 0, PIECE, position);
          position += bytesRead;
          if (isClosed) return undefined;
          if (bytesRead > 0) return piece.subarray(0, bytesRead);
          if (advance()) continue;
          if (hasSuccessor()) follow();
          else await wait();
        }
        return undefined;
      },
      close() {
        isClosed = true;
        bell.ring();
      },
    };
  };

  return {
    name: path,
    open,
    close() {
      for (const fd of files.splice(0)) closeSync(fd);
    },
  };
}

/** Rotated files that are kept open. */
const MAX_GENERATIONS = 32;

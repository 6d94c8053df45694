import { constants, openSync } from 'node:fs';
import { promisify } from 'node:util';
import { constants as zlib, zstdCompress } from 'node:zlib';
import { descriptorOf } from '../export/descriptor.ts';
import { createLineQueue } from '../export/lineQueue.ts';
import { createPump } from '../export/pump.ts';
import { explain, TargetError } from '../export/targetError.ts';
import { createTrouble } from '../export/trouble.ts';
import { createWholeFile } from '../export/wholeFile.ts';
import { asOwner, type FileOwner } from '../sudoUser.ts';

/** Characters of lines that wait to be written. */
export const RECORDING_ROOM = 16 << 20;
/** A frame is made of so many characters, or of what came in so many ms: that much a kill costs. */
const FRAME = 1 << 20;
const FRAME_MS = 1000;
const CLOSE_MS = 1500;

/** A recording on its way to the disk. */
export type RecordingFile = {
  readonly path: string;
  /** Written. */
  readonly bytes: number;
  /** Lines that were added and found no room. */
  readonly dropped: number;
  /** Characters of lines that wait. */
  readonly waiting: number;
  /** Why nothing can be written at the moment. */
  readonly trouble: string | undefined;
  /** @returns whether there was room for it; else it is lost */
  add(line: string): boolean;
  /** The same for a line that can be had again. */
  offer(line: string): boolean;
  /** Often. */
  run(): void;
  /** @returns lines that could not be written */
  close(): Promise<number>;
};

export type RecordingFileOptions = {
  readonly path: string;
  /** Whose file it is to be; undefined: ours. */
  readonly owner: FileOwner | undefined;
  readonly notice: (level: 'info' | 'warning', text: string) => void;
  /** It can't go on. */
  readonly ended: (reason: string) => void;
  /** Ms, of a clock that only goes forward. */
  readonly now: () => number;
};

const { O_WRONLY, O_CREAT, O_EXCL, O_APPEND, O_NOFOLLOW } = constants;
const compress = promisify(zstdCompress);
const LEVEL = { params: { [zlib.ZSTD_c_compressionLevel]: 1 } };

/** Makes a new file, never in the place of another one. @throws TargetError */
export function createRecordingFile({
  path,
  owner,
  notice,
  ended,
  now,
}: RecordingFileOptions): RecordingFile {
  const fd = openNew(path, owner);
  const file = createWholeFile(descriptorOf(fd), 0);
  const queue = createLineQueue(RECORDING_ROOM);
  let waitingSince = 0;
  /** Lines in the frame that is being written. */
  let underWay = 0;
  const trouble = createTrouble({
    what: `recording: ${path}`,
    meanwhile: `The last ${RECORDING_ROOM >> 20} MiB of events wait, those beyond are lost`,
    notice,
    lost: () => queue.dropped,
    now,
  });

  const nextFrame = async (isLast: boolean): Promise<Buffer | undefined> => {
    underWay = 0;
    if (queue.lines === 0) return undefined;
    if (!isLast && queue.length < FRAME && now() - waitingSince < FRAME_MS) return undefined;
    const before = queue.lines;
    const text = queue.take(FRAME);
    underWay = before - queue.lines;
    waitingSince = now();
    return text && (await compress(text, LEVEL));
  };

  const pump = createPump({
    next: nextFrame,
    async append(bytes) {
      if (file.isTorn) return { kept: 0, error: TORN };
      // Of a frame that is no whole one nothing can be read.
      const appended = await file.append(bytes, () => 0);
      if (file.isTorn) ended(TORN.message);
      return appended;
    },
    async look() {
      if (!(await file.look())) ended('it was deleted');
    },
    trouble,
    now,
  });

  const add = (line: string): boolean => {
    if (queue.lines === 0) waitingSince = now();
    return queue.add(line);
  };

  return {
    path,
    get bytes() {
      return file.size;
    },
    get dropped() {
      return queue.dropped;
    },
    get waiting() {
      return queue.length;
    },
    get trouble() {
      return trouble.reason;
    },
    add,
    offer: (line) => queue.length + line.length < RECORDING_ROOM && add(line),
    run: pump.run,
    async close() {
      const { rest, isStuck } = await pump.close(CLOSE_MS);
      if (!isStuck) await file.close();
      return queue.lines + (rest ? underWay : 0);
    },
  };
}

/** What came behind it could not be read either. */
const TORN = new Error('a part of what was written could not be taken back');

function openNew(path: string, owner: FileOwner | undefined): number {
  try {
    // As its owner: the path is theirs, and so are the folders and links on it.
    return asOwner(owner, () =>
      openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW, 0o600),
    );
  } catch (error) {
    const { message, remedy } = explain(error, path);
    throw new TargetError(`recording: ${message}`, remedy);
  }
}

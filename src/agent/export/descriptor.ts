import * as fs from 'node:fs';
import { promisify } from 'node:util';

/**
 * An open file, whose calls are made in libuv's threads and not in ours. Not Node's FileHandle: one that a slow disk leaves behind
 * would end the agent when its memory is collected.
 */
export type Descriptor = {
  readonly fd: number;
  stat(): Promise<fs.Stats>;
  /** At most so many bytes. */
  read(at: number, bytes: number): Promise<Buffer>;
  /** Writes where the file's flags say. @returns bytes written, which may be fewer */
  write(bytes: Uint8Array, from: number): Promise<number>;
  truncate(size: number): Promise<void>;
  chmod(mode: number): Promise<void>;
  chown(uid: number, gid: number): Promise<void>;
  close(): Promise<void>;
};

const open = promisify(fs.open);
const close = promisify(fs.close);
const stat = promisify(fs.fstat);
const read = promisify(fs.read);
const write = promisify(fs.write);
const truncate = promisify(fs.ftruncate);
const chmod = promisify(fs.fchmod);
const chown = promisify(fs.fchown);

/** open(2). */
export const openFile = async (path: string, flags: number, mode?: number): Promise<Descriptor> =>
  descriptorOf(await open(path, flags, mode));

/** @param fd an open file's, which is closed with this */
export const descriptorOf = (fd: number): Descriptor => ({
  fd,
  stat: () => stat(fd),
  async read(at, bytes) {
    const { buffer, bytesRead } = await read(fd, Buffer.alloc(bytes), 0, bytes, at);
    return buffer.subarray(0, bytesRead);
  },
  async write(bytes, from) {
    return (await write(fd, bytes, from, bytes.length - from, null)).bytesWritten;
  },
  truncate: (size) => truncate(fd, size),
  chmod: (mode) => chmod(fd, mode),
  chown: (uid, gid) => chown(fd, uid, gid),
  close: () => close(fd),
});

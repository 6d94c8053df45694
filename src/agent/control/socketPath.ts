import { chmodSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

/** Where running Trigons listen, each under its process number. */
export const CONTROL_FOLDER = '/run/trigon';

/** sun_path of struct sockaddr_un (include/uapi/linux/un.h), which ends in NUL. */
export const MAX_SOCKET_PATH = 107;

export const socketOf = (pid: number, folder = CONTROL_FOLDER): string =>
  join(folder, `${pid}.sock`);

/** Sockets in the folder by their process numbers, in order; those of dead processes among them. */
export function listSockets(folder = CONTROL_FOLDER): { pid: number; path: string }[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return names
    .flatMap((name) => {
      const pid = /^([1-9]\d{0,9})\.sock$/.exec(name)?.[1];
      return pid === undefined ? [] : [{ pid: Number(pid), path: join(folder, name) }];
    })
    .sort((a, b) => a.pid - b.pid);
}

/**
 * Makes the folder, for its owner only. A folder of somebody else's, or a link in its place, is refused: who owns the folder can
 * put another socket there.
 */
export function makePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  if (!found.isDirectory()) throw new Error(`${folder} is not a folder`);
  if (found.uid !== process.geteuid?.()) throw new Error(`${folder} belongs to user ${found.uid}`);
  chmodSync(folder, 0o700);
}

/** Whether anybody answers there. A socket file that nobody listens on refuses: it is stale. */
export function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (alive: boolean) => {
      socket.destroy();
      resolve(alive);
    };
    socket.once('connect', () => end(true));
    // EAGAIN: its queue is full, so there is somebody. Only a refusal says that there is nobody.
    socket.once('error', ({ code }: NodeJS.ErrnoException) =>
      end(code !== 'ECONNREFUSED' && code !== 'ENOENT' && code !== 'ENOTSOCK'),
    );
  });
}

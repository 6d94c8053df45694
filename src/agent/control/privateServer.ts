import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmdirSync, rmSync, unlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import {
  CONTROL_FOLDER,
  isAlive,
  listSockets,
  MAX_SOCKET_PATH,
  makePrivateFolder,
} from './socketPath.ts';
import { findPlace, isOwnSocket, type SocketPlace } from './socketPlace.ts';

export type PrivateServer = {
  /** Resolves when it listens; rejects with the reason when it can't: everything else works without. */
  readonly ready: Promise<void>;
  close(): void;
};

type Options = {
  /** Connections beyond are closed at once. */
  maxConnections: number;
  onConnection(socket: Socket): void;
};

/**
 * Listens on a unix socket that only its owner can open (mode 0600; in our own folder, which has mode 0700). The socket is bound
 * in a private folder and moved to its place with its final mode, so that it is never open to others, not for a moment. Whatever
 * else stands at that place stays (see SocketPlace). Neither the server nor its connections keep the thread alive.
 */
export function listenPrivately(path: string, options: Options): PrivateServer {
  const server = createServer(options.onConnection);
  server.maxConnections = options.maxConnections;
  server.unref();
  const connections = new Set<Socket>();
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.unref();
    socket.once('close', () => connections.delete(socket));
  });
  let isClosed = false;
  let place: SocketPlace | undefined;
  const close = () => {
    isClosed = true;
    try {
      place?.leave();
    } catch {
      // The folder has gone, or can't be written any more: the next start removes the socket.
    }
    server.close();
    for (const socket of connections) socket.destroy();
  };
  // Also when the worker ends by itself; a crash of the whole process leaves the file, which the next start removes.
  process.once('exit', close);
  const open = async () => {
    if (Buffer.byteLength(path) > MAX_SOCKET_PATH)
      throw new Error(`${path} is too long for a socket: at most ${MAX_SOCKET_PATH} bytes`);
    if (dirname(path) === CONTROL_FOLDER) await prepareFolder();
    place = await findPlace(path);
    if (isClosed) return;
    await listenAt(server, place, () => !isClosed);
  };
  return {
    ready: open(),
    close() {
      process.removeListener('exit', close);
      close();
    },
  };
}

/** The folder of all Trigons' sockets; removes those of Trigons that crashed. */
async function prepareFolder(): Promise<void> {
  makePrivateFolder(CONTROL_FOLDER);
  for (const { path } of listSockets())
    if (isOwnSocket(path) && !(await isAlive(path))) rmSync(path, { force: true });
}

function listenAt(server: Server, place: SocketPlace, isWanted: () => boolean): Promise<void> {
  const folder = mkdtempSync(join(place.folder, '.t-'));
  // Node removes this path once more when the server closes: it must never be the name of anything else.
  const first = join(folder, randomBytes(6).toString('hex'));
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      rmSync(folder, { recursive: true, force: true });
      reject(error);
    };
    server.once('error', fail);
    server.listen(first, () => {
      server.removeListener('error', fail);
      server.on('error', () => {}); // of accepting one connection: the others go on
      try {
        // By its path: nobody else can reach into the folder. A thread can't set a umask.
        chmodSync(first, 0o600);
        if (isWanted()) place.put(first);
        else unlinkSync(first);
        rmdirSync(folder);
        resolve();
      } catch (error) {
        server.close();
        fail(error instanceof Error ? error : new Error(String(error)));
      }
    });
  });
}

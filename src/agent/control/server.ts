import { chmodSync, mkdtempSync, renameSync, rmdirSync, rmSync, unlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import type { Operator } from '../journal.ts';
import type { PolicyStatus } from '../messages.ts';
import { lineReader } from './lines.ts';
import {
  type ControlAnswer,
  type ControlCommand,
  type ControlRequest,
  type ControlResults,
  decodeRequest,
  encodeAnswer,
  MAX_ANSWER_BYTES,
  MAX_REQUEST_BYTES,
  ProtocolError,
} from './protocol.ts';
import {
  CONTROL_FOLDER,
  isAlive,
  listSockets,
  MAX_SOCKET_PATH,
  makePrivateFolder,
} from './socketPath.ts';

/**
 * What the agent does on request; `by` is who asks, as far as they say. Throwing `refusal` errors is answered with their message; any
 * other error is a bug of ours.
 */
export type ControlHandlers = {
  add(policies: Asked<'add'>, by: Operator | undefined): ControlResults['add'];
  remove(id: number, by: Operator | undefined): void;
  setMode(id: number, mode: 'off' | 'monitor', by: Operator | undefined): void;
  arm(arming: Asked<'arm'>, by: Operator | undefined): void;
  status(): PolicyStatus[];
  /** Whether an error is a refusal for the operator to read. */
  isRefusal(error: unknown): error is Error;
};

type Asked<Name extends ControlCommand['command']> = Omit<
  Extract<ControlCommand, { command: Name }>,
  'command'
>;

export type ControlServer = {
  /** Resolves when it listens; rejects with the reason when it can't: everything else works without. */
  readonly ready: Promise<void>;
  close(): void;
};

/** Connections at once: commands are short. */
const MAX_CONNECTIONS = 16;
/** A connection that says nothing for so long is closed. */
const IDLE_MS = 10_000;

/**
 * Listens for `trigon policy` on a unix socket that only its owner can open (mode 0600, in a folder of mode 0700). The socket is
 * bound in a private folder and moved to its place with its final mode, so that it is never open to others, not for a moment.
 */
export function startControl(path: string, handlers: ControlHandlers): ControlServer {
  const server = createServer((socket) => serve(socket, handlers));
  server.maxConnections = MAX_CONNECTIONS;
  server.unref();
  const connections = new Set<Socket>();
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.unref();
    socket.once('close', () => connections.delete(socket));
  });
  let state: 'starting' | 'listening' | 'closed' = 'starting';
  const close = () => {
    if (state === 'listening') rmSync(path, { force: true });
    state = 'closed';
    server.close();
    for (const socket of connections) socket.destroy();
  };
  // Also when the worker ends by itself; a crash of the whole process leaves the file, which the next start removes.
  process.once('exit', close);
  const open = async () => {
    if (Buffer.byteLength(path) > MAX_SOCKET_PATH)
      throw new Error(`${path} is too long for a socket: at most ${MAX_SOCKET_PATH} bytes`);
    if (dirname(path) === CONTROL_FOLDER) await prepareFolder();
    if (await isAlive(path)) throw new Error(`another Trigon listens on ${path}`);
    if (state === 'closed') return;
    await listenAt(server, path, () => state !== 'closed');
    if (state === 'starting') state = 'listening';
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
  for (const { path } of listSockets()) if (!(await isAlive(path))) rmSync(path, { force: true });
}

function listenAt(server: Server, path: string, isWanted: () => boolean): Promise<void> {
  const folder = mkdtempSync(join(dirname(path), '.t-'));
  const first = join(folder, 's');
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
        chmodSync(first, 0o600);
        if (isWanted()) renameSync(first, path);
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

function serve(socket: Socket, handlers: ControlHandlers): void {
  const reader = lineReader(MAX_REQUEST_BYTES);
  const say = (answer: ControlAnswer<unknown>) => socket.write(encodeAnswer(answer));
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy()); // the other side went away
  socket.on('data', (chunk) => {
    const lines = reader.add(chunk);
    if (!lines) {
      say({ ok: false, error: `a request may have ${MAX_REQUEST_BYTES} bytes at most` });
      socket.removeAllListeners('data');
      socket.resume(); // What is still on its way is thrown away.
      socket.end();
      return;
    }
    for (const line of lines) {
      // It asks and asks and doesn't read: that is nobody we know.
      if (socket.writableLength > MAX_ANSWER_BYTES) return socket.destroy();
      say(answer(line, handlers));
    }
  });
}

function answer(line: string, handlers: ControlHandlers): ControlAnswer<unknown> {
  try {
    return { ok: true, result: carryOut(decodeRequest(line), handlers) };
  } catch (error) {
    if (error instanceof ProtocolError || handlers.isRefusal(error))
      return { ok: false, error: error.message };
    throw error;
  }
}

function carryOut(
  request: ControlRequest,
  handlers: ControlHandlers,
): ControlResults[ControlRequest['command']] {
  const by = request.operator;
  switch (request.command) {
    case 'status':
      return { pid: process.pid, policies: handlers.status() };
    case 'add':
      return handlers.add(request, by);
    case 'remove':
      handlers.remove(request.id, by);
      return {};
    case 'set-mode':
      handlers.setMode(request.id, request.mode, by);
      return {};
    case 'arm':
      handlers.arm(request, by);
      return {};
  }
}

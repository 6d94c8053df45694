import type { Socket } from 'node:net';
import type { Operator } from '../journal.ts';
import type { PolicyStatus } from '../messages.ts';
import type { AgentStats } from '../metrics/types.ts';
import { lineReader } from './lines.ts';
import { listenPrivately, type PrivateServer } from './privateServer.ts';
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

/** What is done to policies on request, also of gRPC clients; `by` is who asks, as far as they say. */
export type PolicyHandlers = {
  add(policies: Asked<'add'>, by: Operator | undefined): ControlResults['add'];
  remove(id: number, by: Operator | undefined): void;
  setMode(id: number, mode: 'off' | 'monitor', by: Operator | undefined): void;
  arm(arming: Asked<'arm'>, by: Operator | undefined): void;
  status(): PolicyStatus[];
};

/**
 * What the agent does on request. Throwing `refusal` errors is answered with their message; any other error is a bug of ours.
 */
export type ControlHandlers = PolicyHandlers & {
  stats(): AgentStats;
  /** Whether an error is a refusal for the operator to read. */
  isRefusal(error: unknown): error is Error;
};

type Asked<Name extends ControlCommand['command']> = Omit<
  Extract<ControlCommand, { command: Name }>,
  'command'
>;

/** Connections at once: commands are short. */
const MAX_CONNECTIONS = 16;
/** A connection that says nothing for so long is closed. */
const IDLE_MS = 10_000;

/** Listens for `trigon policy`. */
export const startControl = (path: string, handlers: ControlHandlers): PrivateServer =>
  listenPrivately(path, {
    maxConnections: MAX_CONNECTIONS,
    onConnection: (socket) => serve(socket, handlers),
  });

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
    case 'stats':
      return handlers.stats();
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

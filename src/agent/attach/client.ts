import { lstatSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { type AgentClient, projectRoot } from '../client.ts';
import type { FromAgent, ToAgent } from '../messages.ts';
import {
  createFrameReader,
  decodeGreeting,
  decodeMessage,
  encodeGreeting,
  encodeMessage,
  FRAME,
  type Frame,
} from './frames.ts';
import {
  type AgentGreeting,
  readAdmission,
  readAgentGreeting,
  type ScreenGreeting,
} from './greeting.ts';
import { type Identity, isSameIdentity, ownIdentity } from './identity.ts';

/** The running agent can't be attached to; the message says why, for the operator. */
export class AttachError extends Error {}

/** A running agent that has let us in. It says nothing before `start`. */
export type AttachedAgent = Pick<AgentGreeting, 'pid' | 'node' | 'readOnly'> & {
  /** Once. When the agent goes away, a `failed` message says so. */
  start(onMessage: (message: FromAgent) => void): AgentClient;
  /** Instead of `start`. */
  leave(): void;
};

export type ScreenIntroduction = Omit<ScreenGreeting, keyof Identity>;

const HEARTBEAT_MS = 1000;
const GREETING_MS = 5000;
/** Of what an agent sends: a batch of events at most. */
const MAX_BODY = 64 << 20;
/** Requests that an agent which hangs has not read. */
const MAX_UNREAD = 8 << 20;
const CLOSE_MS = 1000;

/** Who listens there; undefined: nobody, or nobody that we may ask. @throws AttachError when it is no agent */
export async function findAgent(path: string): Promise<AgentGreeting | undefined> {
  const line = await openLine(path);
  line?.socket.destroy();
  return line?.greeting;
}

/**
 * Attaches to the agent that listens there.
 *
 * @returns undefined when nobody listens, or nobody that we may ask
 * @throws AttachError
 */
export async function attachToAgent(
  path: string,
  introduction: ScreenIntroduction,
): Promise<AttachedAgent | undefined> {
  const line = await openLine(path);
  if (!line) return undefined;
  const { socket, greeting, next } = line;
  const { pid, node, readOnly } = greeting;
  try {
    const own = ownIdentity(projectRoot());
    if (!isSameIdentity(greeting, own))
      throw new AttachError(
        `the running agent is another version (${greeting.version}, pid ${pid}): restart it, or --standalone`,
      );
    socket.write(encodeGreeting({ ...own, ...introduction } satisfies ScreenGreeting));
    const admission = readAdmission(await next());
    if (!admission) throw notAnAgent(path);
    if ('refusal' in admission)
      throw new AttachError(`the running agent (pid ${pid}) refuses: ${admission.refusal}`);
    // Until somebody listens, what it tells waits on its side.
    socket.pause();
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return {
    ...{ pid, node, readOnly },
    start: (onMessage) => clientOf(line, pid, onMessage),
    leave: () => socket.destroy(),
  };
}

type Line = {
  readonly socket: Socket;
  readonly greeting: AgentGreeting;
  /** The agent's next greeting, decoded. @throws AttachError when something else comes, or nothing in time */
  next(): Promise<unknown>;
  /** From now on frames go here, those that have come already first. */
  divert(onFrame: (frame: Frame) => void, onEnd: () => void): void;
};

async function openLine(path: string): Promise<Line | undefined> {
  if (!isOurs(path)) return undefined;
  const socket = connect(path);
  const reader = createFrameReader(MAX_BODY);
  const come: Frame[] = [];
  let onFrame = (frame: Frame): void => {
    come.push(frame);
  };
  let onEnd = () => {};
  let isOver = false;
  let error: NodeJS.ErrnoException | undefined;
  let wake = () => {};

  socket.on('error', (reason) => {
    error = reason;
  });
  socket.on('close', () => {
    isOver = true;
    wake();
    onEnd();
  });
  socket.on('data', (chunk: Buffer) => {
    const frames = reader.add(chunk);
    if (frames) for (const frame of frames) onFrame(frame);
    else socket.destroy();
    wake();
  });

  const next = async (): Promise<unknown> => {
    const patience = setTimeout(() => socket.destroy(), GREETING_MS);
    while (come.length === 0 && !isOver)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    clearTimeout(patience);
    const frame = come.shift();
    return frame?.kind === FRAME.greeting ? decodeGreeting(frame) : undefined;
  };

  const greeting = readAgentGreeting(await next());
  if (greeting)
    return {
      ...{ socket, greeting, next },
      divert(toFrame, atEnd) {
        onFrame = toFrame;
        onEnd = atEnd;
        for (const frame of come.splice(0)) toFrame(frame);
        if (isOver) atEnd();
        else socket.resume();
      },
    };
  socket.destroy();
  if (error && NOBODY.has(error.code ?? '')) return undefined;
  throw error ? new AttachError(`${path}: ${error.message}`) : notAnAgent(path);
}

/** Nobody listens, or only root may ask. */
const NOBODY: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOENT', 'ENOTSOCK', 'EACCES']);

const notAnAgent = (path: string): AttachError =>
  new AttachError(
    `${path}: no agent of Trigon's answers there, or it hangs; --standalone goes without it`,
  );

/** A socket that somebody else put there must not be told anything, nor be believed. */
function isOurs(path: string): boolean {
  try {
    const { uid } = lstatSync(path);
    if (uid === 0 || uid === process.geteuid?.()) return true;
    throw new AttachError(`${path} belongs to user ${uid}: not a socket of this Trigon`);
  } catch (error) {
    if (error instanceof AttachError) throw error;
    return false;
  }
}

function clientOf(
  { socket, divert }: Line,
  pid: number,
  onMessage: (message: FromAgent) => void,
): AgentClient {
  let isLeaving = false;
  let hasFailed = false;
  const { promise: closed, resolve } = Promise.withResolvers<void>();

  const send = (message: ToAgent) => {
    // How much is under way the socket tells by itself, and the agent is not ours to stop.
    if (message.type === 'done' || message.type === 'stop' || socket.destroyed) return;
    if (socket.writableLength > MAX_UNREAD) socket.destroy();
    else socket.write(encodeMessage(message));
  };
  const fail = (what: string) => {
    if (isLeaving || hasFailed) return;
    hasFailed = true;
    const remedy = 'what this screen had armed is back to monitor; start again: trigon';
    onMessage({ type: 'failed', message: `the agent (pid ${pid}) ${what}`, remedy });
  };

  const heartbeat = setInterval(() => send({ type: 'heartbeat' }), HEARTBEAT_MS);
  // The screen that we start has handlers of its own ready only when this returns.
  setImmediate(() =>
    divert(
      (frame) => {
        const message = messageOf(frame);
        if (!message) return void socket.destroy();
        if (message.type === 'stopped' || message.type === 'failed') fail('has ended');
        else if (!isLeaving) onMessage(message);
      },
      () => {
        clearInterval(heartbeat);
        fail('is gone, or has disconnected this screen, which did not read');
        resolve();
      },
    ),
  );

  return {
    send,
    async stop() {
      isLeaving = true;
      clearInterval(heartbeat);
      socket.end();
      const patience = setTimeout(() => socket.destroy(), CLOSE_MS);
      await closed;
      clearTimeout(patience);
    },
  };
}

/** Same version, same user: what it says is taken as it is. */
function messageOf(frame: Frame): FromAgent | undefined {
  const { kind, count, body } = frame;
  if (kind === FRAME.records)
    return { type: 'records', buffer: body.buffer, bytes: body.length, count };
  return kind === FRAME.message ? (decodeMessage(frame) as FromAgent | undefined) : undefined;
}

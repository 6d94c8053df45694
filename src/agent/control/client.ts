import { lstatSync } from 'node:fs';
import { connect } from 'node:net';
import { lineReader } from './lines.ts';
import {
  type ControlRequest,
  type ControlResults,
  decodeAnswer,
  encodeRequest,
  MAX_ANSWER_BYTES,
  MAX_REQUEST_BYTES,
  ProtocolError,
} from './protocol.ts';

/** A running Trigon can't be reached, or refuses; the message says why, for the operator. */
export class ControlError extends Error {}

/** Loading a policy with many hooks may take the agent seconds. */
const PATIENCE_MS = 30_000;

/** Asks the Trigon that listens on the socket. @throws ControlError */
export async function askTrigon<Request extends ControlRequest>(
  path: string,
  request: Request,
): Promise<ControlResults[Request['command']]> {
  const line = encodeRequest(request);
  if (Buffer.byteLength(line) > MAX_REQUEST_BYTES)
    throw new ControlError(`too large to send: at most ${MAX_REQUEST_BYTES} bytes`);
  checkOwner(path);
  const answer = await exchange(path, line);
  try {
    const decoded = decodeAnswer<ControlResults[Request['command']]>(answer);
    if (decoded.ok) return decoded.result;
    throw new ControlError(decoded.error);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new ControlError(`${path}: ${error.message}`);
  }
}

/** A socket that somebody else put there must not be told anything, nor be believed. */
function checkOwner(path: string): void {
  let uid: number;
  try {
    uid = lstatSync(path).uid;
  } catch (error) {
    throw new ControlError(inWords(path, error as NodeJS.ErrnoException));
  }
  if (uid !== 0 && uid !== process.geteuid?.())
    throw new ControlError(`${path} belongs to user ${uid}: not a socket of this Trigon`);
}

function exchange(path: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = lineReader(MAX_ANSWER_BYTES);
    const socket = connect(path, () => socket.write(line));
    const fail = (message: string) => {
      socket.destroy();
      reject(new ControlError(message));
    };
    socket.setTimeout(PATIENCE_MS, () => fail(`${path}: Trigon doesn't answer; it may hang`));
    socket.on('error', (error: NodeJS.ErrnoException) => fail(inWords(path, error)));
    socket.on('close', () => fail(`${path}: Trigon ended without an answer`));
    socket.on('data', (chunk) => {
      const lines = reader.add(chunk);
      if (!lines) return fail(`${path}: its answer is too long`);
      const [first] = lines;
      if (first === undefined) return;
      resolve(first);
      socket.destroy();
    });
  });
}

function inWords(path: string, { code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'ENOENT':
    case 'ECONNREFUSED':
      return `no Trigon listens on ${path}`;
    case 'EACCES':
    case 'EPERM':
      return `${path}: only root may talk to a running Trigon; run it with sudo`;
    default:
      return `${path}: ${message}`;
  }
}

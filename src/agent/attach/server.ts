import type { Socket } from 'node:net';
import { type PeerProcess, peerProcess } from '../bpf/addon.ts';
import { listenPrivately, type PrivateServer } from '../control/privateServer.ts';
import type { FileOwner } from '../sudoUser.ts';
import {
  createFrameReader,
  decodeGreeting,
  decodeMessage,
  encodeGreeting,
  FRAME,
  type Frame,
} from './frames.ts';
import {
  type Admission,
  type AgentGreeting,
  readScreenGreeting,
  type ScreenGreeting,
} from './greeting.ts';
import type { Hub, ScreenSeat } from './hub.ts';
import { isSameIdentity } from './identity.ts';
import { createLink } from './link.ts';
import { readRequest } from './requests.ts';

export const MAX_SCREENS = 16;
/** Room for those that are told that there is none, and for a look whether anybody listens. */
const MAX_CONNECTIONS = MAX_SCREENS * 2;
/** Of what a screen sends. */
const MAX_REQUEST = 1 << 20;
const GREETING_MS = 5000;

/** Listens for screens. A peer that sends anything but greeting and requests is disconnected. */
export const startAttachServer = (path: string, own: AgentGreeting, hub: Hub): PrivateServer =>
  listenPrivately(path, {
    maxConnections: MAX_CONNECTIONS,
    onConnection: (socket) => serve(socket, own, hub),
  });

function serve(socket: Socket, own: AgentGreeting, hub: Hub): void {
  const reader = createFrameReader(MAX_REQUEST);
  let seat: ScreenSeat | undefined;
  const patience = setTimeout(() => socket.destroy(), GREETING_MS);

  const refuse = (refusal: string) => {
    socket.removeAllListeners('data');
    socket.resume(); // What is still on its way is thrown away.
    socket.end(encodeGreeting({ refusal } satisfies Admission));
  };

  const admit = (frame: Frame) => {
    const greeting = frame.kind === FRAME.greeting && readScreenGreeting(decodeGreeting(frame));
    if (!greeting) return socket.destroy();
    const refusal = refusalOf(greeting, own, hub);
    if (refusal !== undefined) return refuse(refusal);
    const peer = peerOf(socket);
    if (!peer) return socket.destroy();
    clearTimeout(patience);
    const link = createLink(socket);
    link.send(encodeGreeting({ admitted: true } satisfies Admission));
    const { operator, readOnly } = greeting;
    seat = hub.join({
      ...{ operator, readOnly, link, pid: peer.pid, owner: ownerOf(peer, greeting) },
      disconnect: () => socket.destroy(),
    });
  };

  const take = (frame: Frame) => {
    if (!seat) return admit(frame);
    const request = frame.kind === FRAME.message ? readRequest(decodeMessage(frame)) : undefined;
    if (request) seat.ask(request);
    else socket.destroy();
  };

  socket.on('error', () => socket.destroy()); // the other side went away
  socket.on('close', () => {
    clearTimeout(patience);
    seat?.leave();
  });
  socket.on('data', (chunk: Buffer) => {
    const frames = reader.add(chunk);
    if (!frames) return void socket.destroy();
    for (const frame of frames) if (!socket.destroyed && socket.writable) take(frame);
  });
  socket.write(encodeGreeting(own));
}

/** The process at the other end; Node has no word for it, but its handle knows the descriptor. undefined: it is closed. */
function peerOf(socket: Socket): PeerProcess | undefined {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null) return undefined;
  const fd: unknown = Reflect.get(handle, 'fd');
  return typeof fd === 'number' && fd >= 0 ? peerProcess(fd) : undefined;
}

/** Root may say in whose name it is there; whoever else could open the socket is who the kernel says. */
const ownerOf = ({ uid, gid }: PeerProcess, { owner }: ScreenGreeting): FileOwner =>
  uid === 0 && owner ? owner : { uid, gid };

/** Why this screen can't attach. */
function refusalOf(screen: ScreenGreeting, own: AgentGreeting, hub: Hub): string | undefined {
  if (!isSameIdentity(screen, own)) return 'the running agent is another version';
  if (hub.screens >= MAX_SCREENS) return `${MAX_SCREENS} screens are attached already`;
  return undefined;
}

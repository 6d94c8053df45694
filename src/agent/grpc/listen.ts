/** Where the gRPC server gets its connections: a private socket, or the network with certificates on both sides. */
import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { parseGrpcAddress } from '../../grpc/address.ts';
import { listenPrivately, type PrivateServer } from '../control/privateServer.ts';
import type { GrpcOptions } from '../messages.ts';
import { createDoor, type Door, MAX_CLIENTS, MAX_WAITING } from './door.ts';
import { readPem } from './pem.ts';

/** How many connections there are is the door's business; this is beyond it. */
const MAX_CONNECTIONS = 2 * (MAX_CLIENTS + MAX_WAITING);
/** What HTTP/2 begins with (RFC 9113, 3.4): "PRI * HTTP/2.0" and so on. */
const PREFACE_BYTES = 24;

/**
 * Listens, and hands out connections that have shown what they need to: a certificate of a known authority, and over the socket,
 * which only root can open, that they speak HTTP/2. Keeps the thread alive as little as they do.
 *
 * @throws Error when the address may not be served so, or a certificate can't be read
 */
export function listenAt(
  { address, tls }: GrpcOptions,
  onConnection: (socket: Socket) => void,
): PrivateServer {
  const parsed = parseGrpcAddress(address);
  const door = createDoor();
  if (parsed.kind === 'tcp')
    return listenOnNetwork(parsed, tlsOptions(address, tls), door, onConnection);
  return listenPrivately(parsed.path, {
    maxConnections: MAX_CONNECTIONS,
    onConnection: (socket) => greet(socket, door, onConnection),
  });
}

/** @throws Error */
function tlsOptions(address: string, tls: GrpcOptions['tls']): TlsOptions {
  if (!tls || tls.clientAuthorities.length === 0)
    throw new Error(
      `${address} is not served without certificates: whoever reaches it, any user of this host on the loopback, could load and arm policies as root. Give --server-tls-cert-file, --server-tls-key-file and --server-tls-client-ca-files, or a socket (unix:///run/trigon/tetragon.sock)`,
    );
  return {
    ca: tls.clientAuthorities.map(readPem),
    cert: readPem(tls.certificate),
    key: readPem(tls.key),
    requestCert: true,
    rejectUnauthorized: true,
    ALPNProtocols: ['h2'],
  };
}

/** Waits for the first bytes of HTTP/2, and leaves them for who reads it. */
function greet(socket: Socket, door: Door, onConnection: (socket: Socket) => void): void {
  door.come(socket);
  socket.on('error', () => socket.destroy()); // the other side went away
  const look = () => {
    const preface: Buffer | null = socket.read(PREFACE_BYTES);
    if (!preface) return;
    socket.removeListener('readable', look);
    socket.unshift(preface);
    if (door.enter(socket)) onConnection(socket);
  };
  socket.on('readable', look);
  // Without all of the first bytes there is nothing to answer.
  socket.once('end', () => socket.destroy());
}

function listenOnNetwork(
  { host, port }: { host: string; port: number },
  options: TlsOptions,
  door: Door,
  onConnection: (socket: Socket) => void,
): PrivateServer {
  /** By who is at the other end: the connection under the one with TLS. */
  const waiting = new Map<string, Socket>();
  const tls = createTlsServer(options);
  // Only those with a certificate get here: the others are closed.
  tls.on('secureConnection', (secure) => {
    secure.on('error', () => secure.destroy());
    const socket = waiting.get(peerOf(secure));
    if (socket && door.enter(socket)) onConnection(secure);
    else secure.destroy();
  });
  tls.on('tlsClientError', (_error, secure) => secure.destroy());
  const server = createServer((socket) => {
    const peer = peerOf(socket);
    waiting.set(peer, socket);
    socket.unref();
    socket.on('error', () => socket.destroy()); // the other side went away
    socket.once('close', () => {
      if (waiting.get(peer) === socket) waiting.delete(peer);
    });
    door.come(socket);
    tls.emit('connection', socket);
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.unref();
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, host, () => {
    server.removeListener('error', reject);
    server.on('error', () => {}); // of accepting one connection: the others go on
    resolve();
  });
  return {
    ready,
    close() {
      server.close();
      door.close();
    },
  };
}

const peerOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;

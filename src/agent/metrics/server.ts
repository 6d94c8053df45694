import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { getSystemErrorName } from 'node:util';
import type { MetricsOptions } from '../messages.ts';
import { keepRoom } from './room.ts';

/** Prometheus' metrics over HTTP: `/metrics`, and `/healthz` for whoever watches whether the agent is alive. */
export type MetricsServer = {
  /** Where it listens: port 0 has become one of the system's. Rejects with the reason when it can't. */
  readonly ready: Promise<string>;
  close(): void;
};

/** Connections at once: Prometheus needs one. */
const MAX_CONNECTIONS = 16;
const MAX_HEADER_BYTES = 8 << 10;
/** A request that is not here by then, and a connection on which nothing moves for so long, is closed. */
const PATIENCE_MS = 5000;
/** The numbers are not read more often than that, however many ask. */
const FRESH_MS = 500;
/** What comes at once on one connection without reading the answers. */
const MAX_REQUESTS = 1000;

const TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** @param render the metrics as of now */
export function startMetricsServer(
  { host, port }: Pick<MetricsOptions, 'host' | 'port'>,
  render: () => Promise<string>,
): MetricsServer {
  const text = cached(render);
  const options = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: PATIENCE_MS,
    requestTimeout: PATIENCE_MS,
    connectionsCheckingInterval: PATIENCE_MS,
    keepAliveTimeout: PATIENCE_MS,
  };
  const server = createServer(options, (request, response) => void answer(request, response, text));
  keepRoom(server, MAX_CONNECTIONS);
  server.maxRequestsPerSocket = MAX_REQUESTS;
  server.setTimeout(PATIENCE_MS);
  server.on('connection', (socket) => socket.unref());
  server.unref();
  return {
    ready: listen(server, host, port),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(listenError(error, host, port));
    server.once('error', fail);
    server.listen({ host, port, exclusive: true }, () => {
      server.removeListener('error', fail);
      server.on('error', () => {}); // of accepting one connection: the others go on
      const address = server.address();
      const bound = typeof address === 'object' && address ? address.port : port;
      resolve(`http://${host.includes(':') ? `[${host}]` : host}:${bound}/metrics`);
    });
  });
}

function listenError({ code, errno }: NodeJS.ErrnoException, host: string, port: number): Error {
  const reason = code ?? (errno === undefined ? 'unknown error' : getSystemErrorName(errno));
  return new Error(`can't listen on ${host}:${port}: ${REASONS[reason] ?? reason}`);
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'somebody else does already',
  EADDRNOTAVAIL: 'this host has no such address',
};

async function answer(
  { method, url = '' }: IncomingMessage,
  response: ServerResponse,
  text: () => Promise<string>,
): Promise<void> {
  const say = (status: number, body: string, headers = {}) => {
    response.writeHead(status, {
      ...{ 'content-type': TYPE, 'content-length': Buffer.byteLength(body) },
      ...headers,
    });
    response.end(method === 'HEAD' ? undefined : body);
  };
  if (method !== 'GET' && method !== 'HEAD')
    return say(405, 'only GET\n', { allow: 'GET, HEAD', connection: 'close' });
  switch (url.split('?', 1)[0]) {
    case '/metrics':
      try {
        return say(200, await text());
      } catch (error) {
        return say(500, `${error instanceof Error ? error.message : String(error)}\n`);
      }
    case '/healthz':
      return say(200, 'ok\n');
    default:
      return say(404, 'there are /metrics and /healthz\n');
  }
}

/** Whoever comes while it is made, or soon after, gets the same. */
function cached(render: () => Promise<string>): () => Promise<string> {
  let last: Promise<string> | undefined;
  let madeAt = 0;
  return () => {
    const now = performance.now();
    if (last && now - madeAt < FRESH_MS) return last;
    madeAt = now;
    last = render();
    return last;
  };
}

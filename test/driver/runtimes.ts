import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** Container runtimes that are none: they answer as the real ones do, over the same protocols. */

export type FakeDocker = {
  /** Ids that were asked about, in order. */
  readonly asked: readonly string[];
  close(): Promise<void>;
};

export type FakeContainer = {
  readonly name: string;
  readonly image: string;
  readonly labels?: Readonly<Record<string, string>>;
};

/** Docker's Engine API on a Unix socket: GET /containers/{id}/json. `misbehave` answers in its place, if it wants to. */
export async function startDocker(
  socket: string,
  find: (id: string) => FakeContainer | undefined,
  misbehave: (request: IncomingMessage, response: ServerResponse) => boolean = () => false,
): Promise<FakeDocker> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const id = /^\/containers\/([0-9a-f]{64})\/json$/.exec(request.url ?? '')?.[1];
    if (id !== undefined) asked.push(id);
    if (misbehave(request, response)) return;
    const found = id === undefined ? undefined : find(id);
    if (!found || request.method !== 'GET') {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ message: `No such container: ${id}` }));
      return;
    }
    const { name, image, labels = {} } = found;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({
        Id: id,
        Created: '2026-03-01T08:00:00.1Z',
        State: { Status: 'running', Pid: 4711, StartedAt: '2026-03-01T08:00:01.25Z' },
        Image: `sha256:${'e'.repeat(64)}`,
        Name: `/${name}`,
        Config: { Image: image, Labels: labels },
      }),
    );
  });
  await listen(server, socket);
  return { asked, close: () => close(server) };
}

/** @param place a socket's path, or 0 for a free port */
export const listen = (server: Server, place: string | number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    if (typeof place === 'string') server.listen(place, resolve);
    else server.listen(place, '127.0.0.1', resolve);
  });

export const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

export type CriContainer = {
  readonly id: string;
  readonly sandbox: string;
  readonly name: string;
  readonly image: string;
  readonly labels?: Readonly<Record<string, string>>;
};

export type CriSandbox = {
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
};

export type FakeCri = {
  readonly asked: readonly string[];
  close(): void;
};

const PROTO = fileURLToPath(new URL('../../src/agent/enrichment/cri.proto', import.meta.url));

type Call = grpc.ServerUnaryCall<Readonly<Record<string, unknown>>, unknown>;
type Callback = grpc.sendUnaryData<unknown>;

/** Kubernetes' CRI on a Unix socket, by a gRPC library that reads cri.proto itself. */
export async function startCri(
  socket: string,
  containers: readonly CriContainer[],
  sandboxes: readonly CriSandbox[],
): Promise<FakeCri> {
  const asked: string[] = [];
  const definition = loadSync(PROTO, { keepCase: true, longs: String });
  const { runtime } = grpc.loadPackageDefinition(definition) as unknown as {
    runtime: { v1: { RuntimeService: grpc.ServiceClientConstructor } };
  };
  const notFound = (callback: Callback, id: string) =>
    callback({ code: grpc.status.NOT_FOUND, details: `no such id: ${id}` });
  const server = new grpc.Server();
  server.addService(runtime.v1.RuntimeService.service, {
    ListContainers({ request }: Call, callback: Callback) {
      const { id } = request.filter as { id: string };
      asked.push(id);
      const found = containers.filter((one) => one.id === id);
      callback(null, {
        containers: found.map((one) => ({ id: one.id, pod_sandbox_id: one.sandbox })),
      });
    },
    ContainerStatus({ request }: Call, callback: Callback) {
      const found = containers.find(({ id }) => id === request.container_id);
      if (!found) return notFound(callback, String(request.container_id));
      const { id, name, image, labels } = found;
      callback(null, {
        status: {
          ...{ id, metadata: { name }, image: { image }, labels },
          image_ref: `${image}@sha256:${'e'.repeat(64)}`,
          started_at: '1772352001250000000',
        },
      });
    },
    PodSandboxStatus({ request }: Call, callback: Callback) {
      const found = sandboxes.find(({ id }) => id === request.pod_sandbox_id);
      if (!found) return notFound(callback, String(request.pod_sandbox_id));
      const { id, labels, ...metadata } = found;
      callback(null, { status: { id, metadata, labels } });
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socket}`, grpc.ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    );
  });
  return { asked, close: () => server.forceShutdown() };
}

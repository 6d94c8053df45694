import type { Client } from '@grpc/grpc-js';
import type { ContainerFact } from '../../events/facts.ts';
import { containerFact, POD_LABEL, podOf } from './containerFacts.ts';
import type { CriStatus } from './criMessages.ts';
import { keptLabels } from './json.ts';
import { ASK_MS, MOST_ANSWER_BYTES, type Runtime, type RuntimeAnswer } from './runtimeAnswer.ts';
import { createSocketFinder } from './sockets.ts';

export const CONTAINERD_SOCKETS = [
  '/run/containerd/containerd.sock',
  '/run/k3s/containerd/containerd.sock',
];
export const CRIO_SOCKETS = ['/run/crio/crio.sock', '/var/run/crio/crio.sock'];

/** gRPC's code for "no such container", and for "this runtime doesn't speak CRI". */
const NOT_FOUND = 5;
const UNIMPLEMENTED = 12;

/** Kubernetes' container runtime interface: containerd with its CRI plugin, CRI-O. */
export function createCri(sockets: readonly string[]): Runtime {
  const find = createSocketFinder(sockets);
  return async (id) => {
    const socket = await find();
    if (socket === undefined) return { kind: 'absent' };
    // Loaded when there is somebody to ask: gRPC takes 100 ms.
    const grpc = await import('@grpc/grpc-js');
    const client = new grpc.Client(`unix:${socket}`, grpc.credentials.createInsecure(), {
      'grpc.max_receive_message_length': MOST_ANSWER_BYTES,
      'grpc.enable_retries': 0,
    });
    try {
      return await ask(client, id);
    } catch (error) {
      return failureOf(error, socket);
    } finally {
      client.close();
    }
  };
}

async function ask(client: Client, id: string): Promise<RuntimeAnswer> {
  const messages = await import('./criMessages.ts');
  const call = createCall(client, Date.now() + ASK_MS);
  const sandboxId = messages.readSandboxOf(
    await call('ListContainers', messages.listRequest(id)),
    id,
  );
  // A pod's sandbox (its "pause" container) is no container of CRI's.
  const sandbox = messages.readSandbox(
    await call('PodSandboxStatus', messages.idRequest(sandboxId || id)),
  );
  const { name, namespace, uid } = sandbox;
  const pod = podOf(
    { [POD_LABEL.name]: name, [POD_LABEL.namespace]: namespace, [POD_LABEL.uid]: uid },
    sandbox.labels,
  );
  const fact = containerFact(id, pod ? { pod } : {});
  if (sandboxId === '') return { kind: 'known', fact };
  const status = messages.readStatus(await call('ContainerStatus', messages.idRequest(id)));
  return { kind: 'known', fact: { ...fact, ...statusFact(status) } };
}

const statusFact = (status: CriStatus): Partial<ContainerFact> => ({
  name: status.name,
  image: status.image,
  imageId: status.imageRef || status.imageId,
  labels: keptLabels(status.labels),
  ...(status.startedAt > 0n ? { startedAt: Number(status.startedAt / 1_000_000n) } : {}),
});

/** @param deadline of all calls, ms since the epoch */
function createCall(client: Client, deadline: number) {
  const same = (bytes: Buffer) => bytes;
  return (method: string, request: Buffer) =>
    new Promise<Buffer>((resolve, reject) => {
      const path = `/runtime.v1.RuntimeService/${method}`;
      client.makeUnaryRequest(path, same, same, request, { deadline }, (error, answer) => {
        if (error) reject(error);
        else resolve(answer ?? Buffer.alloc(0));
      });
    });
}

function failureOf(error: unknown, socket: string): RuntimeAnswer {
  const { code, details, message } = error as Partial<
    Record<'details' | 'message', string> & { code: number }
  >;
  if (code === NOT_FOUND) return { kind: 'unknown' };
  if (code === UNIMPLEMENTED) return { kind: 'absent' };
  return { kind: 'failed', reason: `${socket}: ${details || message}` };
}

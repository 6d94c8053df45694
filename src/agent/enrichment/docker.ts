import { getJson } from './boundedHttp.ts';
import { ASK_MS, MOST_ANSWER_BYTES, type Runtime } from './runtimeAnswer.ts';
import { createSocketFinder } from './sockets.ts';
import { readDocker } from './stateFiles.ts';

export const DOCKER_SOCKETS = ['/run/docker.sock', '/var/run/docker.sock'];
export const PODMAN_SOCKETS = ['/run/podman/podman.sock'];

/** Docker's Engine API, which Podman's service speaks too: GET /containers/{id}/json. */
export function createDocker(sockets: readonly string[]): Runtime {
  const find = createSocketFinder(sockets);
  return async (id) => {
    const socketPath = await find();
    if (socketPath === undefined) return { kind: 'absent' };
    try {
      const { status, body } = await getJson({
        url: new URL(`http://localhost/containers/${id}/json`),
        socketPath,
        timeoutMs: ASK_MS,
        mostBytes: MOST_ANSWER_BYTES,
      });
      if (status === 404) return { kind: 'unknown' };
      if (body === undefined)
        return { kind: 'failed', reason: `${socketPath}: HTTP status ${status}` };
      return { kind: 'known', fact: readDocker(id, body) };
    } catch (error) {
      return { kind: 'failed', reason: `${socketPath}: ${(error as Error).message}` };
    }
  };
}

import { setTimeout as wait } from 'node:timers/promises';
import type { ContainerRuntime } from '../../events/wire/container.ts';
import type { Source } from './containerAsker.ts';
import { CONTAINERD_SOCKETS, CRIO_SOCKETS, createCri } from './cri.ts';
import { createDocker, DOCKER_SOCKETS, PODMAN_SOCKETS } from './docker.ts';
import type { Kubernetes } from './kubernetes.ts';
import type { EnricherOptions } from './messages.ts';
import { ASK_MS, type Runtime, type RuntimeAnswer, withRest } from './runtimeAnswer.ts';
import { readStateFiles } from './stateFiles.ts';

/** Who is asked about a container: state files, which are at hand, then the runtime that its cgroup names, then Kubernetes. */
export function createSources(
  { enrichment }: Pick<EnricherOptions, 'enrichment'>,
  kubernetes: Kubernetes | undefined,
): Source[] {
  return [
    stateFilesSource(),
    ...(enrichment.containers ? [fromRuntime(enrichment)] : []),
    ...(kubernetes ? [fromKubernetes(withRest(kubernetes))] : []),
  ];
}

/**
 * One file at a time, and none while one hangs: reads that hang take threads which all of the program's files need.
 *
 * @param read of the state files
 */
export function stateFilesSource(read = readStateFiles, patienceMs = ASK_MS): Source {
  let last: Promise<unknown> = Promise.resolve();
  let isStuck = false;
  const ask: Source = async ({ id }) => {
    if (isStuck) return STUCK;
    const reading = read(id);
    const fact = await Promise.race([reading, wait(patienceMs, 'late' as const, { ref: false })]);
    if (fact === 'late') {
      isStuck = true;
      void reading.finally(() => {
        isStuck = false;
      });
      return STUCK;
    }
    // Nothing in them doesn't mean that something will be.
    return fact ? { kind: 'known', fact } : { kind: 'absent' };
  };
  return (question) => {
    const turn = last.then(() => ask(question));
    last = turn;
    return turn;
  };
}

const fromKubernetes =
  (ask: Runtime): Source =>
  ({ id }) =>
    ask(id);

const STUCK: RuntimeAnswer = {
  kind: 'failed',
  reason: 'the file system with the state files of the runtimes does not answer',
};

function fromRuntime({ criEndpoint, dockerSocket }: EnricherOptions['enrichment']): Source {
  if (criEndpoint !== undefined) {
    const only = withRest(createCri([criEndpoint]));
    return ({ id }) => only(id);
  }
  const docker = withRest(createDocker(dockerSocket ? [dockerSocket] : DOCKER_SOCKETS));
  const podman = withRest(createDocker(PODMAN_SOCKETS));
  const containerd = withRest(createCri(CONTAINERD_SOCKETS));
  const crio = withRest(createCri(CRIO_SOCKETS));
  const runtimes: Readonly<Record<ContainerRuntime, readonly Runtime[]>> = {
    docker: [docker],
    podman: [podman],
    containerd: [containerd],
    'cri-o': [crio],
    // Of a cgroup without a prefix: whoever is there.
    container: [docker, containerd, crio, podman],
  };
  return async ({ id, runtime }) => {
    let best: Awaited<ReturnType<Runtime>> = { kind: 'absent' };
    for (const ask of runtimes[runtime]) {
      const answer = await ask(id);
      if (answer.kind === 'known') return answer;
      if (answer.kind === 'failed' || best.kind === 'absent') best = answer;
    }
    return best;
  };
}

import type { ContainerFact } from '../../events/facts.ts';
import type { Pod } from '../../events/types.ts';
import { containerFact } from './containerFacts.ts';
import {
  fieldAt,
  fieldOf,
  keptLabels,
  listOf,
  shortTextOf,
  textOf,
  textsOf,
  timeOf,
} from './json.ts';

const STATUSES = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'];

/** The containers of a PodList (Kubernetes' core/v1), by their ids. */
export function readPods(list: unknown): Map<string, ContainerFact> {
  const facts = new Map<string, ContainerFact>();
  for (const item of listOf(fieldOf(list, 'items'))) {
    const pod = readPod(item);
    if (!pod) continue;
    for (const statuses of STATUSES)
      for (const status of listOf(fieldAt(item, 'status', statuses))) {
        const fact = readContainer(status, pod);
        if (fact) facts.set(fact.id, fact);
      }
  }
  return facts;
}

function readPod(item: unknown): ContainerFact['pod'] {
  const metadata = fieldOf(item, 'metadata');
  const name = shortTextOf(fieldOf(metadata, 'name'));
  const namespace = shortTextOf(fieldOf(metadata, 'namespace'));
  if (name === '' || namespace === '') return undefined;
  const uid = shortTextOf(fieldOf(metadata, 'uid'));
  const podLabels = textsOf(fieldOf(metadata, 'labels'));
  return {
    namespace,
    name,
    ...(uid ? { uid } : {}),
    ...(Object.keys(podLabels).length > 0 ? { podLabels: keptLabels(podLabels) } : {}),
    ...workloadOf(name, metadata, podLabels),
  };
}

/**
 * Who made the pod: its controlling owner. A ReplicaSet that has the hash of a Deployment's template in its name is the
 * Deployment's, a Job that ends in a time is a CronJob's.
 */
function workloadOf(
  pod: string,
  metadata: unknown,
  labels: Readonly<Record<string, string>>,
): Pick<Pod, 'workload' | 'workloadKind'> {
  const owners = listOf(fieldOf(metadata, 'ownerReferences'));
  const owner = owners.find((one) => fieldOf(one, 'controller') === true);
  const workload = shortTextOf(fieldOf(owner, 'name'));
  const workloadKind = shortTextOf(fieldOf(owner, 'kind'));
  if (workload === '' || workloadKind === '') return { workload: pod, workloadKind: 'Pod' };
  const hash = labels['pod-template-hash'];
  if (workloadKind === 'ReplicaSet' && hash && workload.endsWith(`-${hash}`))
    return { workload: workload.slice(0, -hash.length - 1), workloadKind: 'Deployment' };
  const job = /^(.+)-\d{8,10}$/.exec(workload)?.[1];
  if (workloadKind === 'Job' && job) return { workload: job, workloadKind: 'CronJob' };
  return { workload, workloadKind };
}

/** @returns undefined: it has no id yet */
function readContainer(status: unknown, pod: ContainerFact['pod']): ContainerFact | undefined {
  const id = /^[a-z-]+:\/\/([0-9a-f]{64})$/.exec(textOf(fieldOf(status, 'containerID')))?.[1];
  if (id === undefined) return undefined;
  const startedAt = timeOf(fieldAt(status, 'state', 'running', 'startedAt'));
  return containerFact(id, {
    name: shortTextOf(fieldOf(status, 'name')),
    image: shortTextOf(fieldOf(status, 'image')),
    imageId: shortTextOf(fieldOf(status, 'imageID')),
    ...(startedAt === undefined ? {} : { startedAt }),
    pod,
  });
}

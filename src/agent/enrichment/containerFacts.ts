import type { ContainerFact } from '../../events/facts.ts';
import type { Pod } from '../../events/types.ts';
import { keptLabels } from './json.ts';

/** Keys under which runtimes tell of Kubernetes' pods, in labels and annotations. */
export const POD_LABEL = {
  name: 'io.kubernetes.pod.name',
  namespace: 'io.kubernetes.pod.namespace',
  uid: 'io.kubernetes.pod.uid',
  container: 'io.kubernetes.container.name',
} as const;

type FactPod = Omit<Pod, 'container'>;
export type Texts = Readonly<Record<string, string>>;

/** @param id 64 digits; what isn't told is empty, and more labels than are kept are left out */
export const containerFact = (id: string, told: Partial<ContainerFact> = {}): ContainerFact => ({
  name: '',
  image: '',
  imageId: '',
  ...told,
  labels: keptLabels(told.labels ?? {}),
  id,
});

/** What is empty in `better` is as `base` has it. */
export function mergeFacts(base: ContainerFact | undefined, better: ContainerFact): ContainerFact {
  if (!base) return better;
  const pod = better.pod && base.pod ? mergePods(base.pod, better.pod) : (better.pod ?? base.pod);
  const startedAt = better.startedAt ?? base.startedAt;
  return {
    id: better.id,
    name: better.name || base.name,
    image: better.image || base.image,
    imageId: better.imageId || base.imageId,
    labels: Object.keys(better.labels).length > 0 ? better.labels : base.labels,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(pod === undefined ? {} : { pod }),
  };
}

function mergePods(base: FactPod, better: FactPod): FactPod {
  const defined = Object.entries(better).filter(
    ([, value]) => value !== undefined && value !== '' && !isEmpty(value),
  );
  return { ...base, ...Object.fromEntries(defined) };
}

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

/** The pod that labels (of a container, of a sandbox) name; undefined: they name none. */
export function podOf(labels: Texts, podLabels: Texts = {}): FactPod | undefined {
  const name = labels[POD_LABEL.name];
  const namespace = labels[POD_LABEL.namespace];
  if (!name || !namespace) return undefined;
  const uid = labels[POD_LABEL.uid];
  const own = ownLabels(podLabels);
  return {
    namespace,
    name,
    ...(uid ? { uid } : {}),
    ...(isEmpty(own) ? {} : { podLabels: keptLabels(own) }),
    ...workloadOf(name, own),
  };
}

/** Without those that the kubelet adds for the runtime: what the pod's maker gave it. */
export function ownLabels(labels: Texts): Texts {
  return Object.fromEntries(
    Object.entries(labels).filter(([key]) => !key.startsWith('io.kubernetes.')),
  );
}

/**
 * The Deployment, where the labels tell of one: its pods are called `NAME-HASH-…` and have the hash as a label
 * (kubernetes.io, "Pod-template-hash label"). Other kinds can only be had from Kubernetes itself.
 */
function workloadOf(pod: string, labels: Texts): Pick<Pod, 'workload' | 'workloadKind'> {
  const hash = labels['pod-template-hash'];
  const end = hash ? pod.lastIndexOf(`-${hash}-`) : -1;
  return end > 0 ? { workload: pod.slice(0, end), workloadKind: 'Deployment' } : {};
}

import type { LabelSelector, Workload } from '../../policies/model.ts';
import { type BpfMap, isBpfError } from '../bpf/addon.ts';
import { type Container, readContainer } from '../containers.ts';
import { createFifo } from '../fifo.ts';
import { encodeWorkloadKey } from './keys.ts';
import type { WorkloadSets } from './sets.ts';

/**
 * Which cgroups belong to the containers that workload selectors mean. The kernel side compares cgroups only; a container is known
 * from its first exec on, so what runs in it in the first milliseconds is still judged as a process of the host.
 */
export type Workloads = WorkloadSets & {
  /** Told of each exec in a container's cgroup. */
  seen(cgroup: bigint, containerId: string): void;
};

/** Containers remembered; the oldest go first. */
const MAX_CONTAINERS = 8192;

const MARK = new Uint8Array(1);

export function createWorkloads(
  map: BpfMap,
  read: (id: string) => Container = readContainer,
): Workloads {
  const sets = new Map<number, Workload>();
  const containers = new Map<bigint, Container>();
  const order = createFifo<bigint>();

  const enter = (set: number, workload: Workload, cgroup: bigint, container: Container) => {
    // A workload that takes the host in is told by the containers that it leaves out.
    if (isMeant(workload, container) === workload.host) return;
    try {
      map.set(encodeWorkloadKey(set, cgroup), MARK);
    } catch (error) {
      // Full: there are more containers than the kernel side holds, and this one counts as the host's.
      if (!isBpfError(error) || error.code !== 'BPF_E2BIG') throw error;
    }
  };

  const forget = (cgroup: bigint) => {
    containers.delete(cgroup);
    for (const set of sets.keys()) map.delete(encodeWorkloadKey(set, cgroup));
  };

  return {
    add(set, workload) {
      sets.set(set, workload);
      for (const [cgroup, container] of containers) enter(set, workload, cgroup, container);
    },
    remove(set) {
      sets.delete(set);
      for (const cgroup of containers.keys()) map.delete(encodeWorkloadKey(set, cgroup));
    },
    seen(cgroup, containerId) {
      if (containers.has(cgroup)) return;
      const container = read(containerId);
      containers.set(cgroup, container);
      order.push(cgroup);
      for (const [set, workload] of sets) enter(set, workload, cgroup, container);
      if (order.size <= MAX_CONTAINERS) return;
      const oldest = order.shift();
      if (oldest !== undefined) forget(oldest);
    },
  };
}

/** Tetragon's rule: of both selectors those that are given must match; with none only the host is meant, if it is. */
export function isMeant({ pod, container: selector }: Workload, container: Container): boolean {
  if (pod === undefined && selector === undefined) return false;
  return matches(pod, container.podLabels) && matches(selector, container.labels);
}

function matches(
  selector: LabelSelector | undefined,
  labels: Readonly<Record<string, string>>,
): boolean {
  if (selector === undefined) return true;
  const { matchLabels, matchExpressions } = selector;
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values }) => {
      const label = labels[key];
      switch (operator) {
        case 'In':
          return label !== undefined && values.includes(label);
        // A label that isn't there is not among the values, as in Kubernetes.
        case 'NotIn':
          return label === undefined || !values.includes(label);
        case 'Exists':
          return label !== undefined;
        default:
          return label === undefined;
      }
    })
  );
}

import type { LabelSelector, Workload } from '../../policies/model.ts';
import { type BpfMap, isBpfError } from '../bpf/addon.ts';
import { type Container, UNKNOWN_CONTAINER } from '../containers.ts';
import { createFifo } from '../fifo.ts';
import { encodeWorkloadKey } from './keys.ts';
import type { WorkloadSets } from './sets.ts';

/**
 * Which cgroups belong to the containers that workload selectors mean. The kernel side compares cgroups only; a container is known
 * from when its runtime's state files were read after its first exec, so what runs in it in the first milliseconds is still judged
 * as a process of the host.
 */
export type Workloads = WorkloadSets & {
  /**
   * Told of each exec in a container's cgroup.
   *
   * @param container undefined: not known yet, `learn` follows
   */
  seen(cgroup: bigint, containerId: string, container: Container | undefined): void;
  /** @param container undefined: no more will be known than is */
  learn(containerId: string, container: Container | undefined): void;
  /** Forgets cgroups that are not among those in which processes live, now and when it was called last. */
  keep(cgroups: ReadonlySet<bigint>): void;
  readonly size: number;
};

/** Containers remembered; the oldest go first. */
const MAX_CONTAINERS = 8192;

const MARK = new Uint8Array(1);

type Known = { readonly id: string; container: Container | undefined; isMissed: boolean };

export function createWorkloads(map: Pick<BpfMap, 'set' | 'delete'>): Workloads {
  const sets = new Map<number, Workload>();
  const cgroups = new Map<bigint, Known>();
  /** Cgroups of each container: one, except where it was made anew. */
  const byId = new Map<string, bigint[]>();
  /** May hold some that are gone. */
  let order = createFifo<bigint>();

  const enter = (set: number, workload: Workload, cgroup: bigint, container: Container) => {
    // A workload that takes the host in is told by the containers that it leaves out.
    if (isMeant(workload, container) === workload.host) {
      map.delete(encodeWorkloadKey(set, cgroup));
      return;
    }
    try {
      map.set(encodeWorkloadKey(set, cgroup), MARK);
    } catch (error) {
      // Full: there are more containers than the kernel side holds, and this one counts as the host's.
      if (!isBpfError(error) || error.code !== 'BPF_E2BIG') throw error;
    }
  };

  /** As far as it can be said: a selector that asks for nothing means every container, known or not. */
  const enterKnown = (
    set: number,
    workload: Workload,
    cgroup: bigint,
    container: Container | undefined,
  ) => {
    if (container) enter(set, workload, cgroup, container);
    else if (!asksForLabels(workload)) enter(set, workload, cgroup, UNKNOWN_CONTAINER);
  };

  const enterAll = (cgroup: bigint, container: Container | undefined) => {
    for (const [set, workload] of sets) enterKnown(set, workload, cgroup, container);
  };

  const forget = (cgroup: bigint) => {
    const known = cgroups.get(cgroup);
    if (!known) return;
    cgroups.delete(cgroup);
    const others = (byId.get(known.id) ?? []).filter((other) => other !== cgroup);
    if (others.length > 0) byId.set(known.id, others);
    else byId.delete(known.id);
    for (const set of sets.keys()) map.delete(encodeWorkloadKey(set, cgroup));
  };

  return {
    add(set, workload) {
      sets.set(set, workload);
      for (const [cgroup, { container }] of cgroups) enterKnown(set, workload, cgroup, container);
    },
    remove(set) {
      sets.delete(set);
      for (const cgroup of cgroups.keys()) map.delete(encodeWorkloadKey(set, cgroup));
    },
    seen(cgroup, id, container) {
      if (cgroups.has(cgroup)) return;
      cgroups.set(cgroup, { id, container, isMissed: false });
      byId.set(id, [...(byId.get(id) ?? []), cgroup]);
      order.push(cgroup);
      enterAll(cgroup, container);
      while (cgroups.size > MAX_CONTAINERS) {
        const oldest = order.shift();
        if (oldest !== undefined) forget(oldest);
      }
    },
    learn(id, container) {
      for (const cgroup of byId.get(id) ?? []) {
        const known = cgroups.get(cgroup);
        if (!known || (known.container && !container)) continue;
        known.container = container ?? UNKNOWN_CONTAINER;
        enterAll(cgroup, known.container);
      }
    },
    keep(live) {
      for (const [cgroup, known] of cgroups) {
        if (live.has(cgroup)) known.isMissed = false;
        else if (known.isMissed) forget(cgroup);
        else known.isMissed = true;
      }
      if (order.size > 2 * cgroups.size + 64) {
        order = createFifo();
        for (const cgroup of cgroups.keys()) order.push(cgroup);
      }
    },
    get size() {
      return cgroups.size;
    },
  };
}

const asksForLabels = ({ pod, container }: Workload): boolean =>
  [pod, container].some(
    (selector) =>
      selector !== undefined &&
      (Object.keys(selector.matchLabels).length > 0 || selector.matchExpressions.length > 0),
  );

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

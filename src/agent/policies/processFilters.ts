/** Filters on the process that makes a call. */
import {
  tg_filter_flag as FLAG,
  tg_subject as SUBJECT,
  tg_capability_set,
  tg_namespace_kind,
} from '../../generated/layouts.ts';
import type {
  BinaryFilter,
  CapabilityFilter,
  NamespaceChangeFilter,
  NamespaceFilter,
  NamespaceName,
  PidFilter,
  Selector,
  Workload,
} from '../../policies/model.ts';
import {
  bytesOf,
  type FilterSpec,
  maskOf,
  negatedIf,
  rangesFilter,
  spec,
  textFilter,
} from './filterSpec.ts';
import type { Range } from './ranges.ts';

/** Inode number of PID 1's namespace of that kind; undefined: the kernel has no such namespaces. */
export type HostNamespace = (name: NamespaceName) => number | undefined;

export function pidFilter({
  operator,
  values,
  isNamespacePID,
  followForks,
}: PidFilter): FilterSpec {
  const subject = isNamespacePID ? SUBJECT.TG_SUBJECT_NAMESPACE_PID : SUBJECT.TG_SUBJECT_PID;
  const ranges = values.map((pid): Range => [BigInt(pid), BigInt(pid)]);
  const found = rangesFilter(subject, ranges, { negated: operator === 'NotIn' });
  if (!followForks) return found;
  return {
    ...found,
    operator: 'TG_OPERATOR_FOLLOW_PID',
    flags:
      found.flags |
      (found.set ? FLAG.TG_FILTER_RANGE_SET : 0) |
      (isNamespacePID ? FLAG.TG_FILTER_NAMESPACE_PID : 0),
  };
}

export const binaryFilter =
  (subject: number) =>
  ({ operator, values, followChildren }: BinaryFilter): FilterSpec => {
    const found = textFilter(subject, operator, values);
    if (!followChildren) return found;
    return {
      ...found,
      operator: 'TG_OPERATOR_FOLLOW_BINARY',
      set: { kind: 'followed', texts: values.map(bytesOf) },
    };
  };

const NAMESPACE_KINDS: Readonly<Record<NamespaceName, number>> = {
  Uts: tg_namespace_kind.TG_NAMESPACE_UTS,
  Ipc: tg_namespace_kind.TG_NAMESPACE_IPC,
  Mnt: tg_namespace_kind.TG_NAMESPACE_MNT,
  Pid: tg_namespace_kind.TG_NAMESPACE_PID,
  PidForChildren: tg_namespace_kind.TG_NAMESPACE_PID_FOR_CHILDREN,
  Net: tg_namespace_kind.TG_NAMESPACE_NET,
  Time: tg_namespace_kind.TG_NAMESPACE_TIME,
  TimeForChildren: tg_namespace_kind.TG_NAMESPACE_TIME_FOR_CHILDREN,
  Cgroup: tg_namespace_kind.TG_NAMESPACE_CGROUP,
  User: tg_namespace_kind.TG_NAMESPACE_USER,
};

export function namespaceFilter(filter: NamespaceFilter, hostNamespace: HostNamespace): FilterSpec {
  // The kernel side has 0 for namespaces that the kernel doesn't know: everybody is in the host's then.
  const inodes = filter.values.map((value) =>
    BigInt(value === 'host_ns' ? (hostNamespace(filter.namespace) ?? 0) : value),
  );
  return rangesFilter(
    SUBJECT.TG_SUBJECT_NAMESPACE,
    inodes.map((inode): Range => [inode, inode]),
    { negated: filter.operator === 'NotIn', field: NAMESPACE_KINDS[filter.namespace] },
  );
}

const ALL_NAMESPACES = maskOf(Object.values(NAMESPACE_KINDS));

/** NotIn asks whether one that is not listed has changed. */
export function namespaceChangeFilter({ operator, values }: NamespaceChangeFilter): FilterSpec {
  const listed = maskOf(values.map((name) => NAMESPACE_KINDS[name]));
  const mask = operator === 'In' ? listed : ALL_NAMESPACES & ~listed;
  return spec('TG_OPERATOR_NAMESPACE_CHANGES', 0, { numbers: [mask] });
}

const CAPABILITY_SETS: Readonly<Record<CapabilityFilter['type'], number>> = {
  Effective: tg_capability_set.TG_CAPABILITY_EFFECTIVE,
  Inheritable: tg_capability_set.TG_CAPABILITY_INHERITABLE,
  Permitted: tg_capability_set.TG_CAPABILITY_PERMITTED,
};

export const capabilityFilter = (filter: CapabilityFilter): FilterSpec =>
  spec('TG_OPERATOR_CAPABILITIES', 0, {
    field: CAPABILITY_SETS[filter.type],
    flags: negatedIf(filter.operator === 'NotIn'),
    numbers: [maskOf(filter.values), inNamespace(filter)],
  });

/** As of namespaces, NotIn asks whether one that is not listed has changed. */
export function capabilityChangeFilter(filter: CapabilityFilter): FilterSpec {
  const listed = maskOf(filter.values);
  const mask = filter.operator === 'In' ? listed : BigInt.asUintN(64, ~listed);
  return spec('TG_OPERATOR_CAPABILITY_CHANGES', 0, {
    field: CAPABILITY_SETS[filter.type],
    numbers: [mask, inNamespace(filter)],
  });
}

const inNamespace = ({ isNamespaceCapability }: CapabilityFilter): bigint =>
  isNamespaceCapability ? 1n : 0n;

/** undefined: any process will do. */
export const boundWorkload = ({ matchWorkloads }: Selector): Workload | undefined =>
  matchWorkloads && !isEveryWorkload(matchWorkloads) ? matchWorkloads : undefined;

/** Selects everything: none of its parts is given, or all of them and empty. The node's part is not the processes' matter. */
export function isEveryWorkload({ pod, container, host }: Workload): boolean {
  const isEmpty = (labels: Workload['pod']) =>
    labels !== undefined &&
    Object.keys(labels.matchLabels).length === 0 &&
    labels.matchExpressions.length === 0;
  if (pod === undefined && container === undefined && !host) return true;
  return host && isEmpty(pod) && isEmpty(container);
}

/**
 * The kernel side knows containers by their cgroups, and the host's processes only as those in none of them: a workload that
 * takes the host in is told by the containers that it leaves out.
 */
export const workloadFilter = (workload: Workload): FilterSpec =>
  spec('TG_OPERATOR_WORKLOAD', 0, {
    flags: negatedIf(workload.host),
    set: { kind: 'workload', workload },
  });

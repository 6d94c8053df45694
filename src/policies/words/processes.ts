import type {
  BinaryFilter,
  CapabilityFilter,
  LabelSelector,
  NamespaceChangeFilter,
  NamespaceFilter,
  NamespaceName,
  Selector,
  Workload,
} from '../model.ts';
import { capabilityName, type Join, joinOr } from './values.ts';

/** What a selector asks of the process, part by part. */
export function processParts(selector: Selector): string[] {
  const { matchBinaries, matchParentBinaries, matchPIDs } = selector;
  return [
    ...(matchBinaries ? [`by ${binaries(matchBinaries)}`] : []),
    ...(matchParentBinaries ? [`started by ${binaries(matchParentBinaries)}`] : []),
    ...matchPIDs.map(
      ({ operator, values, isNamespacePID, followForks }) =>
        `by ${operator === 'In' ? '' : 'anything but '}process ${joinOr(values.map(String))}${isNamespacePID ? ' (as its pid namespace counts)' : ''}${followForks ? ' or its descendants' : ''}`,
    ),
    ...stateParts(selector),
  ];
}

/** Of these the parts that say in what state the process is, not which program it runs. */
export function stateParts(selector: Selector, join: Join = joinOr): string[] {
  const { matchNamespaceChanges: changes, matchWorkloads: workload } = selector;
  return [
    ...selector.matchNamespaces.map((filter) => namespaceWords(filter, join)),
    ...(changes ? [namespaceChangeWords(changes, join)] : []),
    ...selector.matchCapabilities.map(
      (filter) => `${filter.operator === 'In' ? 'with' : 'without'} ${capabilities(filter, join)}`,
    ),
    ...selector.matchCapabilityChanges.map(
      (filter) =>
        `after a change of ${filter.operator === 'In' ? '' : 'capabilities but '}${capabilities(filter, join)}`,
    ),
    ...(workload ? [`in ${describeWorkload(workload)}`] : []),
  ];
}

const NAMESPACES: Readonly<Record<NamespaceName, string>> = {
  Uts: 'host name',
  Ipc: 'IPC',
  Mnt: 'mount',
  Pid: 'pid',
  PidForChildren: 'children’s pid',
  Net: 'network',
  Time: 'time',
  TimeForChildren: 'children’s time',
  Cgroup: 'cgroup',
  User: 'user',
};

function namespaceWords({ namespace, operator, values }: NamespaceFilter, join: Join): string {
  const name = `${NAMESPACES[namespace]} namespace`;
  const numbers = values.filter((value) => value !== 'host_ns').map(String);
  const parts = [
    ...(values.includes('host_ns') ? [`the host’s ${name}`] : []),
    ...(numbers.length > 0 ? [`${name} ${join(numbers)}`] : []),
  ];
  return `${operator === 'In' ? 'in' : 'outside'} ${parts.join(' or ')}`;
}

const namespaceChangeWords = ({ operator, values }: NamespaceChangeFilter, join: Join): string => {
  const names = join(values.map((name) => NAMESPACES[name]));
  return `after a change of ${operator === 'In' ? `its ${names} namespace` : `any namespace but its ${names} one`}`;
};

const BINARY_VERBS = {
  In: '',
  NotIn: 'anything but ',
  Prefix: 'programs whose path begins with ',
  NotPrefix: 'programs whose path does not begin with ',
  Postfix: 'programs whose path ends in ',
  NotPostfix: 'programs whose path does not end in ',
} as const;

const binaries = ({ operator, values, followChildren }: BinaryFilter): string =>
  `${BINARY_VERBS[operator]}${joinOr(values)}${followChildren ? ' or what they start' : ''}`;

const capabilities = (
  { type, values, isNamespaceCapability }: CapabilityFilter,
  join: Join,
): string =>
  `${join(values.map(capabilityName))}${type === 'Effective' ? '' : ` (${type.toLowerCase()})`}${isNamespaceCapability ? ' in a user namespace of its own' : ''}`;

/** The processes that podSelector and its kin take in. */
export function describeWorkload({ pod, container, host }: Workload): string {
  const parts = [
    ...(pod ? [`pods with ${labels(pod)}`] : []),
    ...(container ? [`containers with ${labels(container)}`] : []),
    ...(host ? ['the host itself'] : []),
  ];
  return parts.length > 0 ? parts.join(' or ') : 'everything';
}

function labels({ matchLabels, matchExpressions }: LabelSelector): string {
  const parts = [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(({ key, operator, values }) =>
      expressionWords(key, operator, joinOr(values)),
    ),
  ];
  return parts.length > 0 ? parts.join(', ') : 'any labels';
}

function expressionWords(
  key: string,
  operator: LabelSelector['matchExpressions'][number]['operator'],
  values: string,
): string {
  switch (operator) {
    case 'In':
      return `${key} ${values}`;
    case 'NotIn':
      return `${key} other than ${values}`;
    case 'Exists':
      return `a label ${key}`;
    case 'DoesNotExist':
      return `no label ${key}`;
  }
}

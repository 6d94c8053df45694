import { isIPv4 } from 'node:net';
import { CAPABILITIES, kernelCapabilityName } from '../events/capabilities.ts';
import { familyName, protocolName, tcpStateName } from '../events/networkNames.ts';
import { signalName } from '../events/signals.ts';
import { syscallParameters } from '../events/syscallPrototypes.ts';
import { parametersOf } from './equivalents/index.ts';
import type {
  Action,
  ArgumentFilter,
  ArgumentOperator,
  CapabilityFilter,
  Hook,
  HookArgument,
  LabelSelector,
  Selector,
  Workload,
} from './model.ts';
import { FILE_TYPE_NUMBERS } from './namedNumbers.ts';
import { functionOfLsmHook } from './planning/lsm.ts';

/** Hooks and selectors in plain words, for the policy pane, the arming dialog and `policy explain`. */

/** What the hook watches. */
export function describeHook(hook: Hook): string {
  switch (hook.kind) {
    case 'kprobe':
    case 'fentry': {
      const name = hook.call.replace(/^__(?:x64|arm64)_/, '').replace(/^sys_/, '');
      if (hook.call.startsWith('list:')) return `the calls of the list ${hook.call.slice(5)}`;
      return hook.syscall || hook.call !== name ? `the system call ${name}` : subjectOf(hook.call);
    }
    case 'lsm':
      return subjectOf(functionOfLsmHook(hook.hook));
    case 'tracepoint':
      return `the ${hook.raw ? 'raw ' : ''}tracepoint ${hook.subsystem}/${hook.event}`;
    case 'uprobe': {
      const targets = hook.targets.values.map((target) =>
        typeof target === 'bigint' ? `0x${target.toString(16)}` : target,
      );
      return `${joinOr(targets)} in ${hook.path}`;
    }
    case 'usdt':
      return `the probe ${hook.provider}:${hook.name} in ${hook.path}`;
  }
}

/** What some functions are about, for those who don't read kernels. */
const SUBJECTS: Readonly<Record<string, string>> = {
  security_file_permission: 'reads and writes of files',
  security_file_open: 'opens of files',
  security_mmap_file: 'mappings of files into memory',
  security_path_truncate: 'truncations of files',
  security_file_truncate: 'truncations of files',
  fd_install: 'new file descriptors',
  tcp_connect: 'outgoing TCP connections',
  tcp_close: 'ends of TCP connections',
  tcp_sendmsg: 'data sent over TCP',
  tcp_recvmsg: 'data received over TCP',
  inet_csk_listen_start: 'TCP sockets that begin to listen',
  security_socket_connect: 'connections of sockets',
  security_socket_bind: 'sockets that take an address',
  security_bprm_check: 'programs about to run',
  security_bprm_creds_from_file: 'programs about to run',
  commit_creds: 'changes of a process’s credentials',
  security_capset: 'changes of capabilities',
  create_user_ns: 'new user namespaces',
  cap_capable: 'checks of capabilities',
  bpf_check: 'loads of BPF programs',
  security_bpf_map_create: 'new BPF maps',
  security_bpf_map_alloc: 'new BPF maps',
  security_perf_event_alloc: 'new perf events',
  security_kernel_module_request: 'modules that the kernel asks for',
  security_kernel_read_file: 'modules and images that the kernel reads',
  do_init_module: 'loads of kernel modules',
  free_module: 'removals of kernel modules',
};

function subjectOf(functionName: string): string {
  const subject = Object.hasOwn(SUBJECTS, functionName) ? SUBJECTS[functionName] : undefined;
  return subject === undefined ? `the function ${functionName}` : `${subject} (${functionName})`;
}

/** What a selector matches: `write, path begins with /etc, by /usr/bin/vi`. */
export function describeSelector(hook: Hook, selector: Selector): string {
  // The kind of access first, as one would say it: read, path begins with …
  const isText = (filter: ArgumentFilter) => subjectText(hook, filter) === 'path';
  const data = 'data' in hook ? hook.data : [];
  const parts = [
    ...[
      ...selector.matchArgs.filter((filter) => !isText(filter)),
      ...selector.matchArgs.filter(isText),
    ].map((filter) => describeFilter(hook, hook.args, filter)),
    ...selector.matchData.map((filter) => describeFilter(hook, data, filter)),
    ...processParts(selector),
    ...selector.matchReturnArgs.map((filter) => `the result ${predicate(undefined, filter)}`),
  ];
  return parts.length > 0 ? parts.join(', ') : 'every call';
}

function processParts(selector: Selector): string[] {
  const parts: string[] = [];
  const { matchBinaries, matchParentBinaries } = selector;
  if (matchBinaries) parts.push(`by ${binaries(matchBinaries)}`);
  if (matchParentBinaries) parts.push(`started by ${binaries(matchParentBinaries)}`);
  for (const { operator, values, isNamespacePID, followForks } of selector.matchPIDs)
    parts.push(
      `by ${operator === 'In' ? '' : 'anything but '}process ${joinOr(values.map(String))}${isNamespacePID ? ' (as its pid namespace counts)' : ''}${followForks ? ' or its descendants' : ''}`,
    );
  for (const { namespace, operator, values } of selector.matchNamespaces)
    parts.push(
      `${operator === 'In' ? 'in' : 'outside'} ${joinOr(values.map((value) => (value === 'host_ns' ? `the host’s ${namespace} namespace` : `${namespace} namespace ${value}`)))}`,
    );
  if (selector.matchNamespaceChanges)
    parts.push(
      `after a change of the ${selector.matchNamespaceChanges.operator === 'In' ? '' : 'namespaces but '}${joinOr(selector.matchNamespaceChanges.values)} namespace`,
    );
  parts.push(
    ...selector.matchCapabilities.map(
      (filter) => `${filter.operator === 'In' ? 'with' : 'without'} ${capabilities(filter)}`,
    ),
    ...selector.matchCapabilityChanges.map(
      (filter) =>
        `after a change of ${filter.operator === 'In' ? '' : 'capabilities but '}${capabilities(filter)}`,
    ),
  );
  if (selector.matchWorkloads) parts.push(`in ${describeWorkload(selector.matchWorkloads)}`);
  return parts;
}

const BINARY_VERBS = {
  In: '',
  NotIn: 'anything but ',
  Prefix: 'programs whose path begins with ',
  NotPrefix: 'programs whose path does not begin with ',
  Postfix: 'programs whose path ends in ',
  NotPostfix: 'programs whose path does not end in ',
} as const;

const binaries = ({ operator, values, followChildren }: NonNullable<Selector['matchBinaries']>) =>
  `${BINARY_VERBS[operator]}${joinOr(values)}${followChildren ? ' or what they start' : ''}`;

const capabilities = ({ type, values, isNamespaceCapability }: CapabilityFilter) =>
  `${joinOr(values.map(capabilityName))}${type === 'Effective' ? '' : ` (${type.toLowerCase()})`}${isNamespaceCapability ? ' in a user namespace of its own' : ''}`;

function capabilityName(number: number): string {
  const name = CAPABILITIES[number];
  return name === undefined ? String(number) : kernelCapabilityName(name);
}

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
    ...matchExpressions.map(
      ({ key, operator, values }) =>
        `${key} ${operator}${values.length > 0 ? ` ${values.join(', ')}` : ''}`,
    ),
  ];
  return parts.length > 0 ? parts.join(', ') : 'any labels';
}

function describeFilter(
  hook: Hook,
  among: readonly HookArgument[],
  filter: ArgumentFilter,
): string {
  const argument = among[filter.arguments[0] ?? 0];
  if (filter.operator === 'CelExpr') return 'its expression holds';
  if (filter.operator === 'CapabilitiesGained') return 'capabilities are gained';
  if (isAccess(hook, argument)) return accessWords(filter);
  return `${subjectText(hook, filter, among)} ${predicate(argument, filter)}`;
}

const PATH_TYPES = ['file', 'path', 'dentry', 'fd', 'kiocb', 'linux_binprm'];
const SOCKET_TYPES = ['sock', 'socket', 'skb', 'sockaddr'];

function subjectText(
  hook: Hook,
  filter: ArgumentFilter,
  among: readonly HookArgument[] = hook.args,
): string {
  const argument = among[filter.arguments[0] ?? 0];
  if (!argument) return 'a value';
  const base = filter.operator.replace(/^Not/, '');
  if (SOCKET_TYPES.includes(argument.type)) return SOCKET_PARTS[base] ?? 'socket';
  if (PATH_TYPES.includes(argument.type)) return base === 'FileType' ? 'file type' : 'path';
  if (argument.label !== undefined) return argument.label;
  if (argument.source !== undefined) return argument.resolve.join('.');
  return parameterName(hook, argument) ?? `argument ${argument.index}`;
}

const SOCKET_PARTS: Readonly<Record<string, string>> = {
  SAddr: 'source address',
  DAddr: 'destination address',
  SPort: 'source port',
  DPort: 'destination port',
  SPortPriv: 'source port',
  DPortPriv: 'destination port',
  Protocol: 'protocol',
  Family: 'family',
  State: 'state',
};

/** What the kernel's source calls the argument. */
function parameterName(hook: Hook, { index, resolve }: HookArgument): string | undefined {
  if (resolve.length > 0) return resolve.join('.');
  if (hook.kind === 'lsm') return parametersOf(functionOfLsmHook(hook.hook))[index];
  if (hook.kind !== 'kprobe' && hook.kind !== 'fentry') return undefined;
  const syscall = hook.call.replace(/^(?:__[a-z0-9]+_)?_*sys_/, '');
  return hook.syscall || syscall !== hook.call
    ? syscallParameters(syscall)?.[index]?.name
    : parametersOf(hook.call)[index];
}

/** The access argument of file hooks: MAY_* of include/linux/fs.h. */
function isAccess(hook: Hook, argument: HookArgument | undefined): boolean {
  const name = hook.kind === 'lsm' ? functionOfLsmHook(hook.hook) : 'call' in hook ? hook.call : '';
  return name === 'security_file_permission' && argument?.index === 1;
}

const ACCESS_WORDS: Readonly<Record<string, string>> = {
  '1': 'execute',
  '2': 'write',
  '4': 'read',
  '8': 'append',
};

function accessWords({ operator, values }: ArgumentFilter): string {
  if (values.kind !== 'ranges') return `${operator} access`;
  const words = values.ranges.map(([low]) => ACCESS_WORDS[String(low)] ?? String(low));
  return `${operator.startsWith('Not') ? 'not ' : ''}${joinOr(words)}`;
}

const VERBS: Partial<Record<ArgumentOperator, string>> = {
  Prefix: 'begins with',
  Postfix: 'ends in',
  SubString: 'contains',
  SubStringIgnCase: 'contains (in any case)',
  GreaterThan: 'is greater than',
  GT: 'is greater than',
  LessThan: 'is less than',
  LT: 'is less than',
  Mask: 'has a bit of',
};
const NOT_VERBS: Partial<Record<ArgumentOperator, string>> = {
  NotPrefix: 'does not begin with',
  NotPostfix: 'does not end in',
};

/** What is asked of a value, e.g. `is not 127.0.0.1`. */
function predicate(
  argument: HookArgument | undefined,
  { operator, values }: ArgumentFilter,
): string {
  const negated = operator.startsWith('Not');
  if (operator.endsWith('Priv')) return `is ${negated ? '1024 or more' : 'below 1024'}`;
  const verb = VERBS[operator] ?? NOT_VERBS[operator] ?? (negated ? 'is not' : 'is');
  return `${verb} ${valuesText(argument, operator, values)}`;
}

function valuesText(
  argument: HookArgument | undefined,
  operator: ArgumentOperator,
  values: ArgumentFilter['values'],
): string {
  switch (values.kind) {
    case 'texts':
      return joinOr(values.texts);
    case 'addresses':
      return joinOr(values.addresses.map(addressText));
    case 'list':
      return `in the list ${values.list}`;
    case 'ranges': {
      const name = nameOf(argument, operator);
      return joinOr(
        values.ranges.map(([low, high]) =>
          low === high ? name(low) : `${name(low)} to ${name(high)}`,
        ),
      );
    }
    default:
      return '';
  }
}

const FILE_TYPE_NAMES = new Map(
  [...FILE_TYPE_NUMBERS].map(([name, number]) => [number, name.toLowerCase()]),
);

/** How a number of this operator or type is written. */
function nameOf(
  argument: HookArgument | undefined,
  operator: ArgumentOperator,
): (value: bigint) => string {
  switch (operator.replace(/^Not/, '')) {
    case 'Family':
      return (value) => familyName(Number(value));
    case 'Protocol':
      return (value) => protocolName(Number(value)).replace('IPPROTO_', '');
    case 'State':
      return (value) => tcpStateName(Number(value)).replace('TCP_', '');
    case 'FileType':
      return (value) => FILE_TYPE_NAMES.get(Number(value)) ?? String(value);
    case 'Mask':
      return (value) => `0x${value.toString(16)}`;
    default:
      return argument?.type === 'capability' ? (value) => capabilityName(Number(value)) : String;
  }
}

function addressText({ address, prefix }: { address: Uint8Array; prefix: number }): string {
  const text =
    address.length === 4
      ? address.join('.')
      : Array.from({ length: 8 }, (_, group) =>
          (((address[2 * group] ?? 0) << 8) | (address[2 * group + 1] ?? 0)).toString(16),
        ).join(':');
  const short = isIPv4(text) ? text : text.replace(/(?:^|:)0(?::0)+(?::|$)/, '::');
  return prefix === address.length * 8 ? short : `${short}/${prefix}`;
}

/** What happens when a selector matches. */
export function describeActions({ actions }: Selector): string {
  const told = !actions.some(({ action }) => action === 'NoPost');
  const done = actions.map(actionText).filter((text) => text !== '');
  const post = actions.find(({ action }) => action === 'Post');
  const event = told ? [`an event is written${limitText(post)}`] : ['no event is written'];
  return [...done, ...event].join(', ');
}

function limitText(action: Action | undefined): string {
  const limit = action?.rateLimit;
  const stacks = [
    ...(action?.kernelStackTrace ? ['kernel'] : []),
    ...(action?.userStackTrace ? ['user'] : []),
  ];
  const rate = limit
    ? `, at most once in ${limit.milliseconds / 1000} s for each ${limit.scope === 'global' ? 'kind of call' : limit.scope}`
    : '';
  return `${rate}${stacks.length > 0 ? ` with the ${stacks.join(' and ')} stack` : ''}`;
}

function actionText(action: Action): string {
  switch (action.action) {
    case 'Sigkill':
      return 'the process is killed';
    case 'Signal':
      return `the process gets ${signalName(action.argSig ?? 0) || `signal ${action.argSig}`}`;
    case 'Override':
      return `the call is refused with error ${action.argError ?? -1}`;
    case 'GetUrl':
      return `${action.argUrl} is fetched`;
    case 'DnsLookup':
      return `${action.argFqdn} is looked up`;
    case 'TrackSock':
    case 'UntrackSock':
    case 'NotifyEnforcer':
    case 'CleanupEnforcerNotification':
    case 'Set':
      return action.action;
    default:
      return '';
  }
}

function joinOr(values: readonly string[]): string {
  if (values.length <= 8) return values.join(' or ');
  return `${values.slice(0, 7).join(' or ')} or ${values.length - 7} more`;
}

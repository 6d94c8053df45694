import { signalName } from '../events/signals.ts';
import type { Action, ArgumentFilter, Hook, Selector } from './model.ts';
import { overrideErrno } from './override.ts';
import { functionOfLsmHook } from './planning/lsm.ts';
import { errorName } from './words/errors.ts';
import { describeFilter, isPathFilter, predicate } from './words/filters.ts';
import { processParts } from './words/processes.ts';
import { joinOr } from './words/values.ts';

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
  const isPath = (filter: ArgumentFilter) => isPathFilter(hook, filter);
  const data = 'data' in hook ? hook.data : [];
  const parts = [
    ...[
      ...selector.matchArgs.filter((filter) => !isPath(filter)),
      ...selector.matchArgs.filter(isPath),
    ].map((filter) => describeFilter(hook, hook.args, filter)),
    ...selector.matchData.map((filter) => describeFilter(hook, data, filter)),
    ...processParts(selector),
    ...selector.matchReturnArgs.map((filter) => `the result ${predicate(undefined, filter)}`),
  ];
  return parts.length > 0 ? parts.join(', ') : 'every call';
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
      return `the call is refused with ${errorName(overrideErrno(action.argError))}`;
    case 'GetUrl':
      return `${action.argUrl} is fetched`;
    case 'DnsLookup':
      return `${action.argFqdn} is looked up`;
    case 'TrackSock':
      return 'the socket is remembered as its process’s';
    case 'UntrackSock':
      return 'the socket is forgotten';
    case 'NotifyEnforcer':
      return enforcerText(action);
    case 'CleanupEnforcerNotification':
      return 'what the enforcer was told is taken back';
    case 'Set':
      return `argument ${action.argIndex ?? 0} is set to ${action.argValue ?? 0}`;
    default:
      return '';
  }
}

function enforcerText({ argError = 0, argSig = 0 }: Action): string {
  const done = [
    ...(argError === 0 ? [] : [`is refused with ${errorName(overrideErrno(argError))}`]),
    ...(argSig === 0 ? [] : [`ends in ${signalName(argSig) || `signal ${argSig}`}`]),
  ];
  return done.length === 0 ? '' : `the enforcer’s call ${done.join(' and ')}`;
}

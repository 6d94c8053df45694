import { syscallNumber } from '../../events/syscallNumbers.ts';
import type { HostAbilities } from '../plan.ts';
import { returned, succeeded } from './sources.ts';
import type {
  Condition,
  Equivalent,
  EquivalentPoint,
  EquivalentPoints,
  Source,
  Unavailable,
} from './types.ts';

const ATTEMPT = 'sees the attempt, not the outcome: a call that fails is told too';
export const TEXT_AS_GIVEN =
  'paths are as the caller wrote them: relative ones, links and the caller’s chroot are not followed';
export const NOT_BY_SYSCALL =
  'not seen: io_uring, 32-bit system calls, and what the kernel does itself';
export const RETURN_OF_SYSCALL =
  'the return value is that of the system call, for security functions 0 when it succeeded';

const STILL_HAPPENS = 'the call itself still happens: the process dies on its way back from it';
const DIES_BEFORE_USE =
  'what the call did stays; the process dies before it can go on with the result';

/** What SIGKILL at the entry of these prevents, as measured (docs/architecture.md). */
const PREVENTED: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['write', 'pwrite64', 'writev', 'pwritev', 'pwritev2'].map((name) => [
      name,
      'the process dies before a file is changed; a write to a pipe or socket may still happen',
    ]),
  ),
  ...Object.fromEntries(
    ['read', 'pread64', 'readv', 'preadv', 'preadv2', 'getdents', 'getdents64'].map((name) => [
      name,
      'the process dies before it can use what it read',
    ]),
  ),
  ...Object.fromEntries(
    ['execve', 'execveat'].map((name) => [name, 'the process dies before the new program runs']),
  ),
};

/** What SIGKILL at a system call's entry prevents and what still happens. */
export function sigkillAtEntry(syscall: string): string {
  return (Object.hasOwn(PREVENTED, syscall) && PREVENTED[syscall]) || STILL_HAPPENS;
}

type PointOptions = {
  differs?: readonly string[];
  requires?: readonly Condition[];
  returns?: Source | undefined;
  sigkill?: string;
};

/** A system call at its entry. */
export function entryOf(
  syscall: string,
  parameters: EquivalentPoint['parameters'],
  options: PointOptions = {},
): EquivalentPoint {
  return {
    attachment: { kind: 'syscall', syscall },
    obtained: `entry of ${syscall} (raw sys_enter)`,
    differs: options.differs ?? [],
    sigkill: options.sigkill ?? sigkillAtEntry(syscall),
    canSignal: true,
    canOverride: false,
    parameters,
    returns: 'returns' in options ? options.returns : returned,
    requires: options.requires ?? [],
  };
}

/** A system call that has succeeded, at its return. */
export function returnOf(
  syscall: string,
  parameters: EquivalentPoint['parameters'],
  options: PointOptions = {},
): EquivalentPoint {
  return {
    attachment: { kind: 'syscallReturn', syscall },
    obtained: `return of ${syscall} (raw sys_exit)`,
    differs: options.differs ?? [],
    sigkill: options.sigkill ?? DIES_BEFORE_USE,
    canSignal: true,
    canOverride: false,
    parameters,
    returns: 'returns' in options ? options.returns : returned,
    requires: [...(options.requires ?? []), succeeded],
  };
}

export function rawTracepoint(
  name: string,
  parameters: EquivalentPoint['parameters'],
  options: PointOptions & { sigkill: string },
): EquivalentPoint {
  return {
    attachment: { kind: 'rawTracepoint', name },
    obtained: `raw tracepoint ${name}`,
    differs: options.differs ?? [],
    sigkill: options.sigkill,
    canSignal: true,
    canOverride: false,
    parameters,
    returns: options.returns,
    requires: options.requires ?? [],
  };
}

export function cgroupPoint(
  program: 'connect' | 'bind' | 'sendmsg' | 'socket',
  parameters: EquivalentPoint['parameters'],
  options: PointOptions = {},
): EquivalentPoint {
  return {
    attachment: { kind: 'cgroup', program },
    obtained: `cgroup program ${program === 'socket' ? 'sock_create' : program}`,
    differs: options.differs ?? [],
    sigkill: 'no signal can be sent from here',
    canSignal: false,
    canOverride: true,
    parameters,
    returns: options.returns,
    requires: options.requires ?? [],
  };
}

const NO_RAW_TRACEPOINTS = 'raw tracepoints can’t be attached here';

/** The points that this host has: system calls of its architecture, raw tracepoints of its kernel, cgroup programs. */
export function present(
  host: HostAbilities,
  points: readonly EquivalentPoint[],
): EquivalentPoint[] {
  return points.filter(({ attachment }) => {
    switch (attachment.kind) {
      case 'syscall':
      case 'syscallReturn':
        return host.rawTracepoints && syscallNumber(host.arch, attachment.syscall) !== undefined;
      case 'rawTracepoint':
        return host.rawTracepoints && host.rawTracepointArguments(attachment.name) !== undefined;
      case 'cgroup':
      case 'sockOps':
        return host.cgroupRoot !== undefined;
      default:
        return host.rawTracepoints;
    }
  });
}

/** The points of a set that are there, or why none of `tell` is. */
export function available(
  host: HostAbilities,
  points: EquivalentPoints,
  missing: Unavailable,
): EquivalentPoints | Unavailable {
  if (!host.rawTracepoints)
    return {
      reason: host.reasons.rawTracepoints ?? NO_RAW_TRACEPOINTS,
      remedy: 'run Trigon as root, on a kernel that allows BPF',
    };
  const tell = present(host, points.tell);
  if (tell.length === 0) return missing;
  return {
    tell,
    signal: present(host, points.signal ?? []),
    override: present(host, points.override ?? []),
  };
}

export const isUnavailable = (points: EquivalentPoints | Unavailable): points is Unavailable =>
  'reason' in points;

/** Calls whose parameters stand for those of a function, by name: `mkdir: [undefined, text(0), number(1)]`. */
export type Calls = Readonly<Record<string, EquivalentPoint['parameters']>>;

type CallOptions = PointOptions & {
  at?: 'entry' | 'return';
  since?: Equivalent['since'];
  before?: Equivalent['before'];
  override?: readonly EquivalentPoint[];
};

/** Functions that system calls lead to. */
export function bySyscalls(
  functions: readonly string[],
  parameters: readonly string[],
  calls: Calls | readonly EquivalentPoint[],
  options: CallOptions = {},
): Equivalent {
  const make = options.at === 'return' ? returnOf : entryOf;
  const differs = [
    ...(options.at === 'return' ? [] : [ATTEMPT]),
    ...(options.differs ?? []),
    NOT_BY_SYSCALL,
    RETURN_OF_SYSCALL,
  ];
  const points = isPoints(calls)
    ? calls.map((point) => ({ ...point, differs: [...differs, ...point.differs] }))
    : Object.entries(calls).map(([name, sources]) => make(name, sources, { ...options, differs }));
  return {
    functions,
    parameters,
    ...(options.since && { since: options.since }),
    ...(options.before && { before: options.before }),
    find: (host) =>
      available(
        host,
        { tell: points, override: options.override ?? [] },
        {
          reason: `this kernel has none of the system calls that lead to ${functions[0]}`,
          remedy: undefined,
        },
      ),
  };
}

const isPoints = (calls: Calls | readonly EquivalentPoint[]): calls is readonly EquivalentPoint[] =>
  Array.isArray(calls);

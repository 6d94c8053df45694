import { kernelTypeIds, type ProgramTrial, type TrialResult, tryProgram } from '../bpf/addon.ts';
import { withEmptyCgroup } from './cgroupTrial.ts';
import type { HostFacts } from './facts.ts';
import {
  callHelper,
  copyRegister,
  type Instruction,
  setRegister,
  skipUnlessZero,
} from './instructions.ts';
import { readText, withKernelFiles } from './kernelFiles.ts';
import { entryOffset, OWN_EXECUTABLE } from './ownExecutable.ts';
import {
  BOUND_NAMES,
  type ProgramKind,
  programOf,
  QUIET_FUNCTION,
  QUIET_SYSCALL,
  trialOf,
} from './programs.ts';
import {
  bootWithBpfModule,
  explainRefusal,
  type Hints,
  TRACEFS_HIDDEN,
  untriedWithout,
} from './refusal.ts';
import { no, type Outcome, partly, unknown, yes } from './report.ts';

/** Tries programs on the kernel of `facts`, capabilities first. */
export type Lab = {
  facts: HostFacts;
  /** The id of a kernel function in BTF; 0: there is none. */
  kernelFunction(name: string): number;
  /** Only loads; the same kind is tried once. */
  load(kind: ProgramKind): Outcome;
  /** What the kernel says to a program of this kind that runs these instructions; undefined: the kind itself doesn't load. */
  loadWith(
    kind: ProgramKind,
    instructions: readonly Instruction[],
    mapType: number,
  ): TrialResult | undefined;
  /** Loads and attaches. */
  attach(kind: AttachKind): Outcome;
};

/** Ways to attach that are tried; `override` is a kprobe on a system call whose program may replace the result. */
export type AttachKind = keyof typeof ATTACHMENTS;

type Attachment = {
  kind: ProgramKind;
  place: (host: Host) => Partial<ProgramTrial> | Outcome;
  instructions?: readonly Instruction[];
  hints?: Hints;
};

/** What differs from host to host. */
type Host = {
  facts: HostFacts;
  cgroup: string | undefined;
  noCgroup: Outcome;
};

const TRACEPOINT = 'sched_process_exec';
const PERF_TYPE_TRACEPOINT = 2; // include/uapi/linux/perf_event.h

const KTIME_GET_BOOT_NS = 125;
const OVERRIDE_RETURN = 58;

/** Would replace the result of a call at the very moment of boot, which is over: the verifier can't know, so it checks it. */
const OVERRIDE: readonly Instruction[] = [
  copyRegister(6, 1), // the context, kept over the call
  callHelper(KTIME_GET_BOOT_NS),
  skipUnlessZero(0, 3),
  copyRegister(1, 6),
  setRegister(2, -1),
  callHelper(OVERRIDE_RETURN),
];

const tracing = (): Partial<ProgramTrial> => ({ attach: 'tracing' });
const TRAMPOLINE: Hints = { option: 'DYNAMIC_FTRACE_WITH_DIRECT_CALLS' };
const CGROUP: Hints = { option: 'CGROUP_BPF' };

const ATTACHMENTS = {
  tp_btf: { kind: 'tp_btf', place: tracing, hints: { option: 'BPF_EVENTS' } },
  raw_tp: {
    kind: 'raw_tp',
    place: () => ({ attach: 'rawTracepoint', target: TRACEPOINT }),
    hints: { option: 'BPF_EVENTS' },
  },
  tracepoint: { kind: 'tracepoint', place: tracepointPlace },
  kprobe: {
    kind: 'kprobe',
    place: (host) => kprobePlace(host, QUIET_FUNCTION),
    hints: { option: 'KPROBES' },
  },
  'kprobe.multi': {
    kind: 'kprobe.multi',
    place: () => ({ attach: 'kprobeMulti', target: QUIET_FUNCTION }),
    hints: { since: [5, 18], option: 'FPROBE' },
  },
  fentry: { kind: 'fentry', place: tracing, hints: TRAMPOLINE },
  fexit: { kind: 'fexit', place: tracing, hints: TRAMPOLINE },
  fmod_ret: { kind: 'fmod_ret', place: tracing, hints: TRAMPOLINE },
  'fmod_ret on a system call': {
    kind: 'fmod_ret on a system call',
    place: tracing,
    hints: { option: 'FUNCTION_ERROR_INJECTION' },
  },
  lsm: { kind: 'lsm', place: tracing, hints: { option: 'BPF_LSM' } },
  uprobe: {
    kind: 'uprobe',
    place: uprobePlace,
    hints: { option: 'UPROBES', mayNeed: ['CAP_SYS_ADMIN'] },
  },
  'uprobe.multi': {
    kind: 'uprobe.multi',
    place: uprobeMultiPlace,
    hints: { option: 'UPROBES', since: [6, 6], mayNeed: ['CAP_SYS_ADMIN'] },
  },
  'iter/task': { kind: 'iter/task', place: () => ({ attach: 'iterator' }) },
  'cgroup/connect4': { kind: 'cgroup/connect4', place: cgroupPlace, hints: CGROUP },
  'cgroup/sendmsg4': { kind: 'cgroup/sendmsg4', place: cgroupPlace, hints: CGROUP },
  'cgroup/sock_create': { kind: 'cgroup/sock_create', place: cgroupPlace, hints: CGROUP },
  'cgroup_skb/egress': { kind: 'cgroup_skb/egress', place: cgroupPlace, hints: CGROUP },
  sockops: { kind: 'sockops', place: cgroupPlace, hints: CGROUP },
  override: {
    kind: 'kprobe',
    place: (host) => kprobePlace(host, QUIET_SYSCALL),
    instructions: OVERRIDE,
    hints: { option: 'BPF_KPROBE_OVERRIDE' },
  },
} as const satisfies Record<string, Attachment>;

const hintsOf = (kind: ProgramKind): Hints =>
  Object.values<Attachment>(ATTACHMENTS).find((attachment) => attachment.kind === kind)?.hints ??
  {};

/** Runs `work` with a lab; whatever it made on the host is gone afterwards. */
export function withLab<T>(facts: HostFacts, work: (lab: Lab) => T): T {
  if (untriedWithout(facts, ['CAP_BPF', 'CAP_NET_ADMIN']) !== undefined)
    return work(makeLab({ facts, cgroup: undefined, noCgroup: unknown('not probed') }));
  return withEmptyCgroup(facts, (cgroup, noCgroup) => work(makeLab({ facts, cgroup, noCgroup })));
}

function makeLab(host: Host): Lab {
  const { facts } = host;
  const ids = new Map<string, number>();
  const loads = new Map<ProgramKind, Outcome>();

  function typeId(name: string): number {
    if (facts.btfBytes === undefined) return 0;
    if (!ids.has(name)) {
      const names = ids.size === 0 ? [...new Set([...BOUND_NAMES, name])] : [name];
      const found = kernelTypeIds(names);
      names.forEach((one, index) => {
        ids.set(one, found[index] ?? 0);
      });
    }
    return ids.get(name) ?? 0;
  }

  /** Why a kind can't even be asked for; undefined: it can. */
  function obstacle(kind: ProgramKind): Outcome | undefined {
    const { needs, boundTo } = programOf(kind);
    const untried = untriedWithout(facts, needs);
    if (untried !== undefined || boundTo === undefined) return untried;
    if (facts.btfBytes === undefined)
      return no('the kernel has no BTF', 'boot a kernel built with CONFIG_DEBUG_INFO_BTF=y');
    if (typeId(boundTo) === 0) return no(`the kernel's BTF has no ${boundTo}`, null);
    return undefined;
  }

  const idOf = (kind: ProgramKind): number => {
    const { boundTo } = programOf(kind);
    return boundTo === undefined ? 0 : typeId(boundTo);
  };

  function load(kind: ProgramKind): Outcome {
    const known = loads.get(kind);
    if (known !== undefined) return known;
    const outcome = obstacle(kind) ?? judge(tryProgram(trialOf(kind, idOf(kind))), hintsOf(kind));
    loads.set(kind, outcome);
    return outcome;
  }

  function judge(result: TrialResult, hints: Hints): Outcome {
    return result.ok ? yes() : explainRefusal(result, facts, hints);
  }

  function attach(name: AttachKind): Outcome {
    const attachment: Attachment = ATTACHMENTS[name];
    const { kind, place, instructions = [], hints = {} } = attachment;
    const stopped = obstacle(kind);
    if (stopped !== undefined) return stopped;
    const where = place(host);
    if ('state' in where) return where;
    const outcome = judge(
      tryProgram({ ...trialOf(kind, idOf(kind), instructions), ...where }),
      hints,
    );
    return name === 'lsm' && outcome.state === 'yes' ? withSecurityModules(facts) : outcome;
  }

  const attached = new Map<AttachKind, Outcome>();
  return {
    facts,
    kernelFunction: typeId,
    load,
    loadWith: (kind, instructions, mapType) =>
      load(kind).state === 'yes'
        ? tryProgram({ ...trialOf(kind, idOf(kind), instructions), mapType })
        : undefined,
    attach(name) {
      const outcome = attached.get(name) ?? attach(name);
      attached.set(name, outcome);
      return outcome;
    },
  };
}

/** The programs attach in any case, but are called only where the module `bpf` is active (security/bpf/hooks.c). */
function withSecurityModules({ securityModules }: HostFacts): Outcome {
  if (securityModules === undefined)
    return partly(
      "it attaches; whether it is called isn't known: the list of active security modules can't be read",
      'run it as root',
    );
  if (securityModules.includes('bpf')) return yes();
  return no(
    `it attaches but is never called: bpf is none of the active security modules (${securityModules.join(', ')})`,
    bootWithBpfModule(securityModules),
  );
}

function tracepointPlace({ facts }: Host): Partial<ProgramTrial> | Outcome {
  const id = withKernelFiles(
    'tracefs',
    facts.mounts,
    (files) => files && readText(files.folder, 'events', 'sched', TRACEPOINT, 'id'),
  );
  if (id !== undefined)
    return { attach: 'tracepoint', perfType: PERF_TYPE_TRACEPOINT, perfConfig: Number(id) };
  if (facts.lockdown === 'confidentiality') return TRACEFS_HIDDEN;
  return unknown(
    `not probed: can't read the number of the tracepoint ${TRACEPOINT} in tracefs`,
    'run it as root, or mount tracefs (mount -t tracefs nodev /sys/kernel/tracing) and run it with CAP_DAC_READ_SEARCH',
  );
}

/** Probes are perf event sources of their own; the kernel lists those it has (perf_event_open(2)). */
function perfSource(name: 'kprobe' | 'uprobe'): number | undefined {
  const type = readText('/sys/bus/event_source/devices', name, 'type');
  return type === undefined ? undefined : Number(type);
}

function kprobePlace({ facts }: Host, target: string): Partial<ProgramTrial> | Outcome {
  const perfType = perfSource('kprobe');
  if (perfType !== undefined) return { attach: 'kprobe', perfType, target };
  return notListed('kprobe', 'KPROBES', facts);
}

function uprobePlace({ facts }: Host): Partial<ProgramTrial> | Outcome {
  const perfType = perfSource('uprobe');
  if (perfType === undefined) return notListed('uprobe', 'UPROBES', facts);
  const offset = entryOffset();
  if (offset === undefined)
    return unknown("not probed: can't find the entry of our own executable");
  return { attach: 'uprobe', perfType, target: OWN_EXECUTABLE, offset };
}

function uprobeMultiPlace(): Partial<ProgramTrial> | Outcome {
  const offset = entryOffset();
  if (offset === undefined)
    return unknown("not probed: can't find the entry of our own executable");
  return { attach: 'uprobeMulti', target: OWN_EXECUTABLE, offset };
}

function notListed(source: string, option: string, { config }: HostFacts): Outcome {
  const why =
    config && config.option(option) === undefined
      ? `CONFIG_${option} is not set in ${config.source}`
      : `/sys/bus/event_source/devices has no ${source}`;
  return no(`not compiled into this kernel: ${why}`, `boot a kernel built with CONFIG_${option}=y`);
}

function cgroupPlace({ cgroup, noCgroup }: Host): Partial<ProgramTrial> | Outcome {
  return cgroup === undefined ? noCgroup : { attach: 'cgroup', target: cgroup };
}

import { realpathSync, statSync } from 'node:fs';
import type { FunctionPrototype, HostAbilities } from '../../policies/plan.ts';
import { type KernelFunctions, openKernelFunctions } from '../symbols/kernelFunctions.ts';
import { kernelBtf } from './btf.ts';
import { type HostFacts, readHostFacts } from './facts.ts';
import { hostNamespace } from './hostNamespaces.ts';
import { isOlder, TRACEFS_HIDDEN } from './refusal.ts';
import { no, type Outcome, type State, unknown } from './report.ts';
import { readTracedFunctions, readTracepointFormat } from './tracefs.ts';
import { type AttachKind, withLab } from './trials.ts';
import { tryWriteUser, writeUserObstacle } from './writeUser.ts';

/** How something is tried, and the kernel option and version without which it can't be there. */
type Trial = { kind: AttachKind; option: string; since?: readonly [number, number] };

/** What only a trial can show. */
const TRIED = {
  rawTracepoints: { kind: 'raw_tp', option: 'BPF_EVENTS' },
  uprobes: { kind: 'uprobe', option: 'UPROBE_EVENTS' },
  uprobeMulti: { kind: 'uprobe.multi', option: 'UPROBE_EVENTS', since: [6, 6] },
  cgroupRoot: { kind: 'cgroup/connect4', option: 'CGROUP_BPF' },
  kprobes: { kind: 'kprobe', option: 'KPROBE_EVENTS' },
  kprobeMulti: { kind: 'kprobe.multi', option: 'FPROBE', since: [5, 18] },
  fentry: { kind: 'fentry', option: 'DYNAMIC_FTRACE_WITH_DIRECT_CALLS' },
  fmodRet: { kind: 'fmod_ret', option: 'DYNAMIC_FTRACE_WITH_DIRECT_CALLS' },
  fmodRetSyscalls: { kind: 'fmod_ret on a system call', option: 'FUNCTION_ERROR_INJECTION' },
  lsm: { kind: 'lsm', option: 'BPF_LSM' },
  kprobeOverride: { kind: 'override', option: 'BPF_KPROBE_OVERRIDE' },
} as const satisfies Partial<Record<keyof HostAbilities, Trial>>;

type Tried = keyof typeof TRIED;
const NAMES = Object.keys(TRIED) as Tried[];

/**
 * What policies can be hooked on here, found by trying it: a tiny program of each kind is loaded, attached for a moment and gone
 * again. Without the capabilities to try, an ability counts as missing, and its reason says that it wasn't tried.
 *
 * @param pulse called between the trials: each may wait for the kernel
 */
export function findHostAbilities(pulse = () => {}): HostAbilities {
  const facts = readHostFacts();
  return withLab(facts, (lab) =>
    abilitiesOf(facts, {
      outcomeOf(name) {
        pulse();
        return lab.attach(TRIED[name].kind);
      },
      writeUser: () => tryWriteUser(facts),
      counted: ['yes'],
    }),
  );
}

/**
 * The same without loading anything, from files that anybody may read: for `policy check` without privileges. What only a trial
 * can show counts as there as long as nothing speaks against it, so that the plan is that of a usual kernel; `reasons` then says
 * that it wasn't tried.
 */
export function guessHostAbilities(): HostAbilities {
  const facts = readHostFacts();
  return abilitiesOf(facts, {
    outcomeOf: (name) => withoutTrial(name, facts),
    writeUser: () => writeUserObstacle(facts) ?? NOT_PROBED,
    counted: ['yes', 'unknown'],
  });
}

/** What distributions leave out. */
const RARE: readonly Tried[] = ['kprobeOverride', 'fmodRetSyscalls'];

const NOT_PROBED = unknown('not probed: that takes privileges', 'run it as root');

function withoutTrial(
  name: Tried,
  { config, cgroup, securityModules, release, lockdown }: HostFacts,
): Outcome {
  const { option, since }: Trial = TRIED[name];
  if (since !== undefined && isOlder(release, since))
    return no(`Linux ${since.join('.')} brought it`, `boot Linux ${since.join('.')} or later`);
  if (config && config.option(option) === undefined)
    return no(
      `CONFIG_${option} is not set in ${config.source}`,
      `boot a kernel built with CONFIG_${option}=y`,
    );
  if (!config && RARE.includes(name))
    return no(`nothing says that the kernel was built with CONFIG_${option}, and few are`);
  if (name === 'kprobes' && lockdown === 'confidentiality')
    return no('lockdown=confidentiality forbids kprobes', 'boot without it');
  if (name === 'cgroupRoot' && cgroup.v2 === undefined)
    return no('cgroup v2 is not mounted', 'mount cgroup2');
  if (name === 'lsm' && securityModules?.includes('bpf') === false)
    return no(`bpf is none of the active security modules (${securityModules.join(', ')})`);
  return NOT_PROBED;
}

type Findings = {
  outcomeOf(name: Tried): Outcome;
  /** Asked at the first question only. */
  writeUser(): Outcome;
  /** States that count as being able. */
  counted: readonly State[];
};

function abilitiesOf(facts: HostFacts, { outcomeOf, writeUser, counted }: Findings): HostAbilities {
  const outcomes = new Map(NAMES.map((name) => [name, outcomeOf(name)]));
  const has = (name: Tried): boolean => counted.includes(outcomes.get(name)?.state ?? 'no');
  let written: Outcome | undefined;
  const whetherWritten = (): Outcome => {
    written ??= writeUser();
    return written;
  };
  const functions = openKernelFunctions();
  const [major = 0, minor = 0] = facts.release.split(/[.-]/).map(Number);
  return {
    arch: process.arch === 'arm64' ? 'arm64' : 'x64',
    kernel: [major, minor],
    rawTracepoints: has('rawTracepoints'),
    uprobes: has('uprobes'),
    cgroupRoot: has('cgroupRoot') ? facts.cgroup.v2?.folder : undefined,
    kprobes: has('kprobes'),
    kprobeMulti: has('kprobeMulti'),
    uprobeMulti: has('uprobeMulti'),
    fentry: has('fentry'),
    fmodRet: has('fmodRet'),
    fmodRetSyscalls: has('fmodRetSyscalls'),
    lsm: has('lsm'),
    kprobeOverride: has('kprobeOverride'),
    get writeUser() {
      return counted.includes(whetherWritten().state);
    },
    reasons: {
      ...Object.fromEntries([...outcomes].map(([name, outcome]) => [name, reasonOf(outcome)])),
      tracepoints: facts.lockdown === 'confidentiality' ? reasonOf(TRACEFS_HIDDEN) : undefined,
      get writeUser() {
        return reasonOf(whetherWritten());
      },
    },
    tracepointFormat: (subsystem, event) => readTracepointFormat(subsystem, event, facts.mounts),
    rawTracepointArguments: (name) => kernelBtf().rawTracepointArguments(name),
    hasFunction: functions.has,
    tracedFunctions: (pattern) => readTracedFunctions(pattern, facts.mounts),
    isTraced: openTracedFunctions(facts.mounts),
    functionPrototype: (name) => prototypeOf(name, functions),
    resolveField: (structName, path, source) => kernelBtf().resolveField(structName, path, source),
    hostNamespace,
    isFile,
    realPath,
  };
}

/** undefined: it is there. */
const reasonOf = ({ state, reason, remedy }: Outcome): string | undefined => {
  if (state === 'yes') return undefined;
  return remedy ? `${reason} (${remedy})` : reason;
};

/** The list is read at the first question, and again when a name is missing: a module may have come. */
function openTracedFunctions(mounts: HostFacts['mounts']): HostAbilities['isTraced'] {
  // One text: some 60,000 names, each as a text of its own, would take several times as much memory.
  let traced: string | undefined;
  const missing = new Set<string>();
  const read = () => {
    const names = readTracedFunctions(/^/, mounts);
    return names && `\n${names.join('\n')}\n`;
  };
  return (name) => {
    const line = `\n${name}\n`;
    traced ??= read();
    if (!traced || traced.includes(line) || missing.has(name)) return traced?.includes(line);
    traced = read();
    missing.add(name);
    return traced?.includes(line);
  };
}

/** The kernel's own types first: of a module it has to be known which. */
function prototypeOf(name: string, functions: KernelFunctions): FunctionPrototype | undefined {
  const found = kernelBtf().functionPrototype(name);
  const module = found === undefined ? functions.moduleOf(name) : undefined;
  if (module === undefined) return found;
  try {
    return kernelBtf().functionPrototype(name, module);
  } catch {
    return undefined; // a module that was built without BTF
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

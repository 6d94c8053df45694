import { realpathSync, statSync } from 'node:fs';
import type { HostAbilities } from '../../policies/plan.ts';
import { kernelBtf } from './btf.ts';
import { type HostFacts, readHostFacts } from './facts.ts';
import { hostNamespace } from './hostNamespaces.ts';
import { no, type Outcome, type State, unknown } from './report.ts';
import { readTracepointFormat } from './tracefs.ts';
import { type AttachKind, withLab } from './trials.ts';

/** What only a trial can show: how it is tried, and the kernel option without which it can't be there. */
const TRIED = {
  rawTracepoints: { kind: 'raw_tp', option: 'BPF_EVENTS' },
  uprobes: { kind: 'uprobe', option: 'UPROBE_EVENTS' },
  cgroupRoot: { kind: 'cgroup/connect4', option: 'CGROUP_BPF' },
  kprobes: { kind: 'kprobe', option: 'KPROBE_EVENTS' },
  fentry: { kind: 'fentry', option: 'DYNAMIC_FTRACE_WITH_DIRECT_CALLS' },
  lsm: { kind: 'lsm', option: 'BPF_LSM' },
  kprobeOverride: { kind: 'override', option: 'BPF_KPROBE_OVERRIDE' },
} as const satisfies Partial<Record<keyof HostAbilities, { kind: AttachKind; option: string }>>;

type Tried = keyof typeof TRIED;
const NAMES = Object.keys(TRIED) as Tried[];

/**
 * What policies can be hooked on here, found by trying it: a tiny program of each kind is loaded, attached for a moment and gone
 * again. Without the capabilities to try, an ability counts as missing, and its reason says that it wasn't tried.
 */
export function findHostAbilities(): HostAbilities {
  const facts = readHostFacts();
  return withLab(facts, (lab) => abilitiesOf(facts, (name) => lab.attach(TRIED[name].kind)));
}

/**
 * The same without loading anything, from files that anybody may read: for `policy check` without privileges. What only a trial
 * can show counts as there as long as nothing speaks against it, so that the plan is that of a usual kernel; `reasons` then says
 * that it wasn't tried.
 */
export function guessHostAbilities(): HostAbilities {
  const facts = readHostFacts();
  return abilitiesOf(facts, (name) => withoutTrial(name, facts), ['yes', 'unknown']);
}

function withoutTrial(name: Tried, { config, cgroup, securityModules }: HostFacts): Outcome {
  const { option } = TRIED[name];
  if (config && config.option(option) === undefined)
    return no(
      `CONFIG_${option} is not set in ${config.source}`,
      `boot a kernel built with CONFIG_${option}=y`,
    );
  if (name === 'cgroupRoot' && cgroup.v2 === undefined)
    return no('cgroup v2 is not mounted', 'mount cgroup2');
  if (name === 'lsm' && securityModules?.includes('bpf') === false)
    return no(`bpf is none of the active security modules (${securityModules.join(', ')})`);
  return unknown('not probed: that takes privileges', 'run it as root');
}

function abilitiesOf(
  facts: HostFacts,
  outcomeOf: (name: Tried) => Outcome,
  counted: readonly State[] = ['yes'],
): HostAbilities {
  const outcomes = new Map(NAMES.map((name) => [name, outcomeOf(name)]));
  const has = (name: Tried): boolean => counted.includes(outcomes.get(name)?.state ?? 'no');
  const [major = 0, minor = 0] = facts.release.split(/[.-]/).map(Number);
  return {
    arch: process.arch === 'arm64' ? 'arm64' : 'x64',
    kernel: [major, minor],
    rawTracepoints: has('rawTracepoints'),
    uprobes: has('uprobes'),
    cgroupRoot: has('cgroupRoot') ? facts.cgroup.v2?.folder : undefined,
    kprobes: has('kprobes'),
    fentry: has('fentry'),
    lsm: has('lsm'),
    kprobeOverride: has('kprobeOverride'),
    reasons: Object.fromEntries(
      [...outcomes]
        .filter(([, { state }]) => state !== 'yes')
        .map(([name, { reason, remedy }]) => [name, remedy ? `${reason} (${remedy})` : reason]),
    ),
    tracepointFormat: (subsystem, event) => readTracepointFormat(subsystem, event, facts.mounts),
    rawTracepointArguments: (name) => kernelBtf().rawTracepointArguments(name),
    resolveField: (structName, path, source) => kernelBtf().resolveField(structName, path, source),
    hostNamespace,
    isFile,
    realPath,
  };
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

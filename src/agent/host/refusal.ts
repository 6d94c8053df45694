import type { TrialResult } from '../bpf/addon.ts';
import type { Capability } from './capabilities.ts';
import { type HostFacts, may } from './facts.ts';
import { no, type Outcome, unknown } from './report.ts';

/** What is known of a kind of program, to explain a refusal of it. */
export type Hints = {
  /** The kernel option it comes with. */
  option?: string;
  /** First kernel that has it: [6, 6]. */
  since?: readonly [number, number];
  /** Capabilities beyond those needed for loading: uprobes want CAP_SYS_ADMIN. */
  mayNeed?: readonly Capability[];
  /** lockdown=confidentiality takes it away, whatever the error number. */
  confidential?: boolean;
};

type Refused = Extract<TrialResult, { ok: false }>;

export const WITHOUT_CONFIDENTIALITY = 'boot with lockdown=integrity or none';

/** LOCKDOWN_TRACEFS (fs/tracefs/inode.c). */
export const TRACEFS_HIDDEN = no(
  'lockdown=confidentiality hides tracefs, and with it the numbers and fields of tracepoints',
  WITHOUT_CONFIDENTIALITY,
);

/** `capability` is always active and no part of the list that is given at boot. */
export const bootWithBpfModule = (active: readonly string[]): string =>
  `boot with lsm=${[...active.filter((name) => name !== 'capability'), 'bpf'].join(',')}`;

const STAGES = { map: 'making its map', load: 'loading', attach: 'attaching' } as const;

/** Says why it isn't tried when the capabilities for it are missing: the kernel would say EPERM to everything. */
export function untriedWithout(
  facts: HostFacts,
  needs: readonly Capability[],
): Outcome | undefined {
  if (!facts.initialUserNamespace)
    return unknown(
      'not probed: in a user namespace of its own, where capabilities count for nothing in bpf(2)',
      'run it as root of the host, outside of rootless containers',
    );
  const missing = needs.filter((capability) => !may(facts, capability));
  if (missing.length === 0) return undefined;
  return unknown(
    `not probed: no ${missing.join(', no ')}`,
    `run it as root, or with ${needs.join(' and ')}`,
  );
}

/** Puts a refusal into words: what the kernel said, the likeliest cause that the facts support, and what to do. */
export function explainRefusal(refused: Refused, facts: HostFacts, hints: Hints = {}): Outcome {
  const said = describe(refused);
  const { option, since, mayNeed = [] } = hints;
  if (option !== undefined && facts.config && facts.config.option(option) === undefined)
    return no(
      `CONFIG_${option} is not set in ${facts.config.source}; ${said}`,
      `boot a kernel built with CONFIG_${option}=y`,
    );
  if (since !== undefined && isOlder(facts.release, since))
    return no(
      `Linux ${since.join('.')} brought it; ${said}`,
      `boot Linux ${since.join('.')} or later`,
    );
  if (hints.confidential && facts.lockdown === 'confidentiality')
    return no(`${said}; lockdown=confidentiality is on`, WITHOUT_CONFIDENTIALITY);
  if (refused.code !== 'EPERM' && refused.code !== 'EACCES') return no(said, remedyFor(option));
  const missing = mayNeed.filter((capability) => !may(facts, capability));
  if (missing.length > 0)
    return no(
      `no ${missing.join(', no ')}; ${said}`,
      `run it as root, or with ${missing.join(' and ')}`,
    );
  if (facts.lockdown === 'confidentiality')
    return no(`${said}; lockdown=confidentiality is on`, WITHOUT_CONFIDENTIALITY);
  if (facts.seccompFilter)
    return no(
      `${said}; a seccomp filter is on, as in containers`,
      'run it on the host, or with the filter off (--security-opt seccomp=unconfined)',
    );
  if (refused.code === 'EPERM' && refused.log === '')
    return no(
      `${said}, before the verifier looked at it, although it has the capabilities: this kernel forbids it`,
      "boot a kernel without this restriction, such as a distribution's stock kernel",
    );
  return no(said, remedyFor(option));
}

const remedyFor = (option: string | undefined): string | null =>
  option === undefined ? null : `boot a kernel built with CONFIG_${option}=y`;

/** `EINVAL when loading: program of this type cannot use helper bpf_override_return#58`. */
function describe({ code, stage, log }: Refused): string {
  const line = reasonIn(log);
  return `${code} when ${STAGES[stage]}${line === undefined ? '' : `: ${line}`}`;
}

/** The verifier gives its reason in the last line before its statistics. */
function reasonIn(log: string): string | undefined {
  return log
    .split('\n')
    .filter((line) => line !== '' && !/^(processed|verification time|stack depth) /.test(line))
    .at(-1);
}

export function isOlder(release: string, [major, minor]: readonly [number, number]): boolean {
  const [ours = 0, patch = 0] = release.split(/[.-]/).map(Number);
  return ours < major || (ours === major && patch < minor);
}

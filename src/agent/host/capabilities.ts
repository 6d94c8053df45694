import { readFileSync } from 'node:fs';

/** Bits of CapEff (include/uapi/linux/capability.h), and what Trigon would use each for. */
const CAPABILITIES = {
  CAP_DAC_READ_SEARCH: { bit: 2n, purpose: 'reading tracefs, for perf tracepoints' },
  CAP_NET_ADMIN: { bit: 12n, purpose: 'cgroup programs: denying network access' },
  CAP_SYS_PTRACE: { bit: 19n, purpose: "other users' executables and folders in /proc" },
  CAP_SYS_ADMIN: { bit: 21n, purpose: 'uprobes' },
  CAP_SYS_RESOURCE: {
    bit: 24n,
    purpose: 'kernels before 5.11 (RLIMIT_MEMLOCK); not needed on later ones',
  },
  CAP_PERFMON: { bit: 38n, purpose: 'tracing programs' },
  CAP_BPF: { bit: 39n, purpose: 'eBPF programs and maps' },
} as const;

export type Capability = keyof typeof CAPABILITIES;

export const CAPABILITY_NAMES = Object.keys(CAPABILITIES) as Capability[];

export const purposeOf = (capability: Capability): string => CAPABILITIES[capability].purpose;

/** The effective capabilities of this process, of those we know. */
export function readCapabilities(): ReadonlySet<Capability> {
  const line = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'latin1'));
  const effective = BigInt(`0x${line?.[1] ?? '0'}`);
  return new Set(
    CAPABILITY_NAMES.filter((name) => ((effective >> CAPABILITIES[name].bit) & 1n) === 1n),
  );
}

/** CAP_SYS_ADMIN stands in for these three in bpf(2) and perf_event_open(2) (include/linux/capability.h, kernel/bpf/token.c). */
const COVERED: readonly Capability[] = ['CAP_BPF', 'CAP_PERFMON', 'CAP_NET_ADMIN'];

export function isCovered(held: ReadonlySet<Capability>, capability: Capability): boolean {
  return held.has(capability) || (COVERED.includes(capability) && held.has('CAP_SYS_ADMIN'));
}

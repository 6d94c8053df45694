import { existsSync, readlinkSync, statSync } from 'node:fs';
import { availableParallelism, release } from 'node:os';
import { join } from 'node:path';
import { type Capability, isCovered, readCapabilities } from './capabilities.ts';
import { type KernelConfig, readKernelConfig } from './kernelConfig.ts';
import { readText, withKernelFiles } from './kernelFiles.ts';
import { findMount, type Mount, readMounts } from './mounts.ts';

/** What can be known of a host without asking the kernel to load anything. Nearly all of it from world-readable files. */
export type HostFacts = {
  release: string;
  /** Bytes of /sys/kernel/btf/vmlinux; undefined: the kernel offers no BTF. */
  btfBytes: number | undefined;
  config: KernelConfig | undefined;
  /** undefined: securityfs can't be read. */
  lockdown: 'none' | 'integrity' | 'confidentiality' | 'not built in' | undefined;
  /** Active security modules; undefined: securityfs can't be read. */
  securityModules: readonly string[] | undefined;
  cgroup: { layout: 'v2' | 'hybrid' | 'v1' | 'none'; v2: Mount | undefined };
  tracefs:
    | {
        mountedAt: string | undefined;
        /** Under lockdown=confidentiality the kernel puts no files there (LOCKDOWN_TRACEFS, fs/tracefs/inode.c). */
        empty: boolean;
        functions: boolean;
        kprobeEvents: boolean;
      }
    | undefined;
  /** Sysctls as they stand in /proc/sys; undefined: unreadable or unknown to this kernel. */
  sysctl: Record<
    'unprivileged_bpf_disabled' | 'bpf_stats_enabled' | 'bpf_jit_enable',
    string | undefined
  >;
  capabilities: ReadonlySet<Capability>;
  initialUserNamespace: boolean;
  initialPidNamespace: boolean;
  /** A seccomp filter is on: it may refuse bpf(2) whatever the capabilities say. */
  seccompFilter: boolean;
  cpus: { usable: number; possible: string };
  mounts: readonly Mount[];
};

/** Inode numbers of the first namespaces (include/linux/proc_ns.h: PROC_USER_INIT_INO, PROC_PID_INIT_INO). */
const INITIAL_USER = 'user:[4026531837]';
const INITIAL_PID = 'pid:[4026531836]';

export function readHostFacts(): HostFacts {
  const mounts = readMounts();
  const kernel = release();
  return {
    release: kernel,
    btfBytes: sizeOf('/sys/kernel/btf/vmlinux'),
    config: readKernelConfig(kernel),
    ...readSecurity(mounts),
    cgroup: readCgroups(mounts),
    tracefs: readTracefs(mounts),
    sysctl: {
      unprivileged_bpf_disabled: readText('/proc/sys/kernel/unprivileged_bpf_disabled'),
      bpf_stats_enabled: readText('/proc/sys/kernel/bpf_stats_enabled'),
      bpf_jit_enable: readText('/proc/sys/net/core/bpf_jit_enable'),
    },
    capabilities: readCapabilities(),
    initialUserNamespace: linkOf('/proc/self/ns/user') === INITIAL_USER,
    initialPidNamespace: linkOf('/proc/self/ns/pid') === INITIAL_PID,
    seccompFilter: /^Seccomp:\s*2$/m.test(readText('/proc/self/status') ?? ''),
    cpus: {
      usable: availableParallelism(),
      possible: readText('/sys/devices/system/cpu/possible') ?? 'unknown',
    },
    mounts,
  };
}

/** Is a capability of any worth: the kernel checks those for bpf(2) against the first user namespace. */
export function may(facts: HostFacts, capability: Capability): boolean {
  return facts.initialUserNamespace && isCovered(facts.capabilities, capability);
}

function readSecurity(mounts: readonly Mount[]): Pick<HostFacts, 'lockdown' | 'securityModules'> {
  return withKernelFiles('securityfs', mounts, (files) => {
    const modules = files && readText(files.folder, 'lsm');
    if (files === undefined || modules === undefined)
      return { lockdown: undefined, securityModules: undefined };
    const securityModules = modules.split(',').map((name) => name.trim());
    return { lockdown: readLockdown(files.folder, securityModules), securityModules };
  });
}

/** The file reads `none [integrity] confidentiality`; it is there only with the lockdown module (security/lockdown/lockdown.c). */
function readLockdown(folder: string, modules: readonly string[]): HostFacts['lockdown'] {
  const modes = readText(folder, 'lockdown');
  const mode = /\[(none|integrity|confidentiality)\]/.exec(modes ?? '')?.[1];
  if (mode === 'none' || mode === 'integrity' || mode === 'confidentiality') return mode;
  return modules.includes('lockdown') ? undefined : 'not built in';
}

function readCgroups(mounts: readonly Mount[]): HostFacts['cgroup'] {
  const v2 = findMount(mounts, 'cgroup2');
  const v1 = findMount(mounts, 'cgroup');
  if (v2) return { layout: v1 ? 'hybrid' : 'v2', v2 };
  return { layout: v1 ? 'v1' : 'none', v2 };
}

function readTracefs(mounts: readonly Mount[]): HostFacts['tracefs'] {
  return withKernelFiles('tracefs', mounts, (files) =>
    files
      ? {
          mountedAt: files.mountedAt,
          empty: !existsSync(join(files.folder, 'events')),
          functions: existsSync(join(files.folder, 'available_filter_functions')),
          kprobeEvents: existsSync(join(files.folder, 'kprobe_events')),
        }
      : undefined,
  );
}

function sizeOf(path: string): number | undefined {
  try {
    return statSync(path).size;
  } catch {
    return undefined;
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

import type { HostFacts } from './facts.ts';
import { TYPED_ACCESS_SINCE } from './kernelMemory.ts';
import { bootWithBpfModule, isOlder, WITHOUT_CONFIDENTIALITY } from './refusal.ts';
import { no, type Outcome, partly, type Row, row, unknown, yes } from './report.ts';

/** Options that decide what Trigon can do, and what each brings. Nothing follows from them alone: the trials tell. */
const OPTIONS: readonly [name: string, brings: string][] = [
  ['BPF_SYSCALL', 'eBPF'],
  ['BPF_EVENTS', 'tracing programs'],
  ['DEBUG_INFO_BTF', 'types of the kernel (CO-RE, tp_btf)'],
  ['KPROBES', 'kprobes'],
  ['FPROBE', 'kprobe.multi'],
  ['DYNAMIC_FTRACE_WITH_DIRECT_CALLS', 'fentry, fexit, fmod_ret, LSM programs'],
  ['BPF_LSM', 'LSM programs'],
  ['FUNCTION_ERROR_INJECTION', 'fmod_ret on system calls'],
  ['BPF_KPROBE_OVERRIDE', 'bpf_override_return'],
  ['UPROBES', 'uprobes, USDT'],
  ['CGROUP_BPF', 'cgroup programs'],
  ['FTRACE_SYSCALLS', 'tracepoints of system calls'],
  ['IMA', 'file hashes by the kernel'],
];

export function kernelRows(facts: HostFacts): Row[] {
  return [
    row('kernel.release', `Linux ${facts.release}`, release(facts)),
    row('kernel.btf', 'types of the kernel (BTF)', btf(facts)),
    row('kernel.lockdown', 'kernel memory may be read (lockdown)', lockdown(facts)),
    row('kernel.lsm', 'security module bpf is active', securityModule(facts)),
    row('kernel.cgroup', 'cgroup v2', cgroup(facts)),
    row('kernel.tracefs', 'tracefs is mounted', tracefs(facts)),
    row('kernel.jit', 'programs are compiled (JIT)', jit(facts)),
    row('kernel.unprivileged', 'eBPF is for the privileged only', unprivileged(facts)),
    row('kernel.stats', 'run times of programs are counted', stats(facts)),
    row(
      'kernel.memlock',
      'no limit by RLIMIT_MEMLOCK',
      isOlder(facts.release, [5, 11])
        ? no(
            'before Linux 5.11 the memory of maps counts against RLIMIT_MEMLOCK',
            'ulimit -l unlimited',
          )
        : yes('it counts for nothing since Linux 5.11'),
    ),
    row(
      'kernel.cpus',
      'CPUs',
      yes(`${facts.cpus.usable} usable; possible: ${facts.cpus.possible}`),
    ),
    ...configRows(facts),
  ];
}

function configRows({ config, release: kernel }: HostFacts): Row[] {
  if (config === undefined)
    return [
      row(
        'config',
        'options the kernel was built with',
        unknown(
          `neither /proc/config.gz nor /boot/config-${kernel} can be read; the trials below don't need it`,
        ),
      ),
    ];
  return OPTIONS.map(([name, brings]) => {
    const value = config.option(name);
    const outcome =
      value === undefined
        ? no(
            `not set in ${config.source}; it brings ${brings}`,
            `boot a kernel built with CONFIG_${name}=y`,
          )
        : yes(brings);
    return row(`config.${name}`, `CONFIG_${name}`, outcome);
  });
}

function release({ release: kernel }: HostFacts): Outcome {
  if (isOlder(kernel, [5, 15]))
    return unknown('older than 5.15, which Trigon is made for', 'boot Linux 5.15 or later');
  return yes('5.15 or later');
}

function btf({ btfBytes }: HostFacts): Outcome {
  if (btfBytes === undefined)
    return no(
      '/sys/kernel/btf/vmlinux is missing',
      'boot a kernel built with CONFIG_DEBUG_INFO_BTF=y',
    );
  return yes(`/sys/kernel/btf/vmlinux, ${(btfBytes / 2 ** 20).toFixed(1)} MiB`);
}

function lockdown(facts: HostFacts): Outcome {
  switch (facts.lockdown) {
    case 'none':
      return yes('lockdown=none');
    case 'not built in':
      return yes('the lockdown module is not active');
    case 'integrity':
      return yes('lockdown=integrity forbids only to write memory of programs (the action Set)');
    case 'confidentiality':
      if (isOlder(facts.release, TYPED_ACCESS_SINCE))
        return no(
          `lockdown=confidentiality forbids bpf_probe_read_kernel, and Linux ${TYPED_ACCESS_SINCE.join('.')} brought the other way`,
          WITHOUT_CONFIDENTIALITY,
        );
      return partly(
        'lockdown=confidentiality forbids bpf_probe_read_kernel; by typed accesses, in which memory that is not there reads as zeros',
        WITHOUT_CONFIDENTIALITY,
      );
    default:
      return unknown("/sys/kernel/security/lockdown can't be read", 'run it as root');
  }
}

function securityModule({ securityModules }: HostFacts): Outcome {
  if (securityModules === undefined)
    return unknown("/sys/kernel/security/lsm can't be read", 'run it as root');
  const list = securityModules.join(', ');
  if (securityModules.includes('bpf')) return yes(list);
  return no(`active are ${list}`, bootWithBpfModule(securityModules));
}

function cgroup({ cgroup: { layout, v2 } }: HostFacts): Outcome {
  if (v2 === undefined)
    return no(
      layout === 'v1' ? 'only cgroup v1 is mounted' : 'no cgroup filesystem is mounted',
      'boot with systemd.unified_cgroup_hierarchy=1, or mount cgroup2',
    );
  const also = layout === 'hybrid' ? ', beside v1 (hybrid)' : '';
  if (v2.readOnly)
    return partly(
      `at ${v2.folder}${also}, mounted read-only: no cgroup can be made to try programs`,
    );
  return yes(`at ${v2.folder}${also}`);
}

function tracefs({ tracefs: files }: HostFacts): Outcome {
  const mount = 'mount -t tracefs nodev /sys/kernel/tracing';
  if (files === undefined) return no('nor can it be read without a mount', mount);
  const has = (there: boolean, name: string) => `${name} ${there ? 'is there' : 'is not there'}`;
  const content = `${has(files.functions, 'available_filter_functions')}, ${has(files.kprobeEvents, 'kprobe_events')}`;
  if (files.empty)
    return no(
      `it is empty or not readable${files.mountedAt === undefined ? '' : `, at ${files.mountedAt}`}; without it there are no tracepoints by name, and no lists of functions by a pattern`,
    );
  if (files.mountedAt !== undefined) return yes(`at ${files.mountedAt}; ${content}`);
  return no(`Trigon reads it without a mount; ${content}`, mount);
}

function jit({ sysctl, config }: HostFacts): Outcome {
  if (config?.option('BPF_JIT_ALWAYS_ON') === 'y') return yes('CONFIG_BPF_JIT_ALWAYS_ON=y');
  const value = sysctl.bpf_jit_enable;
  if (value === undefined)
    return unknown("/proc/sys/net/core/bpf_jit_enable can't be read", 'run it as root');
  if (value === '0')
    return no(
      'net.core.bpf_jit_enable=0: programs are interpreted, many times slower',
      'sysctl net.core.bpf_jit_enable=1',
    );
  return yes(`net.core.bpf_jit_enable=${value}`);
}

function unprivileged({ sysctl }: HostFacts): Outcome {
  const value = sysctl.unprivileged_bpf_disabled;
  if (value === undefined)
    return unknown("/proc/sys/kernel/unprivileged_bpf_disabled can't be read");
  if (value === '0')
    return no(
      'kernel.unprivileged_bpf_disabled=0: Trigon works all the same',
      'sysctl kernel.unprivileged_bpf_disabled=1 (until the next boot it stays so)',
    );
  return yes(`kernel.unprivileged_bpf_disabled=${value}`);
}

function stats({ sysctl }: HostFacts): Outcome {
  const value = sysctl.bpf_stats_enabled;
  if (value === undefined) return unknown("/proc/sys/kernel/bpf_stats_enabled can't be read");
  if (value === '0')
    return no(
      'kernel.bpf_stats_enabled=0, as usual; counting costs some ns a run',
      'sysctl kernel.bpf_stats_enabled=1',
    );
  return yes(`kernel.bpf_stats_enabled=${value}`);
}

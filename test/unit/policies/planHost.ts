import { formatPolicyError } from '../../../src/policies/model.ts';
import { parsePolicies } from '../../../src/policies/parse.ts';
import type {
  HookPlan,
  HostAbilities,
  PlanResult,
  PolicyPlan,
  ResolvedField,
  TracepointFormat,
} from '../../../src/policies/plan.ts';
import { planPolicy } from '../../../src/policies/planPolicy.ts';
import { policyWith } from './sample.ts';

/** Formats and types as Linux 6.18 on x86-64 tells them. */
type Field = [type: string, name: string, offset: number, size: number, signed: boolean];

const HEAD: Field[] = [
  ['unsigned short', 'common_type', 0, 2, false],
  ['unsigned char', 'common_flags', 2, 1, false],
  ['unsigned char', 'common_preempt_count', 3, 1, false],
  ['int', 'common_pid', 4, 4, true],
];

const FORMATS: Readonly<Record<string, Field[]>> = {
  'syscalls/sys_enter_openat': [
    ['int', '__syscall_nr', 8, 4, true],
    ['int', 'dfd', 16, 8, false],
    ['const char *', 'filename', 24, 8, false],
    ['int', 'flags', 32, 8, false],
    ['umode_t', 'mode', 40, 8, false],
  ],
  'syscalls/sys_enter_write': [
    ['int', '__syscall_nr', 8, 4, true],
    ['unsigned int', 'fd', 16, 8, false],
    ['const char *', 'buf', 24, 8, false],
    ['size_t', 'count', 32, 8, false],
  ],
  'raw_syscalls/sys_enter': [
    ['long', 'id', 8, 8, true],
    ['unsigned long[6]', 'args', 16, 48, false],
  ],
  'sched/sched_process_exec': [
    ['__data_loc char[]', 'filename', 8, 4, false],
    ['pid_t', 'pid', 12, 4, true],
    ['pid_t', 'old_pid', 16, 4, true],
  ],
  'task/task_rename': [
    ['pid_t', 'pid', 8, 4, true],
    ['char[16]', 'oldcomm', 12, 16, false],
    ['char[16]', 'newcomm', 28, 16, false],
    ['short', 'oom_score_adj', 44, 2, true],
  ],
  'sock/inet_sock_set_state': [
    ['const void *', 'skaddr', 8, 8, false],
    ['int', 'oldstate', 16, 4, true],
    ['__u16', 'sport', 24, 2, false],
    ['__u8[4]', 'saddr', 32, 4, false],
  ],
};

export const RAW_ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  inet_sock_set_state: ['const struct sock *', 'const int', 'const int'],
  sock_send_length: ['struct sock *', 'int', 'int'],
  sock_recv_length: ['struct sock *', 'int', 'int'],
  sched_prepare_exec: ['struct task_struct *', 'struct linux_binprm *'],
  sched_process_exec: ['struct task_struct *', 'pid_t', 'struct linux_binprm *'],
  cap_capable: [
    'const struct cred *',
    'struct user_namespace *',
    'const struct user_namespace *',
    'int',
    'int',
  ],
  kfree_skb: ['struct sk_buff *', 'void *', 'enum skb_drop_reason', 'struct sock *'],
  consume_skb: ['struct sk_buff *', 'void *'],
  net_dev_queue: ['struct sk_buff *'],
  net_dev_start_xmit: ['const struct sk_buff *', 'const struct net_device *'],
  netif_receive_skb: ['struct sk_buff *'],
};

const field = (steps: number[], offset: number, type: string, size: number): ResolvedField => ({
  steps,
  offset,
  type,
  size,
  signed: false,
});

const FIELDS: Readonly<Record<string, ResolvedField>> = {
  'linux_binprm.file': field([], 64, 'struct file *', 8),
  'linux_binprm.mm.owner.real_parent.real_parent.comm': field(
    [24, 1296, 1280, 1280],
    1752,
    'char[16]',
    16,
  ),
  'linux_binprm.vma': field([], 16, 'struct vm_area_struct *', 8),
  'task_struct.cred': field([], 1736, 'const struct cred *', 8),
  'task_struct.cred.uid.val': field([1736], 8, 'unsigned int', 4),
  'task_struct.real_parent.comm': field([1280], 1752, 'char[16]', 16),
  'task_struct.comm': field([], 1752, 'char[16]', 16),
  'task_struct.se': field([], 128, 'struct sched_entity', 256),
  'sk_buff.sk': field([], 24, 'struct sock *', 8),
  'sk_buff.dev': field([], 16, 'struct net_device *', 8),
  'sock.__sk_common.skc_family': field([], 16, 'unsigned short', 2),
  'pt_regs.r15': field([], 0, 'unsigned long', 8),
  'pt_regs.bx': field([], 40, 'unsigned long', 8),
  'pt_regs.ax': field([], 80, 'unsigned long', 8),
  'pt_regs.di': field([], 112, 'unsigned long', 8),
  'pt_regs.ip': field([], 128, 'unsigned long', 8),
  'pt_regs.flags': field([], 144, 'unsigned long', 8),
  'pt_regs.sp': field([], 152, 'unsigned long', 8),
  'pt_regs.regs[5]': field([], 40, 'unsigned long long', 8),
  'clone_args.flags': field([], 0, 'unsigned long long', 8),
};

const formatOf = (fields: Field[]): TracepointFormat => ({
  fields: [...HEAD, ...fields].map(([type, name, offset, size, signed]) => ({
    type,
    name,
    offset,
    size,
    signed,
  })),
});

/** A host like the hardened one that Trigon is developed on. */
export const HARDENED: HostAbilities = {
  arch: 'x64',
  kernel: [6, 18],
  rawTracepoints: true,
  uprobes: true,
  cgroupRoot: '/sys/fs/cgroup/unified',
  kprobes: false,
  kprobeMulti: false,
  uprobeMulti: true,
  fentry: false,
  fmodRet: false,
  fmodRetSyscalls: false,
  lsm: false,
  kprobeOverride: false,
  writeUser: false,
  reasons: {
    kprobes: 'CONFIG_KPROBES is not set',
    lsm: 'bpf is none of the active security modules',
    kprobeOverride: 'CONFIG_BPF_KPROBE_OVERRIDE is not set',
    writeUser: 'lockdown=integrity forbids bpf_probe_write_user',
  },
  tracepointFormat: (subsystem, event) => {
    const fields = FORMATS[`${subsystem}/${event}`];
    return fields && formatOf(fields);
  },
  rawTracepointArguments: (name) => RAW_ARGUMENTS[name],
  hasFunction: () => true,
  tracedFunctions: () => undefined,
  isTraced: () => undefined,
  functionPrototype: () => undefined,
  resolveField: (structName, path) => {
    const found = FIELDS[[structName, ...path].join('.')];
    if (!found) throw new Error(`struct ${structName} has no field ${path[0]}`);
    return found;
  },
  hostNamespace: () => 4026531836,
  isFile: (path) => path === '/bin/bash' || path === '/usr/lib/x86_64-linux-gnu/libc.so.6',
  realPath: (path) => {
    if (path.startsWith('/nowhere')) return undefined;
    return path.startsWith('/bin/') ? `/usr${path}` : path;
  },
};

export const on = (changes: Partial<HostAbilities>): HostAbilities => ({ ...HARDENED, ...changes });

/** Plans the policy with this spec. */
export function planSpec(spec: string, host = HARDENED): PlanResult {
  const parsed = parsePolicies(policyWith(spec), 'p.yaml');
  if (!parsed.policies?.[0])
    throw new Error(`mistakes: ${parsed.errors?.map(formatPolicyError).join('\n')}`);
  return planPolicy(parsed.policies[0], host);
}

export function planned(spec: string, host = HARDENED): PolicyPlan {
  const { plan, errors } = planSpec(spec, host);
  if (!plan) throw new Error(`refused: ${errors.map(formatPolicyError).join('\n')}`);
  return plan;
}

/** The only hook of a policy. */
export function hookOf(spec: string, host = HARDENED): HookPlan {
  const { hooks } = planned(spec, host);
  if (hooks.length !== 1 || !hooks[0]) throw new Error('not one hook');
  return hooks[0];
}

/** Why a policy is refused, without places. */
export function refusalsOf(spec: string, host = HARDENED): string[] {
  return (planSpec(spec, host).errors ?? []).map(({ field: at, message }) => `${at}: ${message}`);
}

/** Warnings of the plan, as field and message. */
export const warnings = (spec: string, host = HARDENED): string[] =>
  planned(spec, host).warnings.map(({ field: at, message }) => `${at}: ${message}`);

/** A kprobe entry of a spec. `more`: further lines, not indented. */
export const kprobe = (call: string, more: readonly string[] = [], syscall = false): string =>
  [
    '  kprobes:',
    `  - call: ${call}`,
    `    syscall: ${syscall}`,
    ...more.map((line) => `    ${line}`),
  ].join('\n');

import type { HostAbilities } from '../plan.ts';

/** LSM hooks whose function is not called security_ and the hook's name (security/security.c). */
const LSM_FUNCTIONS: Readonly<Record<string, string>> = {
  bprm_check_security: 'security_bprm_check',
  settime: 'security_settime64',
  userns_create: 'security_create_user_ns',
  vm_enough_memory: 'security_vm_enough_memory_mm',
  cred_prepare: 'security_prepare_creds',
  cred_transfer: 'security_transfer_creds',
  socket_sock_rcv_skb: 'security_sock_rcv_skb',
  inode_alloc_security: 'security_inode_alloc',
  file_alloc_security: 'security_file_alloc',
  sb_alloc_security: 'security_sb_alloc',
  sk_alloc_security: 'security_sk_alloc',
  msg_msg_alloc_security: 'security_msg_msg_alloc',
  msg_queue_alloc_security: 'security_msg_queue_alloc',
  sem_alloc_security: 'security_sem_alloc',
  shm_alloc_security: 'security_shm_alloc',
  bdev_alloc_security: 'security_bdev_alloc',
  // Until 6.9.
  bpf_map_alloc_security: 'security_bpf_map_alloc',
  bpf_prog_alloc_security: 'security_bpf_prog_alloc',
};
const LSM_HOOKS: ReadonlyMap<string, string> = new Map(
  Object.entries(LSM_FUNCTIONS).map(([hook, functionName]) => [functionName, hook]),
);

/** The function through which the kernel calls an LSM hook: `security_file_open` of `file_open`. */
export const functionOfLsmHook = (hook: string): string =>
  (Object.hasOwn(LSM_FUNCTIONS, hook) ? LSM_FUNCTIONS[hook] : undefined) ?? `security_${hook}`;

/** The other way round; undefined: the function calls no hook of that kind. */
export const lsmHookOfFunction = (functionName: string): string | undefined =>
  LSM_HOOKS.get(functionName) ?? /^security_(\w+)$/.exec(functionName)?.[1];

/**
 * Hooks to which the kernel attaches no BPF programs since 6.12 (bpf_lsm_disabled_hooks, kernel/bpf/bpf_lsm.c); file_alloc_security
 * and xfrm_decode_session joined them later.
 */
const CLOSED_SINCE_6_12: ReadonlySet<string> = new Set([
  ...['vm_enough_memory', 'inode_need_killpriv', 'inode_getsecurity', 'inode_listsecurity'],
  ...['inode_copy_up_xattr', 'getselfattr', 'getprocattr', 'setprocattr', 'key_getsecurity'],
  ...['audit_rule_match', 'ismaclabel', 'file_alloc_security', 'xfrm_decode_session'],
]);

/** Whether kernels of this version let no BPF program be attached to a hook that they have. */
export const isClosedHook = (hook: string, [major, minor]: HostAbilities['kernel']): boolean =>
  CLOSED_SINCE_6_12.has(hook) && (major > 6 || (major === 6 && minor >= 12));

/** The function to which the kernel attaches LSM programs for a hook. */
export const programFunctionOf = (hook: string): string => `bpf_lsm_${hook}`;

/**
 * The closed vocabularies of Tetragon's event language: names as they stand in JSON, with the
 * numbers they have in its protobuf files (commit 4fbfe2d7).
 */

/** Enum names in the order of their numbers; the first one is the default and is never printed. */
export const KPROBE_ACTIONS = [
  'KPROBE_ACTION_UNKNOWN',
  'KPROBE_ACTION_POST',
  'KPROBE_ACTION_FOLLOWFD',
  'KPROBE_ACTION_SIGKILL',
  'KPROBE_ACTION_UNFOLLOWFD',
  'KPROBE_ACTION_OVERRIDE',
  'KPROBE_ACTION_COPYFD',
  'KPROBE_ACTION_GETURL',
  'KPROBE_ACTION_DNSLOOKUP',
  'KPROBE_ACTION_NOPOST',
  'KPROBE_ACTION_SIGNAL',
  'KPROBE_ACTION_TRACKSOCK',
  'KPROBE_ACTION_UNTRACKSOCK',
  'KPROBE_ACTION_NOTIFYENFORCER',
  'KPROBE_ACTION_CLEANUPENFORCERNOTIFICATION',
  'KPROBE_ACTION_SET',
] as const;
export type KprobeAction = (typeof KPROBE_ACTIONS)[number];

export const THROTTLE_TYPES = ['THROTTLE_UNKNOWN', 'THROTTLE_START', 'THROTTLE_STOP'] as const;
export type ThrottleType = (typeof THROTTLE_TYPES)[number];

export const PRIVILEGES_CHANGED = [
  'PRIVILEGES_CHANGED_UNSET',
  'PRIVILEGES_RAISED_EXEC_FILE_CAP',
  'PRIVILEGES_RAISED_EXEC_FILE_SETUID',
  'PRIVILEGES_RAISED_EXEC_FILE_SETGID',
] as const;
export type PrivilegesChanged = (typeof PRIVILEGES_CHANGED)[number];

/** Secure bits by their value in `cred->securebits` (linux/securebits.h). */
export const SECURE_BITS = {
  SecBitNotSet: 0,
  SecBitNoRoot: 1,
  SecBitNoRootLocked: 2,
  SecBitNoSetUidFixup: 4,
  SecBitNoSetUidFixupLocked: 8,
  SecBitKeepCaps: 16,
  SecBitKeepCapsLocked: 32,
  SecBitNoCapAmbientRaise: 64,
  SecBitNoCapAmbientRaiseLocked: 128,
} as const;
export type SecureBit = keyof typeof SECURE_BITS;

/** Module taint bits by value (the kernel's taint mask, of which Tetragon names these). */
export const TAINTS = {
  TAINT_UNSET: 0,
  TAINT_PROPRIETARY_MODULE: 1,
  TAINT_FORCED_MODULE: 2,
  TAINT_FORCED_UNLOAD_MODULE: 4,
  TAINT_STAGED_MODULE: 1024,
  TAINT_OUT_OF_TREE_MODULE: 4096,
  TAINT_UNSIGNED_MODULE: 8192,
  TAINT_KERNEL_LIVE_PATCH_MODULE: 32768,
  TAINT_TEST_MODULE: 262144,
} as const;
export type Taint = keyof typeof TAINTS;

/** Commands of bpf(2), by number. */
export const BPF_COMMANDS = [
  'BPF_MAP_CREATE',
  'BPF_MAP_LOOKUP_ELEM',
  'BPF_MAP_UPDATE_ELEM',
  'BPF_MAP_DELETE_ELEM',
  'BPF_MAP_GET_NEXT_KEY',
  'BPF_PROG_LOAD',
  'BPF_OBJ_PIN',
  'BPF_OBJ_GET',
  'BPF_PROG_ATTACH',
  'BPF_PROG_DETACH',
  'BPF_PROG_TEST_RUN',
  'BPF_PROG_GET_NEXT_ID',
  'BPF_MAP_GET_NEXT_ID',
  'BPF_PROG_GET_FD_BY_ID',
  'BPF_MAP_GET_FD_BY_ID',
  'BPF_OBJ_GET_INFO_BY_FD',
  'BPF_PROG_QUERY',
  'BPF_RAW_TRACEPOINT_OPEN',
  'BPF_BTF_LOAD',
  'BPF_BTF_GET_FD_BY_ID',
  'BPF_TASK_FD_QUERY',
  'BPF_MAP_LOOKUP_AND_DELETE_ELEM',
  'BPF_MAP_FREEZE',
  'BPF_BTF_GET_NEXT_ID',
  'BPF_MAP_LOOKUP_BATCH',
  'BPF_MAP_LOOKUP_AND_DELETE_BATCH',
  'BPF_MAP_UPDATE_BATCH',
  'BPF_MAP_DELETE_BATCH',
  'BPF_LINK_CREATE',
  'BPF_LINK_UPDATE',
  'BPF_LINK_GET_FD_BY_ID',
  'BPF_LINK_GET_NEXT_ID',
  'BPF_ENABLE_STATS',
  'BPF_ITER_CREATE',
  'BPF_LINK_DETACH',
  'BPF_PROG_BIND_MAP',
  'BPF_TOKEN_CREATE',
] as const;
export type BpfCommand = (typeof BPF_COMMANDS)[number];

/** Name of an action by its number; an unknown number is `KPROBE_ACTION_UNKNOWN`. */
export const kprobeActionName = (id: number): KprobeAction =>
  KPROBE_ACTIONS[id] ?? 'KPROBE_ACTION_UNKNOWN';

/** Names of the secure bits set in a mask, lowest bit first. */
export const secureBitNames = (mask: number): SecureBit[] => bitNames(SECURE_BITS, mask);

/** Names of the taint bits set in a mask, lowest bit first. */
export const taintNames = (mask: number): Taint[] => bitNames(TAINTS, mask);

const bitNames = <K extends string>(table: Readonly<Record<K, number>>, mask: number): K[] => {
  const names: K[] = [];
  for (const name in table) if ((table[name] & mask) !== 0) names.push(name);
  return names;
};

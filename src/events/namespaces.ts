/** Namespaces: their names in events and the flags of setns(2). */

/** In the order in which `process.ns` lists them. */
export const NAMESPACE_KINDS = [
  'uts',
  'ipc',
  'mnt',
  'pid',
  'pid_for_children',
  'net',
  'time',
  'time_for_children',
  'cgroup',
  'user',
] as const;
export type NamespaceKind = (typeof NAMESPACE_KINDS)[number];

/** CLONE_NEW* flags (linux/sched.h); 0 lets setns(2) take whatever the descriptor is. */
const NAMES_BY_CLONE_FLAG: ReadonlyMap<number, string> = new Map([
  [0, 'any'],
  [0x80, 'time'],
  [0x2_0000, 'mnt'],
  [0x200_0000, 'cgroup'],
  [0x400_0000, 'uts'],
  [0x800_0000, 'ipc'],
  [0x1000_0000, 'user'],
  [0x2000_0000, 'pid'],
  [0x4000_0000, 'net'],
]);

/** What the `nstype` argument of setns(2) asks for; `''` when it is no single known flag. */
export const setnsNamespace = (flag: number): string => NAMES_BY_CLONE_FLAG.get(flag) ?? '';

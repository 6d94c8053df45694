import { readlinkSync } from 'node:fs';
import type { NamespaceName } from '../../policies/model.ts';
import { kernelBtf } from './btf.ts';

/** A namespace's file in /proc/PID/ns, and its first inode number where the kernel fixes one. */
type Known = { file: string; firstInode: number | undefined };

/**
 * The inode numbers of the first namespaces (include/linux/proc_ns.h; enum init_ns_ino in include/uapi/linux/nsfs.h has those of
 * net and mnt too, since Linux 6.18: before, they get any number at boot).
 */
const NAMESPACES: Readonly<Record<NamespaceName, Known>> = {
  Uts: { file: 'uts', firstInode: 0xeffffffe },
  Ipc: { file: 'ipc', firstInode: 0xefffffff },
  Mnt: { file: 'mnt', firstInode: undefined },
  Pid: { file: 'pid', firstInode: 0xeffffffc },
  PidForChildren: { file: 'pid_for_children', firstInode: 0xeffffffc },
  Net: { file: 'net', firstInode: undefined },
  Time: { file: 'time', firstInode: 0xeffffffa },
  TimeForChildren: { file: 'time_for_children', firstInode: 0xeffffffa },
  Cgroup: { file: 'cgroup', firstInode: 0xeffffffb },
  User: { file: 'user', firstInode: 0xeffffffd },
};

/** Enumerators of `enum init_ns_ino`. */
const ENUMERATORS: Partial<Record<NamespaceName, string>> = {
  Mnt: 'MNT_NS_INIT_INO',
  Net: 'NET_NS_INIT_INO',
};

const isName = (name: string): name is NamespaceName => name in NAMESPACES;

/**
 * Inode number of the namespace in which PID 1 of the host runs, as far as files tell: what /proc/1/ns says, which even root may
 * not be allowed to read and which in a pid namespace is another process's; else the number that the kernel always gives the
 * first one. undefined: no such kind, or it can't be known.
 */
export function hostNamespace(name: string): number | undefined {
  if (!isName(name)) return undefined;
  const { file, firstInode } = NAMESPACES[name];
  const inHostPidNamespace = inodeOf('/proc/self/ns/pid') === NAMESPACES.Pid.firstInode;
  return (
    (inHostPidNamespace ? inodeOf(`/proc/1/ns/${file}`) : undefined) ??
    firstInode ??
    fixedInode(ENUMERATORS[name])
  );
}

/** The links read `net:[4026531840]` (namespaces(7)). */
function inodeOf(link: string): number | undefined {
  try {
    const inode = /\[(\d+)\]$/.exec(readlinkSync(link))?.[1];
    return inode === undefined ? undefined : Number(inode);
  } catch {
    return undefined;
  }
}

function fixedInode(enumerator: string | undefined): number | undefined {
  try {
    const value = enumerator === undefined ? undefined : kernelBtf().enumValue(enumerator);
    return value === undefined ? undefined : Number(value);
  } catch {
    return undefined; // no BTF
  }
}

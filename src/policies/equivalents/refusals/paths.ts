import type { Refusal } from './types.ts';

/** What a link, or a file with no name to walk to, makes of the rule below. */
const NOT_THE_ROOT =
  'a path that is / itself, or empty (a descriptor in its place), is not walked: such a call goes on';

/**
 * Calls with paths (fs/namei.c, fs/open.c, fs/attr.c, fs/xattr.c).
 *
 * Two hooks could serve nearly all of them. Each walk along a path asks `inode_permission` for every directory that it goes
 * through, before it looks anything up there: nothing has happened by then, in any file system. The hook of the deed itself
 * (`inode_unlink`, `inode_setattr` …) comes after the path is found, once a call, and before the file system is asked to do it.
 * An LSM program costs every call of its hook on the whole machine, and `inode_permission` is called some five times a path, so the
 * deed's own hook is taken wherever all its calls come to it.
 *
 * Opens are the exception: O_PATH never comes to `file_open`, O_CREAT comes to it when the file is made, and network file systems
 * that open and truncate in one request (atomic_open: NFS, SMB) come to it when they have done both.
 */
export const PATH_REFUSALS: readonly Refusal[] = [
  {
    syscalls: ['open', 'openat', 'openat2', 'creat'],
    hooks: ['inode_permission'],
    notes: ['an open of / with O_PATH comes to no LSM hook: it goes on'],
  },
  // may_open() asks for the file that the handle stands for.
  {
    syscalls: ['open_by_handle_at'],
    hooks: ['inode_permission'],
    notes: ['with O_PATH it comes to no LSM hook: it goes on'],
  },
  // These ask for the file itself too, also where nothing is walked (fs/open.c, do_faccessat).
  { syscalls: ['access', 'faccessat', 'faccessat2'], hooks: ['inode_permission'] },
  {
    syscalls: ['name_to_handle_at', 'open_tree', 'fspick'],
    hooks: ['inode_permission'],
    notes: [NOT_THE_ROOT],
  },
  { syscalls: ['chdir', 'fchdir'], hooks: ['inode_permission'] },
  { syscalls: ['mkdir', 'mkdirat'], hooks: ['inode_mkdir'] },
  { syscalls: ['rmdir'], hooks: ['inode_rmdir'] },
  { syscalls: ['unlink'], hooks: ['inode_unlink'] },
  { syscalls: ['unlinkat'], hooks: ['inode_unlink', 'inode_rmdir'] },
  { syscalls: ['symlink', 'symlinkat'], hooks: ['inode_symlink'] },
  { syscalls: ['link', 'linkat'], hooks: ['inode_link'] },
  { syscalls: ['rename', 'renameat', 'renameat2'], hooks: ['inode_rename'] },
  // Of an ordinary file it makes what open() makes: vfs_create().
  { syscalls: ['mknod', 'mknodat'], hooks: ['inode_mknod', 'inode_create'] },
  { syscalls: ['readlink', 'readlinkat'], hooks: ['inode_readlink'] },
  { syscalls: ['stat', 'lstat', 'fstat', 'newfstatat', 'statx'], hooks: ['inode_getattr'] },
  // All of these end in notify_change().
  {
    syscalls: [
      ...['chmod', 'fchmod', 'fchmodat', 'fchmodat2', 'chown', 'fchown', 'lchown', 'fchownat'],
      ...['truncate', 'ftruncate', 'utime', 'utimes', 'futimesat', 'utimensat'],
    ],
    hooks: ['inode_setattr'],
  },
  // inode_*_acl since 6.2: ACLs that are set and read as attributes.
  {
    syscalls: ['setxattr', 'lsetxattr', 'fsetxattr', 'setxattrat'],
    hooks: ['inode_setxattr', 'inode_set_acl'],
  },
  {
    syscalls: ['getxattr', 'lgetxattr', 'fgetxattr', 'getxattrat'],
    hooks: ['inode_getxattr', 'inode_get_acl'],
  },
  {
    syscalls: ['listxattr', 'llistxattr', 'flistxattr', 'listxattrat'],
    hooks: ['inode_listxattr'],
  },
  {
    syscalls: ['removexattr', 'lremovexattr', 'fremovexattr', 'removexattrat'],
    hooks: ['inode_removexattr', 'inode_remove_acl'],
  },
  // Both hooks since 6.17, as the calls.
  { syscalls: ['file_getattr'], hooks: ['inode_file_getattr'] },
  { syscalls: ['file_setattr'], hooks: ['inode_file_setattr'] },
  { syscalls: ['statfs', 'fstatfs', 'ustat', 'statmount', 'listmount'], hooks: ['sb_statfs'] },
  { syscalls: ['inotify_add_watch'], hooks: ['path_notify'] },
  {
    syscalls: ['fanotify_mark'],
    hooks: ['path_notify'],
    notes: ['FAN_MARK_FLUSH, which takes all marks away, comes to no LSM hook: it goes on'],
  },
  { syscalls: ['quotactl', 'quotactl_fd'], hooks: ['quotactl'] },
  { syscalls: ['mount'], hooks: ['sb_mount'] },
  { syscalls: ['umount2'], hooks: ['sb_umount'] },
  { syscalls: ['move_mount'], hooks: ['move_mount'] },
  { syscalls: ['pivot_root'], hooks: ['sb_pivotroot'] },
  // Its parameters come to a hook of their own; making and changing the file system needs CAP_SYS_ADMIN.
  { syscalls: ['fsconfig'], hooks: ['fs_context_parse_param', 'capable'] },
  // Without CONFIG_SECURITY_PATH there is no hook of its own.
  { syscalls: ['chroot'], hooks: ['path_chroot'], instead: ['capable'] },
  // The file of the queue is made, or opened, in the kernel's own mqueue file system.
  { syscalls: ['mq_open'], hooks: ['inode_create', 'file_open'] },
  { syscalls: ['mq_unlink'], hooks: ['inode_unlink'] },
];

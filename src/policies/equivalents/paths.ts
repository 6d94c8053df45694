import { bySyscalls, entryOf, TEXT_AS_GIVEN } from './points.ts';
import { constant, fileOf, isOneOf, number, text } from './sources.ts';
import type { Equivalent } from './types.ts';

const AT_REMOVEDIR = 0x200;
const AT_FDCWD = -100;
const none = undefined;
const asGiven = { differs: [TEXT_AS_GIVEN] };

/** Making, removing, naming and changing what paths name. */
export const PATHS: readonly Equivalent[] = [
  bySyscalls(
    ['security_inode_mkdir', 'security_path_mkdir'],
    ['dir', 'dentry', 'mode'],
    { mkdir: [none, text(0), number(1)], mkdirat: [none, text(1), number(2)] },
    asGiven,
  ),
  bySyscalls(
    ['vfs_mkdir'],
    ['idmap', 'dir', 'dentry', 'mode'],
    { mkdir: [none, none, text(0), number(1)], mkdirat: [none, none, text(1), number(2)] },
    { ...asGiven, since: [5, 12] },
  ),
  bySyscalls(
    ['do_mkdirat'],
    ['dfd', 'name', 'mode'],
    { mkdir: [constant(AT_FDCWD), text(0), number(1)], mkdirat: [number(0), text(1), number(2)] },
    asGiven,
  ),
  bySyscalls(
    ['security_inode_rmdir', 'security_path_rmdir'],
    ['dir', 'dentry'],
    [
      entryOf('rmdir', [none, text(0)]),
      entryOf('unlinkat', [none, text(1)], { requires: [isOneOf(number(2), AT_REMOVEDIR)] }),
    ],
    asGiven,
  ),
  bySyscalls(
    ['do_rmdir'],
    ['dfd', 'name'],
    [
      entryOf('rmdir', [constant(AT_FDCWD), text(0)]),
      entryOf('unlinkat', [number(0), text(1)], { requires: [isOneOf(number(2), AT_REMOVEDIR)] }),
    ],
    asGiven,
  ),
  bySyscalls(
    ['security_inode_unlink', 'security_path_unlink'],
    ['dir', 'dentry'],
    [
      entryOf('unlink', [none, text(0)]),
      entryOf('unlinkat', [none, text(1)], { requires: [isOneOf(number(2), 0)] }),
    ],
    asGiven,
  ),
  bySyscalls(
    ['do_unlinkat'],
    ['dfd', 'name'],
    [
      entryOf('unlink', [constant(AT_FDCWD), text(0)]),
      entryOf('unlinkat', [number(0), text(1)], { requires: [isOneOf(number(2), 0)] }),
    ],
    asGiven,
  ),
  bySyscalls(
    ['security_inode_symlink', 'security_path_symlink'],
    ['dir', 'dentry', 'old_name'],
    { symlink: [none, text(1), text(0)], symlinkat: [none, text(2), text(0)] },
    asGiven,
  ),
  bySyscalls(
    ['do_symlinkat'],
    ['from', 'newdfd', 'to'],
    {
      symlink: [text(0), constant(AT_FDCWD), text(1)],
      symlinkat: [text(0), number(1), text(2)],
    },
    asGiven,
  ),
  bySyscalls(
    ['security_inode_link', 'security_path_link'],
    ['old_dentry', 'dir', 'new_dentry'],
    { link: [text(0), none, text(1)], linkat: [text(1), none, text(3)] },
    asGiven,
  ),
  bySyscalls(
    ['do_linkat'],
    ['olddfd', 'old', 'newdfd', 'new', 'flags'],
    {
      link: [constant(AT_FDCWD), text(0), constant(AT_FDCWD), text(1), constant(0)],
      linkat: [number(0), text(1), number(2), text(3), number(4)],
    },
    asGiven,
  ),
  bySyscalls(
    ['security_inode_rename', 'security_path_rename'],
    ['old_dir', 'old_dentry', 'new_dir', 'new_dentry', 'flags'],
    {
      rename: [none, text(0), none, text(1), constant(0)],
      renameat: [none, text(1), none, text(3), constant(0)],
      renameat2: [none, text(1), none, text(3), number(4)],
    },
    asGiven,
  ),
  bySyscalls(
    ['do_renameat2'],
    ['olddfd', 'from', 'newdfd', 'to', 'flags'],
    {
      rename: [constant(AT_FDCWD), text(0), constant(AT_FDCWD), text(1), constant(0)],
      renameat: [number(0), text(1), number(2), text(3), constant(0)],
      renameat2: [number(0), text(1), number(2), text(3), number(4)],
    },
    asGiven,
  ),
  bySyscalls(
    ['security_inode_mknod', 'security_path_mknod'],
    ['dir', 'dentry', 'mode', 'dev'],
    {
      mknod: [none, text(0), number(1), number(2)],
      mknodat: [none, text(1), number(2), number(3)],
    },
    asGiven,
  ),
  bySyscalls(
    ['security_path_chmod', 'chmod_common'],
    ['path', 'mode'],
    {
      chmod: [text(0), number(1)],
      fchmod: [fileOf(0), number(1)],
      fchmodat: [text(1), number(2)],
      fchmodat2: [text(1), number(2)],
    },
    asGiven,
  ),
  bySyscalls(
    ['security_path_chown', 'chown_common'],
    ['path', 'uid', 'gid'],
    {
      chown: [text(0), number(1), number(2)],
      lchown: [text(0), number(1), number(2)],
      fchown: [fileOf(0), number(1), number(2)],
      fchownat: [text(1), number(2), number(3)],
    },
    asGiven,
  ),
  bySyscalls(['security_path_chroot'], ['path'], { chroot: [text(0)] }, asGiven),
  bySyscalls(
    ['security_inode_readlink'],
    ['dentry'],
    { readlink: [text(0)], readlinkat: [text(1)] },
    asGiven,
  ),
  bySyscalls(
    ['security_inode_getattr'],
    ['path'],
    {
      stat: [text(0)],
      lstat: [text(0)],
      fstat: [fileOf(0)],
      newfstatat: [text(1)],
      statx: [text(1)],
    },
    asGiven,
  ),
  bySyscalls(
    ['security_inode_setxattr'],
    ['idmap', 'dentry', 'name', 'value', 'size'],
    {
      setxattr: [none, text(0), text(1), none, number(3)],
      lsetxattr: [none, text(0), text(1), none, number(3)],
      fsetxattr: [none, fileOf(0), text(1), none, number(3)],
    },
    { ...asGiven, since: [5, 12] },
  ),
  bySyscalls(
    ['security_inode_removexattr'],
    ['idmap', 'dentry', 'name'],
    {
      removexattr: [none, text(0), text(1)],
      lremovexattr: [none, text(0), text(1)],
      fremovexattr: [none, fileOf(0), text(1)],
    },
    { ...asGiven, since: [5, 12] },
  ),
  bySyscalls(
    ['security_inode_getxattr'],
    ['dentry', 'name'],
    {
      getxattr: [text(0), text(1)],
      lgetxattr: [text(0), text(1)],
      fgetxattr: [fileOf(0), text(1)],
    },
    asGiven,
  ),
];

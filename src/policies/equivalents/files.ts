import { bySyscalls, entryOf, returnOf } from './points.ts';
import {
  bytes,
  constant,
  fileOf,
  hasBit,
  isOneOf,
  number,
  numberInMemory,
  pathBegins,
  returned,
  text,
} from './sources.ts';
import type { Equivalent, EquivalentPoint } from './types.ts';

/** include/uapi/asm-generic/fcntl.h; the same on x86-64 and arm64. */
const AT_FDCWD = -100;
const O_CREAT = 0o100;
const O_TRUNC = 0o1000;
/** F_DUPFD and F_DUPFD_CLOEXEC, include/uapi/linux/fcntl.h. */
const F_DUPFDS = [0, 1030] as const;

const newFile = fileOf('TG_INPUT_RETURN');

/** struct open_how: flags, mode, resolve. */
const HOW_FLAGS = 0;
const HOW_MODE = 8;

/** System calls that return one new descriptor. */
const DESCRIPTOR_MAKERS = [
  'open',
  'openat',
  'openat2',
  'creat',
  'open_by_handle_at',
  'open_tree',
  'socket',
  'accept',
  'accept4',
  'dup',
  'epoll_create',
  'epoll_create1',
  'eventfd',
  'eventfd2',
  'signalfd',
  'signalfd4',
  'timerfd_create',
  'inotify_init',
  'inotify_init1',
  'fanotify_init',
  'memfd_create',
  'memfd_secret',
  'mq_open',
  'perf_event_open',
  'userfaultfd',
  'pidfd_open',
  'pidfd_getfd',
  'io_uring_setup',
  'landlock_create_ruleset',
  'fsopen',
  'fsmount',
  'fspick',
] as const;

const OPENS = ['open', 'openat', 'openat2', 'creat', 'open_by_handle_at'] as const;

const opened = (calls: readonly string[], parameters: EquivalentPoint['parameters']) =>
  calls.map((name) => returnOf(name, parameters));

const FROM_RETURN = [
  'told when the call has succeeded, as the file that the returned descriptor stands for; a failed or refused attempt is not told',
];

/** Opens that cut the file to nothing. */
const truncatingOpens = (parameters: EquivalentPoint['parameters']) => [
  returnOf('open', parameters, { requires: [hasBit(number(1), O_TRUNC)] }),
  returnOf('openat', parameters, { requires: [hasBit(number(2), O_TRUNC)] }),
  returnOf('openat2', parameters, { requires: [hasBit(numberInMemory(2, HOW_FLAGS), O_TRUNC)] }),
  returnOf('creat', parameters),
];

const TERMINALS = ['/dev/tty', '/dev/pts/', '/dev/console'];

export const FILES: readonly Equivalent[] = [
  bySyscalls(
    ['fd_install'],
    ['fd', 'file'],
    [
      ...DESCRIPTOR_MAKERS.map((name) => returnOf(name, [returned, newFile])),
      returnOf('fcntl', [returned, newFile], { requires: [isOneOf(number(1), ...F_DUPFDS)] }),
    ],
    {
      at: 'return',
      differs: [
        ...FROM_RETURN,
        'not seen: descriptors of pipe, socketpair and bpf, and those received over a socket',
      ],
    },
  ),
  bySyscalls(['security_file_open'], ['file'], opened(OPENS, [newFile]), {
    at: 'return',
    differs: FROM_RETURN,
  }),
  bySyscalls(['do_sys_openat2', 'do_sys_open', 'do_filp_open'], ['dfd', 'filename'], {
    open: [constant(AT_FDCWD), text(0)],
    openat: [number(0), text(1)],
    openat2: [number(0), text(1)],
    creat: [constant(AT_FDCWD), text(0)],
  }),
  bySyscalls(
    ['security_inode_create'],
    ['dir', 'dentry', 'mode'],
    [
      entryOf('open', [undefined, text(0), number(2)], { requires: [hasBit(number(1), O_CREAT)] }),
      entryOf('openat', [undefined, text(1), number(3)], {
        requires: [hasBit(number(2), O_CREAT)],
      }),
      entryOf('openat2', [undefined, text(1), numberInMemory(2, HOW_MODE)], {
        requires: [hasBit(numberInMemory(2, HOW_FLAGS), O_CREAT)],
      }),
      entryOf('creat', [undefined, text(0), number(1)]),
    ],
    { differs: ['told also when the file is there already'] },
  ),
  bySyscalls(
    ['security_mmap_file'],
    ['file', 'prot', 'flags'],
    { mmap: [fileOf(4), number(2), number(3)] },
    {
      differs: [
        'not seen: what the kernel maps itself (a program and its loader at exec) and shmat',
      ],
    },
  ),
  bySyscalls(['security_mmap_addr'], ['addr'], { mmap: [number(0)] }),
  bySyscalls(['security_file_mprotect'], ['vma', 'reqprot', 'prot'], {
    mprotect: [undefined, number(2), number(2)],
    pkey_mprotect: [undefined, number(2), number(2)],
  }),
  bySyscalls(
    ['security_path_truncate', 'vfs_truncate'],
    ['path'],
    {
      truncate: [text(0)],
      ftruncate: [fileOf(0)],
    },
    {
      differs: [
        'of truncate, the path is as the caller wrote it; of ftruncate, that of the file',
        'ftruncate is told too, which kernels since 6.2 check in security_file_truncate; opens with O_TRUNC are not',
      ],
    },
  ),
  bySyscalls(
    ['security_file_truncate'],
    ['file'],
    [entryOf('ftruncate', [fileOf(0)]), ...truncatingOpens([newFile])],
    {
      since: [6, 2],
      differs: ['an open with O_TRUNC is told when it has been done, ftruncate before'],
    },
  ),
  bySyscalls(['security_file_ioctl'], ['file', 'cmd', 'arg'], {
    ioctl: [fileOf(0), number(1), number(2)],
  }),
  bySyscalls(['security_file_fcntl'], ['file', 'cmd', 'arg'], {
    fcntl: [fileOf(0), number(1), number(2)],
  }),
  bySyscalls(['security_file_lock'], ['file', 'cmd'], { flock: [fileOf(0), number(1)] }),
  bySyscalls(
    ['vfs_read'],
    ['file', 'buf', 'count'],
    {
      read: [fileOf(0), bytes(1, 2), number(2)],
      pread64: [fileOf(0), bytes(1, 2), number(2)],
    },
    { differs: ['readv and its kin, and what the kernel reads itself, are not seen'] },
  ),
  bySyscalls(
    ['vfs_write'],
    ['file', 'buf', 'count'],
    {
      write: [fileOf(0), bytes(1, 2), number(2)],
      pwrite64: [fileOf(0), bytes(1, 2), number(2)],
    },
    { differs: ['writev and its kin, and what the kernel writes itself, are not seen'] },
  ),
  bySyscalls(
    ['tty_write'],
    ['iocb or file', 'from or buffer', 'count'],
    [
      entryOf('write', [fileOf(0), bytes(1, 2), number(2)], {
        requires: [pathBegins(fileOf(0), ...TERMINALS)],
      }),
    ],
    {
      differs: [
        'writes to files below /dev/tty, /dev/pts and /dev/console; writev, sendfile and splice to a terminal are not seen',
      ],
    },
  ),
];

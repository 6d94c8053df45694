import type { Unavailable } from './types.ts';

const KPROBES = 'a kernel with kprobes';

/** Functions that policies are written for and that nothing stands in for, with the reason. */
export const ABSENT: Readonly<Record<string, Unavailable>> = Object.fromEntries(
  (
    [
      [
        ['override_creds', 'revert_creds'],
        'the kernel calls it inside other calls, with no tracepoint',
      ],
      [
        ['sk_alloc', 'sk_free', '__sk_free', 'sk_destruct'],
        'no tracepoint tells of sockets made and freed',
      ],
      [['security_inode_follow_link'], 'no tracepoint tells of links followed on a path'],
      [
        ['security_inode_copy_up_xattr', 'security_inode_copy_up'],
        'no tracepoint tells of copies inside overlayfs',
      ],
      [['find_module_sections'], 'no tracepoint tells of a module before it is set up'],
      [['security_file_receive'], 'no tracepoint tells of descriptors received over a socket'],
    ] as const
  ).flatMap(([functions, reason]) =>
    functions.map((name) => [name, { reason, remedy: KPROBES }] as const),
  ),
);

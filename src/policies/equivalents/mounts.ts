import { bySyscalls, TEXT_AS_GIVEN } from './points.ts';
import { number, text } from './sources.ts';
import type { Equivalent } from './types.ts';

const asGiven = { differs: [TEXT_AS_GIVEN] };
const notByFsmount = {
  differs: [TEXT_AS_GIVEN, 'mounts made with fsopen, fsmount and move_mount are not seen'],
};

export const MOUNTS: readonly Equivalent[] = [
  bySyscalls(
    ['security_sb_mount', 'path_mount', 'do_mount'],
    ['dev_name', 'path', 'type', 'flags'],
    { mount: [text(0), text(1), text(2), number(3)] },
    notByFsmount,
  ),
  bySyscalls(['security_sb_umount'], ['mnt', 'flags'], { umount2: [undefined, number(1)] }),
  bySyscalls(
    ['security_move_mount'],
    ['from_path', 'to_path'],
    { move_mount: [text(1), text(3)] },
    asGiven,
  ),
  // pivot_root(new_root, put_old) calls it with the place for the old root first.
  bySyscalls(
    ['security_sb_pivotroot'],
    ['old_path', 'new_path'],
    { pivot_root: [text(1), text(0)] },
    asGiven,
  ),
];

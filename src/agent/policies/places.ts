import type { HookPoint, SelectorPlan } from '../../policies/plan.ts';
import type { Place } from './sites.ts';

/** What the selectors of a hook want of its programs. */
export type SelectorNeeds = {
  /** imaHash */
  hashes: boolean;
  /** Set: positions of the arguments that are written to. */
  sets: readonly number[];
};

export function needsOf(selectors: readonly Pick<SelectorPlan, 'actions'>[]): SelectorNeeds {
  const actions = selectors.flatMap((selector) => selector.actions);
  return {
    hashes: actions.some(({ imaHash }) => imaHash),
    sets: actions.flatMap(({ action, argIndex }) => (action === 'Set' ? [argIndex ?? 0] : [])),
  };
}

/** Where a point's program fires, and where the call's return can be seen; undefined: nowhere. */
export function placesOf(
  { attachment }: HookPoint,
  { hashes, sets }: SelectorNeeds,
  numberOf: (syscall: string) => number,
): { front: Place; back: Place | undefined } {
  switch (attachment.kind) {
    case 'syscall': {
      const syscall = numberOf(attachment.syscall);
      return { front: { kind: 'enter', syscall }, back: { kind: 'exit', syscall } };
    }
    case 'syscallReturn':
      return { front: { kind: 'exit', syscall: numberOf(attachment.syscall) }, back: undefined };
    case 'fileAccess':
      return {
        front: { kind: 'file', accesses: attachment.accesses },
        back: { kind: 'fileReturn', accesses: attachment.accesses },
      };
    case 'uprobe':
      return { front: { ...attachment, returns: false }, back: { ...attachment, returns: true } };
    case 'kprobe':
    case 'fentry':
      return { front: { ...attachment, returns: false }, back: { ...attachment, returns: true } };
    case 'usdt':
      return { front: { ...attachment, sets }, back: undefined };
    case 'lsm':
      return { front: { ...attachment, hashes }, back: undefined };
    case 'fmodRet': {
      const { syscall } = attachment;
      const number = syscall === undefined ? undefined : numberOf(syscall);
      return { front: { ...attachment, syscall: number }, back: undefined };
    }
    default:
      return { front: attachment, back: undefined };
  }
}

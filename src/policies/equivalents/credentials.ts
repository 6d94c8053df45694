import { available, bySyscalls, entryOf, rawTracepoint, returnOf } from './points.ts';
import {
  capabilities,
  constant,
  cred,
  credOf,
  currentCred,
  hasBit,
  isOneOf,
  number,
  numberInMemory,
  userNamespace,
} from './sources.ts';
import type { Equivalent, EquivalentPoint } from './types.ts';

const CLONE_NEWUSER = 0x1000_0000;
/** PR_SET_KEEPCAPS, PR_CAPBSET_DROP, PR_SET_SECUREBITS, PR_CAP_AMBIENT: the options of prctl(2) that change credentials. */
const CREDENTIAL_OPTIONS = [8, 24, 28, 47] as const;

const UID_CALLS = ['setuid', 'setreuid', 'setresuid', 'setfsuid'] as const;
const GID_CALLS = ['setgid', 'setregid', 'setresgid', 'setfsgid'] as const;
/** LSM_SETID_*, include/linux/security.h, in the order of the calls above. */
const SETID_FLAGS = [1, 2, 4, 8] as const;

const setIds = (calls: readonly string[]): EquivalentPoint[] =>
  calls.map((name, index) =>
    returnOf(name, [currentCred, undefined, constant(SETID_FLAGS[index] ?? 0)]),
  );

const AFTER_EXEC = 'what the earlier program did stays; the process dies before the new one runs';

export const CREDENTIALS: readonly Equivalent[] = [
  bySyscalls(
    ['commit_creds'],
    ['new'],
    [
      ...[...UID_CALLS, ...GID_CALLS, 'setgroups', 'capset', 'setns'].map((name) =>
        returnOf(name, [currentCred]),
      ),
      returnOf('unshare', [currentCred], { requires: [hasBit(number(0), CLONE_NEWUSER)] }),
      returnOf('prctl', [currentCred], { requires: [isOneOf(number(0), ...CREDENTIAL_OPTIONS)] }),
      rawTracepoint('sched_process_exec', [credOf(0)], { sigkill: AFTER_EXEC }),
    ],
    {
      at: 'return',
      differs: [
        'told after the credentials were changed, with those that are then in force; also when the call set what was set before',
        'not seen: changes by keyctl and by the kernel itself',
      ],
    },
  ),
  bySyscalls(['security_task_fix_setuid'], ['new', 'old', 'flags'], setIds(UID_CALLS), {
    at: 'return',
    differs: ['told after the change, with the credentials that are then in force'],
  }),
  bySyscalls(['security_task_fix_setgid'], ['new', 'old', 'flags'], setIds(GID_CALLS), {
    at: 'return',
    differs: ['told after the change, with the credentials that are then in force'],
  }),
  bySyscalls(
    ['security_capset', 'cap_capset'],
    ['new', 'old', 'effective', 'inheritable', 'permitted'],
    { capset: [undefined, currentCred, capabilities(1), capabilities(1), capabilities(1)] },
    { differs: ['the sets are those that the caller asks for, read from its memory'] },
  ),
  bySyscalls(['security_capget', 'cap_capget'], ['target'], { capget: [undefined] }),
  bySyscalls(
    ['create_user_ns', 'security_create_user_ns'],
    ['new'],
    [
      entryOf('unshare', [currentCred], { requires: [hasBit(number(0), CLONE_NEWUSER)] }),
      entryOf('clone', [currentCred], { requires: [hasBit(number(0), CLONE_NEWUSER)] }),
      entryOf('clone3', [currentCred], {
        // struct clone_args begins with the flags.
        requires: [hasBit(numberInMemory(0, 0), CLONE_NEWUSER)],
      }),
    ],
    {
      differs: [
        'the credentials are the caller’s own; the new namespace is not there yet',
        'of clone3 the flags are read from the caller’s memory, which it can change meanwhile (a race)',
      ],
    },
  ),
  {
    functions: ['cap_capable', 'security_capable'],
    parameters: ['cred', 'target_ns', 'cap', 'opts'],
    find: (host) =>
      available(
        host,
        {
          tell: [
            rawTracepoint('cap_capable', [cred(0), userNamespace(1), number(3), undefined], {
              returns: number(4),
              differs: ['the options of the check are not told'],
              sigkill:
                'the call that was checked may still happen; the process dies when it returns',
            }),
          ],
        },
        {
          reason: 'this kernel has no tracepoint capability:cap_capable',
          remedy: 'a kernel since 6.14',
        },
      ),
  },
];

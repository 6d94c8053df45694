import type { Attachment, HookPoint } from '../plan.ts';

/** Where a point's program runs, with its names: `kprobe.multi fd_install`. Names of policies are in it as they are. */
export function describeAttachment(attachment: Attachment): string {
  const way = wayOf(attachment);
  switch (attachment.kind) {
    case 'syscall':
      return `system call ${attachment.syscall} (${way})`;
    case 'syscallReturn':
      return `return of system call ${attachment.syscall} (${way})`;
    case 'fileAccess':
      return `system calls ${attachment.accesses.map(({ name }) => name).join(', ')} (${way})`;
    case 'rawTracepoint':
      return `${way} ${attachment.name}`;
    case 'tracepoint':
      return `${way} ${attachment.subsystem}:${attachment.event}`;
    case 'uprobe': {
      const { symbol, offset, address } = attachment;
      return `${way} ${attachment.path}:${symbol ?? `0x${(address ?? offset).toString(16)}`}`;
    }
    case 'usdt':
      return `${way} ${attachment.path}:${attachment.provider}:${attachment.name}`;
    case 'kprobe':
    case 'kprobeOverride':
    case 'fentry':
    case 'fmodRet':
      return `${way} ${attachment.function}`;
    case 'lsm':
      return `${way} ${attachment.hook}`;
    case 'cgroup':
      return `${way} ${attachment.program}`;
    case 'sockOps':
      return `${way} sock_ops`;
  }
}

/** The kind of program alone. */
export function wayOf(attachment: Attachment): string {
  switch (attachment.kind) {
    case 'syscall':
    case 'fileAccess':
      return 'raw sys_enter';
    case 'syscallReturn':
      return 'raw sys_exit';
    case 'rawTracepoint':
      return 'raw tracepoint';
    case 'uprobe': {
      const way = attachment.returns ? 'uretprobe' : 'uprobe';
      return attachment.multi ? `${way}.multi` : way;
    }
    case 'kprobe':
      return attachment.multi ? 'kprobe.multi' : 'kprobe';
    case 'kprobeOverride':
      return 'kprobe with override';
    case 'fmodRet':
      return 'fmod_ret';
    case 'lsm':
      return 'LSM program';
    case 'cgroup':
    case 'sockOps':
      return 'cgroup program';
    default:
      return attachment.kind;
  }
}

/** Who refuses a call for Override; undefined: nobody can from here. */
export function describeRefusal({ canOverride, refusedBy }: HookPoint): string | undefined {
  if (!canOverride) return undefined;
  if (refusedBy.length === 0) return 'the call is answered here with the error';
  const hooks = refusedBy.length === 1 ? 'hook' : 'hooks';
  return `the call is marked here, and refused with the error in the LSM ${hooks} ${refusedBy.join(', ')}`;
}

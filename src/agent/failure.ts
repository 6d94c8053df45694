import { existsSync, readFileSync } from 'node:fs';
import { type BpfError, isBpfError } from './bpf/addon.ts';
import { TargetError } from './export/targetError.ts';
import { kernelMemoryAccess, TYPED_ACCESS_SINCE } from './host/kernelMemory.ts';

/** What went wrong, and what the operator can do about it. */
export type Failure = { message: string; remedy: string };

/** Bits of CapEff in /proc/self/status (include/uapi/linux/capability.h). */
const CAP_SYS_ADMIN = 21n;
const CAP_PERFMON = 38n;
const CAP_BPF = 39n;

const REPORT = 'please report this with the message above';
const REINSTALL =
  'this installation is incomplete or damaged: build it again, with node scripts/build.mjs in its folder';
const AGAIN = 'signals kept interrupting the verifier (a profiler sends such): try again without';
const MORE_MEMORY =
  'the kernel has no memory left for this: raise the limit of the service or container that it runs in (MemoryMax=), or free some';

/** Turns a failure of the agent into words. Reads only world-readable files, and of a refused program tries why. */
export function explainFailure(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof TargetError) return { message, remedy: error.remedy };
  if (!isBpfError(error)) return { message, remedy: isBroken(error) ? REINSTALL : REPORT };
  if (!existsSync('/sys/kernel/btf/vmlinux'))
    return {
      message: 'this kernel has no BTF (/sys/kernel/btf/vmlinux is missing)',
      remedy: 'boot a kernel built with CONFIG_DEBUG_INFO_BTF=y; distributions have it since 2021',
    };
  if (error.code === 'BPF_EPERM' && !hasCapabilities())
    return {
      message: 'the kernel refuses eBPF programs to this user',
      remedy: 'run it as root, or with CAP_BPF and CAP_PERFMON',
    };
  if (error.code === 'BPF_ENOMEM') return { message: shorten(error), remedy: MORE_MEMORY };
  if (error.code === 'BPF_EAGAIN') return { message: shorten(error), remedy: AGAIN };
  // Before anything reaches the kernel.
  if (message.startsWith('open object')) return { message: shorten(error), remedy: REINSTALL };
  if (kernelMemoryAccess() === 'none')
    return {
      message: 'lockdown=confidentiality forbids programs to read kernel memory',
      remedy: `boot with lockdown=integrity or none, or Linux ${TYPED_ACCESS_SINCE.join('.')} or later`,
    };
  return {
    message: shorten(error),
    remedy: message.startsWith('load object')
      ? 'the kernel refused a program; please report this with `uname -r` and the lines above'
      : REPORT,
  };
}

/** Files of our own that are not there, and an addon that can't be loaded. */
function isBroken(error: unknown): boolean {
  const { code, path = '' } = error as { code?: unknown; path?: string };
  if (code === 'ERR_DLOPEN_FAILED') return true;
  return code === 'ENOENT' && /\.bpf\.o$|\/trigon\.node$/.test(path);
}

/** A verifier's log names its reason at the end; the screenfuls before it help nobody at a prompt. */
const LOG_LINES = 8;

function shorten(error: BpfError): string {
  const [first = ''] = error.message.split('\n');
  const log = error.log?.trimEnd().split('\n').slice(-LOG_LINES) ?? [];
  return [first, ...log.map((line) => `  | ${line}`)].join('\n');
}

function hasCapabilities(): boolean {
  const line = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  const effective = BigInt(`0x${line?.[1] ?? '0'}`);
  const has = (capability: bigint) => ((effective >> capability) & 1n) === 1n;
  return has(CAP_SYS_ADMIN) || (has(CAP_BPF) && has(CAP_PERFMON));
}

import { release } from 'node:os';
import { type BpfObject, openObject, tryProgram } from '../bpf/addon.ts';
import { u32 } from '../bytes.ts';
import { callHelper, pointToStack, setRegister } from './instructions.ts';
import { trialOf } from './programs.ts';
import { isOlder } from './refusal.ts';

/**
 * How programs may read kernel memory: by helpers; by typed accesses where lockdown=confidentiality takes the helpers away; or
 * not at all.
 */
export type KernelMemoryAccess = 'helpers' | 'typed' | 'none';

const PROBE_READ_KERNEL = 113; // enum bpf_func_id, include/uapi/linux/bpf.h

/**
 * First kernel on which bpf/memory.h can do without the helpers: `bpf_rdonly_cast` came with 6.2, loops by `bpf_iter_num_new` with
 * 6.4, and since 6.8 the verifier bounds a number by another that it doesn't know either. Tried from 6.12 on.
 */
export const TYPED_ACCESS_SINCE = [6, 8] as const;

let known: KernelMemoryAccess | undefined;

/** Tried with a tiny program, once: no file that tells of lockdown is sure to be there. */
export function kernelMemoryAccess(): KernelMemoryAccess {
  known ??= mayProbe() ? 'helpers' : isOlder(release(), TYPED_ACCESS_SINCE) ? 'none' : 'typed';
  return known;
}

/**
 * Opens an object whose programs read kernel memory by bpf/memory.h, so that they do it in the way that is open to them here.
 *
 * @throws as {@link openObject}.
 */
export function openKernelObject(bytes: Uint8Array, name: string): BpfObject {
  const mayProbe = kernelMemoryAccess() === 'helpers';
  const object = openObject(bytes, name, { keepUserReads: !mayProbe });
  object.setGlobal('may_probe_kernel', u32(mayProbe ? 1 : 0));
  return object;
}

/** False only if the verifier says so: whoever may load nothing at all learns the reason from the real programs. */
function mayProbe(): boolean {
  const result = tryProgram(
    trialOf('raw_tp', 0, [
      ...pointToStack(1),
      setRegister(2, 8),
      setRegister(3, 0),
      callHelper(PROBE_READ_KERNEL),
    ]),
  );
  return result.ok || !result.log.includes(`#${PROBE_READ_KERNEL}`);
}

import { statSync } from 'node:fs';
import type { StackTraceEntry } from '../../events/types.ts';
import { createAllowance } from '../allowance.ts';
import { type Mounts, mountsOf } from '../mounts.ts';
import { readBounded } from '../readBounded.ts';
import { createFileCache } from './fileCache.ts';
import { canReadMapped, mapFilePath } from './mapFiles.ts';
import { type CodeMapping, findMapping, parseMemoryMap } from './memoryMap.ts';

export type UserSymbols = {
  /**
   * The entries of a process's stack, from the innermost outwards: module and offset in its file, and the function's name where
   * the file has symbols. Addresses alone when the process has ended and wasn't asked about before. No names of files that lie
   * where reading might never end (NFS, FUSE).
   * @param execId tells programs apart that had the same number one after the other.
   */
  describe(pid: number, execId: string, addresses: readonly bigint[]): StackTraceEntry[];
};

type Known = {
  readonly mappings: readonly CodeMapping[];
  /** Read when the first file is asked about. */
  mounts: Mounts | undefined;
  readonly readAt: number;
};

const MAX_TABLES_BYTES = 96 * 1024 * 1024;
const MAX_PROCESSES = 256;
/** 65,000 mappings, the usual limit, have about 6 MB; with long names a process can make hundreds. */
const MAX_MAP_BYTES = 8 << 20;
/** Libraries are loaded and unloaded: after this the process is asked again. */
const MAX_AGE_MS = 1000;
/**
 * A process can map hundreds of large files, and there can be thousands of such processes. The symbols of a host's usual programs are
 * read in a quarter of the first; what there is no time for has addresses without names, as stripped files have.
 */
const BURST_MS = 400;
const SHARE = 0.1;

export function openUserSymbols(): UserSymbols {
  const allowance = createAllowance(BURST_MS, SHARE);
  const files = createFileCache(MAX_TABLES_BYTES, allowance);
  // In the order of their last use.
  const processes = new Map<string, Known>();

  function knownOf(pid: number, execId: string): Known | undefined {
    const known = processes.get(execId);
    processes.delete(execId);
    const isFresh = known && performance.now() - known.readAt < MAX_AGE_MS;
    const isRead = !isFresh && allowance.isLeft;
    const current = isRead ? (allowance.spend(() => readMappings(pid)) ?? known) : known;
    if (current === undefined) return undefined;
    processes.set(execId, current);
    for (const oldest of processes.keys()) {
      if (processes.size <= MAX_PROCESSES) break;
      processes.delete(oldest);
    }
    return current;
  }

  function describe(
    pid: number,
    known: Known,
    mapping: CodeMapping,
    address: bigint,
    back: bigint,
  ) {
    const offset = address - mapping.start + mapping.fileOffset;
    const module = mapping.path;
    if (mapping.file === undefined) return { address, offset, module };
    known.mounts ??= mountsOf(pid);
    if (known.mounts.mayHang(mapping.file)) return { address, offset, module };
    const symbols = files.get(mapping.file, pathsOf(pid, mapping));
    const symbol = symbols?.find(Number(offset - back))?.name;
    return symbol === undefined ? { address, offset, module } : { address, offset, module, symbol };
  }

  return {
    describe(pid, execId, addresses) {
      const known = knownOf(pid, execId);
      if (known === undefined) return addresses.map((address) => ({ address }));
      return addresses.map((address, index) => {
        // All but the innermost are where a call returns to: behind the call, which may be the function's last instruction.
        const back = index === 0 ? 0n : 1n;
        const mapping = findMapping(known.mappings, address - back);
        // Memory without a name is code that the program wrote itself: an offset in it says nothing.
        if (mapping === undefined || mapping.path === '') return { address };
        return describe(pid, known, mapping, address, back);
      });
    },
  };
}

/** undefined: the process is gone, or has no memory any more. */
function readMappings(pid: number): Known | undefined {
  try {
    const text = readBounded(`/proc/${pid}/maps`, MAX_MAP_BYTES).bytes.toString();
    if (text === '') return undefined;
    // Where it was cut, half a line would be taken for a whole one.
    const lines = text.slice(0, text.lastIndexOf('\n'));
    return { mappings: parseMemoryMap(lines), mounts: undefined, readAt: performance.now() };
  } catch {
    return undefined;
  }
}

/**
 * The file of a mapping. Where we can't go by mappings its name, while that leads to the same file: not else, because a name leads
 * through folders that the process may have replaced by links to where reading never ends.
 */
function pathsOf(pid: number, mapping: CodeMapping): string[] {
  if (canReadMapped()) return [mapFilePath(pid, mapping)];
  const named = `/proc/${pid}/root${mapping.path}`;
  return isFile(named, mapping.file) ? [named] : [];
}

function isFile(path: string, file: string | undefined): boolean {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return file === `${deviceText(dev)} ${ino}`;
  } catch {
    return false;
  }
}

/** As in /proc/PID/maps: major and minor number in two hexadecimal digits at least (makedev(3) says how they lie in st_dev). */
function deviceText(device: bigint): string {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xffff_f000n);
  const minor = (device & 0xffn) | ((device >> 12n) & 0xffff_ff00n);
  const hex = (number: bigint): string => number.toString(16).padStart(2, '0');
  return `${hex(major)}:${hex(minor)}`;
}

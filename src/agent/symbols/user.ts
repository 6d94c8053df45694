import { statSync } from 'node:fs';
import type { StackTraceEntry } from '../../events/types.ts';
import { readBounded } from '../readBounded.ts';
import { createFileCache } from './fileCache.ts';
import { type CodeMapping, findMapping, parseMemoryMap } from './memoryMap.ts';

export type UserSymbols = {
  /**
   * The entries of a process's stack, from the innermost outwards: module and offset in its file, and the function's name where
   * the file has symbols. Addresses alone when the process has ended and wasn't asked about before.
   * @param execId tells programs apart that had the same number one after the other.
   */
  describe(pid: number, execId: string, addresses: readonly bigint[]): StackTraceEntry[];
};

type Known = { mappings: readonly CodeMapping[]; readAt: number };

const MAX_TABLES_BYTES = 96 * 1024 * 1024;
const MAX_PROCESSES = 256;
/** 65,000 mappings, the usual limit, have about 6 MB; with long names a process can make hundreds. */
const MAX_MAP_BYTES = 8 << 20;
/** Libraries are loaded and unloaded: after this the process is asked again. */
const MAX_AGE_MS = 1000;

export function openUserSymbols(): UserSymbols {
  const files = createFileCache(MAX_TABLES_BYTES);
  // In the order of their last use.
  const processes = new Map<string, Known>();

  function mappingsOf(pid: number, execId: string): readonly CodeMapping[] {
    const known = processes.get(execId);
    processes.delete(execId);
    const isFresh = known && performance.now() - known.readAt < MAX_AGE_MS;
    const current = isFresh ? known : (readMappings(pid) ?? known);
    if (current === undefined) return [];
    processes.set(execId, current);
    for (const oldest of processes.keys()) {
      if (processes.size <= MAX_PROCESSES) break;
      processes.delete(oldest);
    }
    return current.mappings;
  }

  function describe(pid: number, mapping: CodeMapping, address: bigint, back: bigint) {
    const offset = address - mapping.start + mapping.fileOffset;
    const module = mapping.path;
    if (mapping.file === undefined) return { address, offset, module };
    const symbols = files.get(mapping.file, pathsOf(pid, mapping));
    const symbol = symbols?.find(Number(offset - back))?.name;
    return symbol === undefined ? { address, offset, module } : { address, offset, module, symbol };
  }

  return {
    describe(pid, execId, addresses) {
      const mappings = mappingsOf(pid, execId);
      return addresses.map((address, index) => {
        // All but the innermost are where a call returns to: behind the call, which may be the function's last instruction.
        const back = index === 0 ? 0n : 1n;
        const mapping = findMapping(mappings, address - back);
        // Memory without a name is code that the program wrote itself: an offset in it says nothing.
        if (mapping === undefined || mapping.path === '') return { address };
        return describe(pid, mapping, address, back);
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
    return { mappings: parseMemoryMap(lines), readAt: performance.now() };
  } catch {
    return undefined;
  }
}

/**
 * Ways to the very file that is mapped. The first is right whatever became of its name, but needs CAP_SYS_ADMIN or
 * CAP_CHECKPOINT_RESTORE (proc_pid_map_files(5)); the other only while the name leads to the same file.
 */
function pathsOf(pid: number, { start, end, path, file }: CodeMapping): string[] {
  const named = `/proc/${pid}/root${path}`;
  const mapped = `/proc/${pid}/map_files/${start.toString(16)}-${end.toString(16)}`;
  return isFile(named, file) ? [mapped, named] : [mapped];
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

import { readFileSync } from 'node:fs';
import type { StackTraceEntry } from '../../events/types.ts';
import { createSymbolTable, type SymbolTable } from './symbolTable.ts';

export type KernelSymbols = {
  /**
   * The entries of a kernel stack, from the innermost outwards: symbol and offset where they are known. They aren't where the
   * kernel hides addresses from us (kernel.kptr_restrict).
   */
  describe(addresses: readonly bigint[]): StackTraceEntry[];
};

/** All kernel addresses lie above this, and less than 2^53 above it, whatever the processor and its page tables. */
const KERNEL_BASE = 0xfff0_0000_0000_0000n;
const BASE_HIGH = 0xfff0_0000;
const HEX_DIGITS = 16;
/** Modules and BPF programs come and go: the list is read again, at most so often, when an address is in nothing known. */
const MAX_AGE_MS = 60_000;

/** @param readList what /proc/kallsyms has: a line `ffffffff81000000 T _stext` for each symbol, perhaps a tab and `[module]`. */
export function openKernelSymbols(
  readList: () => Buffer = () => readFileSync('/proc/kallsyms'),
): KernelSymbols {
  let table: SymbolTable | undefined;
  let readAt = Number.NEGATIVE_INFINITY;

  function find(address: bigint) {
    const place = Number(address - KERNEL_BASE);
    const found = table?.find(place);
    if (found !== undefined || performance.now() - readAt < MAX_AGE_MS) return found;
    table = readTable(readList);
    readAt = performance.now();
    return table?.find(place);
  }

  return {
    describe: (addresses) =>
      addresses.map((address, index) => {
        if (address < KERNEL_BASE) return { address };
        // All but the innermost are where a call returns to: behind the call, which may be the function's last instruction.
        const back = index === 0 ? 0n : 1n;
        const found = find(address - back);
        if (found === undefined) return { address };
        return { address, symbol: found.name, offset: BigInt(found.offset) + back };
      }),
  };
}

/** undefined: there is no list, or all its addresses are 0 because they are hidden from us. */
function readTable(readList: () => Buffer): SymbolTable | undefined {
  let list: Buffer;
  try {
    list = readList();
  } catch {
    return undefined;
  }
  const { addresses, nameAt, names } = parseKallsyms(list);
  if (!addresses.some((address) => address > 0)) return undefined;
  const sizes = new Float64Array(addresses.length);
  return createSymbolTable({
    ...{ addresses: Float64Array.from(addresses), sizes },
    ...{ nameAt: Uint32Array.from(nameAt), names },
  });
}

/** Code only: of the types in the list t, T, w and W are (nm(1)). Addresses count from {@link KERNEL_BASE}; those below are 0. */
function parseKallsyms(list: Buffer): { addresses: number[]; nameAt: number[]; names: Buffer } {
  const addresses: number[] = [];
  const nameAt: number[] = [];
  const names = Buffer.alloc(list.length);
  let used = 0;
  for (let start = 0; start < list.length; ) {
    const newline = list.indexOf(0x0a, start);
    const end = newline < 0 ? list.length : newline;
    const type = String.fromCharCode((list[start + HEX_DIGITS + 1] ?? 0) | 0x20);
    const name = start + HEX_DIGITS + 3;
    if ((type === 't' || type === 'w') && name < end) {
      const high = readHex(list, start, start + 8) - BASE_HIGH;
      const low = readHex(list, start + 8, start + HEX_DIGITS);
      const tab = list.subarray(name, end).indexOf(0x09);
      addresses.push(high < 0 ? 0 : high * 2 ** 32 + low);
      nameAt.push(used);
      used += list.copy(names, used, name, tab < 0 ? end : name + tab) + 1;
    }
    start = end + 1;
  }
  // A copy of the part that is used: the rest of the memory goes back.
  return { addresses, nameAt, names: Buffer.from(names.subarray(0, used)) };
}

function readHex(bytes: Buffer, start: number, end: number): number {
  let number = 0;
  for (let at = start; at < end; at++) {
    const digit = bytes[at] ?? 0;
    number = number * 16 + (digit >= 0x61 ? digit - 0x57 : digit - 0x30);
  }
  return number;
}

import { textAt } from './elf.ts';

/** The named piece of code that an address belongs to. */
export type FoundSymbol = {
  name: string;
  /** Distance from its first byte. */
  offset: number;
};

/** Symbols by address. Numbers in arrays, texts as they came: large programs have hundreds of thousands. */
export type SymbolTable = {
  /** Memory that the table takes. */
  readonly bytes: number;
  /** The symbol in which the address lies. Addresses as in {@link SymbolSource}. */
  find(address: number): FoundSymbol | undefined;
};

export type SymbolSource = {
  /** In any order; below 2^53. */
  addresses: Float64Array;
  /** Bytes of each; 0: not known, it reaches to the next symbol. */
  sizes: Float64Array;
  /** Where in `names` each name begins; it ends with NUL. */
  nameAt: Uint32Array;
  names: Buffer;
};

const UNDERSCORE = 0x5f;
/** How many symbols that begin before an address are looked at: smaller ones may lie within the one that holds it. */
const LOOK_BACK = 16;
/** What isn't known to end isn't believed to be longer than this. */
const MAX_UNKNOWN_BYTES = 1 << 20;

export function createSymbolTable(source: SymbolSource): SymbolTable {
  const { names } = source;
  // Without a function that compares, which takes ten times as long.
  const addresses = withoutRepeats(source.addresses.toSorted());
  const chosen = new Int32Array(addresses.length).fill(-1);
  for (let index = 0; index < source.addresses.length; index++) {
    const place = countUpTo(addresses, source.addresses[index] ?? 0) - 1;
    if (isBetter(source, index, chosen[place] ?? -1)) chosen[place] = index;
  }
  const sizes = Float64Array.from(chosen, (index) => source.sizes[index] ?? 0);
  const nameAt = Uint32Array.from(chosen, (index) => source.nameAt[index] ?? 0);

  return {
    bytes: names.length + addresses.byteLength + sizes.byteLength + nameAt.byteLength,
    find(address) {
      const nearest = countUpTo(addresses, address) - 1;
      for (let index = nearest; index >= 0 && index > nearest - LOOK_BACK; index--) {
        const offset = address - (addresses[index] ?? 0);
        const size = sizes[index] ?? 0;
        const reachesIt = size > 0 ? offset < size : index === nearest;
        if (!reachesIt || (size === 0 && offset > MAX_UNKNOWN_BYTES)) continue;
        return { name: textAt(names, nameAt[index] ?? 0), offset };
      }
      return undefined;
    },
  };
}

/** How many of the sorted numbers are not above this one. */
function countUpTo(sorted: Float64Array, address: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) <= address) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A copy: of the memory of the others nothing is kept. */
function withoutRepeats(sorted: Float64Array): Float64Array {
  let kept = 0;
  for (const address of sorted) {
    if (kept > 0 && address === sorted[kept - 1]) continue;
    sorted[kept] = address;
    kept += 1;
  }
  return sorted.slice(0, kept);
}

/** Of several at one address: the longest; `write` rather than `__write`; the first of the file. */
function isBetter(source: SymbolSource, index: number, than: number): boolean {
  if (than < 0) return true;
  const bytesOf = (each: number): number => source.sizes[each] ?? 0;
  const isInternal = (each: number): boolean =>
    source.names[source.nameAt[each] ?? 0] === UNDERSCORE;
  if (bytesOf(index) !== bytesOf(than)) return bytesOf(index) > bytesOf(than);
  return isInternal(than) && !isInternal(index);
}

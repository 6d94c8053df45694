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
  const order = Uint32Array.from(source.addresses, (_, index) => index);
  const addressOf = (index: number): number => source.addresses[index] ?? 0;
  const sizeOf = (index: number): number => source.sizes[index] ?? 0;
  const isInternal = (index: number): number =>
    names[source.nameAt[index] ?? 0] === UNDERSCORE ? 1 : 0;
  // Of several at one address the last is found: the longest; `write` rather than `__write`; the first of the file.
  order.sort(
    (a, b) =>
      addressOf(a) - addressOf(b) ||
      sizeOf(a) - sizeOf(b) ||
      isInternal(b) - isInternal(a) ||
      b - a,
  );
  const addresses = Float64Array.from(order, addressOf);
  const sizes = Float64Array.from(order, sizeOf);
  const nameAt = Uint32Array.from(order, (index) => source.nameAt[index] ?? 0);

  /** How many symbols begin at the address or before. */
  function countUpTo(address: number): number {
    let low = 0;
    let high = addresses.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((addresses[middle] ?? 0) <= address) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    bytes: names.length + addresses.byteLength + sizes.byteLength + nameAt.byteLength,
    find(address) {
      const nearest = countUpTo(address) - 1;
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

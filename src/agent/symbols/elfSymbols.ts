import {
  addressOfOffset,
  type Elf,
  type ElfSection,
  SHT_DYNSYM,
  SHT_SYMTAB,
  STT_FUNC,
  STT_GNU_IFUNC,
  SYMBOL_BYTES,
  withElf,
} from './elf.ts';
import { readGoFunctions } from './goFunctions.ts';
import { createSymbolTable, type FoundSymbol, type SymbolSource } from './symbolTable.ts';

/** The functions of one executable or library. */
export type FileSymbols = {
  /** Memory they take. */
  readonly bytes: number;
  /** The function at a place in the file. */
  find(fileOffset: number): FoundSymbol | undefined;
};

/** Tables above these aren't read: reading and sorting would hold the agent up for longer than a trace is worth (0.2 s). */
const MAX_TABLE_BYTES = 48 * 1024 * 1024;
const MAX_SYMBOLS = 300_000;
const TOO_MANY = 'it has too many symbols';
const STT_NOTYPE = 0;

/** @throws an Error as {@link withElf}, or when the file has no symbols. */
export function readFileSymbols(path: string): FileSymbols {
  return withElf(path, (elf) => {
    const table = createSymbolTable(readSource(elf));
    const { segments } = elf;
    return {
      bytes: table.bytes,
      find: (fileOffset) => {
        const address = addressOfOffset({ segments }, fileOffset);
        return address === undefined ? undefined : table.find(address);
      },
    };
  });
}

/** The complete table, where the file has it; else what a Go program knows of itself, or the names that the file exports. */
function readSource(elf: Elf): SymbolSource {
  const complete = elf.find(SHT_SYMTAB);
  const own = complete === undefined ? readGoFunctions(elf, MAX_TABLE_BYTES) : undefined;
  if (own !== undefined) {
    if (own.addresses.length > MAX_SYMBOLS) throw new Error(TOO_MANY);
    return own;
  }
  const section = complete ?? elf.find(SHT_DYNSYM);
  const names = section && elf.sections[section.link];
  if (section === undefined || names === undefined) throw new Error('the file has no symbols');
  const isTooMuch = section.bytes + names.bytes > MAX_TABLE_BYTES;
  if (isTooMuch || section.bytes > MAX_SYMBOLS * SYMBOL_BYTES) throw new Error(TOO_MANY);
  return readFunctions(elf, section, names);
}

function readFunctions(elf: Elf, section: ElfSection, names: ElfSection): SymbolSource {
  const symbols = elf.read(section);
  const count = Math.floor(symbols.length / SYMBOL_BYTES);
  const addresses = new Float64Array(count);
  const sizes = new Float64Array(count);
  const nameAt = new Uint32Array(count);
  let kept = 0;
  for (let at = 0; at + SYMBOL_BYTES <= symbols.length; at += SYMBOL_BYTES) {
    const type = symbols.readUInt8(at + 4) & 0xf;
    const isDefined = symbols.readUInt16LE(at + 6) !== 0;
    const name = symbols.readUInt32LE(at);
    // Assemblers leave the type of a label out when nobody declares it: _start of some.
    const isCode = type === STT_FUNC || type === STT_GNU_IFUNC || type === STT_NOTYPE;
    if (!isDefined || !isCode || name === 0) continue;
    addresses[kept] = numberAt(symbols, at + 8);
    sizes[kept] = numberAt(symbols, at + 16);
    nameAt[kept] = name;
    kept += 1;
  }
  return {
    addresses: addresses.subarray(0, kept),
    sizes: sizes.subarray(0, kept),
    nameAt: nameAt.subarray(0, kept),
    names: elf.read(names),
  };
}

/** Without a bigint for each: there are hundreds of thousands. */
const numberAt = (bytes: Buffer, at: number): number =>
  bytes.readUInt32LE(at + 4) * 2 ** 32 + bytes.readUInt32LE(at);

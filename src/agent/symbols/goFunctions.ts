/**
 * The functions of a Go program. Its own runtime needs them, in the section .gopclntab, so that they are there in stripped programs
 * too (src/runtime/symtab.go and cmd/link/internal/ld/pcln.go of Go: pcHeader, functab, _func).
 */
import { addressOfOffset, type Elf } from './elf.ts';
import type { SymbolSource } from './symbolTable.ts';

/** First word of the table, since Go 1.18 and since 1.20: the parts used here are the same in both. */
const MAGICS: readonly number[] = [0xfffffff0, 0xfffffff1];
const HEADER_BYTES = 72;
/** Two 32-bit numbers: where the function begins, counted from the start of the code, and where more about it stands. */
const ENTRY_BYTES = 8;

/**
 * @param maxBytes of the table
 * @returns undefined: no Go program, of a version older than 1.18, or the table is larger
 */
export function readGoFunctions(
  elf: Elf,
  maxBytes = Number.POSITIVE_INFINITY,
): SymbolSource | undefined {
  const section = elf.sections.find(({ name }) => name.endsWith('.gopclntab'));
  if (section === undefined || section.bytes > maxBytes) return undefined;
  const bytes = elf.read(section);
  if (bytes.length < HEADER_BYTES || !MAGICS.includes(bytes.readUInt32LE(0))) return undefined;
  const start = startOfCode(elf, Number(bytes.readBigUInt64LE(24)));
  const numberAt = (offset: number): number => Number(bytes.readBigUInt64LE(offset));
  const count = numberAt(8);
  const names = bytes.subarray(numberAt(32));
  const functions = bytes.subarray(numberAt(64));
  if (start === undefined || count * ENTRY_BYTES > functions.length) return undefined;

  const addresses = new Float64Array(count);
  const nameAt = new Uint32Array(count);
  for (let index = 0; index < count; index++) {
    const about = functions.readUInt32LE(index * ENTRY_BYTES + 4);
    if (about + ENTRY_BYTES > functions.length) return undefined;
    addresses[index] = start + functions.readUInt32LE(index * ENTRY_BYTES);
    nameAt[index] = functions.readUInt32LE(about + 4);
  }
  return { addresses, sizes: new Float64Array(count), nameAt, names };
}

/** Newer Go leaves 0 in the header; so does any that has the loader put the address there. */
function startOfCode(elf: Elf, stated: number): number | undefined {
  if (stated !== 0) return stated;
  const text = elf.sections.find(({ name }) => name === '.text');
  return text && addressOfOffset(elf, text.offset);
}

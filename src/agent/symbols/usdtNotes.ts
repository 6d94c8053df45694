/** Where the arguments of USDT probes are, as the notes of their program say it. */
import { textAt, withElf } from './elf.ts';

const SECTION = '.note.stapsdt';
/** NT_STAPSDT of SystemTap's sys/sdt.h; the owner is "stapsdt". */
const TYPE = 3;
const HEADER_BYTES = 12;
/** The probe's address, the base and the semaphore stand in front of the texts. */
const ADDRESSES_BYTES = 24;

/** Far more than the probes of any program take; each note is looked at. */
const MAX_BYTES = 4 * 1024 * 1024;

/** No bit operations: they would make large numbers negative, and a reader that goes by them never come to the end. */
const padded = (bytes: number): number => Math.ceil(bytes / 4) * 4;

/**
 * Arguments as a probe's notes write them (`-4@-12(%rbp)`), of each place that the probe has in the file.
 *
 * @throws Error when the file is no ELF file or damaged.
 */
export function usdtArguments(path: string, provider: string, name: string): string[][] {
  return withElf(path, (elf) => {
    const section = elf.sections.find((each) => each.name === SECTION);
    if (section && section.bytes > MAX_BYTES) throw new Error('it has too many probes');
    return section ? [...argumentsOf(elf.read(section), provider, name)] : [];
  });
}

function* argumentsOf(notes: Buffer, provider: string, name: string): Generator<string[]> {
  for (let at = 0; at + HEADER_BYTES <= notes.length; ) {
    const ownerBytes = notes.readUInt32LE(at);
    const bytes = notes.readUInt32LE(at + 4);
    const start = at + HEADER_BYTES + padded(ownerBytes);
    const texts = start + ADDRESSES_BYTES;
    if (notes.readUInt32LE(at + 8) === TYPE && start + bytes <= notes.length) {
      const itsProvider = textAt(notes, texts);
      const itsName = textAt(notes, texts + itsProvider.length + 1);
      const words = textAt(notes, texts + itsProvider.length + itsName.length + 2);
      if (itsProvider === provider && itsName === name)
        yield words.split(' ').filter((word) => word !== '');
    }
    at = start + padded(bytes);
  }
}

/** Whether an argument is four bytes in memory at a register and a constant offset: what can be written to (bpf/uprobes.bpf.c). */
export const isWritable = (argument: string | undefined): boolean =>
  argument !== undefined && /^-?4@-?\d*\(%\w+\)$/.test(argument);

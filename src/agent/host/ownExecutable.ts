import { closeSync, openSync, readSync } from 'node:fs';

/** The program of this process, for the kernel, which follows the link when it looks up an uprobe's file. */
export const OWN_EXECUTABLE = '/proc/self/exe';

const PT_LOAD = 1;

/**
 * Where in its file the first instruction of this program lies (elf(5)). It ran once, when the process began, and never
 * again: a breakpoint there for a moment hurts nobody. Undefined: not an ELF file as we know it.
 */
export function entryOffset(): number | undefined {
  const file = openSync(OWN_EXECUTABLE, 'r');
  try {
    const head = readView(file, 0, 64);
    const entry = Number(head.getBigUint64(24, true));
    const table = Number(head.getBigUint64(32, true));
    const size = head.getUint16(54, true);
    const count = head.getUint16(56, true);
    for (let index = 0; index < count; index++) {
      const segment = readView(file, table + index * size, size);
      if (segment.getUint32(0, true) !== PT_LOAD) continue;
      const offset = Number(segment.getBigUint64(8, true));
      const address = Number(segment.getBigUint64(16, true));
      const length = Number(segment.getBigUint64(32, true));
      if (entry >= address && entry < address + length) return entry - address + offset;
    }
    return undefined;
  } finally {
    closeSync(file);
  }
}

function readView(file: number, at: number, length: number): DataView {
  const bytes = new Uint8Array(length);
  readSync(file, bytes, 0, length, at);
  return new DataView(bytes.buffer);
}

import { statSync } from 'node:fs';
import type { Allowance } from '../allowance.ts';
import { type FileSymbols, readFileSymbols } from './elfSymbols.ts';

/** Symbols of the files that were asked for last. */
export type FileCache = {
  /**
   * @param file who it is, whatever path leads there: device and inode.
   * @param paths where it can be opened; the first that works.
   * @returns undefined when it has no symbols, can't be read, or there is no time for it now.
   */
  get(file: string, paths: readonly string[]): FileSymbols | undefined;
};

type Entry = {
  /** Changes when the file's content does, or when its inode was given to another file. */
  version: string;
  symbols: FileSymbols | undefined;
};

/** One that can't be read or has no symbols costs this, so that their number is bounded too. */
const EMPTY_BYTES = 1024;

/**
 * @param maxBytes what all tables together may take; the one used last stays in any case.
 * @param allowance for reading them.
 */
export function createFileCache(maxBytes: number, allowance: Allowance): FileCache {
  // In the order of their last use: a Map keeps the order in which keys came.
  const entries = new Map<string, Entry>();
  let bytes = 0;
  const costOf = ({ symbols }: Entry): number => symbols?.bytes ?? EMPTY_BYTES;

  function remove(file: string, entry: Entry): void {
    entries.delete(file);
    bytes -= costOf(entry);
  }

  function keep(file: string, entry: Entry): void {
    entries.set(file, entry);
    bytes += costOf(entry);
    for (const [oldest, old] of entries) {
      if (bytes <= maxBytes || oldest === file) break;
      remove(oldest, old);
    }
  }

  return {
    get(file, paths) {
      const found = firstFile(paths);
      const known = entries.get(file);
      if (known) remove(file, known);
      // A process that is gone shows its files no more: what was read before still holds.
      if (found === undefined) {
        if (known) keep(file, known);
        return known?.symbols;
      }
      const isCurrent = known?.version === found.version;
      if (!isCurrent && !allowance.isLeft) return undefined;
      const entry = isCurrent
        ? known
        : { version: found.version, symbols: allowance.spend(() => tryRead(found.path)) };
      keep(file, entry);
      return entry.symbols;
    },
  };
}

function firstFile(paths: readonly string[]): { path: string; version: string } | undefined {
  for (const path of paths) {
    try {
      const { size, ctimeMs } = statSync(path);
      return { path, version: `${size} ${ctimeMs}` };
    } catch {
      // Not by this path.
    }
  }
  return undefined;
}

function tryRead(path: string): FileSymbols | undefined {
  try {
    return readFileSymbols(path);
  } catch {
    return undefined; // stripped, damaged, 32-bit, or no ELF at all
  }
}

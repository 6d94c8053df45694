import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { PolicyError } from '../../policies/model.ts';

/** A policy file that was read, or why it wasn't. */
export type PolicyFile =
  | { file: string; source: string; error?: undefined }
  | { file: string; source?: undefined; error: PolicyError };

/** What a path stands for: a file as it is, a folder's *.yaml and *.yml in the order of their names. */
export function readPolicyPath(path: string): PolicyFile[] {
  try {
    return statSync(path).isDirectory() ? readFolder(path) : [readOne(path)];
  } catch (error) {
    return [unreadable(path, error)];
  }
}

function readFolder(folder: string): PolicyFile[] {
  const names = readdirSync(folder)
    .filter((name) => /\.ya?ml$/.test(name))
    .sort();
  if (names.length === 0) return [unreadable(folder, new Error('holds no *.yaml or *.yml'))];
  return names.map((name) => readOne(join(folder, name)));
}

function readOne(file: string): PolicyFile {
  try {
    return { file, source: readFileSync(file, 'utf8') };
  } catch (error) {
    return unreadable(file, error);
  }
}

/** A file, or standard input, that can't be read, as an error of the file as a whole. */
export function unreadable(file: string, error: unknown): PolicyFile {
  const reason = error instanceof Error ? error.message : String(error);
  return {
    file,
    error: { file, line: 1, column: 1, field: '', message: `can't be read: ${reason}` },
  };
}

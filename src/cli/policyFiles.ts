import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { PolicyError } from '../policies/model.ts';

/** A policy file that was read, or why it wasn't. */
export type PolicyFile =
  | { file: string; source: string; error?: undefined }
  | { file: string; source?: undefined; error: PolicyError };

/** What a path stands for: a file as it is, `-` for standard input, a folder's *.yaml and *.yml in the order of their names. */
export async function readPolicyFiles(paths: readonly string[]): Promise<PolicyFile[]> {
  const files: PolicyFile[] = [];
  for (const path of paths) {
    try {
      if (path === '-') files.push({ file: STDIN, source: await text(process.stdin) });
      else if (statSync(path).isDirectory()) files.push(...readFolder(path));
      else files.push(readOne(path));
    } catch (error) {
      files.push(unreadable(path === '-' ? STDIN : path, error));
    }
  }
  return files;
}

/** Standard input in messages, and as the key of its policies. */
export const STDIN = '<stdin>';

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

function unreadable(file: string, error: unknown): PolicyFile {
  const message = error instanceof Error ? error.message : String(error);
  return { file, error: { file, line: 1, column: 1, field: '', message } };
}

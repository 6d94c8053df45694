import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { PolicyError } from '../../policies/model.ts';

/** A policy file that was read, or why it wasn't. */
export type PolicyFile =
  | { file: string; source: string; error?: undefined }
  | { file: string; source?: undefined; error: PolicyError };

/** What a path stands for: a file as it is, a folder's *.yaml and *.yml in the order of their names. */
export function readPolicyPath(path: string): PolicyFile[] {
  const { files, error } = listPolicyPath(path);
  return error ? [error] : files.map(readPolicyFile);
}

type Unreadable = PolicyFile & { error: PolicyError };

/** Files that a path stands for, not read yet. */
export type PolicyListing =
  | { files: string[]; error?: undefined }
  /** `isNothing`: there is no such path, or no policy file in it. */
  | { files: []; error: Unreadable; isNothing: boolean };

/** Of a folder. More of them are a mistake: there is room for 255 policies. */
const MAX_FILES = 1000;

export function listPolicyPath(path: string): PolicyListing {
  try {
    return statSync(path).isDirectory() ? listFolder(path) : { files: [path] };
  } catch (error) {
    const isNothing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return { files: [], error: unreadable(path, error), isNothing };
  }
}

/** Hidden files are an editor's: they come and go. */
function listFolder(folder: string): PolicyListing {
  const names = readdirSync(folder)
    .filter((name) => !name.startsWith('.') && /\.ya?ml$/.test(name))
    .sort();
  const refused = (reason: string): PolicyListing => ({
    files: [],
    error: unreadable(folder, new Error(reason)),
    isNothing: names.length === 0,
  });
  if (names.length === 0) return refused('holds no *.yaml or *.yml');
  if (names.length > MAX_FILES)
    return refused(`holds ${names.length} policy files: at most ${MAX_FILES} are read`);
  return { files: names.map((name) => join(folder, name)) };
}

/** As many networks as fit into the kernel's maps take two of these. */
const MAX_MEGABYTES = 16;

export function readPolicyFile(file: string): PolicyFile {
  try {
    const { size } = statSync(file);
    if (size > MAX_MEGABYTES * 1_000_000)
      return unreadable(file, new Error(`it has more than ${MAX_MEGABYTES} MB`));
    return { file, source: readFileSync(file, 'utf8') };
  } catch (error) {
    return unreadable(file, error);
  }
}

/** An error of a file as a whole. */
export const fileProblem = (file: string, message: string): PolicyError => ({
  file,
  line: 1,
  column: 1,
  field: '',
  message,
});

/** A file, or standard input, that can't be read, as an error of the file as a whole. */
export function unreadable(file: string, error: unknown): Unreadable {
  const reason = error instanceof Error ? error.message : String(error);
  return { file, error: fileProblem(file, `can't be read: ${reason}`) };
}

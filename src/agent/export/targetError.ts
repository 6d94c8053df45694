import { dirname } from 'node:path';

/** A file that can't be written where it was asked for: the message says why, the remedy what helps. */
export class TargetError extends Error {
  readonly remedy: string;
  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

/** What open(2) and its like say, in words. */
export function explain(error: unknown, path: string): TargetError {
  const code = codeOf(error);
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new TargetError(
      `the folder ${dirname(path)} does not exist`,
      'make it first (mkdir -p), or name another file',
    );
  if (code === 'ELOOP') return new TargetError(`${path} is a link`, 'name an ordinary file');
  if (code === 'EEXIST')
    return new TargetError(`${path} is there already`, 'name a file that is not there yet');
  return new TargetError(
    `${path} can't be written: ${reasonOf(error)}`,
    'name another file, or see to it that this one can be written',
  );
}

/** undefined for what is no error of the system's. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;

/** `no space left on device`: without Node's code, call and path around it. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^E[A-Z0-9]+: /, '').replace(/, \w+(?: '.*')?$/, '');
}

import { statSync } from 'node:fs';
import type { PolicyError } from '../../policies/model.ts';
import type { PolicyMode, PolicySource } from '../messages.ts';

/** What the catalog knows of a policy file. */
export type Entry = {
  source: PolicySource;
  /** What it was when it was read last; undefined: it must be read. */
  signature: string | undefined;
  text: string | undefined;
  problems: PolicyError[];
  warnings: PolicyError[];
  /** Ms of a clock that only goes forward: since when it is not there. */
  missingSince: number | undefined;
};

export const newEntry = (source: PolicySource): Entry => ({
  source,
  signature: undefined,
  text: undefined,
  problems: [],
  warnings: [],
  missingSince: undefined,
});

/** Our own library doesn't change; nor does a text that came with its source. */
export const isWatched = ({ origin, text }: PolicySource): boolean =>
  origin !== 'library' && origin !== 'added' && text === undefined;

/** Nobody has to have policies there. */
export const mayBeEmpty = ({ origin }: PolicySource): boolean =>
  origin === 'system' || origin === 'user';

/** Arming is a deliberate act: what comes later than the start only watches. */
export const laterMode = (mode: PolicyMode, isStart: boolean): PolicyMode =>
  mode === 'enforce' && !isStart ? 'monitor' : mode;

/** In the place of a signature: a pipe or a device. */
export const NO_FILE = 'no regular file';

/** Changes when the file is written, or another comes in its place; undefined: it isn't there. */
export function signatureOf(file: string): string | undefined {
  try {
    const found = statSync(file, { bigint: true });
    // A pipe, as `--policy <(…)` gives one, can be read once.
    if (!found.isFile()) return NO_FILE;
    const { dev, ino, size, mtimeNs, ctimeNs } = found;
    return [dev, ino, size, mtimeNs, ctimeNs].join(':');
  } catch {
    return undefined;
  }
}

export const isFileError = (error: unknown): boolean =>
  error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string';

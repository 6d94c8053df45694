import type { Fact } from '../../events/facts.ts';
import { executableKey } from '../../events/wire/executable.ts';
import { dropOldest } from '../evict.ts';
import { hashQuestion, type RunningProgram } from './executable.ts';
import type { HashQuestion } from './messages.ts';

/** Which executables' hashes have been told, and which are asked for. */
export type HashBook = {
  /** Asks for the hash of what the process runs, unless it is known or asked for. */
  saw(program: RunningProgram): void;
  /** An answer, and what is learnt by it. */
  answer(key: string, sha256: string | undefined): Fact[];
  /** Nobody will answer what was asked. */
  reset(): void;
};

/** Fewer than facts remember: what has been told is known there. */
const MOST_KNOWN = 2048;
/** Executables that are being hashed or wait for it. */
const MOST_PENDING = 2048;

/**
 * @param ask false: it can't be asked now
 * @param mountNamespace the agent's own
 */
export function createHashBook(
  ask: (question: HashQuestion) => boolean,
  mountNamespace: number,
): HashBook {
  const known = new Set<string>();
  const pending = new Set<string>();

  return {
    saw(program) {
      const key = executableKey(program.record);
      if (known.has(key) || pending.has(key) || pending.size >= MOST_PENDING) return;
      if (ask(hashQuestion(program, mountNamespace))) pending.add(key);
    },
    answer(executable, sha256) {
      pending.delete(executable);
      if (sha256 === undefined) return [];
      if (known.size >= MOST_KNOWN) dropOldest(known, MOST_KNOWN >> 3);
      known.add(executable);
      return [{ kind: 'sha256', executable, sha256 }];
    },
    reset: () => pending.clear(),
  };
}

import type { Facts } from '../facts.ts';
import type { Process } from '../types.ts';
import { type ExecProgram, type ProcessIdentity, processOf, readExecProgram } from './process.ts';
import type { ProcessDetail } from './processDetail.ts';

/** As `readProcess`, with the details and facts that it was made for. */
export type ReadProcess = (record: Uint8Array, who: ProcessIdentity) => Process;

/** Facts that say when they change. */
export type CountedFacts = Facts & {
  /** Another number whenever something was learnt about containers or executables. */
  readonly generation: number;
};

/** A power of 2. */
const MOST = 512;
/** Records with longer texts are read anew each time, so that nobody can fill memory with them: nearly all are shorter. */
const MOST_BYTES = 4096;

type Known = {
  readonly record: Uint8Array;
  readonly program: ExecProgram | undefined;
  readonly who: ProcessIdentity;
  readonly generation: number;
  readonly process: Process;
};

/**
 * Reads processes and remembers those read last: one stands in its exec and its exit, and as the parent in the events of all its children.
 * The same process message is the same object, so that what is made of it can be remembered too.
 *
 * Records are known by their arrays, which must not change.
 */
export function createProcessReader(
  detail: ProcessDetail | undefined,
  facts: CountedFacts | undefined,
): ReadProcess {
  /** By the last bits of the process's number. */
  const recent = new Array<Known | undefined>(MOST).fill(undefined);

  return (record, who) => {
    const slot = who.tgid & (MOST - 1);
    const known = recent[slot];
    const generation = facts?.generation ?? 0;
    const isKnownProgram = known !== undefined && known.record === record;
    if (isKnownProgram && known.generation === generation && isSame(known.who, who))
      return known.process;
    const program = isKnownProgram ? known.program : readExecProgram(record, detail);
    const process = processOf(program, record, who, facts);
    if (record.length <= MOST_BYTES) recent[slot] = { record, program, who, generation, process };
    return process;
  };
}

const isSame = (a: ProcessIdentity, b: ProcessIdentity): boolean =>
  a.tgid === b.tgid &&
  a.tid === b.tid &&
  a.parentTgid === b.parentTgid &&
  a.cloned === b.cloned &&
  a.inInitTree === b.inInitTree &&
  a.ktime === b.ktime &&
  a.parentKtime === b.parentKtime &&
  a.bootToWall === b.bootToWall &&
  a.node === b.node;

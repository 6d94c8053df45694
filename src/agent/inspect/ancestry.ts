import { viewOf } from '../../events/wire/view.ts';
import { tg_exec_record as EXEC, tg_text_flag as FLAG } from '../../generated/layouts.ts';
import { endingOf } from '../aggregate/ending.ts';
import { binaryOf, isKnownProgram, textsOf } from '../aggregate/program.ts';
import type { ProcessEntry, ProcessTable } from '../processTable.ts';
import type { AncestryStep } from './types.ts';

/** Programs told of one process at most: a process may call exec for ever. */
const MAX_PROGRAMS = 16;

/**
 * The programs of a process and its ancestors, the first ancestor's first: of each ancestor those up to the one that forked, of the
 * process itself also what it runs since.
 *
 * @param lineage the process first, then upwards
 * @param bootToWall add to boot clock ns to get ns since the epoch
 */
export function ancestrySteps(
  table: Pick<ProcessTable, 'find'>,
  lineage: readonly ProcessEntry[],
  bootToWall: bigint,
): AncestryStep[] {
  const last = (entry: ProcessEntry) => table.find(entry.tgid, entry.life.lastKtime) ?? entry;
  return lineage
    .map((entry, index) => programsUpTo(table, index === 0 ? last(entry) : entry))
    .reverse()
    .flatMap((programs) => programs.map((entry) => stepOf(entry, programs, bootToWall)));
}

/** The entry and what ran before it in the same process, the oldest first, as far as that is still known. */
function programsUpTo(table: Pick<ProcessTable, 'find'>, entry: ProcessEntry): ProcessEntry[] {
  const programs = [entry];
  let before = previous(table, entry);
  while (before && programs.length < MAX_PROGRAMS) {
    programs.unshift(before);
    before = previous(table, before);
  }
  return programs;
}

const previous = (table: Pick<ProcessTable, 'find'>, { tgid, previousKtime }: ProcessEntry) =>
  previousKtime === 0n ? undefined : table.find(tgid, previousKtime);

function stepOf(
  entry: ProcessEntry,
  programs: readonly ProcessEntry[],
  bootToWall: bigint,
): AncestryStep {
  const { tgid, ktime, program, life } = entry;
  const milliseconds = (boot: bigint) => Number((boot + bootToWall) / 1_000_000n);
  const texts = textsOf(program);
  return {
    pid: tgid,
    ktime,
    how: howOf(entry),
    binary: binaryOf(program),
    arguments: texts.arguments,
    uid: isKnownProgram(program) ? texts.uid : undefined,
    ...(texts.user === undefined ? {} : { user: texts.user }),
    startedAt: milliseconds(ktime),
    isCut: entry === programs[0] && entry.previousKtime !== 0n,
    end: life.end && {
      at: life.end.code === undefined ? undefined : milliseconds(life.end.time),
      ending: life.end.code === undefined ? undefined : endingOf(life.end.code),
    },
  };
}

function howOf({ cloned, record, program }: ProcessEntry): AncestryStep['how'] {
  if (cloned) return 'fork';
  if (program.told) return program.told.isOld ? 'before' : 'exec';
  if (record.length < EXEC.size) return 'before';
  const isOld = (viewOf(record).getUint32(EXEC.at.flags, true) & FLAG.TG_SNAPSHOT) !== 0;
  return isOld ? 'before' : 'exec';
}

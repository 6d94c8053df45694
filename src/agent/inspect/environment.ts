import type { Redaction } from '../../events/redaction.ts';
import { binaryPath, readExecTexts } from '../../events/wire/process.ts';
import { readEnvironment } from '../../events/wire/processDetail.ts';
import { viewOf } from '../../events/wire/view.ts';
import { tg_exec_record as EXEC, tg_text_flag as FLAG } from '../../generated/layouts.ts';
import type { ProcessEntry } from '../processTable.ts';
import { readEnvironmentBytes } from '../procfs.ts';
import type { Environment } from './types.ts';

/** Longer ones are cut: a process may make its environment as long as it likes. */
const MAX_BYTES = 256 << 10;
/** Of the shortest, 256 KiB hold more than a screen needs or a message should carry. */
const MAX_VARIABLES = 10_000;

/**
 * What a program was started with. The exec record's word counts more, for a program can write over what /proc shows; where that has
 * none (the program ran before us) or not all, and the process still runs the program, /proc has it.
 *
 * @param runs whether the entry's process runs: asked before and after /proc is read
 * @param redaction of what /proc says: the record was redacted when it came
 * @returns undefined when it isn't known
 */
export function environmentOf(
  entry: ProcessEntry | undefined,
  runs: (entry: ProcessEntry) => boolean,
  redaction?: Redaction | undefined,
): Environment | undefined {
  if (!entry || entry.record.length < EXEC.size) return undefined;
  const flags = viewOf(entry.record).getUint32(EXEC.at.flags, true);
  const isCut = (flags & FLAG.TG_ENVIRONMENT_TRUNCATED) !== 0;
  const isMissing = (flags & (FLAG.TG_SNAPSHOT | FLAG.TG_ENVIRONMENT_ERROR)) !== 0;
  const texts = readExecTexts(entry.record);
  const told = { variables: texts.environment, isCut };
  if (!isCut && !isMissing) return told;
  const isCurrent = () => entry.ktime === entry.life.lastKtime && runs(entry);
  const now = isCurrent() ? readEnvironmentBytes(entry.tgid, MAX_BYTES) : undefined;
  if (!now || now.bytes.length === 0 || !isCurrent()) return isMissing ? undefined : told;
  const all = readEnvironment(now.bytes);
  const variables = all.slice(0, MAX_VARIABLES);
  redaction?.begin();
  return {
    variables: redaction?.environment(binaryPath(texts), variables) ?? variables,
    isCut: now.isCut || all.length > MAX_VARIABLES,
  };
}

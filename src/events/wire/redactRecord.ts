import { tg_exec_record as EXEC, tg_text_flag as FLAG } from '../../generated/layouts.ts';
import type { Redaction } from '../redaction.ts';
import type { EnvironmentVariable } from '../types.ts';
import { binaryPath, readExecTexts } from './process.ts';
import { viewOf } from './view.ts';

/** Lengths of texts are 16-bit numbers in the record. */
const MAX_BYTES = 0xffff;

/**
 * An exec record without what is to be hidden. All that Trigon shows, writes and sends of command lines and environments is read
 * from exec records, so this is the one place where it is hidden: right where a record comes in.
 *
 * @param record tg_exec_record with its texts
 * @returns the record itself when it holds nothing of the kind
 */
export function redactRecord(record: Uint8Array, redaction: Redaction): Uint8Array {
  if (record.length < EXEC.size) return record;
  redaction.begin();
  const texts = readExecTexts(record);
  const binary = binaryPath(texts);
  const argv = redaction.argv(binary, texts.argv);
  const environment = redaction.environment(binary, texts.environment);
  if (argv === texts.argv && environment === texts.environment) return record;
  return withTexts(
    record,
    argv === texts.argv ? undefined : encodeStrings(argv),
    environment === texts.environment ? undefined : encodeStrings(environment.map(assignment)),
  );
}

const assignment = ({ key, value }: EnvironmentVariable): string => `${key}=${value}`;

type Strings = { readonly bytes: Uint8Array; readonly isCut: boolean };

/** Each ended by NUL, as in the process's stack. */
function encodeStrings(strings: readonly string[]): Strings {
  const bytes = Buffer.from(strings.map((text) => `${text}\0`).join(''));
  return { bytes: bytes.subarray(0, MAX_BYTES), isCut: bytes.length > MAX_BYTES };
}

/** @param args, environment undefined: as they are */
function withTexts(
  record: Uint8Array,
  args: Strings | undefined,
  environment: Strings | undefined,
): Uint8Array {
  const old = viewOf(record);
  const length = (at: number) => old.getUint16(at, true);
  const argsAt =
    EXEC.size +
    length(EXEC.at.filename_length) +
    length(EXEC.at.exe_length) +
    length(EXEC.at.cwd_length);
  const cgroupAt = argsAt + length(EXEC.at.args_length);
  const environmentAt = cgroupAt + length(EXEC.at.cgroup_length);
  const end = environmentAt + length(EXEC.at.environment_length);
  const changed = new Uint8Array(
    Buffer.concat([
      record.subarray(0, argsAt),
      args?.bytes ?? record.subarray(argsAt, cgroupAt),
      record.subarray(cgroupAt, environmentAt),
      environment?.bytes ?? record.subarray(environmentAt, end),
    ]),
  );
  const view = viewOf(changed);
  view.setUint32(EXEC.at.head.size, changed.length, true);
  if (args) view.setUint16(EXEC.at.args_length, args.bytes.length, true);
  if (environment) view.setUint16(EXEC.at.environment_length, environment.bytes.length, true);
  const flags =
    old.getUint32(EXEC.at.flags, true) |
    (args?.isCut ? FLAG.TG_ARGS_TRUNCATED : 0) |
    (environment?.isCut ? FLAG.TG_ENVIRONMENT_TRUNCATED : 0);
  view.setUint32(EXEC.at.flags, flags, true);
  return changed;
}

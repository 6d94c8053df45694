import { decodeUtf8 } from '../../events/text.ts';
import { executableKey } from '../../events/wire/executable.ts';
import { namespacesOf } from '../../events/wire/processDetail.ts';
import { viewOf } from '../../events/wire/view.ts';
import { tg_exec_record as EXEC, tg_text_flag as FLAG } from '../../generated/layouts.ts';
import type { FileIdentity, HashQuestion } from './messages.ts';

export type RunningProgram = {
  readonly tgid: number;
  /** Of the process, ns since boot. */
  readonly start: bigint;
  /** Its exec record. */
  readonly record: Uint8Array;
};

/** @param mountNamespace the agent's own, 0: not known. A path of another one means nothing here. */
export function hashQuestion(program: RunningProgram, mountNamespace: number): HashQuestion {
  const { tgid: pid, start, record } = program;
  const view = viewOf(record);
  const isOurs = mountNamespace !== 0 && namespacesOf(record).mnt === mountNamespace;
  return {
    ...{ key: executableKey(record), pid, start },
    file: identityOf(view),
    path: isOurs ? pathOf(record, view) : '',
  };
}

function identityOf(view: DataView): FileIdentity | undefined {
  const changed = view.getBigUint64(EXEC.at.exe_ctime, true);
  if (changed === 0n) return undefined;
  return {
    device: view.getUint32(EXEC.at.exe_dev, true),
    inode: view.getBigUint64(EXEC.at.exe_inode, true),
    size: view.getBigUint64(EXEC.at.exe_size, true),
    changed,
  };
}

const NO_PATH = FLAG.TG_EXE_PARTIAL | FLAG.TG_EXE_DELETED;

function pathOf(record: Uint8Array, view: DataView): string {
  if ((view.getUint32(EXEC.at.flags, true) & NO_PATH) !== 0) return '';
  const start = EXEC.size + view.getUint16(EXEC.at.filename_length, true);
  const exe = decodeUtf8(record.subarray(start, start + view.getUint16(EXEC.at.exe_length, true)));
  return exe.startsWith('/') ? exe : '';
}

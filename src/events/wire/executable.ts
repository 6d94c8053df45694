import { tg_exec_record as EXEC } from '../../generated/layouts.ts';
import { viewOf } from './view.ts';

/**
 * What tells one content of an executable from all others: the kernel's numbers of the file at exec (`DEVICE:INODE:SIZE:CTIME`). Of a program
 * that ran before us they are not known: then it is its exec id's parts (`PID:KTIME`), which processes that it forks share with it,
 * as they share its record.
 */
export function executableKey(record: Uint8Array): string {
  const view = viewOf(record);
  const changed = view.getBigUint64(EXEC.at.exe_ctime, true);
  if (changed === 0n)
    return `${view.getUint32(EXEC.at.head.tgid, true)}:${view.getBigUint64(EXEC.at.head.ktime, true)}`;
  const device = view.getUint32(EXEC.at.exe_dev, true);
  const inode = view.getBigUint64(EXEC.at.exe_inode, true);
  return `${device}:${inode}:${view.getBigUint64(EXEC.at.exe_size, true)}:${changed}`;
}

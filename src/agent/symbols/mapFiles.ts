import { readdirSync, statSync } from 'node:fs';
import type { CodeMapping } from './memoryMap.ts';

/**
 * The way to the very file that is mapped (proc_pid_map_files(5)): right whatever became of its name, and through no folder that the
 * process could have replaced by a link to where reading never ends.
 */
export const mapFilePath = (
  pid: number,
  { start, end }: Pick<CodeMapping, 'start' | 'end'>,
  procfs = '/proc',
): string => `${procfs}/${pid}/map_files/${start.toString(16)}-${end.toString(16)}`;

let mayReadMapped: boolean | undefined;

/** Whether we may go that way, for which CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE is needed: found out with a mapping of our own. */
export function canReadMapped(): boolean {
  mayReadMapped ??= tryOwnMapping();
  return mayReadMapped;
}

function tryOwnMapping(): boolean {
  const folder = '/proc/self/map_files';
  try {
    const [own] = readdirSync(folder);
    if (own === undefined) return false;
    statSync(`${folder}/${own}`);
    return true;
  } catch {
    return false; // without the capability, or the folder
  }
}

import { createProcessTree, type Now, type ReadStat } from '../aggregate/tree.ts';
import type { TreeProcess } from '../messages.ts';
import type { ProcessTable } from '../processTable.ts';
import { readUserNames } from '../users.ts';

/** All processes that run now, as the screen's tree has them; nothing has been counted of them. */
export function processRows(
  table: Pick<ProcessTable, 'listLive'>,
  readStat: ReadStat,
  now: Now,
): TreeProcess[] {
  const tree = createProcessTree(readStat);
  for (const entry of table.listLive()) tree.found(entry);
  // Whoever replays it elsewhere has other users by these numbers.
  const names = readUserNames();
  return tree.all(now).map((row) => ({ ...row, user: names.get(row.uid) }));
}

import type { Facts } from '../../events/facts.ts';
import type { Redaction } from '../../events/redaction.ts';
import type { Process } from '../../events/types.ts';
import { lineageOf } from '../aggregate/lineage.ts';
import type { ProcessEntry, ProcessTable } from '../processTable.ts';
import { readCgroup, readStat } from '../procfs.ts';
import { isRunning } from '../unconfirmed.ts';
import { ancestrySteps } from './ancestry.ts';
import { containerFacts } from './containerFacts.ts';
import { environmentOf } from './environment.ts';
import { readOpenFiles } from './openFiles.ts';
import type { OpenFiles, ProcessDescription } from './types.ts';

/** Answers what an operator asks about one process. /proc is read then and only then. */
export type Inspector = {
  /** @param ktime the exec id's: which program of which process */
  describe(pid: number, ktime: bigint): ProcessDescription;
  openFiles(pid: number, ktime: bigint): OpenFiles;
};

type Options = {
  table: ProcessTable;
  facts: Facts;
  /** An entry's process message in full detail. */
  read(entry: ProcessEntry): Process;
  /** Add to boot clock ns to get ns since the epoch. */
  bootToWall(): bigint;
  /** Environments may be told. */
  withEnvironment: boolean;
  /** Hides parts of what /proc says of environments. */
  redaction?: Redaction | undefined;
};

export function createInspector(options: Options): Inspector {
  const { table, facts, read, bootToWall, withEnvironment, redaction } = options;
  /** The process that an entry is of still runs, and its number still means it. */
  const runs = (entry: ProcessEntry) => entry.life.end === undefined && isRunning(entry, readStat);

  return {
    describe(pid, ktime) {
      const entries = lineageOf(table, pid, ktime);
      const [self, parent] = entries;
      return {
        lineage: entries.map(read),
        steps: ancestrySteps(table, entries, bootToWall()),
        environment: withEnvironment
          ? {
              own: environmentOf(self, runs, redaction),
              parent: environmentOf(parent, runs, redaction),
            }
          : undefined,
        cgroup: self && runs(self) ? readCgroup(self.tgid) : '',
        container: self && containerFacts(self.record, facts),
      };
    },
    openFiles(pid, ktime) {
      const [entry] = lineageOf(table, pid, ktime);
      if (!entry || !runs(entry)) return { kind: 'gone' };
      const result = readOpenFiles(pid);
      // Its number may have become another's while its files were read.
      if (!runs(entry)) return { kind: 'gone' };
      return result.kind === 'read'
        ? { ...result, isOtherProgram: entry.ktime !== entry.life.lastKtime }
        : result;
    },
  };
}

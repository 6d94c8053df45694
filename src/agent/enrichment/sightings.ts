import type { Fact, Facts } from '../../events/facts.ts';
import { cgroupOwner } from '../../events/wire/container.ts';
import { cgroupNameOf } from '../../events/wire/process.ts';
import { namespacesOf } from '../../events/wire/processDetail.ts';
import { viewOf } from '../../events/wire/view.ts';
import { tg_exec_record as EXEC } from '../../generated/layouts.ts';
import { runsInKernel } from '../aggregate/program.ts';
import { containerOf, UNKNOWN_CONTAINER } from '../containers.ts';
import type { AgentOptions, FromAgent } from '../messages.ts';
import type { PolicyEngine } from '../policies/engine.ts';
import type { ProcessEntry, ProcessTable } from '../processTable.ts';
import { createEnrichment } from './enrichment.ts';

/** Told of programs as the agent sees them: has their containers and executables looked up, and policies told of the containers. */
export type Sightings = {
  /** Of an exec, or a process that was found. */
  saw(entry: ProcessEntry): void;
  /** There are policies now: they are told of all containers. */
  introduce(workloads: PolicyEngine['workloads']): void;
  /** Every few seconds: what is gone is forgotten. */
  sweep(): void;
  close(): void;
};

type Options = {
  readonly options: Pick<AgentOptions, 'enrichment' | 'node'>;
  readonly table: ProcessTable;
  readonly facts: Facts;
  learn(facts: readonly Fact[]): void;
  tell(message: FromAgent): void;
};

export function createSightings({ options, table, facts, learn, tell }: Options): Sightings {
  let workloads: PolicyEngine['workloads'] | undefined;
  const own = table.findLive(process.pid)?.record;
  const enrichment = createEnrichment({
    ...options,
    mountNamespace: own && own.length >= EXEC.size ? namespacesOf(own).mnt : 0,
    learn,
    tell,
    onContainer: (id, fact) => workloads?.learn(id, fact && containerOf(fact)),
  });

  const sawProgram = (entry: ProcessEntry) => {
    if (entry.record.length >= EXEC.size && !runsInKernel(entry.program))
      enrichment.sawProgram(entry);
  };

  const sawContainer = ({ record }: ProcessEntry) => {
    if (record.length < EXEC.size) return;
    const owner = cgroupOwner(cgroupNameOf(record));
    if (owner.kind !== 'container') return;
    const known = facts.container(owner.id);
    const nothing = enrichment.isSettled(owner.id) ? UNKNOWN_CONTAINER : undefined;
    workloads?.seen(
      viewOf(record).getBigUint64(EXEC.at.cgroup_id, true),
      owner.id,
      known ? containerOf(known) : nothing,
    );
    enrichment.sawContainer(owner);
  };

  for (const entry of table.listLive()) {
    sawContainer(entry);
    sawProgram(entry);
  }
  return {
    saw(entry) {
      sawContainer(entry);
      sawProgram(entry);
    },
    introduce(fresh) {
      workloads = fresh;
      for (const entry of table.listLive()) sawContainer(entry);
    },
    sweep() {
      if (!workloads || workloads.size === 0) return;
      const live = table.listLive().filter(({ record }) => record.length >= EXEC.size);
      workloads.keep(
        new Set(live.map(({ record }) => viewOf(record).getBigUint64(EXEC.at.cgroup_id, true))),
      );
    },
    close: enrichment.close,
  };
}

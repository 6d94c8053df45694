import type { Facts } from '../../events/facts.ts';
import { containerIdOf } from '../../events/wire/container.ts';
import { cgroupNameOf } from '../../events/wire/process.ts';
import { tg_exec_record as EXEC } from '../../generated/layouts.ts';
import type { ContainerFacts } from './types.ts';

/** The container that a process was in at its exec, with what is known of it; undefined: in none. */
export function containerFacts(record: Uint8Array, facts: Facts): ContainerFacts | undefined {
  const id = record.length < EXEC.size ? '' : containerIdOf(cgroupNameOf(record));
  if (id === '') return undefined;
  const { name = '', image = '', pod, labels } = facts.container(id) ?? {};
  return {
    ...{ id, name, image },
    pod: pod?.name ?? '',
    namespace: pod?.namespace ?? '',
    labels: pod?.podLabels ?? labels ?? {},
  };
}

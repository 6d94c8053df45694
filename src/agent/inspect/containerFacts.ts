import { containerIdOf } from '../../events/wire/container.ts';
import { readExecTexts } from '../../events/wire/process.ts';
import { tg_exec_record as EXEC } from '../../generated/layouts.ts';
import { readContainer } from '../containers.ts';
import type { ContainerFacts } from './types.ts';

/** The container that a process was in at its exec; undefined: in none. */
export function containerFacts(record: Uint8Array): ContainerFacts | undefined {
  const id = record.length < EXEC.size ? '' : containerIdOf(readExecTexts(record).cgroup);
  if (id === '') return undefined;
  const { labels, podLabels } = readContainer(id);
  return {
    id,
    name: labels.name ?? '',
    image: labels.repo ?? '',
    pod: podLabels['io.kubernetes.pod.name'] ?? '',
    namespace: podLabels['io.kubernetes.pod.namespace'] ?? '',
  };
}

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { explainFailure } from '../failure.ts';
import { type Sensor, SHARED_MAPS, startSensor } from '../sensor.ts';
import type { HostFacts } from './facts.ts';
import { openKernelObject } from './kernelMemory.ts';
import { untriedWithout } from './refusal.ts';
import { no, type Outcome, type Row, row, yes } from './report.ts';

/** Enough for a moment in which nobody reads. */
const RING_BYTES = 64 << 10;

/**
 * Trigon's own programs: loaded and, those of the process sensor, attached for a moment. No trial with tiny programs tells as
 * much. Nothing of them is left when this returns.
 */
export function ownProgramRows(facts: HostFacts, objectsDir: string): [sensor: Row, policies: Row] {
  const [sensor, policies] = tryOwnPrograms(facts, objectsDir);
  return [
    row('trigon.sensor', 'processes are seen as they run', sensor),
    row('trigon.policies', 'policies at the entry of system calls', policies),
  ];
}

function tryOwnPrograms(
  facts: HostFacts,
  objectsDir: string,
): [sensor: Outcome, policies: Outcome] {
  const both = (outcome: Outcome): [Outcome, Outcome] => [outcome, outcome];
  const untried = untriedWithout(facts, ['CAP_BPF', 'CAP_PERFMON']);
  if (untried) return both(no(untried.reason.replace('not probed: ', ''), untried.remedy));
  if (!existsSync(join(objectsDir, 'process.bpf.o')))
    return both(no(`${objectsDir} has no programs`, 'build them: npm run build'));
  try {
    const sensor = startSensor(objectsDir, RING_BYTES);
    try {
      return [yes('loaded, attached and removed again'), tryPolicies(objectsDir, sensor)];
    } finally {
      sensor.close();
    }
  } catch (error) {
    return [refused(error), no('they need the process sensor, which does not run here')];
  }
}

/** As the policy engine does it. Only loads: attached, every system call of the host would pay. */
function tryPolicies(objectsDir: string, sensor: Sensor): Outcome {
  const object = openKernelObject(readFileSync(join(objectsDir, 'syscalls.bpf.o')), 'syscalls');
  try {
    for (const name of SHARED_MAPS) object.reuseMap(name, sensor.sharedMap(name));
    object.load();
    return yes('loaded and removed again');
  } catch (error) {
    return refused(error);
  } finally {
    object.close();
  }
}

function refused(error: unknown): Outcome {
  const { message, remedy } = explainFailure(error);
  return no(message, remedy);
}

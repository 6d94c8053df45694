import type { Process } from '../../events/types.ts';
import { lineageOf } from '../aggregate/lineage.ts';
import { ancestrySteps } from '../inspect/ancestry.ts';
import type { ContainerFacts, Environment, ProcessDescription } from '../inspect/types.ts';
import type { ProcessEntry, ProcessTable } from '../processTable.ts';
import { type Host, numberOf, pidOf } from './hosts.ts';

/** All that events told of a process and its ancestors. @param ktime the exec id's, boot clock ns */
export function describe(
  table: Pick<ProcessTable, 'find' | 'findLive'>,
  hosts: readonly Host[],
  pid: number,
  ktime: bigint,
): ProcessDescription {
  const isThere = (host: Host) => table.find(numberOf(host, pid), ktime + host.toWall);
  // It runs something else by now: then its number and its age tell it.
  const host = hosts.find(isThere) ?? hosts.findLast((one) => table.findLive(numberOf(one, pid)));
  const entries = host ? lineageOf(table, numberOf(host, pid), ktime + host.toWall) : [];
  const lineage = entries.flatMap((entry) => processOf(entry) ?? []);
  const [own, parent] = lineage;
  const environment = { own: environmentOf(own), parent: environmentOf(parent) };
  return {
    lineage,
    steps: ancestrySteps(table, entries, 0n).map((step) => ({
      ...step,
      pid: pidOf(step.pid),
      ktime: step.ktime - (host?.toWall ?? 0n),
    })),
    environment: environment.own || environment.parent ? environment : undefined,
    cgroup: '',
    container: own && containerOf(own),
  };
}

/** Entries of told processes are all that this table has. */
const processOf = (entry: ProcessEntry & { readonly process?: Process }): Process | undefined =>
  entry.process;

const environmentOf = (process: Process | undefined): Environment | undefined =>
  process?.environmentVariables && { variables: process.environmentVariables, isCut: false };

function containerOf({ docker, pod, trigon }: Process): ContainerFacts | undefined {
  const id = trigon?.container?.id ?? pod?.container?.id.replace(/^.*:\/\//, '') ?? docker;
  if (id === undefined || id === '') return undefined;
  return {
    id,
    name: trigon?.container?.name ?? pod?.container?.name ?? '',
    image: trigon?.container?.image ?? pod?.container?.image?.name ?? '',
    pod: pod?.name ?? '',
    namespace: pod?.namespace ?? '',
  };
}

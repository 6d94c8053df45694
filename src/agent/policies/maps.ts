import type { BpfMap, BpfObject } from '../bpf/addon.ts';

/** Maps of syscalls.bpf.o that the engine fills or reads. */
const ENGINE_MAPS = [
  'sites',
  'hooks',
  'selectors',
  'filters',
  'value_specs',
  'policies',
  'policy_counts',
  'counts',
  'exact_values',
  'long_values',
  'prefix_values',
  'trie_values',
  'patterns',
  'expressions',
  'workloads',
  'pending',
  'syscall_sites',
  'answers',
  'marking',
] as const;

/** The others that all objects share: memory of the programs at work, and what they remember. */
const PROGRAM_MAPS = [
  'rates',
  'calls',
  'busy_levels',
  'walks',
  'process_scratch',
  'values',
  'events',
  'pending_scratch',
  'long_keys',
  'socket_owners',
  'marks',
  'hashed',
] as const;

export type EngineMaps = Readonly<Record<(typeof ENGINE_MAPS)[number], BpfMap>>;

export const SHARED_ENGINE_MAPS: readonly string[] = [...ENGINE_MAPS, ...PROGRAM_MAPS];

export const engineMaps = (object: BpfObject): EngineMaps =>
  // fromEntries forgets which keys there are.
  Object.fromEntries(ENGINE_MAPS.map((name) => [name, object.map(name)])) as EngineMaps;

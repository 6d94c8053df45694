import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BpfMap, type BpfObject, isBpfError, openObject } from '../bpf/addon.ts';
import { u32 } from '../bytes.ts';
import { type Sensor, SHARED_MAPS } from '../sensor.ts';
import { SHARED_ENGINE_MAPS } from './maps.ts';

/** Compiled objects with programs that run policies; `syscalls` owns their maps. */
export type ObjectName = 'syscalls' | 'returns' | 'tracepoints' | 'perf' | 'uprobes' | 'cgroup';

/** The kernel's objects, loaded when the first policy needs them and then kept. */
export type KernelObjects = {
  /** Owner of all maps of the engine. */
  readonly owner: BpfObject;
  /**
   * An object with these of its programs, which are attached together: the verifier takes a tenth of a second for each.
   *
   * @throws BpfError when the kernel refuses one; the next call tries again.
   */
  get(name: ObjectName, programs: readonly string[]): BpfObject;
  /** A copy of `tracepoints` that belongs to one site: for kernels without cookies of raw tracepoints. */
  forSite(site: number): BpfObject;
  /** Runs that were skipped because the program was already at work on that CPU. */
  recursionMisses(): number;
  close(): void;
};

type Loaded = { object: BpfObject; programs: readonly string[] };

const OWNER = { name: 'syscalls', programs: ['enter_syscall'] } as const;

/** @throws BpfError when the kernel refuses the owner of the maps. */
export function createKernelObjects(objectsDir: string, sensor: Sensor): KernelObjects {
  const loaded = new Map<string, Loaded>();

  const load = (
    name: ObjectName,
    programs: readonly string[],
    prepare: (object: BpfObject) => void,
  ): BpfObject => {
    const object = openObject(readFileSync(join(objectsDir, `${name}.bpf.o`)), name);
    try {
      for (const map of SHARED_MAPS) reuse(object, map, sensor.sharedMap(map));
      const owner = loaded.get(keyOf(OWNER.name, OWNER.programs))?.object;
      if (owner) for (const map of SHARED_ENGINE_MAPS) reuse(object, map, owner.map(map));
      for (const program of object.programs())
        object.setAutoload(program.name, programs.includes(program.name));
      prepare(object);
      object.load();
      return object;
    } catch (error) {
      object.close();
      throw error;
    }
  };

  const get = (
    key: string,
    name: ObjectName,
    programs: readonly string[],
    prepare: (object: BpfObject) => void = () => {},
  ): BpfObject => {
    const known = loaded.get(key);
    if (known) return known.object;
    const object = load(name, programs, prepare);
    loaded.set(key, { object, programs });
    return object;
  };

  return {
    owner: get(keyOf(OWNER.name, OWNER.programs), OWNER.name, OWNER.programs),
    get: (name, programs) => get(keyOf(name, programs), name, programs),
    forSite: (site) =>
      get(`site ${site}`, 'tracepoints', ['raw_tracepoint'], (copy) =>
        copy.setGlobal('fixed_site', u32(site)),
      ),
    recursionMisses() {
      let misses = 0;
      for (const { object, programs } of loaded.values())
        for (const program of programs)
          misses += Number(object.programInfo(program).recursionMisses);
      return misses;
    },
    close() {
      for (const { object } of loaded.values()) object.close();
    },
  };
}

const keyOf = (name: ObjectName, programs: readonly string[]): string =>
  [name, ...programs].join(' ');

/** Not every object has use for every map. */
function reuse(object: BpfObject, name: string, map: BpfMap): void {
  try {
    object.reuseMap(name, map);
  } catch (error) {
    if (!isBpfError(error) || error.code !== 'BPF_ENOENT') throw error;
  }
}

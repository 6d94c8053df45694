import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BpfMap, type BpfObject, isBpfError } from '../bpf/addon.ts';
import { openKernelObject } from '../host/kernelMemory.ts';
import { type Sensor, SHARED_MAPS } from '../sensor.ts';
import { SHARED_ENGINE_MAPS } from './maps.ts';

/** Compiled objects with programs that run policies; `syscalls` owns their maps. */
export type ObjectName =
  | 'syscalls'
  | 'returns'
  | 'tracepoints'
  | 'perf'
  | 'uprobes'
  | 'cgroup'
  | 'kprobes'
  | 'override'
  | 'trampolines'
  | 'answers'
  | 'hashes';

/** How a program is attached, where its object says it in one way only; 'sets': it may write to the program at hand. */
export type Variant = 'kprobe.multi' | 'uprobe.multi' | 'sets';

/** A copy of an object that is bound to one place before it is loaded. */
export type BoundCopy = {
  program: string;
  /** Of .rodata, by name. */
  globals: Readonly<Record<string, Uint8Array>>;
  /** Kernel function or LSM hook that the program is for; undefined: its kind needs none. */
  target: string | undefined;
};

/** The kernel's objects, loaded when the first policy needs them and then kept. */
export type KernelObjects = {
  /** Owner of all maps of the engine. */
  readonly owner: BpfObject;
  /**
   * An object with these of its programs, which are attached together: the verifier takes a tenth of a second for each.
   *
   * @throws BpfError when the kernel refuses one; the next call tries again.
   */
  get(name: ObjectName, programs: readonly string[], variant?: Variant): BpfObject;
  /** A copy for one place, to be dropped when it is no longer attached. @throws BpfError when the kernel refuses it. */
  bind(name: ObjectName, copy: BoundCopy): BpfObject;
  drop(copy: BpfObject): void;
  /** Runs that were skipped because the program was already at work on that CPU. */
  recursionMisses(): number;
  close(): void;
};

type Loaded = { object: BpfObject; programs: readonly string[] };

const OWNER = { name: 'syscalls', programs: ['enter_syscall'] } as const;

/**
 * @param pulse called between the steps of what takes long: this thread hears nothing meanwhile
 * @throws BpfError when the kernel refuses the owner of the maps.
 */
export function createKernelObjects(
  objectsDir: string,
  sensor: Sensor,
  pulse: () => void,
): KernelObjects {
  const loaded = new Map<string, Loaded>();
  const copies = new Map<BpfObject, readonly string[]>();

  const load = (
    name: ObjectName,
    programs: readonly string[],
    prepare: (object: BpfObject) => void,
  ): BpfObject => {
    pulse();
    const object = openKernelObject(readFileSync(join(objectsDir, `${name}.bpf.o`)), name);
    try {
      for (const map of SHARED_MAPS) reuse(object, map, sensor.sharedMap(map));
      const owner = loaded.get(keyOf(OWNER.name, OWNER.programs))?.object;
      if (owner) for (const map of SHARED_ENGINE_MAPS) reuse(object, map, owner.map(map));
      for (const program of object.programs())
        object.setAutoload(program.name, programs.includes(program.name));
      prepare(object);
      pulse();
      object.load();
      pulse();
      return object;
    } catch (error) {
      object.close();
      throw error;
    }
  };

  const get = (
    name: ObjectName,
    programs: readonly string[],
    variant: Variant | undefined = undefined,
  ): BpfObject => {
    const key = keyOf(name, programs, variant);
    const known = loaded.get(key);
    if (known) return known.object;
    const object = load(name, programs, (opened) => {
      // Only where it is asked for: kernels before 6.13 warn in their log of every program that can.
      if (variant === 'sets') opened.setGlobal('may_write_user', Uint8Array.of(1));
      else if (variant) for (const program of programs) opened.setAttachType(program, variant);
    });
    loaded.set(key, { object, programs });
    return object;
  };

  return {
    owner: get(OWNER.name, OWNER.programs),
    get,
    bind(name, { program, globals, target }) {
      const object = load(name, [program], (copy) => {
        for (const [global, bytes] of Object.entries(globals)) copy.setGlobal(global, bytes);
        if (target !== undefined) copy.setAttachTarget(program, target);
      });
      copies.set(object, [program]);
      return object;
    },
    drop(copy) {
      copies.delete(copy);
      copy.close();
    },
    recursionMisses() {
      let misses = 0;
      const all = [...loaded.values()].map(({ object, programs }) => [object, programs] as const);
      for (const [object, programs] of [...all, ...copies])
        for (const program of programs)
          misses += Number(object.programInfo(program).recursionMisses);
      return misses;
    },
    close() {
      for (const { object } of loaded.values()) object.close();
      for (const object of copies.keys()) object.close();
    },
  };
}

const keyOf = (name: ObjectName, programs: readonly string[], variant?: Variant): string =>
  [name, ...programs, variant ?? ''].join(' ');

/** Not every object has use for every map. */
function reuse(object: BpfObject, name: string, map: BpfMap): void {
  try {
    object.reuseMap(name, map);
  } catch (error) {
    if (!isBpfError(error) || error.code !== 'BPF_ENOENT') throw error;
  }
}

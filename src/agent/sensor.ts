import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordSpan } from '../events/wire/span.ts';
import { tg_lost as LOST } from '../generated/layouts.ts';
import { type BpfLink, type BpfMap, type BpfObject, possibleCpus } from './bpf/addon.ts';
import { u32, u64 } from './bytes.ts';
import { openKernelObject } from './host/kernelMemory.ts';
import type { CgroupRate, LostCounts } from './messages.ts';
import type { RingStats } from './metrics/types.ts';
import type { Wakeful } from './rhythm.ts';

/** The process sensor, loaded and attached: source of all records, and owner of the maps that other objects share. */
export type Sensor = Wakeful & {
  /**
   * Calls `visit` with pending records, whole, valid only during the call, for `ms` at most and some records at least: whoever makes
   * events faster than they are read must not keep the reader busy for ever. What is left is read next time.
   */
  read(visit: (record: RecordSpan) => void, ms: number): RingLook;
  /** From now on the next record wakes whoever waits by `whenFilled`. Programs that run right now may not know yet: look once more. */
  announceSleep(): void;
  /** Fixed parts of the exec records of all running processes that no fork or exec has told of. */
  readSnapshot(): Uint8Array;
  /** Which process is on which terminal: struct tg_on_terminal, one after the other. */
  readTerminals(): Uint8Array;
  sharedMap(name: SharedMap): BpfMap;
  /** Events a cgroup has had of late, by cgroup and CPU: bpf/cgroup_rate.h. */
  cgroupRates(): BpfMap;
  /** Names of programs whose execs were not told: bpf/program_names.h. */
  programNames(): BpfMap;
  readLost(): KernelLost;
  /** Its size. */
  readonly ringBytes: number;
  /** Taken from the ring and not visited yet. */
  heldBytes(): number;
  readRing(): RingStats;
  recursionMisses(): number;
  close(): void;
};

/** What was read of the ring at a time. */
export type RingLook = {
  readonly records: number;
  /** With their headers. */
  readonly bytes: number;
  /** Nothing was left: whatever was told before has been read. */
  readonly isEmpty: boolean;
};

/** What the kernel side counts itself. */
type KernelLost = Omit<LostCounts, 'recursion' | 'queue' | 'clients' | 'exportFile'>;

export type SharedMap =
  | 'records'
  | 'reader_sleeps'
  | 'lost'
  | 'processes'
  | 'control'
  | 'protected_processes'
  | 'own_terminals'
  | 'untold'
  | 'untold_others';

export const SHARED_MAPS: readonly SharedMap[] = [
  'records',
  'reader_sleeps',
  'lost',
  'processes',
  'control',
  'protected_processes',
  'own_terminals',
  'untold',
  'untold_others',
];

/**
 * In the order in which they are attached: whose fork or exec is told ends in sight of `handle_exit`, and whose fork is told execs in
 * sight of `handle_exec`. Who did any of it before is found by the snapshot, which comes last.
 */
const LIVE_PROGRAMS = ['handle_exit', 'handle_exec', 'handle_fork'] as const;

/** The kernel's header in front of each record in the ring (include/uapi/linux/bpf.h: BPF_RINGBUF_HDR_SZ). */
const RING_HEADER = 8;
const DRAIN_BYTES = 1 << 20;

/** Records between two looks at the clock: a few of those that take longest are still no long turn. */
const CLOCK_EVERY = 8;

/** As Tetragon has it. 3 MiB of kernel memory. */
const MAX_CGROUP_RATES = 32_768;

/** What the programs are loaded with, beside the size of their ring: it can't be changed any more. */
export type SensorOptions = {
  /** Environments are read. */
  environment?: boolean;
  /** Absent: no limit. */
  cgroupRate?: CgroupRate | undefined;
};

/** Programs and maps that are in the kernel, attached to nothing: they watch nobody yet. */
export type LoadedSensor = { readonly object: BpfObject };

/**
 * The kernel's verifier looks at the programs: most of what a start takes.
 * @throws BpfError when the kernel refuses them.
 */
export function loadSensor(
  objectsDir: string,
  ringBytes: number,
  { environment = false, cgroupRate }: SensorOptions = {},
): LoadedSensor {
  const object = openKernelObject(readFileSync(join(objectsDir, 'process.bpf.o')), 'process');
  try {
    object.setMaxEntries('records', ringBytes);
    object.setGlobal('read_environment', u32(environment ? 1 : 0));
    object.setGlobal('program_seed', randomBytes(8));
    if (cgroupRate) {
      object.setMaxEntries('cgroup_rates', MAX_CGROUP_RATES);
      object.setGlobal('cgroup_rate_events', u32(cgroupRate.events));
      object.setGlobal('cgroup_rate_interval', u64(BigInt(cgroupRate.intervalMs) * 1_000_000n));
    }
    object.load();
  } catch (error) {
    object.close();
    throw error;
  }
  return { object };
}

/**
 * From now on it watches. Takes the programs over: they are unloaded when it is closed.
 * @throws BpfError when the kernel refuses to attach them.
 */
export function attachSensor({ object }: LoadedSensor): Sensor {
  const links: BpfLink[] = [];
  try {
    for (const program of LIVE_PROGRAMS) links.push(object.attach(program));
  } catch (error) {
    object.close();
    throw error;
  }
  return sensorOn(object);
}

/** @throws BpfError when the kernel refuses the programs. */
export const startSensor = (
  objectsDir: string,
  ringBytes: number,
  options?: SensorOptions,
): Sensor => attachSensor(loadSensor(objectsDir, ringBytes, options));

function sensorOn(object: BpfObject): Sensor {
  const ring = object.map('records').openRing();
  const lost = object.map('lost');
  const readerSleeps = object.map('reader_sleeps');
  const buffer = new ArrayBuffer(DRAIN_BYTES);
  const view = new DataView(buffer);
  /** Moved over the records: nothing is made for each of them. */
  const record = { view, at: 0, length: 0 };
  const found = { last: 0, most: 0, records: 0 };
  /** Of the buffer: what was taken from the ring, and what of it has been visited. */
  let filled = 0;
  let at = 0;
  /** Read since nothing was left in the ring. */
  let stretch = 0;

  /** @returns false: there is nothing */
  const refill = (): boolean => {
    at = 0;
    filled = ring.consume(buffer);
    return filled > 0;
  };

  return {
    read(visit, ms) {
      const end = performance.now() + ms;
      let records = 0;
      let bytes = 0;
      let isEmpty = false;
      do {
        if (at === filled && !refill()) {
          isEmpty = true;
          break;
        }
        const length = view.getUint32(at, true);
        record.at = at + RING_HEADER;
        record.length = length;
        const size = RING_HEADER + ((length + 7) & ~7);
        // First: one that can't be read is not met again.
        at += size;
        bytes += size;
        records += 1;
        visit(record);
        // Reading the clock takes as long as a small record.
      } while (records % CLOCK_EVERY !== 0 || performance.now() < end);
      stretch += bytes;
      // However long the stretch: no more than that can have been there at a time.
      found.last = Math.min(stretch, ring.bytes);
      found.most = Math.max(found.most, found.last);
      found.records += records;
      if (isEmpty) stretch = 0;
      return { records, bytes, isEmpty };
    },
    announceSleep: () => readerSleeps.set(u32(0), u32(1)),
    whenFilled: ring.whenFilled,
    stopWaiting: ring.stopWaiting,
    readSnapshot: () => object.readIterator('snapshot_tasks'),
    readTerminals: () => object.readIterator('list_terminals'),
    sharedMap: (name) => object.map(name),
    cgroupRates: () => object.map('cgroup_rates'),
    programNames: () => object.map('program_names'),
    readLost() {
      const sum = sumPerCpu(lost.get(new Uint8Array(4)), LOST.size);
      return {
        processRing: sum(LOST.at.process_ring),
        policyRing: sum(LOST.at.policy_ring),
        processTable: sum(LOST.at.process_table),
        nested: sum(LOST.at.nested),
        throttled: sum(LOST.at.throttled),
      };
    },
    ringBytes: ring.bytes,
    heldBytes: () => filled - at,
    readRing: () => ({ size: ring.bytes, ...found }),
    recursionMisses: () =>
      LIVE_PROGRAMS.reduce(
        (misses, program) => misses + Number(object.programInfo(program).recursionMisses),
        0,
      ),
    close() {
      ring.close();
      object.close();
    },
  };
}

/** Adds up a counter over the values of all CPUs that a per-CPU map returned. */
export function sumPerCpu(values: Uint8Array | undefined, size: number): (at: number) => number {
  if (!values) return () => 0;
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
  const stride = (size + 7) & ~7;
  const cpus = Math.min(possibleCpus(), Math.floor(values.length / stride));
  return (at) => {
    let sum = 0n;
    for (let cpu = 0; cpu < cpus; cpu++) sum += view.getBigUint64(cpu * stride + at, true);
    return Number(sum);
  };
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tg_lost as LOST } from '../generated/layouts.ts';
import { type BpfLink, type BpfMap, type BpfObject, possibleCpus } from './bpf/addon.ts';
import { u32, u64 } from './bytes.ts';
import { openKernelObject } from './host/kernelMemory.ts';
import type { CgroupRate, LostCounts } from './messages.ts';

/** The process sensor, loaded and attached: source of all records, and owner of the maps that other objects share. */
export type Sensor = {
  /** Calls `visit` with each record that is pending, whole, valid only during the call; returns how many there were. */
  drain(visit: (record: Uint8Array) => void): number;
  /** Fixed parts of the exec records of all running processes that no fork or exec has told of. */
  readSnapshot(): Uint8Array;
  /** Which process is on which terminal: struct tg_on_terminal, one after the other. */
  readTerminals(): Uint8Array;
  sharedMap(name: SharedMap): BpfMap;
  /** Events a cgroup has had of late, by cgroup and CPU: bpf/cgroup_rate.h. */
  cgroupRates(): BpfMap;
  readLost(): Omit<LostCounts, 'recursion' | 'queue'>;
  recursionMisses(): number;
  close(): void;
};

export type SharedMap =
  | 'records'
  | 'lost'
  | 'processes'
  | 'control'
  | 'protected_processes'
  | 'own_terminals';

export const SHARED_MAPS: readonly SharedMap[] = [
  'records',
  'lost',
  'processes',
  'control',
  'protected_processes',
  'own_terminals',
];

const LIVE_PROGRAMS = ['handle_fork', 'handle_exec', 'handle_exit'] as const;

/** The kernel's header in front of each record in the ring (include/uapi/linux/bpf.h: BPF_RINGBUF_HDR_SZ). */
const RING_HEADER = 8;
const DRAIN_BYTES = 1 << 20;

/** As Tetragon has it. 3 MiB of kernel memory. */
const MAX_CGROUP_RATES = 32_768;

export type SensorOptions = {
  /** Environments are read. */
  environment?: boolean;
  /** Absent: no limit. */
  cgroupRate?: CgroupRate | undefined;
};

/** @throws BpfError when the kernel refuses the programs. */
export function startSensor(
  objectsDir: string,
  ringBytes: number,
  { environment = false, cgroupRate }: SensorOptions = {},
): Sensor {
  const object = openKernelObject(readFileSync(join(objectsDir, 'process.bpf.o')), 'process');
  const links: BpfLink[] = [];
  try {
    object.setMaxEntries('records', ringBytes);
    object.setGlobal('read_environment', u32(environment ? 1 : 0));
    if (cgroupRate) {
      object.setMaxEntries('cgroup_rates', MAX_CGROUP_RATES);
      object.setGlobal('cgroup_rate_events', u32(cgroupRate.events));
      object.setGlobal('cgroup_rate_interval', u64(BigInt(cgroupRate.intervalMs) * 1_000_000n));
    }
    object.load();
    for (const program of LIVE_PROGRAMS) links.push(object.attach(program));
  } catch (error) {
    object.close();
    throw error;
  }
  return sensorOn(object);
}

function sensorOn(object: BpfObject): Sensor {
  const ring = object.map('records').openRing();
  const lost = object.map('lost');
  const buffer = new ArrayBuffer(DRAIN_BYTES);
  const bytes = new Uint8Array(buffer);
  const view = new DataView(buffer);

  return {
    drain(visit) {
      let count = 0;
      for (;;) {
        const filled = ring.consume(buffer);
        if (filled === 0) return count;
        for (let at = 0; at < filled; ) {
          const length = view.getUint32(at, true);
          visit(bytes.subarray(at + RING_HEADER, at + RING_HEADER + length));
          count += 1;
          at += RING_HEADER + ((length + 7) & ~7);
        }
      }
    },
    readSnapshot: () => object.readIterator('snapshot_tasks'),
    readTerminals: () => object.readIterator('list_terminals'),
    sharedMap: (name) => object.map(name),
    cgroupRates: () => object.map('cgroup_rates'),
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

import { viewOf } from '../events/wire/view.ts';
import {
  tg_cgroup_cpu as KEY,
  tg_cgroup_rate as RATE,
  tg_throttle_record as THROTTLE,
  tg_throttle_type as TYPE,
} from '../generated/layouts.ts';
import type { BpfMap } from './bpf/addon.ts';
import type { CgroupRate } from './messages.ts';

/**
 * The cgroups whose process records the kernel side holds back (bpf/cgroup_rate.h). There each CPU counts on its own and begins to
 * hold back on its own; here a cgroup counts as throttled from the first such CPU until none is over the limit.
 */
export type Throttles = {
  /** Takes a tg_throttle_record; false when its cgroup is throttled already. */
  begin(record: Uint8Array): boolean;
  /**
   * Lets records of those cgroups flow again that are below the limit on all CPUs.
   * @param now boot clock, ns
   * @returns a tg_throttle_record of type TG_THROTTLE_STOP for each of them
   */
  endQuiet(now: bigint): Uint8Array[];
};

/**
 * @param rates the map `cgroup_rates`
 * @param cpus CPUs that may run programs, counted from 0
 */
export function createThrottles(
  rates: Pick<BpfMap, 'get' | 'delete'>,
  limit: CgroupRate,
  cpus: number,
): Throttles {
  const interval = limit.intervalMs * 1e6;
  /** By cgroup id: the record that told of the first CPU. */
  const throttled = new Map<bigint, Uint8Array>();

  const endIfQuiet = (cgroup: bigint, now: bigint): boolean => {
    const held: Uint8Array[] = [];
    for (let cpu = 0; cpu < cpus; cpu++) {
      const key = keyOf(cgroup, cpu);
      const rate = rates.get(key);
      if (!rate) continue;
      if (recordsInInterval(rate, interval, now) > limit.events) return false;
      if (viewOf(rate).getUint32(RATE.at.throttled, true) !== 0) held.push(key);
    }
    // The others stay: a program that is about to mark one as throttled must not find another cgroup's count in its place.
    for (const key of held) rates.delete(key);
    return true;
  };

  return {
    begin(record) {
      const cgroup = viewOf(record).getBigUint64(THROTTLE.at.cgroup_id, true);
      if (throttled.has(cgroup)) return false;
      throttled.set(cgroup, record.slice());
      return true;
    },
    endQuiet(now) {
      const stops: Uint8Array[] = [];
      for (const [cgroup, start] of throttled) {
        if (!endIfQuiet(cgroup, now)) continue;
        throttled.delete(cgroup);
        stops.push(stopRecord(start, now));
      }
      return stops;
    },
  };
}

function keyOf(cgroup: bigint, cpu: number): Uint8Array {
  const key = new Uint8Array(KEY.size);
  const view = viewOf(key);
  view.setBigUint64(KEY.at.cgroup, cgroup, true);
  view.setUint32(KEY.at.cpu, cpu, true);
  return key;
}

/** Records in the interval that ends now, as the kernel side estimates them (bpf/cgroup_rate.h: records_in_interval). */
function recordsInInterval(rate: Uint8Array, interval: number, now: bigint): number {
  const view = viewOf(rate);
  const elapsed = Number(now - view.getBigUint64(RATE.at.begin, true));
  const count = view.getUint32(RATE.at.count, true);
  if (elapsed < interval)
    return count + view.getUint32(RATE.at.before, true) * (1 - elapsed / interval);
  // Nothing has come since: the kernel side begins a new interval only with the next record.
  return count * Math.max(0, 2 - elapsed / interval);
}

function stopRecord(start: Uint8Array, now: bigint): Uint8Array {
  const record = start.slice();
  const view = viewOf(record);
  view.setUint32(THROTTLE.at.type, TYPE.TG_THROTTLE_STOP, true);
  view.setBigUint64(THROTTLE.at.head.ktime, now, true);
  return record;
}

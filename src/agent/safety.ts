import { viewOf } from '../events/wire/view.ts';
import { tg_on_terminal as ENTRY } from '../generated/layouts.ts';
import { clock } from './bpf/addon.ts';
import { readU32, readU64, u32, u64 } from './bytes.ts';
import { findGuarded } from './guard.ts';
import type { Sensor } from './sensor.ts';

/** The main thread sends a heartbeat every second; enforcement ends when two are missing. */
const DEADLINE_MS = 3000;

/** What keeps enforcement harmless to ourselves: kept in kernel maps, so that it holds also when we hang or die. */
export type Safety = {
  /** Looks up anew which processes no action may hit: `own`, and what hangs on them (guard.ts). */
  protect(): void;
  /** Whether the deadline has passed: we were stopped, or the main thread hung. */
  hasLapsed(): boolean;
  /** Postpones the moment past which every policy is in monitor mode. */
  renewDeadline(): void;
};

/** @param own Trigon's processes as of now: screens come and go */
export function createSafety(
  sensor: Pick<Sensor, 'sharedMap' | 'readTerminals'>,
  own: () => readonly number[],
): Safety {
  const protectedProcesses = sensor.sharedMap('protected_processes');
  const ownTerminals = sensor.sharedMap('own_terminals');
  const control = sensor.sharedMap('control');
  let deadline = 0n;

  /** What runs on these terminals is spared by the kernel side from its first moment on. */
  const protectTerminals = () => {
    const missing = terminalsOf(sensor.readTerminals(), own());
    for (const { key } of ownTerminals.entries())
      if (!missing.delete(readU64(key))) ownTerminals.delete(key);
    for (const terminal of missing) ownTerminals.set(u64(terminal), u32(1));
  };

  return {
    hasLapsed: () => clock().boot >= deadline,
    protect() {
      protectTerminals();
      const missing = findGuarded(own()).session;
      for (const { key, value } of protectedProcesses.entries()) {
        const ticks = missing.get(readU32(key));
        if (ticks === undefined) protectedProcesses.delete(key);
        // The same process as before: most of them, every time.
        else if (BigInt(ticks) === readU64(value)) missing.delete(readU32(key));
      }
      for (const [pid, ticks] of missing) protectedProcesses.set(u32(pid), u64(BigInt(ticks)));
    },
    renewDeadline() {
      deadline = clock().boot + BigInt(DEADLINE_MS) * 1_000_000n;
      control.set(u32(0), u64(deadline));
    },
  };
}

/** Terminals of these processes, from the iterator's entries. */
function terminalsOf(entries: Uint8Array, own: readonly number[]): Set<bigint> {
  const terminals = new Set<bigint>();
  const view = viewOf(entries);
  for (let at = 0; at + ENTRY.size <= entries.length; at += ENTRY.size)
    if (own.includes(view.getUint32(at + ENTRY.at.tgid, true)))
      terminals.add(view.getBigUint64(at + ENTRY.at.terminal, true));
  return terminals;
}

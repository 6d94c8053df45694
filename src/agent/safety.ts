import { viewOf } from '../events/wire/view.ts';
import { tg_on_terminal as ENTRY } from '../generated/layouts.ts';
import { type Beats, readBeats } from './beats.ts';
import { clock } from './bpf/addon.ts';
import { readU32, readU64, u32, u64 } from './bytes.ts';
import { findGuarded } from './guard.ts';
import type { Sensor } from './sensor.ts';

/** The main thread beats every second; enforcement ends when two beats are missing. */
const DEADLINE_NS = 3_000_000_000n;

/** What keeps enforcement harmless to ourselves: kept in kernel maps, so that it holds also when we hang or die. */
export type Safety = {
  /** Looks up anew which processes no action may hit: `own`, and what hangs on them (guard.ts). */
  protect(): void;
  /** Whether the deadline has passed: we were stopped, or the main thread hung. */
  hasLapsed(): boolean;
  /** Begins anew: at the start, and when whatever was armed before the deadline passed has been taken back to monitor. */
  renewDeadline(): void;
  /**
   * Postpones the moment past which every policy is in monitor mode, if the main thread has beaten since that was last done. What has
   * lapsed stays so. Costs next to nothing: to be called between any two steps of work that keeps this thread from its messages.
   */
  pulse(): void;
};

/**
 * @param own Trigon's processes as of now: screens come and go
 * @param beats of the main thread
 */
export function createSafety(
  sensor: Pick<Sensor, 'sharedMap' | 'readTerminals'>,
  own: () => readonly number[],
  beats: Beats,
): Safety {
  const protectedProcesses = sensor.sharedMap('protected_processes');
  const ownTerminals = sensor.sharedMap('own_terminals');
  const control = sensor.sharedMap('control');
  let deadline = 0n;
  /** Of the beats, when the deadline was last postponed. */
  let seen = readBeats(beats);

  /** @param now as the boot clock was when it was found that enforcement may go on */
  const postpone = (now: bigint) => {
    deadline = now + DEADLINE_NS;
    control.set(u32(0), u64(deadline));
  };

  const pulse = () => {
    const count = readBeats(beats);
    if (count === seen) return;
    // Read once: should we be stopped right here, for a minute, what is written afterwards has passed, and brings nothing back.
    const now = clock().boot;
    if (now >= deadline) return;
    seen = count;
    postpone(now);
  };

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
      const missing = findGuarded(own(), pulse).session;
      for (const { key, value } of protectedProcesses.entries()) {
        const ticks = missing.get(readU32(key));
        if (ticks === undefined) protectedProcesses.delete(key);
        // The same process as before: most of them, every time.
        else if (BigInt(ticks) === readU64(value)) missing.delete(readU32(key));
      }
      for (const [pid, ticks] of missing) protectedProcesses.set(u32(pid), u64(BigInt(ticks)));
    },
    renewDeadline() {
      seen = readBeats(beats);
      postpone(clock().boot);
    },
    pulse,
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

/** A policy's: off leaves nothing attached. */
export type Mode = 'off' | 'monitor';

const ORDER = ['off', 'monitor', 'monitor', 'off'] as const;

/**
 * Measures in each mode twice, around the other or within it, so that a machine which gets steadily faster or slower meanwhile
 * changes nothing. Ends with the policy off.
 */
export async function measureRound<T>(
  setMode: (mode: Mode) => Promise<void>,
  measure: () => Promise<T>,
): Promise<Record<Mode, readonly T[]>> {
  const of: Record<Mode, T[]> = { off: [], monitor: [] };
  for (const mode of ORDER) {
    await setMode(mode);
    of[mode].push(await measure());
  }
  return of;
}

/** Nanoseconds of CPU, over the measurements of a mode. */
export const meanCpu = (costs: readonly { readonly cpuNs: number }[]): number =>
  costs.reduce((sum, { cpuNs }) => sum + cpuNs, 0) / costs.length;

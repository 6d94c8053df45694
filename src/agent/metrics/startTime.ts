/** Ns; of the boot clock, which goes on while the host sleeps, and of the wall clock, which somebody may set. */
export type ClockReading = { readonly boot: bigint; readonly real: bigint };

/** Less than that, and nobody has set the clock: it was only read at two moments. */
const SET_MS = 2000;

/**
 * When this process began, in ms by the wall clock as it is now: somebody may have set it. What stays the same is told the same, to
 * the millisecond; a host that sleeps changes nothing.
 * @param uptime seconds that this process runs
 */
export function createStartTime(
  read: () => ClockReading,
  uptime: () => number = () => process.uptime(),
): () => number {
  const startedAtBoot = Number(read().boot) / 1e6 - uptime() * 1000;
  let told = Number.NaN;
  return () => {
    const { boot, real } = read();
    const wall = Number(real - boot) / 1e6 + startedAtBoot;
    if (!(Math.abs(wall - told) < SET_MS)) told = wall;
    return told;
  };
}

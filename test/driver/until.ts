/** Long enough for a busy machine: it only ends a failing test. An emulated one is given more. */
export const LIMIT_MS = Number(process.env.TRIGON_TEST_LIMIT_MS ?? 40_000);

/** For a whole start of the program: it compiles, asks the kernel for its types, and loads dozens of programs. */
export const START_LIMIT_MS = 2 * LIMIT_MS;

/** Polls until the condition gives a value that is truthy, and returns that; undefined when the limit passed first. */
export async function until<T>(
  condition: () => T | Promise<T>,
  { limitMs = LIMIT_MS, everyMs = 20 }: { limitMs?: number; everyMs?: number } = {},
): Promise<T | undefined> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > deadline) return undefined;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

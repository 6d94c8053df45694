/** Numbers that look random and are the same in every run (mulberry32): a test that fails, fails again. */
export function createRandom(seed: number): { below(end: number): number; u64(): bigint } {
  let state = seed;
  const u32 = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return {
    below: (end) => u32() % end,
    u64: () => (BigInt(u32()) << 32n) | BigInt(u32()),
  };
}

/** Picks one of several. */
export function choices(seed: number): <T>(from: readonly T[]) => T {
  const { below } = createRandom(seed);
  // There is one at each of these places.
  return <T>(from: readonly T[]) => from[below(from.length)] as T;
}

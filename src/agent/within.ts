/** Waits for something, for so many ms at most: a disk or a peer may never answer. */
export async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, limitMs);
  try {
    await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}

/** Bytes, or what is made of them, taken piece by piece by who can use them. */
export type Pull<T> = {
  /**
   * The next piece; undefined: that was all. Not to be called again before it has settled. Resolves with undefined when it is closed
   * meanwhile.
   *
   * @throws what went wrong with reading
   */
  next(): Promise<T | undefined>;
  close(): void;
};

/** Somebody waits here until somebody else says that something has changed. */
export type Bell = {
  ring(): void;
  /** Resolves at the next ring, or at once when it has rung since the last wait was over. */
  wait(): Promise<void>;
};

export function createBell(): Bell {
  let hasRung = false;
  let waiting: PromiseWithResolvers<void> | undefined;
  return {
    ring() {
      hasRung = true;
      waiting?.resolve();
    },
    async wait() {
      if (!hasRung) {
        waiting ??= Promise.withResolvers<void>();
        await waiting.promise;
      }
      waiting = undefined;
      hasRung = false;
    },
  };
}

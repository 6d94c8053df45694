/** Screens number their requests each for itself: on the way to the agent a request gets a number of ours. */
export type PendingAnswers<Screen> = {
  /** @returns the number that its answer will have */
  ask(screen: Screen, request: number): number;
  /** Whose answer this is, and its number there; undefined: nobody's of ours. */
  answered(number: number): { readonly screen: Screen; readonly request: number } | undefined;
  forget(screen: Screen): void;
};

/** The main thread counts from 1. */
const FIRST = 2 ** 31;
const LAST = 2 ** 32 - 1;
/** Some are never answered: what is refused is told in a notice. */
const MOST = 1024;

export function createPendingAnswers<Screen>(): PendingAnswers<Screen> {
  const pending = new Map<number, { screen: Screen; request: number }>();
  let last = FIRST;
  return {
    ask(screen, request) {
      last = last === LAST ? FIRST : last + 1;
      pending.set(last, { screen, request });
      const [oldest] = pending.keys();
      if (pending.size > MOST && oldest !== undefined) pending.delete(oldest);
      return last;
    },
    answered(number) {
      const found = pending.get(number);
      pending.delete(number);
      return found;
    },
    forget(screen) {
      for (const [number, asked] of pending) if (asked.screen === screen) pending.delete(number);
    },
  };
}

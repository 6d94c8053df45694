/** Which containers were asked about: each once, however many processes it has. */
export type AskedContainers = {
  /** True once: it must be asked about now. */
  isNew(id: string): boolean;
  /** All is known about it that will be. */
  isSettled(id: string): boolean;
  settle(id: string): void;
  /** Its question was lost: the next process in it brings another. */
  forget(id: string): void;
  /** All questions under way were lost. @returns their ids */
  reset(): string[];
};

/** As many as there are facts: factBook.ts. */
const MOST = 8192;
/** Questions under way: more would only wait in a queue. */
const MOST_OPEN = 4096;

export function createAskedContainers(): AskedContainers {
  /** Settled or not, the oldest first. */
  const asked = new Map<string, boolean>();
  let open = 0;

  const remove = (id: string) => {
    if (asked.get(id) === false) open -= 1;
    asked.delete(id);
  };

  return {
    isNew(id) {
      if (asked.has(id) || open >= MOST_OPEN) return false;
      const [oldest] = asked.keys();
      if (asked.size >= MOST && oldest !== undefined) remove(oldest);
      asked.set(id, false);
      open += 1;
      return true;
    },
    isSettled: (id) => asked.get(id) === true,
    settle(id) {
      if (asked.get(id) !== false) return;
      open -= 1;
      asked.set(id, true);
    },
    forget: remove,
    reset() {
      const lost = [...asked].flatMap(([id, isSettled]) => (isSettled ? [] : [id]));
      for (const id of lost) remove(id);
      return lost;
    },
  };
}

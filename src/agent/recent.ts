/** A map that keeps so many entries: those that were used last. */
export type Recent<K, V> = {
  get(key: K): V | undefined;
  has(key: K): boolean;
  set(key: K, value: V): void;
};

export function createRecent<K, V>(limit: number): Recent<K, V> {
  // In the order of their last use: a Map keeps the order in which keys came.
  const entries = new Map<K, V>();
  const use = (key: K): boolean => {
    if (!entries.has(key)) return false;
    const value = entries.get(key) as V;
    entries.delete(key);
    entries.set(key, value);
    return true;
  };
  return {
    get: (key) => (use(key) ? entries.get(key) : undefined),
    has: use,
    set(key, value) {
      entries.delete(key);
      entries.set(key, value);
      for (const oldest of entries.keys()) {
        if (entries.size <= limit) break;
        entries.delete(oldest);
      }
    },
  };
}

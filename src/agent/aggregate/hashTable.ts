/** Something that is found by several parts of it: their hash, and the next one that has the same. */
export type Hashed<T> = { readonly hash: number; nextAlike: T | undefined };

/**
 * Things by a hash of 32 bits. Where a Map wants its key as one value, a text made of parts say, here nothing is made to find one:
 * whoever looks compares the parts with those of each thing that has the hash.
 */
export type HashTable<T extends Hashed<T>> = {
  readonly size: number;
  /** The first that has this hash; the others follow by `nextAlike`. */
  first(hash: number): T | undefined;
  add(item: T): void;
  remove(item: T): void;
  /** In the order in which they were added. */
  values(): Iterable<T>;
};

export function createHashTable<T extends Hashed<T>>(): HashTable<T> {
  const chains = new Map<number, T>();
  const items = new Set<T>();

  return {
    get size() {
      return items.size;
    },
    first: (hash) => chains.get(hash),
    add(item) {
      item.nextAlike = chains.get(item.hash);
      chains.set(item.hash, item);
      items.add(item);
    },
    remove(item) {
      if (!items.delete(item)) return;
      const first = chains.get(item.hash);
      if (first !== item) {
        let before = first;
        while (before && before.nextAlike !== item) before = before.nextAlike;
        if (before) before.nextAlike = item.nextAlike;
      } else if (item.nextAlike) chains.set(item.hash, item.nextAlike);
      else chains.delete(item.hash);
      item.nextAlike = undefined;
    },
    values: () => items.values(),
  };
}

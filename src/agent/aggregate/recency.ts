/** Something that knows its neighbours in the order in which things were last seen. */
export type Seen<T> = { older: T | undefined; newer: T | undefined };

/**
 * Things in the order in which they were last seen. Moving one to the front is a few assignments, where a Map that is used so
 * costs two hashes and leaves holes (see fifo.ts).
 */
export type Recency<T extends Seen<T>> = {
  readonly oldest: T | undefined;
  /** It is the newest from now on, whether it was in here or not. */
  touch(item: T): void;
  remove(item: T): void;
};

export function createRecency<T extends Seen<T>>(): Recency<T> {
  let oldest: T | undefined;
  let newest: T | undefined;

  const remove = (item: T) => {
    const { older, newer } = item;
    if (older) older.newer = newer;
    else if (oldest === item) oldest = newer;
    if (newer) newer.older = older;
    else if (newest === item) newest = older;
    item.older = undefined;
    item.newer = undefined;
  };

  return {
    get oldest() {
      return oldest;
    },
    touch(item) {
      if (item === newest) return;
      remove(item);
      item.older = newest;
      if (newest) newest.newer = item;
      newest = item;
      oldest ??= item;
    },
    remove,
  };
}

/**
 * Takes the first entries away, of a Map or Set that is used as a queue. Many at once: one whose first key is taken away again and
 * again is slow (see fifo.ts).
 */
export function dropOldest(keys: Pick<Set<string>, 'keys' | 'delete'>, count: number): void {
  let left = count;
  for (const key of keys.keys()) {
    if (left === 0) return;
    left -= 1;
    keys.delete(key);
  }
}

/** Bytes of a piece, and of one thing that is more than a piece by itself. */
export type PieceLimits = {
  readonly most: number;
  /** By default a piece's. */
  readonly mostOfOne?: number;
};

/**
 * Things in the order in which they come, in pieces of at most so many bytes (of JSON): what is passed on or written at once stays
 * small, however much there is of it. Made as they are asked for.
 *
 * @param onTooLarge one is left out
 */
export function* inPieces<Item>(
  items: Iterable<Item>,
  { most, mostOfOne = most }: PieceLimits,
  onTooLarge: (item: Item) => void = () => {},
): Generator<Item[], undefined> {
  let piece: Item[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = sizeOf(item);
    if (size > mostOfOne) {
      onTooLarge(item);
      continue;
    }
    if (piece.length > 0 && bytes + size > most) {
      yield piece;
      piece = [];
      bytes = 0;
    }
    piece.push(item);
    bytes += size;
  }
  if (piece.length > 0) yield piece;
}

/** As JSON, with the comma; 64-bit integers as recordings have them. */
const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value, widened)) + 1;

const widened = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? { $int: String(value) } : value;

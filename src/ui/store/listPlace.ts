/**
 * Where a list stands whose rows come, go and change their order: the cursor belongs to a row's key, not to its number. Pure
 * arithmetic, so that it can be tested without a screen.
 */
export type ListPlace = {
  /** Of the row that keys act on; undefined: the first row, whichever it is. */
  readonly key: string | undefined;
  /** Where that row was when last looked at. */
  readonly index: number;
  /** The first row shown. */
  readonly top: number;
};

export const FIRST_PLACE: ListPlace = { key: undefined, index: 0, top: 0 };

export type ListRange = {
  readonly length: number;
  /** Rows that can be shown. */
  readonly rows: number;
  /** Rows above the cursor that come and go don't move it on the screen; else the list stands and the cursor moves. */
  readonly anchored: boolean;
};

/** Fits the place to what is there. `index`: where the cursor's row is now; undefined: gone, then its neighbour is taken. */
export function settlePlace(
  place: ListPlace,
  index: number | undefined,
  { length, rows, anchored }: ListRange,
  keyAt: (index: number) => string | undefined,
): ListPlace {
  const last = Math.max(length - 1, 0);
  if (place.key === undefined) return FIRST_PLACE;
  const at = Math.min(index ?? place.index, last);
  const shift = anchored && index !== undefined ? index - place.index : 0;
  const top = scrollTop(place.top + shift, at, { length, rows });
  return { key: keyAt(at) ?? place.key, index: at, top };
}

/** The first row shown: as near to `top` as it can be with the cursor's row in sight and no room left empty below the last one. */
export function scrollTop(
  top: number,
  cursor: number,
  { length, rows }: Pick<ListRange, 'length' | 'rows'>,
): number {
  const room = Math.max(rows, 1);
  return Math.min(Math.max(top, cursor - room + 1, 0), cursor, Math.max(0, length - room));
}

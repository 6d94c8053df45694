import type { CommandId } from '../commands.ts';
import { type ListPlace, type ListRange, settlePlace } from '../store/listPlace.ts';
import { moveIn, moveOf } from './pane.ts';

/** The rows of a list as far as its cursor cares. */
export type KeyedRows = {
  readonly length: number;
  keyAt(index: number): string | undefined;
  /** undefined: not there any more. */
  indexOf(key: string): number | undefined;
};

/** Fits the place to the rows of now. */
export function settleIn(
  place: ListPlace,
  rows: KeyedRows,
  range: Omit<ListRange, 'length'>,
): ListPlace {
  const index = place.key === undefined ? 0 : rows.indexOf(place.key);
  return settlePlace(place, index, { ...range, length: rows.length }, rows.keyAt);
}

/** The place with its cursor on another row. */
export function placeAt(
  place: ListPlace,
  index: number,
  rows: KeyedRows,
  range: Omit<ListRange, 'length'>,
): ListPlace {
  const key = rows.keyAt(index);
  if (key === undefined) return place;
  // `index` beside `key`: it was the cursor that moved, not the row.
  return settleIn({ key, index, top: place.top }, rows, range);
}

/** What a moving command makes of the place; undefined when it is no moving command. */
export function movePlace(
  place: ListPlace,
  command: CommandId,
  rows: KeyedRows,
  range: Omit<ListRange, 'length'>,
): ListPlace | undefined {
  const move = moveOf(command, range.rows);
  if (!move) return undefined;
  const settled = settleIn(place, rows, range);
  return placeAt(settled, moveIn(settled.index, rows.length, move), rows, range);
}

import type { Held } from '../store/filterIndex.ts';
import type { Mark, Marks } from '../store/marks.ts';
import type { StreamPlace } from './streamPlace.ts';

type Place = Pick<StreamPlace, 'sequence' | 'view' | 'settle' | 'pausedFrom'>;

/** The marks between the rows of the stream, when it has so many rows; those behind the last event too, when that is shown. */
export function marksIn(marks: Marks, place: Place, store: Held, rows: number): readonly Mark[] {
  const { sequence, pausedFrom } = place;
  const { top, pausedAt } = place.view;
  const end = pausedAt ?? sequence.next;
  const before = top <= sequence.first ? undefined : sequence.numberAt(top - 1);
  const last = top + rows >= end ? (pausedFrom ?? store.next) : sequence.numberAt(top + rows - 1);
  return marks.between(before === undefined ? store.first : before + 1, last ?? store.next);
}

/** Rows of events that `height` lines have beside the marks between them; the place is fitted to them. */
export function rowsBeside(marks: Marks, place: Place, store: Held, height: number): number {
  const rowsWithout = (rows: number) => {
    place.settle(rows);
    return Math.max(1, height - marksIn(marks, place, store, rows).length);
  };
  // Fewer rows may show fewer marks, which leaves more rows: what is then too much is cut off.
  return rowsWithout(rowsWithout(height));
}

type Row = { readonly number: number; readonly line: string; readonly isCursor: boolean };

/** The rows with the marks between them, in at most `height` lines, with the cursor among them. */
export function withMarks(
  rows: readonly Row[],
  marks: readonly Mark[],
  {
    height,
    isFollowing,
    lineOf,
  }: { height: number; isFollowing: boolean; lineOf(mark: Mark): string },
): string[] {
  const lines: string[] = [];
  let cursor = 0;
  let at = 0;
  for (const row of rows) {
    for (let mark = marks[at]; mark && mark.before <= row.number; mark = marks[at]) {
      lines.push(lineOf(mark));
      at += 1;
    }
    if (row.isCursor) cursor = lines.length;
    lines.push(row.line);
  }
  lines.push(...marks.slice(at).map(lineOf));
  const excess = Math.max(0, lines.length - height);
  const cut = isFollowing ? excess : Math.min(excess, Math.max(0, cursor - height + 1));
  return lines.slice(cut, cut + height);
}

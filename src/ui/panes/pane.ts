import type { Topic } from '../../agent/messages.ts';
import type { FieldTable, FilterSubject } from '../../events/filter/language.ts';
import type { ColumnChoice } from '../columnChoice.ts';
import type { CommandId, View } from '../commands.ts';
import type { CopyChoice } from '../copyChoice.ts';
import type { SaveFormat } from '../save/formats.ts';
import type { Subject } from '../subject.ts';

export type PaneSize = { width: number; height: number };

/** One view: what it shows, and what keys do in it. It keeps its own place (cursor, scrolling, order) between visits. */
export type Pane = {
  readonly id: View;
  /** What the agent must send while the view is shown. */
  readonly topics: readonly Topic[];
  /** The finished lines of the view, at most `height`; called for each paint, so it must be cheap when nothing has changed. */
  lines(size: PaneSize): string[];
  /** For the right end of the footer. */
  position(size: PaneSize): string;
  /** Carries out a command; false when it isn't one of this view's. */
  run(command: CommandId, size: PaneSize): boolean;
  /** Forgets finished lines: the screen is drawn anew. */
  invalidate(): void;
  /** What the cursor is on, for its detail and for copying; the cursor then stays there. undefined: on nothing. */
  pick?(size: PaneSize): Subject | undefined;
  /** The filter of the stream that shows the events of the row with the cursor. undefined: there is no row. */
  events?(): string | undefined;
  /**
   * A click on a line, both from 0: moves the cursor there, or sorts by the title. 'again': the cursor was there already; undefined:
   * nothing lies there.
   */
  click?(line: number, column: number, size: PaneSize): 'moved' | 'again' | 'sorted' | undefined;
  /** The row that keys act on, in words, for who can't see it; undefined: there is none. */
  current?(size: PaneSize): string | undefined;
  /** Takes away what lies over the rows; false: nothing does, and Esc goes on to the filter. */
  back?(): boolean;
  /** What all that the view shows can be saved as, and then, if there are any, the tagged rows. */
  save?(): readonly SaveFormat[];
  /** A view that can be narrowed has this. */
  readonly filter?: PaneFilter;
  /** A view whose rows can be searched has this. */
  readonly find?: PaneFind;
  /** A view whose order can be chosen has this. */
  readonly sorting?: PaneSorting;
  /** Columns that can be hidden, in their order. */
  readonly columns?: readonly ColumnChoice[];
  /** What there is to copy of the row with the cursor, where that is neither an event nor a process. undefined: there is no row. */
  copies?(): readonly CopyChoice[] | undefined;
  /** What there is to copy of all tagged rows; nothing without any. */
  taggedCopies?(): readonly CopyChoice[];
};

export type PaneSorting = {
  /** In the order of the columns. `isHidden`: it is shown only while it is the one that is sorted by. */
  columns(): readonly { readonly id: string; readonly name: string; readonly isHidden: boolean }[];
  current(): { readonly column: string; readonly descending: boolean };
  /** Sorts by a column, the way that is natural for it; when it is that column already, the other way round. */
  by(column: string): void;
  reverse(): void;
};

export type PaneFilter = {
  /** '' without a filter. */
  text(): string;
  /** '' takes it away. */
  set(text: string): void;
  /** Without one what is typed is a search of the view's own. */
  readonly language?: FilterLanguage;
  /** Brings back the filter and the place of now: for when what is typed is given up. Without it only the text is brought back. */
  keep?(): () => void;
};

/** What filters of a view can ask for. */
export type FilterLanguage = {
  readonly fields: FieldTable;
  /** The rows, those first that the operator most likely means: for completion, which looks at some of them. */
  subjects(): Iterable<FilterSubject>;
};

/** What a text is looked for in. */
export type PaneFind = {
  readonly fields: FieldTable;
  /** Lines of titles above the rows. */
  readonly head: number;
  /** The rows as they stand now. */
  rows(size: PaneSize): FindRows;
};

/** Rows or lines by their positions. */
export type FindRows = {
  readonly first: number;
  readonly next: number;
  /** The cursor's position. */
  readonly at: number;
  /** The view follows what is newest: the search begins there and goes back. */
  readonly isFollowing: boolean;
  subject(position: number): FilterSubject | undefined;
  goTo(position: number): void;
};

export type Move = { by: number } | { to: 'first' | 'last' };

/** What a moving command means for a list of `height` rows; undefined for all others. */
export function moveOf(command: CommandId, height: number): Move | undefined {
  const page = Math.max(1, height - 1);
  const half = Math.ceil(page / 2);
  switch (command) {
    case 'move.up':
      return { by: -1 };
    case 'move.down':
      return { by: 1 };
    case 'move.pageUp':
      return { by: -page };
    case 'move.pageDown':
      return { by: page };
    case 'move.halfUp':
      return { by: -half };
    case 'move.halfDown':
      return { by: half };
    case 'move.first':
      return { to: 'first' };
    case 'move.last':
      return { to: 'last' };
    default:
      return undefined;
  }
}

/** Where a move leads from `at` in a list of `length`. */
export function moveIn(at: number, length: number, move: Move): number {
  const last = Math.max(length - 1, 0);
  if ('to' in move) return move.to === 'first' ? 0 : last;
  return Math.min(Math.max(at + move.by, 0), last);
}

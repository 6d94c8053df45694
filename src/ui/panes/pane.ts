import type { Topic } from '../../agent/messages.ts';
import type { CommandId, View } from '../commands.ts';
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
  /** A view that can be narrowed has this. */
  readonly filter?: PaneFilter;
};

export type PaneFilter = {
  /** '' without a filter. */
  text(): string;
  /** '' takes it away. */
  set(text: string): void;
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

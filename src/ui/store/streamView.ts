/**
 * Where the stream view stands: pure arithmetic on positions in a sequence of events (filterIndex.ts), so that it can be tested
 * without a screen.
 */
export type StreamView = {
  /** Newest events come into view by themselves. */
  follow: boolean;
  /** Position of the event that keys act on. */
  cursor: number;
  /** Position of the first event shown, when not following. */
  top: number;
  /** Pause: events from this position on are not shown; undefined: live. */
  pausedAt: number | undefined;
  /** Resuming goes to the newest event: it was in view when the pause began. */
  resumeFollows: boolean;
};

/** The positions that can be shown, and how many rows there are. */
export type StreamRange = { first: number; next: number; rows: number };

export const INITIAL_STREAM_VIEW: StreamView = {
  follow: true,
  cursor: 0,
  top: 0,
  pausedAt: undefined,
  resumeFollows: false,
};

/** Fits the view to what is there: after new events, evictions and resizes. */
export function settle(view: StreamView, range: StreamRange): StreamView {
  const end = view.pausedAt ?? range.next;
  const last = Math.max(end - 1, range.first);
  if (view.follow) return { ...view, cursor: last, top: Math.max(range.first, end - range.rows) };
  const cursor = clamp(view.cursor, range.first, last);
  const highestTop = Math.max(range.first, end - range.rows);
  const top = clamp(view.top, Math.max(range.first, cursor - range.rows + 1), cursor);
  return { ...view, cursor, top: Math.min(top, highestTop) };
}

/** Moves the cursor; moving up stops following, reaching the newest event by moving does not resume it. */
export function moveCursor(view: StreamView, by: number, range: StreamRange): StreamView {
  const settled = settle(view, range);
  if (by >= 0 && view.follow) return settled;
  return settle({ ...settled, follow: false, cursor: settled.cursor + by }, range);
}

export function toFirst(view: StreamView, range: StreamRange): StreamView {
  return settle({ ...view, follow: false, cursor: range.first, top: range.first }, range);
}

/** To the newest event, and follow. */
export function toLast(view: StreamView, range: StreamRange): StreamView {
  return settle({ ...view, follow: true }, range);
}

export function togglePause(view: StreamView, range: StreamRange): StreamView {
  if (view.pausedAt === undefined)
    return settle({ ...view, pausedAt: range.next, resumeFollows: view.follow }, range);
  const follow = view.follow || view.resumeFollows;
  return settle({ ...view, pausedAt: undefined, follow }, range);
}

/** The same place in another sequence, after a filter was set or taken away: the cursor stays in its row if it can. */
export function placeAt(
  view: StreamView,
  cursor: number,
  pausedAt: number | undefined,
): StreamView {
  return { ...view, cursor, top: cursor - (view.cursor - view.top), pausedAt };
}

/** Events that came after the last one shown. */
export function newerThanShown(view: StreamView, range: StreamRange): number {
  const settled = settle(view, range);
  const end = Math.min(settled.top + range.rows, settled.pausedAt ?? range.next);
  return Math.max(0, range.next - end);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

import { filterSubject } from '../../events/filter/fields.ts';
import { type EventContext, readEvent } from '../../events/wire/event.ts';
import { NO_DETAIL } from '../../events/wire/processDetail.ts';
import type { Severity } from '../../policies/model.ts';
import type { CommandId } from '../commands.ts';
import type { AppState } from '../state.ts';
import type { Sequence } from '../store/filterIndex.ts';
import { createStreamFilter } from '../store/streamFilter.ts';
import {
  INITIAL_STREAM_VIEW,
  moveCursor,
  newerThanShown,
  placeAt,
  type StreamRange,
  type StreamView,
  settle,
  toFirst,
  togglePause,
  toLast,
} from '../store/streamView.ts';
import { eventSubject } from '../subject.ts';
import { renderLine } from '../text/line.ts';
import type { Theme } from '../theme.ts';
import { type RowOptions, streamRow } from '../views/streamRow.ts';
import { moveOf, type Pane, type PaneSize } from './pane.ts';

export type StreamPane = Pane & { isPaused(): boolean };

type Options = {
  state: AppState;
  node: string;
  theme: Theme;
  ascii: boolean;
  userNames: ReadonlyMap<number, string>;
  repaint(): void;
};

/** Finished lines kept; a few screens, so that scrolling back and forth costs nothing. */
const MAX_CACHED = 1024;

const NOTHING_YET = 'no process has started or ended yet';
const STARTING = 'starting: loading programs into the kernel';
const NO_MATCH = 'no event matches the filter; Esc takes it away';
const NO_MATCH_HELD = 'no event before the pause matches the filter';
const PAUSED_BEFORE = 'paused before the first event';
const SEARCHING = 'searching the events for the first match';

/**
 * All events as they come, or those that match a filter. Only visible ones are decoded, each only once, and once more for a
 * filter.
 */
export function createStreamPane({ state, node, repaint, ...look }: Options): StreamPane {
  const { store } = state;
  const cache = new Map<number, string>();
  let cachedWidth = 0;
  let view: StreamView = INITIAL_STREAM_VIEW;
  const context: EventContext = { node, hookNames: state.hookNames, parent: () => undefined };

  /** Number of the first event that a pause holds back, whatever the filter is. */
  let pausedFrom: number | undefined;
  /** Number of the event that was under the cursor when the filter was set: the cursor returns there once it is found. */
  let anchor: number | undefined;

  /** By name; those of policies that are gone stay, for their events do. */
  const severities = new Map<string, Severity>();
  let described: AppState['policies'] = [];
  const noteSeverities = () => {
    if (described === state.policies) return;
    described = state.policies;
    for (const { name, severity } of described) {
      if (severities.get(name) === severity) continue;
      if (severity === undefined) severities.delete(name);
      else severities.set(name, severity);
      cache.clear();
    }
  };

  const userName = (uid: number) => look.userNames.get(uid) ?? String(uid);
  const filter = createStreamFilter({
    held: store,
    matches(number, matches) {
      const packed = store.get(number);
      return (
        packed !== undefined && matches(filterSubject(readEvent(packed, context), { userName }))
      );
    },
    onProgress: repaint,
  });

  const everything: Sequence = {
    get first() {
      return store.first;
    },
    get next() {
      return store.next;
    },
    numberAt: (position) => position,
    positionOf: (number) => number,
  };
  const sequence = (): Sequence => filter.index ?? everything;

  const rangeOf = (rows: number): StreamRange => {
    const { first, next } = sequence();
    return { first, next, rows };
  };

  const setFilter = (text: string) => {
    const at = view.follow ? undefined : sequence().numberAt(view.cursor);
    filter.set(text, pausedFrom ?? store.next);
    anchor = filter.index ? at : undefined;
    const isPaused = pausedFrom !== undefined;
    view = filter.index
      ? placeAt(view, 0, isPaused ? 0 : undefined)
      : placeAt(view, at ?? store.next - 1, pausedFrom);
  };

  /** The search goes on; the cursor returns to its event, or the next one that matches. */
  const followSearch = () => {
    filter.work();
    const { index } = filter;
    if (anchor === undefined || !index || index.testedFrom > Math.max(anchor, store.first)) return;
    view = placeAt(view, Math.min(index.positionOf(anchor), index.next - 1), view.pausedAt);
    anchor = undefined;
  };

  const pause = (range: StreamRange) => {
    if (pausedFrom === undefined) pausedFrom = filter.index?.testedTo ?? store.next;
    else pausedFrom = undefined;
    view = togglePause(view, range);
  };

  const emptyText = () => {
    // Also when events have come since, with or without a filter.
    if (pausedFrom === 0) return PAUSED_BEFORE;
    if (store.next === 0) return state.isReady ? NOTHING_YET : STARTING;
    if (filter.progress() < 1) return SEARCHING;
    return pausedFrom === undefined ? NO_MATCH : NO_MATCH_HELD;
  };

  const countText = (): string => {
    const { first, next } = sequence();
    if (!filter.index) return `${next - first} of ${next} `;
    const matches = (next - first).toLocaleString('en');
    const all = (store.next - store.first).toLocaleString('en');
    const share = Math.floor(filter.progress() * 100);
    return `${matches} of ${all} match${share < 100 ? `, ${share}% searched` : ''} `;
  };

  const lineOf = (number: number, isCursor: boolean, options: RowOptions): string => {
    const cached = isCursor ? undefined : cache.get(number);
    if (cached !== undefined) return cached;
    const packed = store.get(number);
    if (!packed) return '';
    const line = streamRow(readEvent(packed, context), isCursor, options);
    if (!isCursor) {
      if (cache.size >= MAX_CACHED) cache.clear();
      cache.set(number, line);
    }
    return line;
  };

  return {
    id: 'stream',
    topics: [],
    isPaused: () => view.pausedAt !== undefined,
    lines({ width, height }) {
      if (width !== cachedWidth) cache.clear();
      cachedWidth = width;
      followSearch();
      noteSeverities();
      const { first, next, numberAt } = sequence();
      view = settle(view, rangeOf(height));
      const end = Math.min(view.top + height, view.pausedAt ?? next);
      if (Math.max(view.top, first) >= end)
        return [renderLine([{ text: ` ${emptyText()}`, style: look.theme['text.dim'] }], width)];
      const lines: string[] = [];
      for (let position = view.top; position < end; position++) {
        // While following, a cursor bar at the bottom would only flicker over the newest event.
        const isCursor = position === view.cursor && !view.follow;
        const number = numberAt(position);
        if (number !== undefined)
          lines.push(lineOf(number, isCursor, { ...look, severities, width }));
      }
      return lines;
    },
    position({ height }) {
      // Also while something covers the view: the count goes on.
      followSearch();
      const newer = newerThanShown(view, rangeOf(height));
      return newer > 0 ? `${newer} newer ↓  ${countText()}` : countText();
    },
    run(command: CommandId, { height }: PaneSize) {
      const range = rangeOf(height);
      const move = moveOf(command, height);
      if (move) anchor = undefined;
      if (move && 'by' in move) view = moveCursor(view, move.by, range);
      else if (move) view = move.to === 'first' ? toFirst(view, range) : toLast(view, range);
      else if (command === 'stream.pause') pause(range);
      else if (command === 'stream.follow')
        view = view.follow ? { ...view, follow: false } : toLast(view, range);
      else return false;
      return true;
    },
    invalidate: () => cache.clear(),
    pick({ height }) {
      followSearch();
      const range = rangeOf(height);
      if (range.first === range.next) return undefined;
      view = { ...settle(view, range), follow: false };
      const packed = store.get(sequence().numberAt(view.cursor) ?? -1);
      const detail = { ...NO_DETAIL, credentials: true, namespaces: state.hostNamespaces };
      return packed && eventSubject(packed, { ...context, detail });
    },
    filter: { text: () => filter.text, set: setFilter },
  };
}

import type { EventField } from '../../events/filter/fields.ts';
import type { FilterSubject } from '../../events/filter/language.ts';
import { packedSubject } from '../../events/filter/packedSubject.ts';
import type { EventContext } from '../../events/wire/event.ts';
import type { AppState } from '../state.ts';
import type { Held, Sequence } from '../store/filterIndex.ts';
import type { Severities } from '../store/severities.ts';
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
import type { FindRows, Move } from './pane.ts';

/** Where the stream stands, among all events or those that match a filter; following, or paused, or neither. */
export type StreamPlace = {
  readonly sequence: Sequence;
  readonly view: StreamView;
  /** Number of the first event that a pause holds back, whatever the filter is. */
  readonly pausedFrom: number | undefined;
  /** Events that were held when the pause began and have been evicted since. */
  readonly gone: number;
  readonly newer: (rows: number) => number;
  readonly filterText: string;
  /** Share of the events that the filter has been tried on; 1 without one. */
  readonly progress: number;
  /** Events that the filter is tried on later, for too many came. */
  readonly skipped: number;
  /** Events that are in the sequence if they match, but those that were skipped: all of them without a filter. */
  readonly searched: Held;
  /** Matches so far; undefined without a filter. */
  readonly matched: number | undefined;
  setFilter(text: string): void;
  /** More is known of the events than when they were filtered: the filter is asked anew, the cursor stays at its event. */
  refilter(): void;
  /** Brings back filter and place as they are now. */
  keep(): () => void;
  /** An event as a filter sees it; undefined when it is gone. */
  subject(number: number): FilterSubject<EventField> | undefined;
  /** What is shown, a pause and the filter minded, for finding. */
  findRows(rows: number): FindRows;
  /** The search for matches goes on. */
  work(): void;
  /** Fits the place to what is there. */
  settle(rows: number): StreamView;
  move(move: Move, rows: number): void;
  toggleFollow(rows: number): void;
  stopFollowing(rows: number): void;
  togglePause(rows: number): void;
  /** All events are void: follows those that come. */
  restart(): void;
  /** The cursor to an event, or to the next one that matches. */
  goTo(number: number, rows: number): void;
};

type Options = {
  state: AppState;
  context: EventContext;
  severities: Severities;
  userNames(): ReadonlyMap<number, string>;
  repaint(): void;
};

export function createStreamPlace(options: Options): StreamPlace {
  const { state, context, severities, userNames, repaint } = options;
  const { store } = state;
  let view: StreamView = INITIAL_STREAM_VIEW;
  /** Numbers of the first event that was held when the pause began, and of the first one that it holds back. */
  let paused: { first: number; from: number } | undefined;
  /** Number of the event that the cursor returns to once the filter's search has come so far. */
  let anchor: number | undefined;

  const userName = (uid: number) => userNames().get(uid) ?? String(uid);
  const severityOf = (name: string) => severities.byName.get(name) ?? '';
  const subject = (number: number) => {
    const packed = store.get(number);
    if (!packed) return undefined;
    const made = packedSubject(packed, context, { userName, severityOf });
    state.nodeNames.note(made.field('node'));
    return made;
  };
  const filter = createStreamFilter({
    held: store,
    matches(number, matches) {
      const event = subject(number);
      return event !== undefined && matches(event);
    },
    onProgress: repaint,
    onRefreshed(was, fresh) {
      const number = was.numberAt(view.cursor);
      const pausedAt = paused && fresh.positionOf(paused.from);
      view = placeAt(view, fresh.positionOf(number ?? store.next), pausedAt);
    },
  });

  const everything: Sequence = {
    get first() {
      return store.first;
    },
    get next() {
      return store.next;
    },
    numberAt: (position) => position,
    positionOf: (number) => Math.min(Math.max(number, store.first), store.next),
  };
  const sequence = (): Sequence => filter.index ?? everything;

  const rangeOf = (rows: number): StreamRange => {
    const { first, next } = sequence();
    return { first, next, rows };
  };

  return {
    get sequence() {
      return sequence();
    },
    get view() {
      return view;
    },
    get pausedFrom() {
      return paused?.from;
    },
    get gone() {
      return paused ? Math.max(0, Math.min(store.first, paused.from) - paused.first) : 0;
    },
    newer: (rows) => newerThanShown(view, rangeOf(rows)),
    get filterText() {
      return filter.text;
    },
    get progress() {
      return filter.progress();
    },
    get skipped() {
      return filter.skipped();
    },
    get searched() {
      const { index } = filter;
      if (!index) return { first: store.first, next: store.next };
      return { first: index.testedFrom, next: index.testedTo };
    },
    get matched() {
      return filter.index?.next;
    },
    setFilter(text) {
      // While one is typed, each letter sets another: the cursor goes back to where it was before the first.
      const at = view.follow ? undefined : (anchor ?? sequence().numberAt(view.cursor));
      filter.set(text, paused?.from ?? store.next);
      anchor = filter.index ? at : undefined;
      view = filter.index
        ? placeAt(view, 0, paused ? 0 : undefined)
        : placeAt(view, at ?? store.next - 1, paused?.from);
    },
    refilter: filter.refresh,
    keep() {
      const kept = { view, anchor, restore: filter.keep() };
      return () => {
        kept.restore();
        ({ view, anchor } = kept);
      };
    },
    subject,
    findRows(rows) {
      const { first, next, numberAt } = sequence();
      const settled = settle(view, rangeOf(rows));
      return {
        ...{ first, next: settled.pausedAt ?? next },
        ...{ at: settled.cursor, isFollowing: settled.follow },
        subject: (position) => subject(numberAt(position) ?? -1),
        goTo(position) {
          anchor = undefined;
          const top = position - Math.floor(rows / 2);
          const isSeen = position >= view.top && position < view.top + rows;
          const place = { ...view, follow: false, cursor: position, top: isSeen ? view.top : top };
          view = settle(place, rangeOf(rows));
        },
      };
    },
    work() {
      filter.work();
      const { index } = filter;
      if (anchor === undefined || !index || index.testedFrom > Math.max(anchor, store.first))
        return;
      view = placeAt(view, Math.min(index.positionOf(anchor), index.next - 1), view.pausedAt);
      anchor = undefined;
    },
    settle(rows) {
      view = settle(view, rangeOf(rows));
      return view;
    },
    move(move, rows) {
      anchor = undefined;
      const range = rangeOf(rows);
      if ('by' in move) view = moveCursor(view, move.by, range);
      else view = move.to === 'first' ? toFirst(view, range) : toLast(view, range);
    },
    toggleFollow(rows) {
      view = view.follow ? { ...view, follow: false } : toLast(view, rangeOf(rows));
    },
    stopFollowing(rows) {
      view = { ...settle(view, rangeOf(rows)), follow: false };
    },
    togglePause(rows) {
      paused = paused
        ? undefined
        : { first: store.first, from: filter.index?.testedTo ?? store.next };
      view = togglePause(view, rangeOf(rows));
    },
    restart() {
      paused = undefined;
      anchor = undefined;
      view = INITIAL_STREAM_VIEW;
      filter.set(filter.text, store.next);
    },
    goTo(number, rows) {
      const { index } = filter;
      // The search, newest first, hasn't come there yet.
      anchor = index && index.testedFrom > number ? number : undefined;
      const { next, positionOf } = sequence();
      const cursor = Math.min(positionOf(number), (view.pausedAt ?? next) - 1);
      const { top } = settle(view, rangeOf(rows));
      const isSeen = cursor >= top && cursor < top + rows;
      const wanted = isSeen ? top : cursor - Math.floor(rows / 2);
      view = settle({ ...view, follow: false, cursor, top: wanted }, rangeOf(rows));
    },
  };
}

import type { Fact } from '../../events/facts.ts';
import { FILTER_FIELDS } from '../../events/filter/fields.ts';
import type { Event } from '../../events/types.ts';
import { readEvent } from '../../events/wire/event.ts';
import { type CommandId, keyText } from '../commands.ts';
import { eventFormats, taggedFormats } from '../save/formats.ts';
import { type AppState, say } from '../state.ts';
import { heldTimes } from '../store/eventTimes.ts';
import type { Mark } from '../store/marks.ts';
import { createSeverities } from '../store/severities.ts';
import type { TimeFrame } from '../store/timeText.ts';
import type { Subject } from '../subject.ts';
import { renderLine } from '../text/line.ts';
import type { Theme } from '../theme.ts';
import { markLine } from '../views/markLine.ts';
import { newcomerLines } from '../views/newcomerLine.ts';
import { STREAM_CHOICES } from '../views/streamColumns.ts';
import { streamPositionText } from '../views/streamPosition.ts';
import { plainLine } from '../views/streamRow.ts';
import { createAroundPane } from './aroundPane.ts';
import { createLateFacts } from './lateFacts.ts';
import { marksIn, rowsBeside, withMarks } from './markRows.ts';
import { moveOf, type Pane, type PaneSize } from './pane.ts';
import { createStreamEvents } from './streamEvents.ts';
import { createStreamPlace } from './streamPlace.ts';
import { createStreamRows } from './streamRows.ts';

/** What the stream does beside what all views do. Numbers are those of events in the store. */
export type StreamPane = Pane & {
  isPaused(): boolean;
  /** Something was learnt about what events name: their rows are made anew, and a filter that asks for it is asked again. */
  learn(facts: readonly Fact[]): void;
  isFollowing(): boolean;
  /** Newer events are below the last line; never while it is paused at its end. */
  isBehind(size: PaneSize): boolean;
  /** It shows what happened around an event. */
  isAround(): boolean;
  /** The event that keys act on; the cursor then stays there. */
  cursorNumber(size: PaneSize): number | undefined;
  /** The event before which a mark of now stands: the cursor's; while following, the first one that isn't shown yet. */
  markPlace(size: PaneSize): { before: number; isNow: boolean };
  /** The cursor to an event, or the next one that is shown; following stops. */
  goTo(number: number, size: PaneSize): void;
  /** What times are counted from; `next`: first event that a pause holds back. undefined without events. */
  timeFrame(size: PaneSize): (TimeFrame & { next: number; isFollowing: boolean }) | undefined;
  /** An event in the full detail in which it is copied; undefined when it is gone. */
  eventOf(number: number): Event | undefined;
  /** The same for a detail. */
  subjectOf(number: number): Subject | undefined;
  /** What happened around an event, by default the one with the cursor; false: there is none, or it is gone. */
  openAround(size: PaneSize, number?: number): boolean;
  /**
   * For who can't see the stream: the events that have come since it was last asked, as lines, and how many more. None while it is
   * paused or stands still: they are told of when it goes on.
   */
  news(most: number): { lines: readonly string[]; omitted: number };
  /** All events are void, and others come: follows them, with the same filter. */
  restart(): void;
  /** Matches of the filter so far; undefined without one. */
  matched(): number | undefined;
};

type Options = {
  state: AppState;
  node: string;
  readonly theme: Theme;
  readonly ascii: boolean;
  userNames: ReadonlyMap<number, string>;
  repaint(): void;
};

/** Columns that a key scrolls long lines by. */
const STEP = 16;

const NOTHING_YET = 'no process has started or ended yet';
const STARTING = 'starting: loading programs into the kernel';
const READING = 'reading …';
const nothingPlayed = () =>
  `nothing is played yet: ${keyText('play.toggle')} plays, ${keyText('play.step')} is one event on`;
const NO_MATCH = 'no event matches the filter; Esc takes it away';
const NO_MATCH_HELD = 'no event before the pause matches the filter';
const PAUSED_BEFORE = 'paused before the first event';
const ALL_GONE = 'newer events took the place of all that the pause held';
const notAround = () => `first ${keyText('row.around')}: what happened around an event`;
const notStream = () => `${keyText('app.back')} first: this is what happened around an event`;
const SEARCHING = 'searching the events for the first match';

/** All events as they come, or those that match a filter. Only visible ones are decoded, and once more for a filter. */
export function createStreamPane(options: Options): StreamPane {
  const { state, repaint } = options;
  const { store, marks, tags } = state;
  const severities = createSeverities(() => state.policies);
  const rows = createStreamRows({ state, node: options.node, look: options, severities });
  const place = createStreamPlace({
    ...{ state, context: rows.context, severities, repaint },
    userNames: () => options.userNames,
  });
  const lateFacts = createLateFacts(place.refilter);
  const events = createStreamEvents(state, rows.context);
  const around = createAroundPane({ state, rows, look: options, repaint });
  /** Columns that long lines are scrolled by. */
  let offset = 0;
  /** Number of the first event that `news` has not told of. */
  let told = 0;

  const plainOf = (event: Event) => plainLine(event, options.ascii, state.nodeNames.areSeveral);

  /** What is shown of the sequence in so many lines, some of which marks take. */
  const shownRows = (height: number): number =>
    marks.size === 0 ? height : rowsBeside(marks, place, store, height);

  const emptyText = () => {
    const { pausedFrom } = place;
    // Also when events have come since, with or without a filter.
    if (pausedFrom === 0) return PAUSED_BEFORE;
    if (state.source.kind === 'replay' && store.next === store.first)
      return state.isReady ? nothingPlayed() : READING;
    if (store.next === 0) return state.isReady ? NOTHING_YET : STARTING;
    if (pausedFrom !== undefined && pausedFrom <= store.first) return ALL_GONE;
    if (place.progress < 1) return SEARCHING;
    return pausedFrom === undefined ? NO_MATCH : NO_MATCH_HELD;
  };

  const scrollSideways = (by: number, height: number) => {
    if (by < 0) {
      offset = Math.max(0, offset + by);
      return;
    }
    const numbers = around.isOpen ? around.shown(height) : visible(height);
    if (numbers.some((number) => rows.hidden(number, offset) > 0)) offset += by;
    else say(state, 'the lines on the screen end here');
  };

  const visible = (height: number): number[] => {
    const { top, pausedAt } = place.settle(shownRows(height));
    const { next, numberAt } = place.sequence;
    const end = Math.min(top + height, pausedAt ?? next);
    const positions = Array.from({ length: Math.max(0, end - top) }, (_, row) => top + row);
    return positions.flatMap((position) => numberAt(position) ?? []);
  };

  /** Fits the place as a paint does; the number under the cursor. */
  const cursorNumber = ({ height }: PaneSize): number | undefined => {
    if (around.isOpen) return around.cursorNumber();
    place.work();
    const { first, next, numberAt } = place.sequence;
    if (first === next) return undefined;
    place.stopFollowing(shownRows(height));
    return numberAt(place.view.cursor);
  };

  const span = (): bigint => {
    const times = heldTimes(store);
    return times ? times.newest - times.oldest : 0n;
  };

  const lines = ({ width, height }: PaneSize): string[] => {
    rows.begin(width, offset);
    if (around.isOpen) return around.lines({ width, height });
    place.work();
    const { theme, ascii } = options;
    const view = place.settle(shownRows(height));
    const { first, next } = place.sequence;
    const end = Math.min(view.top + height, view.pausedAt ?? next);
    const shown =
      Math.max(view.top, first) >= end
        ? [renderLine([{ text: ` ${emptyText()}`, style: theme['text.dim'] }], width)]
        : laidOut(height, rows.line, (mark) => markLine(mark, { theme, width, ascii }));
    if (!isJustBegun()) return shown;
    return [...shown, ...newcomerLines(height - shown.length, theme, width)];
  };

  /** It follows what comes, and nothing was narrowed. */
  const isJustBegun = (): boolean =>
    state.source.kind !== 'replay' && place.view.follow && place.filterText === '';

  /** What stands in each line, as it is drawn; the place is settled. */
  const laidOut = (
    height: number,
    rowOf: (number: number, isCursor: boolean) => string,
    lineOf: (mark: Mark) => string,
  ): string[] => {
    const { view } = place;
    const { next, numberAt } = place.sequence;
    const end = Math.min(view.top + height, view.pausedAt ?? next);
    const shown: { number: number; line: string; isCursor: boolean }[] = [];
    for (let position = view.top; position < end; position++) {
      // While following, a cursor bar at the bottom would only flicker over the newest event.
      const isCursor = position === view.cursor && !view.follow;
      const number = numberAt(position);
      if (number !== undefined) shown.push({ number, isCursor, line: rowOf(number, isCursor) });
    }
    if (marks.size === 0) return shown.map(({ line }) => line);
    const isFollowing = view.follow;
    return withMarks(shown, marksIn(marks, place, store, height), { height, isFollowing, lineOf });
  };

  /** Number of the event in a line; undefined: there is none. */
  const numberIn = (line: number, height: number): number | undefined => {
    if (around.isOpen) return around.shown(height)[line - 1];
    place.settle(shownRows(height));
    const number = laidOut(height, String, () => '')[line];
    return number === undefined || number === '' ? undefined : Number(number);
  };

  const run = (command: CommandId, size: PaneSize): boolean => {
    const { height } = size;
    if (command === 'stream.left' || command === 'stream.right')
      scrollSideways(command === 'stream.left' ? -STEP : STEP, height);
    else if (around.isOpen && around.run(command, size)) return true;
    else if (command.startsWith('around.')) say(state, notAround());
    else if (around.isOpen && (command === 'stream.pause' || command === 'stream.follow'))
      say(state, notStream());
    else if (command === 'stream.pause') place.togglePause(shownRows(height));
    else if (command === 'stream.follow') place.toggleFollow(shownRows(height));
    else {
      const move = moveOf(command, height);
      if (!move) return false;
      if ('to' in move && move.to === 'first') offset = 0;
      place.move(move, shownRows(height));
    }
    return true;
  };

  /** Positions of the sequence, which stay what they are while events come and go. */
  function* numbersIn(first: number, end: number): Iterable<number> {
    for (let position = first; position < end; position++) {
      const number = place.sequence.numberAt(position);
      if (number !== undefined) yield number;
    }
  }

  const formatsOf = (count: number, all: () => Iterable<Event>, which: string) =>
    eventFormats(count, all, which, state.nodeNames.areSeveral);

  /** What can be saved of the view as it is. */
  const shownFormats = () => {
    if (around.isOpen) {
      const numbers = around.numbers();
      return formatsOf(numbers.length, () => events.of(numbers), 'events around');
    }
    const { first, next } = place.sequence;
    const end = Math.max(first, Math.min(next, place.view.pausedAt ?? next));
    const share = Math.floor(place.progress * 100);
    const which = share < 100 ? `events, ${share}% searched` : 'events';
    return formatsOf(end - first, () => events.of(numbersIn(first, end)), which);
  };

  return {
    id: 'stream',
    topics: [],
    isPaused: () => place.pausedFrom !== undefined,
    isFollowing: () => place.view.follow,
    isBehind: ({ height }) => !place.view.follow && place.newer(shownRows(height)) > 0,
    isAround: () => around.isOpen,
    lines,
    position(size) {
      if (around.isOpen) return around.position(size);
      // Also while something covers the view: the count goes on.
      place.work();
      const { first, next } = place.sequence;
      const held = store.next - store.first;
      return streamPositionText(
        {
          newer: place.newer(shownRows(size.height)),
          gone: place.gone,
          tagged: tags.countEvents(store.first),
          offset,
          row: place.view.follow ? undefined : place.view.cursor - first + 1,
          ...{ held, capacity: store.capacity, span: span() },
          found:
            place.matched === undefined
              ? undefined
              : { matches: next - first, progress: place.progress, skipped: place.skipped },
        },
        size.width,
      );
    },
    run,
    click(line, _column, { height }) {
      const number = numberIn(line, height);
      if (number === undefined) return undefined;
      const isThere = around.isOpen
        ? around.cursorNumber() === number
        : !place.view.follow && place.sequence.numberAt(place.view.cursor) === number;
      if (around.isOpen) around.goTo(number);
      else place.goTo(number, shownRows(height));
      return isThere ? 'again' : 'moved';
    },
    current(size) {
      // While following there is none: what comes is told.
      if (place.view.follow && !around.isOpen) return undefined;
      const packed = store.get(cursorNumber(size) ?? -1);
      return packed && plainOf(readEvent(packed, rows.context));
    },
    save() {
      const tagged = tags.heldEvents(store.first);
      const held = (store.next - store.first).toLocaleString('en');
      const noun = `tagged of ${held} events`;
      const ofTagged = formatsOf(tagged.length, () => events.of(tagged), 'tagged events');
      return [...shownFormats(), ...taggedFormats(ofTagged, [noun, noun])];
    },
    invalidate: rows.forget,
    learn(facts) {
      rows.forget();
      lateFacts.learn(facts, place.filterText);
    },
    columns: STREAM_CHOICES,
    pick: (size) => events.subjectOf(cursorNumber(size) ?? -1),
    back: () => around.close(),
    filter: {
      text: () => place.filterText,
      set(text) {
        around.close();
        place.setFilter(text);
      },
      keep: place.keep,
      language: {
        fields: FILTER_FIELDS,
        *subjects() {
          for (let number = store.next - 1; number >= store.first; number--) {
            const subject = place.subject(number);
            if (subject) yield subject;
          }
        },
      },
    },
    find: {
      fields: FILTER_FIELDS,
      head: 0,
      rows: ({ height }) =>
        around.isOpen ? around.findRows(place.subject) : place.findRows(shownRows(height)),
    },
    cursorNumber,
    markPlace(size) {
      const isNow = place.view.follow && !around.isOpen;
      const number = isNow ? undefined : cursorNumber(size);
      return { before: number ?? place.pausedFrom ?? store.next, isNow: number === undefined };
    },
    goTo(number, { height }) {
      around.close();
      place.goTo(number, shownRows(height));
    },
    timeFrame(size) {
      const next = place.pausedFrom ?? store.next;
      const times = heldTimes({ first: store.first, next, timeOf: store.timeOf });
      if (!times) return undefined;
      const { follow, cursor } = place.settle(shownRows(size.height));
      const number = place.sequence.numberAt(cursor) ?? -1;
      const now = BigInt(Math.floor(state.clock())) * 1_000_000n;
      const isFollowing = follow && place.pausedFrom === undefined;
      const from = isFollowing ? now : (store.timeOf(number) ?? times.newest);
      return { ...times, next, from, isFollowing };
    },
    subjectOf: events.subjectOf,
    eventOf: events.eventOf,
    taggedCopies: events.taggedCopies,
    openAround(size, number = cursorNumber(size)) {
      return number !== undefined && around.open(number);
    },
    news(most) {
      place.work();
      const { sequence, view } = place;
      if (!view.follow || view.pausedAt !== undefined || around.isOpen)
        return { lines: [], omitted: 0 };
      const { searched } = place;
      // What hasn't been searched yet is told of when it has been.
      if (searched.first > Math.max(told, store.first)) return { lines: [], omitted: 0 };
      const first = Math.max(sequence.first, sequence.positionOf(told));
      const end = Math.min(first + most, sequence.next);
      const omitted = Math.max(0, sequence.next - end);
      told = Math.max(told, searched.next);
      const shown = [...events.of(numbersIn(first, end))];
      return { lines: shown.map(plainOf), omitted };
    },
    restart() {
      around.close();
      place.restart();
      rows.forget();
      told = store.next;
    },
    matched: () => place.matched,
  };
}

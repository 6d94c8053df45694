import type { Playback, RecordedMark } from '../agent/messages.ts';
import type { PolicyBook } from '../agent/policyBook.ts';
import { hasProcess } from '../events/types.ts';
import type { Panes } from './panes/all.ts';
import { playbackState } from './playback.ts';
import { createPlaybackSeconds } from './playbackSeconds.ts';
import { type AppState, say } from './state.ts';
import { type MarkedEvents, placeMarks } from './store/markPlaces.ts';
import { MAX_MARKS } from './store/marks.ts';

/** What the screen does when events are not of now, but played. */
export type Replay = {
  /** Events have come, of a replay or not. */
  onEvents(): void;
  onPlayback(playback: Playback): void;
  onMarks(marks: readonly RecordedMark[]): void;
  /** All that was told is void. The operator's marks and filters stay. */
  restart(): void;
};

type Options = { state: AppState; panes: Panes; book: PolicyBook };

export function createReplay({ state, panes, book }: Options): Replay {
  const { store, marks } = state;
  const seconds = createPlaybackSeconds(state, panes);
  const events: MarkedEvents = {
    get first() {
      return store.first;
    },
    get next() {
      return store.next;
    },
    timeOf: store.timeOf,
    execIdOf(number) {
      const event = panes.stream.eventOf(number);
      return event && hasProcess(event) ? event.process.execId : event && '';
    },
  };

  const place = () => {
    const { playback } = state;
    if (!playback || marks.size === 0) return;
    placeMarks(marks, events, playbackState(playback) === 'at the end');
  };

  return {
    onEvents() {
      // One of each batch: the next ones are read when they are seen.
      if (state.source.kind !== 'agent' && !state.nodeNames.areSeveral)
        state.nodeNames.note(panes.stream.eventOf(store.next - 1)?.nodeName ?? '');
      place();
    },
    onPlayback(playback) {
      state.playback = playback;
      seconds.tick();
      place();
    },
    onMarks(told) {
      const left = marks.setRecorded(told);
      if (left > 0)
        say(
          state,
          `it has ${left} more marks than the ${MAX_MARKS} that there is room for`,
          'warning',
        );
      place();
    },
    restart() {
      store.clear();
      marks.forgetPlaces();
      state.tags.clear();
      state.tree.apply({ reset: true, changed: [], removed: [] });
      state.alerts.apply({ reset: true, changed: [], removed: [] });
      book.describe({ type: 'policies', changed: [], removed: state.policies.map(({ id }) => id) });
      state.policies = book.list();
      panes.stream.restart();
      // Before anything is played again: rates go by its time.
      if (state.playback) state.playback = { ...state.playback, at: 0n, played: 0 };
      state.binaries.apply({ reset: true, changed: [], removed: [] }, performance.now());
      seconds.reset();
    },
  };
}

import { hookNamesOf } from '../../agent/hookNames.ts';
import { type EventContext, readEvent } from '../../events/wire/event.ts';
import type { CommandId } from '../commands.ts';
import type { AppState } from '../state.ts';
import {
  INITIAL_STREAM_VIEW,
  moveCursor,
  newerThanShown,
  type StreamRange,
  type StreamView,
  settle,
  toFirst,
  togglePause,
  toLast,
} from '../store/streamView.ts';
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
};

/** Finished lines kept; a few screens, so that scrolling back and forth costs nothing. */
const MAX_CACHED = 1024;

const NOTHING_YET = 'no process has started or ended yet';
const STARTING = 'starting: loading programs into the kernel';

/** All events as they come. Only those that are visible are decoded, and each only once. */
export function createStreamPane({ state, node, ...look }: Options): StreamPane {
  const { store } = state;
  const cache = new Map<number, string>();
  let cachedWidth = 0;
  let view: StreamView = INITIAL_STREAM_VIEW;
  let namedPolicies: AppState['policies'] = [];
  let context: EventContext = { node, hookNames: () => undefined, parent: () => undefined };

  const rangeOf = (rows: number): StreamRange => ({ first: store.first, next: store.next, rows });

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

  const readNamesOf = (policies: AppState['policies']) => {
    if (policies === namedPolicies) return;
    namedPolicies = policies;
    context = { ...context, hookNames: hookNamesOf(policies) };
  };

  return {
    id: 'stream',
    topics: [],
    isPaused: () => view.pausedAt !== undefined,
    lines({ width, height }) {
      if (width !== cachedWidth) cache.clear();
      cachedWidth = width;
      readNamesOf(state.policies);
      if (store.next === 0) {
        const text = state.isReady ? NOTHING_YET : STARTING;
        return [renderLine([{ text: ` ${text}`, style: look.theme['text.dim'] }], width)];
      }
      view = settle(view, rangeOf(height));
      const end = Math.min(view.top + height, view.pausedAt ?? store.next);
      const lines: string[] = [];
      for (let number = view.top; number < end; number++) {
        // While following, a cursor bar at the bottom would only flicker over the newest event.
        const isCursor = number === view.cursor && !view.follow;
        lines.push(lineOf(number, isCursor, { ...look, width }));
      }
      return lines;
    },
    position({ height }) {
      const newer = newerThanShown(view, rangeOf(height));
      const held = `${store.next - store.first} of ${store.next} `;
      return newer > 0 ? `${newer} newer ↓  ${held}` : held;
    },
    run(command: CommandId, { height }: PaneSize) {
      const range = rangeOf(height);
      const move = moveOf(command, height);
      if (move && 'by' in move) view = moveCursor(view, move.by, range);
      else if (move) view = move.to === 'first' ? toFirst(view, range) : toLast(view, range);
      else if (command === 'stream.pause') view = togglePause(view, range);
      else if (command === 'stream.follow')
        view = view.follow ? { ...view, follow: false } : toLast(view, range);
      else return false;
      return true;
    },
    invalidate: () => cache.clear(),
  };
}

import { hookNamesOf } from '../agent/hookNames.ts';
import type { PolicyStatus } from '../agent/messages.ts';
import { type EventContext, readEvent } from '../events/wire/event.ts';
import type { EventStore } from './store/eventStore.ts';
import { type StreamView, settle } from './store/streamView.ts';
import type { Theme } from './theme.ts';
import { type RowOptions, streamRow } from './views/streamRow.ts';

export type StreamPane = {
  /** The lines of the view, top to bottom; only these events are decoded, and each only once. */
  lines(view: StreamView, width: number, height: number): string[];
  setPolicies(policies: readonly PolicyStatus[]): void;
  /** Forgets finished lines: after a change of anything they are made of. */
  invalidate(): void;
};

type Options = {
  store: EventStore;
  node: string;
  theme: Theme;
  ascii: boolean;
  userNames: ReadonlyMap<number, string>;
};

/** Finished lines kept; a few screens, so that scrolling back and forth costs nothing. */
const MAX_CACHED = 1024;

export function createStreamPane({ store, node, ...look }: Options): StreamPane {
  const cache = new Map<number, string>();
  let cachedWidth = 0;
  let context: EventContext = { node, hookNames: () => undefined, parent: () => undefined };

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
    lines(view, width, height) {
      if (width !== cachedWidth) cache.clear();
      cachedWidth = width;
      const range = { first: store.first, next: store.next, rows: height };
      const settled = settle(view, range);
      const end = Math.min(settled.top + height, settled.pausedAt ?? store.next);
      const lines: string[] = [];
      for (let number = settled.top; number < end; number++) {
        // While following, a cursor bar at the bottom would only flicker over the newest event.
        const isCursor = number === settled.cursor && !settled.follow;
        lines.push(lineOf(number, isCursor, { ...look, width }));
      }
      return lines;
    },
    setPolicies(policies) {
      context = { ...context, hookNames: hookNamesOf(policies) };
    },
    invalidate: () => cache.clear(),
  };
}

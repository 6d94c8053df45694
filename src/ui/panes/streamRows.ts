import type { Event } from '../../events/types.ts';
import { type EventContext, readEvent } from '../../events/wire/event.ts';
import type { PackedEvent } from '../../events/wire/packed.ts';
import { hiddenColumns } from '../columnChoice.ts';
import type { AppState } from '../state.ts';
import type { Severities } from '../store/severities.ts';
import type { Theme } from '../theme.ts';
import { hiddenColumns as columnsBeyond, type RowOptions, streamRow } from '../views/streamRow.ts';

export type StreamRows = {
  readonly context: EventContext;
  /** Before the lines of a paint: what was finished for another width, offset, set of tags or severity is forgotten. */
  begin(width: number, offset: number): void;
  /** The line of an event; '' when it is gone. */
  line(number: number, isCursor: boolean): string;
  /** Columns of an event's line that would be beyond the right edge, scrolled by so many. */
  hidden(number: number, offset: number): number;
  forget(): void;
};

type Look = { theme: Theme; ascii: boolean; userNames: ReadonlyMap<number, string> };

type Options = { state: AppState; node: string; look: Look; severities: Severities };

/** Finished lines kept; a few screens, so that scrolling back and forth costs nothing. */
const MAX_CACHED = 1024;

/** Events as lines: each is decoded when it is shown, and once. */
export function createStreamRows({ state, node, look, severities }: Options): StreamRows {
  const { store, tags } = state;
  const cache = new Map<number, string>();
  const { hookNames, facts } = state;
  const context: EventContext = { node, hookNames, facts, parent: () => undefined };
  let cachedFor = '';
  let bySeverity = severities.byName;
  let width = 0;
  let offset = 0;
  let hidden = hiddenColumns(state.settings, 'stream');

  const optionsOf = (number: number): RowOptions => ({
    ...{ ...look, severities: severities.byName, width, offset },
    isTagged: tags.hasEvent(number),
    hidden,
    hasNodes: state.nodeNames.areSeveral,
  });

  const read = (packed: PackedEvent): Event => {
    const event = readEvent(packed, context);
    state.nodeNames.note(event.nodeName);
    return event;
  };

  return {
    context,
    begin(wantedWidth, wantedOffset) {
      width = wantedWidth;
      offset = wantedOffset;
      hidden = hiddenColumns(state.settings, 'stream');
      const wanted = `${width} ${offset} ${tags.version} ${[...hidden]} ${state.nodeNames.areSeveral}`;
      if (wanted !== cachedFor || severities.byName !== bySeverity) cache.clear();
      cachedFor = wanted;
      bySeverity = severities.byName;
    },
    line(number, isCursor) {
      const cached = isCursor ? undefined : cache.get(number);
      if (cached !== undefined) return cached;
      const packed = store.get(number);
      if (!packed) return '';
      const line = streamRow(read(packed), isCursor, optionsOf(number));
      if (!isCursor) {
        if (cache.size >= MAX_CACHED) cache.clear();
        cache.set(number, line);
      }
      return line;
    },
    hidden(number, at) {
      const packed = store.get(number);
      const options = { ...optionsOf(number), offset: at };
      return packed ? columnsBeyond(readEvent(packed, context), options) : 0;
    },
    forget: () => cache.clear(),
  };
}

import { setOverlay } from '../overlay.ts';
import { say } from '../state.ts';
import type { Handlers, Ui } from './ui.ts';

/** `w`: what happened around the event of the row, or of the open detail, whose row may be gone meanwhile. */
export function createAroundFeature({ state, panes, effects, run }: Ui): Handlers {
  return {
    'row.around': () => {
      const { overlay, view } = state;
      const detail = overlay?.kind === 'detail' ? overlay.detail : undefined;
      const number = detail?.subject.number;
      // A process alone has no place in time, and what the stream's cursor is on is something else.
      const isOfEvent = detail ? number !== undefined : view === 'stream';
      if (!isOfEvent || !panes.stream.openAround(effects.size(), number))
        say(state, 'there is no event here, or it has left the ring');
      else if (view === 'stream') setOverlay(state, undefined);
      else run('view.stream');
    },
  };
}

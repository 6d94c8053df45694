import { say } from '../state.ts';
import type { Handlers, Ui } from './ui.ts';

/** `w`: what happened around the event of the row, or of the open detail, whose row may be gone meanwhile. */
export function createAroundFeature({ state, panes, effects }: Ui): Handlers {
  return {
    'row.around': () => {
      const { overlay } = state;
      const number = overlay?.kind === 'detail' ? overlay.detail.subject.number : undefined;
      if (panes.stream.openAround(effects.size(), number)) state.overlay = undefined;
      else say(state, 'there is no event here, or it has left the ring');
    },
  };
}

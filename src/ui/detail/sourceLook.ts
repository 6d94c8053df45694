import { type AppState, playedMs } from '../state.ts';
import type { DetailLook } from '../views/detail/item.ts';

/** What of a detail's look depends on where the events come from. */
export const sourceLook = (
  state: Pick<AppState, 'playback' | 'nodeNames'>,
): Pick<DetailLook, 'recordedAt' | 'hasNodes'> => ({
  recordedAt: playedMs(state),
  hasNodes: state.nodeNames.areSeveral,
});

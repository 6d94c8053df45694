import type { View } from './commands.ts';
import type { Panes } from './panes/all.ts';
import type { AppState } from './state.ts';
import type { ViewCount } from './store/viewRates.ts';

/** What the views' rates are made of; nothing here takes longer when more events come. */
export function viewCounts(state: AppState, panes: Panes): Record<View, ViewCount> {
  const { exec, exit, policy } = state.store.counts;
  const matches = state.policies.reduce((sum, { counts }) => sum + counts.matched, 0);
  return {
    stream: streamCount(state, panes),
    tree: { total: exec + exit, what: 'execs+exits/s' },
    binaries: { total: exec, what: 'execs/s' },
    policies: { total: matches, what: 'matches/s' },
    alerts: { total: policy, what: 'alerts/s' },
  };
}

function streamCount(state: AppState, panes: Panes): ViewCount {
  const matched = panes.stream.matched();
  if (matched === undefined) return { total: state.store.next, what: 'events/s' };
  // In other views the search for matches rests: a minute that begins anew is better than one that was made up.
  if (state.view !== 'stream') return { total: 0, what: '' };
  return { total: matched, what: 'matching/s' };
}

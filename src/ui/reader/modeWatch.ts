import { escapeText } from '../../events/text.ts';
import type { Panes } from '../panes/all.ts';
import { type AppState, policyById } from '../state.ts';
import { modeText } from '../views/policyState.ts';

/** `etc-writes: monitor`, when the mode of the policy that keys act on has become another one: the agent's answer to a key. */
export function createModeWatch(state: AppState, panes: Panes): { news(): string[] } {
  let last: { id: number; mode: string } | undefined;

  const chosen = () => {
    const { overlay, view } = state;
    if (overlay?.kind === 'policy') return policyById(state, overlay.view.policyId);
    if (overlay || view !== 'policies') return undefined;
    const entry = panes.policies.selected();
    return entry?.kind === 'policy' ? entry.policy : undefined;
  };

  return {
    news() {
      const policy = chosen();
      // Kept while something else is open: the arming dialog goes away before the agent has answered.
      if (!policy) return [];
      // At the same time always: how long it is armed for is said once a minute, with all that are.
      const mode = policy.mode === 'enforce' ? 'ARMED' : modeText(policy, 0);
      const isNews = last?.id === policy.id && last.mode !== mode;
      last = { id: policy.id, mode };
      return isNews ? [`${escapeText(policy.name)}: ${mode}`] : [];
    },
  };
}

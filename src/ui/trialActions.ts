import type { FromAgent, PolicyStatus } from '../agent/messages.ts';
import type { CommandId } from './commands.ts';
import type { Effects } from './effects.ts';
import { setOverlay } from './overlay.ts';
import { moveOf } from './panes/pane.ts';
import { type AppState, type Overlay, say } from './state.ts';
import { verdictText } from './views/trialLines.ts';

type TrialOverlay = Extract<Overlay, { kind: 'trial' }>;

export type TrialActions = {
  /** Refused with the reason, or the test runs. */
  start(policy: PolicyStatus): void;
  scroll(overlay: TrialOverlay, id: CommandId): void;
  /** The agent's answer. */
  onTested(answer: Extract<FromAgent, { type: 'tested' }>): void;
};

export function createTrialActions(
  state: AppState,
  effects: Pick<Effects, 'tellAgent' | 'size' | 'policyLayout'>,
  nextRequest: () => number,
): TrialActions {
  const obstacle = ({ id, name, mode, canBeTested }: PolicyStatus): string | undefined => {
    if (mode === 'enforce')
      return `${name} is armed, and would hit its own test: disarm it (!) first`;
    if (state.testing.has(id)) return `${name} is being tested already`;
    if (canBeTested) return undefined;
    return `${name} brings no trigger (annotation trigon/trigger) to test it with`;
  };

  return {
    start(policy) {
      const refusal = obstacle(policy);
      if (refusal !== undefined) {
        say(state, refusal, 'warning');
        return;
      }
      const { id, name } = policy;
      const request = nextRequest();
      state.testing = new Set([...state.testing, id]);
      effects.tellAgent({ type: 'test-policy', request, policy: id });
      const trial = { policyId: id, policyName: name, request, result: undefined, top: 0 };
      setOverlay(state, { kind: 'trial', trial, below: state.overlay });
    },
    scroll(overlay, id) {
      const { height } = effects.size();
      const move = moveOf(id, height);
      if (!move) return;
      const { trial } = overlay;
      const last = effects.policyLayout.trialLast(trial);
      const top = 'by' in move ? trial.top + move.by : move.to === 'first' ? 0 : last;
      setOverlay(state, {
        ...overlay,
        trial: { ...trial, top: Math.min(Math.max(top, 0), last) },
      });
    },
    onTested({ request, policy, result }) {
      state.testing = new Set([...state.testing].filter((id) => id !== policy));
      const { overlay } = state;
      if (overlay?.kind === 'trial' && overlay.trial.request === request)
        setOverlay(state, { ...overlay, trial: { ...overlay.trial, result, top: 0 } });
      else say(state, verdictText(result), result.verdict === 'seen' ? 'info' : 'warning');
    },
  };
}

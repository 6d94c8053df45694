import type { FromAgent, PolicyStatus } from '../agent/messages.ts';
import type { Effects } from './effects.ts';
import { belowOf, setOverlay } from './overlay.ts';
import { formKey, openParameterForm, typeInto } from './parameterForm.ts';
import { type AppState, type Overlay, policyById, say } from './state.ts';

type FormOverlay = Extract<Overlay, { kind: 'parameters' }>;

export type ParameterActions = {
  /** Refused with the reason, or the form. */
  open(policy: PolicyStatus): void;
  onKey(overlay: FormOverlay, key: string, text: string): void;
  onPaste(overlay: FormOverlay, text: string): void;
  /** The agent's answer to what was sent. */
  onEdited(answer: Extract<FromAgent, { type: 'edited' }>): void;
};

/** @param showAnew opens the full view again, whose text is filled with the new values */
export function createParameterActions(
  state: AppState,
  { tellAgent }: Pick<Effects, 'tellAgent'>,
  nextRequest: () => number,
  showAnew: (policy: PolicyStatus) => void,
): ParameterActions {
  const close = () => {
    setOverlay(state, state.overlay && belowOf(state.overlay));
  };

  return {
    open(policy) {
      if (policy.parameters.length === 0) say(state, `${policy.name} has no parameters`);
      else if (policy.mode === 'enforce')
        say(state, `${policy.name} is armed: disarm it (!) before you change it`, 'warning');
      else
        setOverlay(state, {
          kind: 'parameters',
          form: openParameterForm(policy),
          below: state.overlay,
        });
    },
    onKey(overlay, key, text) {
      const step = formKey(overlay.form, key, text);
      if (step.kind === 'closed') close();
      else if (step.kind === 'open') setOverlay(state, { ...overlay, form: step.form });
      else {
        const request = nextRequest();
        const { policyId: policy } = overlay.form;
        tellAgent({ type: 'set-parameters', request, policy, values: step.values });
        setOverlay(state, { ...overlay, form: { ...overlay.form, request, problems: [] } });
      }
    },
    onPaste(overlay, text) {
      setOverlay(state, { ...overlay, form: typeInto(overlay.form, text) });
    },
    onEdited({ request, problems }) {
      const { overlay } = state;
      if (overlay?.kind !== 'parameters' || overlay.form.request !== request) return;
      if (problems.length > 0) {
        setOverlay(state, {
          ...overlay,
          form: { ...overlay.form, request: undefined, problems },
        });
        return;
      }
      const { policyId, policyName } = overlay.form;
      const isOff = policyById(state, policyId)?.mode === 'off';
      say(
        state,
        isOff
          ? `${policyName} has its new parameters, and is off`
          : `${policyName} runs with its new parameters`,
      );
      close();
      const policy = state.overlay?.kind === 'policy' && policyById(state, overlay.form.policyId);
      if (policy) showAnew(policy);
    },
  };
}

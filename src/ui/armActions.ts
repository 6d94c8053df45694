import type { FromAgent, PolicyStatus } from '../agent/messages.ts';
import { aboutOf, armingObstacle, describeTime, openArmDialog, withFacts } from './arming.ts';
import { type ArmKeyStep, armKey, typeName } from './armKeys.ts';
import type { Effects } from './effects.ts';
import { setOverlay } from './overlay.ts';
import { type AppState, type Overlay, policyById, say } from './state.ts';

type ArmOverlay = Extract<Overlay, { kind: 'arm' }>;

export type ArmActions = {
  /** Refused with the reason, or the dialog's first step. */
  open(policy: PolicyStatus): void;
  onKey(overlay: ArmOverlay, key: string, text: string): void;
  onPaste(overlay: ArmOverlay, text: string): void;
  /** The agent's answer. */
  onFacts(answer: Extract<FromAgent, { type: 'arming' }>): void;
  /** The agent has told of policies: one that was to be armed may be. */
  onPolicies(): void;
};

/** The arming dialog's way from the key `a` to the agent's word that it is done. */
export function createArmActions(
  state: AppState,
  effects: Pick<Effects, 'tellAgent' | 'policyLayout' | 'isCoverDrawn'>,
  nextRequest: () => number,
): ArmActions {
  /** Policies that were asked to be armed, with what to say when they are. */
  const awaited = new Map<number, string>();

  const ask = (policy: number): number => {
    const request = nextRequest();
    effects.tellAgent({ type: 'prepare-arming', request, policy });
    return request;
  };

  const arm = (policy: PolicyStatus, step: Extract<ArmKeyStep, { kind: 'arm' }>) => {
    const { seconds, added, fuse } = step;
    const time = seconds === undefined ? 'until quit' : `for ${describeTime(seconds)}`;
    awaited.set(policy.id, `${policy.name} is ARMED ${time}: ! disarms`);
    effects.tellAgent({ type: 'arm', policy: policy.id, seconds, added, fuse });
  };

  /** What changed meanwhile must not be armed by a dialog that tells of something else. */
  const closeObsolete = ({ dialog, below }: ArmOverlay): boolean => {
    const policy = policyById(state, dialog.policyId);
    const obstacle =
      policy && aboutOf(policy) === dialog.about
        ? armingObstacle(policy, state)
        : 'the policy was changed or removed meanwhile: nothing was armed';
    if (obstacle === undefined) return false;
    setOverlay(state, below);
    say(state, obstacle, 'warning');
    return true;
  };

  const onKey = (overlay: ArmOverlay, key: string, text: string) => {
    const { dialog, below } = overlay;
    const policy = policyById(state, dialog.policyId);
    if (closeObsolete(overlay) || !policy) return;
    // Nobody can have meant it for a dialog that wasn't to be seen yet.
    if (!effects.isCoverDrawn() && key !== 'escape') return;
    const step = armKey(dialog, policy, { key, text }, effects.policyLayout.armScroll(dialog));
    if (step.kind !== 'open') {
      setOverlay(state, below);
      if (step.kind === 'arm') arm(policy, step);
      return;
    }
    // Monitor mode goes on counting: the step shows what is known by now.
    const isNewRadius = step.dialog.step === 'radius' && dialog.step !== 'radius';
    const next = isNewRadius ? { ...step.dialog, request: ask(policy.id) } : step.dialog;
    setOverlay(state, { kind: 'arm', dialog: next, below });
  };

  return {
    open(policy) {
      const obstacle = armingObstacle(policy, state);
      if (obstacle === undefined) {
        const dialog = openArmDialog(policy.id, ask(policy.id), aboutOf(policy));
        setOverlay(state, { kind: 'arm', dialog, below: state.overlay });
      } else say(state, obstacle, 'warning');
    },
    onKey,
    onPaste(overlay, text) {
      if (!effects.isCoverDrawn()) return;
      const [line = ''] = text.split(/[\r\n]/);
      setOverlay(state, { ...overlay, dialog: typeName(overlay.dialog, line) });
    },
    onFacts({ request, arming }) {
      const { overlay } = state;
      if (overlay?.kind !== 'arm' || overlay.dialog.request !== request) return;
      const before = policyById(state, overlay.dialog.policyId)?.added ?? [];
      setOverlay(state, { ...overlay, dialog: withFacts(overlay.dialog, arming, before) });
    },
    onPolicies() {
      for (const [id, text] of awaited) {
        if (policyById(state, id)?.mode !== 'enforce') continue;
        awaited.delete(id);
        say(state, text, 'warning');
      }
      if (state.overlay?.kind === 'arm') closeObsolete(state.overlay);
    },
  };
}

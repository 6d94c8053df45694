import type { PolicyStatus } from '../agent/messages.ts';

/** How long a policy may stay armed; undefined: until we quit. */
export const ARM_SECONDS: readonly (number | undefined)[] = [60, 300, 1800, undefined];

export type ArmDialogState = {
  policyId: number;
  /** Index into ARM_SECONDS; 5 minutes unless the operator says otherwise. */
  time: number;
  typed: string;
  /** Why the last Enter did not arm. */
  error: string | undefined;
};

export const openArmDialog = (policyId: number): ArmDialogState => ({
  policyId,
  time: 1,
  typed: '',
  error: undefined,
});

/** Why a policy can't be armed now, or undefined. */
export function armingObstacle(policy: PolicyStatus): string | undefined {
  if (policy.mode === 'off')
    return `${policy.name} is off: switch it to monitor first, and see what it would hit`;
  if (policy.mode === 'enforce') return `${policy.name} is armed already; ! disarms`;
  return undefined;
}

export function shiftTime(dialog: ArmDialogState, by: number): ArmDialogState {
  const time = Math.min(Math.max(dialog.time + by, 0), ARM_SECONDS.length - 1);
  return { ...dialog, time };
}

export const typeText = (dialog: ArmDialogState, text: string): ArmDialogState => ({
  ...dialog,
  typed: dialog.typed + text,
  error: undefined,
});

export const eraseLetter = (dialog: ArmDialogState): ArmDialogState => ({
  ...dialog,
  typed: [...dialog.typed].slice(0, -1).join(''),
  error: undefined,
});

export function describeTime(seconds: number | undefined): string {
  return seconds === undefined ? 'until quit' : `${seconds / 60} min`;
}

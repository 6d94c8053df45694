/** A policy's mode and severity as they are shown. */
import type { PolicyStatus } from '../../agent/messages.ts';
import type { Style } from '../text/line.ts';
import { severitySlot, type Theme } from '../theme.ts';
import { timeLeft } from './chrome.ts';

/** The mode in a word, told without colour too. */
export function modeText(policy: PolicyStatus, now: number): string {
  if (policy.mode === 'enforce')
    return policy.armedUntil === undefined ? 'ARMED' : `ARMED ${timeLeft(policy.armedUntil, now)}`;
  if (policy.fuseBlown && policy.mode === 'monitor') return 'fuse blown';
  return policy.condition === 'load_error' ? 'not loaded' : policy.mode;
}

export function stateStyle(policy: PolicyStatus, theme: Theme): Style {
  if (policy.condition === 'load_error' || policy.fuseBlown) return theme['status.warning'];
  return {
    off: theme['mode.off'],
    monitor: theme['mode.monitor'],
    enforce: theme['mode.armed'],
  }[policy.mode];
}

export const severityStyle = (severity: PolicyStatus['severity'], theme: Theme): Style =>
  theme[severity ? severitySlot(severity) : 'text.dim'];

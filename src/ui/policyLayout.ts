import type { ArmDialogState } from './arming.ts';
import type { ArmScroll } from './armKeys.ts';
import type { PaneSize } from './panes/pane.ts';
import type { PolicyTrial } from './policyTrial.ts';
import type { PolicyViewState } from './policyView.ts';
import { type AppState, policyById } from './state.ts';
import type { Theme } from './theme.ts';
import { armPage } from './views/armLines.ts';
import { lastTop } from './views/policyViewLines.ts';
import { TRIAL_HEAD, trialBody } from './views/trialLines.ts';

/** How what covers the policies stands on the screen now: keys that scroll need to know. */
export type PolicyLayout = {
  armScroll(dialog: ArmDialogState): ArmScroll;
  /** Of the side that keys scroll: its highest top, and the lines of it that fit. */
  viewScroll(view: PolicyViewState): { last: number; room: number };
  /** The highest top of a test's result. */
  trialLast(trial: PolicyTrial): number;
};

/** Lines that a menu, form or result over the view may take: what it is about stays in sight above. */
export const menuHeight = (height: number): number => Math.max(3, height - 3);

type Options = {
  state: AppState;
  theme: Theme;
  userNames: ReadonlyMap<number, string>;
  /** Of the view. */
  size(): PaneSize;
};

export function createPolicyLayout({ state, theme, userNames, size }: Options): PolicyLayout {
  return {
    armScroll(dialog) {
      const policy = policyById(state, dialog.policyId);
      const look = { theme, userNames, now: Date.now() };
      return policy ? armPage(dialog, policy, look, size()).scroll : { top: 0, last: 0, room: 1 };
    },
    viewScroll(view) {
      const policy = policyById(state, view.policyId);
      return policy
        ? lastTop(view, policy, { theme, now: Date.now() }, size())
        : { last: 0, room: 1 };
    },
    trialLast(trial) {
      const { width, height } = size();
      const room = menuHeight(height) - TRIAL_HEAD;
      return Math.max(0, trialBody(trial, theme, width).length - room);
    },
  };
}

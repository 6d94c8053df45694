import type { ToAgent } from '../../agent/messages.ts';
import { armingObstacle, openArmDialog } from '../arming.ts';
import type { CommandId } from '../commands.ts';
import { type AppState, say } from '../state.ts';
import type { Theme } from '../theme.ts';
import { policyDetailLines, policyListLines, problemLines } from '../views/policyLines.ts';
import { moveIn, moveOf, type Pane, type PaneSize } from './pane.ts';

type Options = { state: AppState; theme: Theme; tellAgent(message: ToAgent): void };

/** Lines that a page key scrolls the details by. */
const DETAIL_STEP = 4;

/** The policies: the list, and below it all about the selected one. */
export function createPoliciesPane({ state, theme, tellAgent }: Options): Pane {
  let selected = 0;
  /** Lines of the details that are scrolled off. */
  let detailTop = 0;

  const toggle = () => {
    const policy = state.policies[selected];
    if (!policy) return;
    const mode = policy.mode === 'off' ? 'monitor' : 'off';
    tellAgent({ type: 'set-mode', policy: policy.id, mode });
  };

  const arm = () => {
    const policy = state.policies[selected];
    if (!policy) return;
    const obstacle = armingObstacle(policy);
    if (obstacle) say(state, obstacle, 'warning');
    else state.overlay = { kind: 'arm', dialog: openArmDialog(policy.id) };
  };

  const move = (command: CommandId, height: number): boolean => {
    const wanted = moveOf(command, height);
    if (!wanted) return false;
    // The list is short: pages scroll the details below it.
    if ('by' in wanted && Math.abs(wanted.by) > 1) {
      detailTop = Math.max(0, detailTop + Math.sign(wanted.by) * DETAIL_STEP);
    } else {
      detailTop = 0;
      selected = moveIn(selected, state.policies.length, wanted);
    }
    return true;
  };

  return {
    id: 'policies',
    topics: [],
    lines({ width, height }: PaneSize) {
      const list = [
        ...problemLines(state.problems, theme, width),
        ...policyListLines(state.policies, selected, Date.now(), theme, width),
      ];
      const policy = state.policies[selected];
      const room = Math.max(3, Math.floor(height / 2));
      const selectedLine = list.length - state.policies.length + selected;
      const top = Math.max(0, selectedLine - room + 1);
      const shown = list.slice(top, top + room);
      const details = policy ? policyDetailLines(policy, theme, width) : [];
      const scrollable = Math.max(0, details.length - height + shown.length + 1);
      detailTop = Math.min(detailTop, scrollable);
      return [...shown, '', ...details.slice(detailTop)].slice(0, height);
    },
    position: () => `${state.policies.length} policies `,
    run(command, { height }) {
      if (command === 'policy.toggle') toggle();
      else if (command === 'policy.arm') arm();
      else return move(command, height);
      return true;
    },
    invalidate: () => {},
  };
}

import type { ToAgent } from '../../agent/messages.ts';
import { armingObstacle, openArmDialog } from '../arming.ts';
import type { CommandId } from '../commands.ts';
import { type AppState, say } from '../state.ts';
import type { Theme } from '../theme.ts';
import { failedFileLines, policyDetailLines } from '../views/policyDetail.ts';
import { policyListLines } from '../views/policyLines.ts';
import { failedFiles } from '../views/policyProblems.ts';
import { moveIn, moveOf, type Pane, type PaneSize } from './pane.ts';

type Options = { state: AppState; theme: Theme; tellAgent(message: ToAgent): void };

/** Lines that a page key scrolls the details by. */
const DETAIL_STEP = 4;

/** The policies, and the files that could not be loaded: the list, and below it all about the selected one. */
export function createPoliciesPane({ state, theme, tellAgent }: Options): Pane {
  let selected = 0;
  /** Lines of the details that are scrolled off. */
  let detailTop = 0;

  const failed = () => failedFiles(state.problems, state.policies);

  const sayNotLoaded = () => {
    const file = failed()[selected - state.policies.length];
    if (file) say(state, `${file.file} is not loaded: correct it and start again`, 'warning');
  };

  const toggle = () => {
    const policy = state.policies[selected];
    if (!policy) {
      sayNotLoaded();
      return;
    }
    const mode = policy.mode === 'off' ? 'monitor' : 'off';
    tellAgent({ type: 'set-mode', policy: policy.id, mode });
  };

  const arm = () => {
    const policy = state.policies[selected];
    if (!policy) {
      sayNotLoaded();
      return;
    }
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
      selected = moveIn(selected, state.policies.length + failed().length, wanted);
    }
    return true;
  };

  return {
    id: 'policies',
    topics: [],
    lines({ width, height }: PaneSize) {
      const files = failed();
      const count = state.policies.length + files.length;
      selected = Math.min(selected, Math.max(0, count - 1));
      const list = policyListLines(state.policies, files, selected, Date.now(), theme, width);
      const room = Math.max(3, Math.floor(height / 2));
      // The titles stay, the rows below them scroll.
      const [titles = '', ...rows] = list;
      const top = Math.max(0, selected - (room - 1) + 1);
      const shown = [titles, ...rows.slice(top, top + room - 1)];
      const policy = state.policies[selected];
      const file = files[selected - state.policies.length];
      const details = policy
        ? policyDetailLines(policy, theme, width)
        : file
          ? failedFileLines(file, theme, width)
          : [];
      const scrollable = Math.max(0, details.length - height + shown.length + 1);
      detailTop = Math.min(detailTop, scrollable);
      return [...shown, '', ...details.slice(detailTop)].slice(0, height);
    },
    position() {
      const broken = failed().length;
      return `${state.policies.length} policies${broken > 0 ? `, ${broken} files with errors` : ''} `;
    },
    run(command, { height }) {
      if (command === 'policy.toggle') toggle();
      else if (command === 'policy.arm') arm();
      else return move(command, height);
      return true;
    },
    invalidate: () => {},
  };
}

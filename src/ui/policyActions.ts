import type { FromAgent, PolicyStatus } from '../agent/messages.ts';
import { createArmActions } from './armActions.ts';
import type { CommandId } from './commands.ts';
import { createTextPage } from './dialogs/textPage.ts';
import type { Effects } from './effects.ts';
import { policyViewIn, setOverlay, withoutPolicyView } from './overlay.ts';
import type { Panes } from './panes/all.ts';
import { moveOf } from './panes/pane.ts';
import { createParameterActions } from './parameterActions.ts';
import { openPolicyView, otherSide, type PolicyViewState, scrollSide } from './policyView.ts';
import { type AppState, type Overlay, policyById, say } from './state.ts';
import { failedFiles } from './store/policyProblems.ts';
import { editLine, insertText, lineOf } from './text/lineEditor.ts';
import { createTrialActions } from './trialActions.ts';
import { failedFileLines, mendedFileLines } from './views/policyDetail.ts';

/** What the agent answers to questions about policies. */
export type PolicyAnswer = Extract<
  FromAgent,
  { type: 'arming' | 'policy-text' | 'edited' | 'tested' }
>;

export type PolicyActions = {
  /** Carries out a command about policies; false when it isn't one. */
  run(id: CommandId): boolean;
  /** Moves what covers the policies; false when nothing of that kind does. */
  scroll(id: CommandId): boolean;
  /** The other side of the full view; false when that isn't open. */
  switchSide(): boolean;
  /** A key for what takes all keys; false when nothing of that kind is open. */
  onKey(key: string, text: string): boolean;
  onPaste(text: string): void;
  onAnswer(answer: PolicyAnswer): void;
  /** The agent has told of policies. */
  onPolicies(): void;
};

/** What is done with a policy: switch it, look at it, search for it, edit its parameters, test and arm it. */
export function createPolicyActions(
  state: AppState,
  panes: Panes,
  effects: Effects,
): PolicyActions {
  let requests = 0;
  const nextRequest = () => {
    requests += 1;
    return requests;
  };
  const arming = createArmActions(state, effects, nextRequest);

  /** The policy that commands are about: the one in full view, else the one with the cursor. */
  const subject = (): PolicyStatus | undefined => {
    if (state.overlay?.kind === 'policy') return policyById(state, state.overlay.view.policyId);
    const entry = panes.policies.selected();
    if (entry?.kind === 'file')
      say(state, `${entry.file.file} is not loaded: correct it, and it is read again`, 'warning');
    else if (!entry)
      say(state, state.isLoaded ? 'there is no policy here' : 'policies are still being loaded');
    return entry?.kind === 'policy' ? entry.policy : undefined;
  };

  const toggle = ({ id, mode }: PolicyStatus) =>
    effects.tellAgent({
      type: 'set-mode',
      policy: id,
      mode: mode === 'monitor' ? 'off' : 'monitor',
    });

  const open = ({ id, name }: PolicyStatus) => {
    const request = nextRequest();
    effects.tellAgent({ type: 'read-policy', request, policy: id });
    setOverlay(state, { kind: 'policy', view: openPolicyView(id, name, request) });
  };

  /** All that is wrong with the file that has the cursor; false when that is on none. */
  const openFailedFile = (): boolean => {
    const entry = panes.policies.selected();
    if (state.overlay || entry?.kind !== 'file') return false;
    const { file } = entry.file;
    const { theme } = effects.look;
    // It is read again when it is saved, while the page is open too.
    const now = () => failedFiles(state.problems, state.policies).find((one) => one.file === file);
    const dialog = createTextPage({
      page: `file ${file}`,
      lines(width) {
        const failed = now();
        return failed ? failedFileLines(failed, theme, width) : mendedFileLines(file, theme, width);
      },
    });
    setOverlay(state, { kind: 'dialog', dialog, below: undefined });
    return true;
  };

  const parameters = createParameterActions(state, effects, nextRequest, open);
  const trials = createTrialActions(state, effects, nextRequest);

  const ofPolicy: Readonly<Partial<Record<CommandId, (policy: PolicyStatus) => void>>> = {
    'policy.toggle': toggle,
    'policy.open': open,
    'policy.edit': parameters.open,
    'policy.test': trials.start,
    'policy.arm': arming.open,
  };

  /** Else keys would go to a view that isn't there, or to another policy that has got its number. */
  const closeGone = () => {
    const view = policyViewIn(state.overlay);
    if (!view || policyById(state, view.policyId)?.name === view.name) return;
    setOverlay(state, withoutPolicyView(state.overlay));
    say(state, `${view.name} was removed`);
  };

  const setView = (view: PolicyViewState) => {
    setOverlay(state, { kind: 'policy', view });
  };

  const setSearch = (line: ReturnType<typeof lineOf>) => {
    setOverlay(state, { kind: 'search', line });
    panes.policies.filter.set(line.text);
  };

  /** Letters narrow the list at once; moving keys go to it. */
  const searchKey = (line: ReturnType<typeof lineOf>, key: string, text: string) => {
    if (key === 'escape') panes.policies.filter.set('');
    if (key === 'escape' || key === 'enter') {
      setOverlay(state, undefined);
      return;
    }
    const moves = { up: 'move.up', down: 'move.down', pageup: 'move.pageUp' } as const;
    const move = key === 'pagedown' ? 'move.pageDown' : moves[key as keyof typeof moves];
    const edited = editLine(line, key);
    if (move) panes.policies.run(move, effects.size());
    else if (edited) setSearch(edited);
    else if (text !== '') setSearch(insertText(line, text));
  };

  return {
    run(id) {
      const act = ofPolicy[id];
      if (id === 'policy.open' && openFailedFile()) return true;
      const policy = act && subject();
      if (policy) act(policy);
      else if (id === 'policy.search') setSearch(lineOf(panes.policies.filter.text()));
      return act !== undefined || id === 'policy.search';
    },
    scroll(id) {
      const { overlay } = state;
      if (overlay?.kind === 'trial') trials.scroll(overlay, id);
      else if (overlay?.kind === 'policy') {
        const { last, room } = effects.policyLayout.viewScroll(overlay.view);
        const move = moveOf(id, room);
        if (move) setView(scrollSide(overlay.view, move, last));
      } else return false;
      return true;
    },
    switchSide() {
      if (state.overlay?.kind !== 'policy') return false;
      setView(otherSide(state.overlay.view));
      return true;
    },
    onKey(key, text) {
      const { overlay } = state;
      if (overlay?.kind === 'arm') arming.onKey(overlay, key, text);
      else if (overlay?.kind === 'parameters') parameters.onKey(overlay, key, text);
      else if (overlay?.kind === 'search') searchKey(overlay.line, key, text);
      else return false;
      return true;
    },
    onPaste(text) {
      const { overlay } = state;
      if (overlay?.kind === 'arm') arming.onPaste(overlay, text);
      else if (overlay?.kind === 'parameters') parameters.onPaste(overlay, text);
      else if (overlay?.kind === 'search') setSearch(insertText(overlay.line, text));
    },
    onAnswer(answer) {
      if (answer.type === 'arming') arming.onFacts(answer);
      else if (answer.type === 'edited') parameters.onEdited(answer);
      else if (answer.type === 'tested') trials.onTested(answer);
      else if (state.overlay) setOverlay(state, withSource(state.overlay, answer));
    },
    onPolicies() {
      arming.onPolicies();
      closeGone();
    },
  };
}

/** The full view may lie below something else when its text comes. */
function withSource(
  overlay: Overlay,
  answer: Extract<PolicyAnswer, { type: 'policy-text' }>,
): Overlay {
  if (overlay.kind === 'policy' && overlay.view.request === answer.request)
    return { kind: 'policy', view: { ...overlay.view, source: answer.source } };
  return 'below' in overlay && overlay.below
    ? { ...overlay, below: withSource(overlay.below, answer) }
    : overlay;
}

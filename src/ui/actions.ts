import type { OpenFiles, ProcessDescription } from '../agent/inspect/types.ts';
import { type CommandId, commandOf, isUsable, VIEWS, type View } from './commands.ts';
import type { Dialog, DialogStep } from './dialog.ts';
import type { Effects } from './effects.ts';
import { leaveEvents, showEventsOf } from './eventsTrail.ts';
import { createFeatures } from './features/all.ts';
import type { Handlers } from './features/ui.ts';
import { createMouseActions } from './mouseActions.ts';
import { belowOf, setOverlay } from './overlay.ts';
import type { Panes } from './panes/all.ts';
import { createPolicyActions, type PolicyAnswer } from './policyActions.ts';
import { createRowActions } from './rowActions.ts';
import { refusalOf } from './source.ts';
import { type AppState, armedNow, say } from './state.ts';
import { formatKey, type InputEvent } from './terminal/keys.ts';

/** Disarming must not depend on what is shown: no policy's name holds an exclamation mark (RFC 1123). Only a filter can need one. */
const DISARM = '!';

/**
 * What keeps working while something takes the keys, by keys that neither type anything nor move. Where nothing can be shown it is
 * all that a key does: least of all what was meant for an open dialog.
 */
const WAYS_OUT: ReadonlySet<CommandId> = new Set([
  'app.quit',
  'app.suspend',
  'app.redraw',
  'policy.disarmAll',
]);

export type Actions = {
  onInput(event: InputEvent): void;
  /** The agent's answer to `describe`. */
  onDescription(request: number, description: ProcessDescription): void;
  /** The agent's answer to `open-files`. */
  onOpenFiles(request: number, files: OpenFiles): void;
  onPolicyAnswer(answer: PolicyAnswer): void;
  /** The agent has told of policies. */
  onPolicies(): void;
  run(id: CommandId, argument?: string): void;
};

/** Turns input into changes of the state and effects. Draws nothing. */
export function createActions(state: AppState, panes: Panes, effects: Effects): Actions {
  const open = (dialog: Dialog) => {
    // What was said of the key before would hide the dialog's keys.
    if (state.notice?.level === 'info') state.notice = undefined;
    setOverlay(state, { kind: 'dialog', dialog, below: state.overlay });
  };

  const rows = createRowActions({ state, panes, effects, open });
  const policies = createPolicyActions(state, panes, effects);

  const show = (view: View) => {
    setOverlay(state, undefined);
    // Who goes there on their own came from nobody's row.
    if (view === 'stream') state.eventsOrigin = undefined;
    if (view === state.view) return;
    state.view = view;
    effects.tellAgent({ type: 'watch', topics: [...panes[view].topics] });
  };

  const switchView = (by: number) => {
    const at = VIEWS.findIndex(({ view }) => view === state.view);
    show(VIEWS[(at + by + VIEWS.length) % VIEWS.length]?.view ?? 'stream');
  };

  const switchTab = (by: number) => {
    if (state.overlay?.kind === 'detail') rows.showTab(state.overlay.detail, by);
    else if (!policies.switchSide()) switchView(by);
  };

  /** A search that is under way first, then the overlay, then what is marked, then to whose events these are, then what narrows the view. */
  const back = () => {
    const { overlay, find } = state;
    state.notice = undefined;
    if (find?.stop) find.stop();
    else if (overlay) setOverlay(state, belowOf(overlay));
    else if (panes[state.view].back?.()) return;
    else if (find) state.find = undefined;
    else if (leaveEvents({ state, panes, run, open })) return;
    else panes[state.view].filter?.set('');
  };

  /** The stream, narrowed to the events of the row with the cursor. */
  const showEvents = () => {
    const filter = panes[state.view].events?.();
    if (filter === undefined) {
      say(state, 'there is no row here');
      return;
    }
    showEventsOf({ state, panes, run }, filter);
  };

  /** Commands that mean the same in every view. */
  const everywhere: Handlers = {
    'view.next': () => switchTab(1),
    'view.previous': () => switchTab(-1),
    'view.zoom': () => {
      state.isZoomed = !state.isZoomed;
    },
    'alerts.events': showEvents,
    'row.copy': rows.openCopy,
    'policy.disarmAll': () => effects.tellAgent({ type: 'disarm-all' }),
    'app.redraw': effects.redraw,
    'app.suspend': effects.suspend,
    'app.back': back,
    'app.quit': effects.quit,
  };

  const features = createFeatures({
    ...{ state, panes, effects, look: effects.look, open },
    run: (id, argument) => run(id, argument),
  });

  const run = (id: CommandId, argument?: string): void => {
    const refusal = refusalOf(id, state.source);
    if (refusal !== undefined) {
      say(state, refusal, 'warning');
      return;
    }
    const tab = VIEWS.find(({ command }) => command === id);
    const common = features[id] ?? everywhere[id];
    if (tab) show(tab.view);
    else if (id.startsWith('lab.')) effects.lab(id);
    else if (common) common(argument);
    else if (state.overlay?.kind === 'detail') rows.runInDetail(id, state.overlay.detail);
    else if (policies.run(id) || policies.scroll(id)) return;
    else if (id === 'row.detail') rows.showDetail();
    else if (!state.overlay) panes[state.view].run(id, effects.size());
  };

  /** True when the dialog has dealt with it. */
  const follow = (step: DialogStep, dialog: Dialog): boolean => {
    const { overlay } = state;
    const isOpen = overlay?.kind === 'dialog' && overlay.dialog === dialog;
    if (isOpen && step !== 'stay' && step !== 'pass') setOverlay(state, overlay.below);
    if (typeof step === 'function') step();
    return step !== 'pass';
  };

  const commandHere = (key: string) => commandOf(key, state.view, state.narrator !== undefined);

  const isWayOut = (key: string): boolean => {
    const command = /^(ctrl|alt)\+|^f\d/.test(key) ? commandHere(key) : undefined;
    return command !== undefined && WAYS_OUT.has(command.id);
  };

  const isFindInPage = (id: CommandId): boolean =>
    id.startsWith('find.') &&
    state.overlay?.kind === 'dialog' &&
    state.overlay.dialog.find !== undefined;

  const isArmed = () => armedNow(state).length > 0;

  /** What takes all keys but the ways out; true when it took this one. */
  const onOverlayKey = (key: string, text: string): boolean => {
    const { overlay } = state;
    if (!overlay || isWayOut(key)) return false;
    if (overlay.kind === 'dialog' && (key !== DISARM || overlay.dialog.takesBang?.(isArmed())))
      return follow(overlay.dialog.onKey(key, text, effects.size()), overlay.dialog);
    if (key === DISARM) return false;
    return policies.onKey(key, text);
  };

  const press = (key: string, text = '') => {
    const command = commandHere(key);
    if (effects.isTooSmall()) {
      if (command && WAYS_OUT.has(command.id)) run(command.id);
      return;
    }
    if (onOverlayKey(key, text)) return;
    // What something covers can't be seen, so it must not be changed.
    if (command && (isUsable(command, state.overlay?.kind) || isFindInPage(command.id)))
      run(command.id);
  };

  const onMouse = createMouseActions({
    ...{ state, panes, effects, run, press, follow },
    clickDetail: rows.clickDetail,
  });

  const onPaste = (text: string) => {
    if (effects.isTooSmall()) return;
    const { overlay } = state;
    if (overlay?.kind === 'dialog')
      follow(overlay.dialog.onPaste?.(text) ?? 'stay', overlay.dialog);
    else policies.onPaste(text);
  };

  return {
    run,
    onInput(event) {
      if (event.type === 'key') press(formatKey(event), event.text);
      else if (event.type === 'mouse') onMouse(event);
      else if (event.type === 'paste') onPaste(event.text);
    },
    onDescription: rows.onDescription,
    onOpenFiles: rows.onOpenFiles,
    onPolicyAnswer: policies.onAnswer,
    onPolicies: policies.onPolicies,
  };
}

import type { Process } from '../events/types.ts';
import { type CommandId, commandOf, isUsable, VIEWS, type View } from './commands.ts';
import type { Dialog, DialogStep } from './dialog.ts';
import type { Effects } from './effects.ts';
import { createFeatures } from './features/all.ts';
import { typeFilter } from './filterInput.ts';
import type { Panes } from './panes/all.ts';
import { moveIn, moveOf } from './panes/pane.ts';
import { createPolicyActions, type PolicyAnswer } from './policyActions.ts';
import { belowOf, createRowActions } from './rowActions.ts';
import { type AppState, say } from './state.ts';
import { formatKey, type InputEvent, type KeyEvent } from './terminal/keys.ts';

/**
 * The ways out that keep working while something takes the keys: quitting, suspending, drawing anew; and disarming, which must not
 * depend on what is shown: no policy's name holds an exclamation mark (RFC 1123). A filter is full of them.
 */
const WAYS_OUT: ReadonlySet<string> = new Set(['ctrl+c', 'ctrl+z', 'ctrl+l']);
const DISARM = '!';

/** Where nothing can be shown nothing else must be done by a key: least of all what was meant for an open dialog. */
const UNSEEN: ReadonlySet<CommandId> = new Set([
  'app.quit',
  'app.suspend',
  'app.redraw',
  'policy.disarmAll',
]);

export type Actions = {
  onInput(event: InputEvent): void;
  /** The agent's answer to `describe`. */
  onDescription(request: number, lineage: readonly Process[]): void;
  onPolicyAnswer(answer: PolicyAnswer): void;
  /** The agent has told of policies. */
  onPolicies(): void;
  run(id: CommandId): void;
};

/** Turns input into changes of the state and effects. Draws nothing. */
export function createActions(state: AppState, panes: Panes, effects: Effects): Actions {
  const rows = createRowActions(state, panes, effects);
  const policies = createPolicyActions(state, panes, effects);

  const open = (dialog: Dialog) => {
    state.overlay = { kind: 'dialog', dialog, below: state.overlay };
  };

  const show = (view: View) => {
    state.overlay = undefined;
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

  const scrollHelp = (id: CommandId, top: number): boolean => {
    const { height } = effects.size();
    const move = moveOf(id, height);
    if (!move) return false;
    const length = Math.max(0, effects.helpLength() - height) + 1;
    const below = state.overlay?.kind === 'help' ? state.overlay.below : undefined;
    state.overlay = { kind: 'help', top: moveIn(top, length, move), below };
    return true;
  };

  /** Overlay first, then what narrows the view. */
  const back = () => {
    const { overlay } = state;
    state.notice = undefined;
    if (overlay) state.overlay = belowOf(overlay);
    else panes[state.view].filter?.set('');
  };

  /** The stream, narrowed to the events of the row with the cursor. */
  const showEvents = () => {
    const filter = panes[state.view].events?.();
    if (filter === undefined) {
      say(state, 'there is no row here');
      return;
    }
    panes.stream.filter?.set(filter);
    show('stream');
  };

  /** Commands that mean the same in every view. */
  const everywhere: Readonly<Partial<Record<CommandId, () => void>>> = {
    'view.next': () => switchTab(1),
    'view.previous': () => switchTab(-1),
    'view.zoom': () => {
      state.isZoomed = !state.isZoomed;
    },
    'row.filter': rows.openFilter,
    'alerts.events': showEvents,
    'row.copy': rows.openCopy,
    'policy.disarmAll': () => effects.tellAgent({ type: 'disarm-all' }),
    'app.help': () => {
      const { overlay } = state;
      state.overlay =
        overlay?.kind === 'help' ? overlay.below : { kind: 'help', top: 0, below: overlay };
    },
    'app.redraw': effects.redraw,
    'app.suspend': effects.suspend,
    'app.back': back,
    'app.quit': effects.quit,
  };

  const features = createFeatures({
    ...{ state, panes, effects, look: effects.look, open },
    run: (id) => run(id),
  });

  const run = (id: CommandId): void => {
    const tab = VIEWS.find(({ command }) => command === id);
    const common = features[id] ?? everywhere[id];
    if (tab) show(tab.view);
    else if (id.startsWith('lab.')) effects.lab(id);
    else if (common) common();
    else if (state.overlay?.kind === 'help') scrollHelp(id, state.overlay.top);
    else if (state.overlay?.kind === 'detail') rows.runInDetail(id, state.overlay.detail);
    else if (policies.run(id) || policies.scroll(id)) return;
    else if (id === 'row.detail') rows.showDetail();
    else if (!state.overlay) panes[state.view].run(id, effects.size());
  };

  /** True when the dialog has dealt with it. */
  const follow = (step: DialogStep, dialog: Dialog): boolean => {
    const { overlay } = state;
    const isOpen = overlay?.kind === 'dialog' && overlay.dialog === dialog;
    if (isOpen && step !== 'stay' && step !== 'pass') state.overlay = overlay.below;
    if (typeof step === 'function') step();
    return step !== 'pass';
  };

  /** What takes all keys but the ways out; true when it took this one. */
  const onOverlayKey = (key: string, text: string): boolean => {
    const { overlay } = state;
    if (!overlay || WAYS_OUT.has(key)) return false;
    if (overlay.kind === 'dialog' && (key !== DISARM || overlay.dialog.takesBang))
      return follow(overlay.dialog.onKey(key, text, effects.size()), overlay.dialog);
    if (overlay.kind === 'filter') rows.onFilterKey(overlay.input, key, text);
    else if (key === DISARM) return false;
    else if (overlay.kind === 'copy') rows.onCopyKey(overlay.menu, key);
    else return policies.onKey(key, text);
    return true;
  };

  const onKey = (event: KeyEvent) => {
    const key = formatKey(event);
    const command = commandOf(key, state.view, state.narrator !== undefined);
    if (effects.isTooSmall()) {
      if (command && UNSEEN.has(command.id)) run(command.id);
      return;
    }
    if (onOverlayKey(key, event.text)) return;
    // What something covers can't be seen, so it must not be changed.
    if (command && isUsable(command, state.overlay?.kind)) run(command.id);
  };

  const onPaste = (text: string) => {
    if (effects.isTooSmall()) return;
    const { overlay } = state;
    if (overlay?.kind === 'filter')
      state.overlay = { kind: 'filter', input: typeFilter(overlay.input, text) };
    else if (overlay?.kind === 'dialog')
      follow(overlay.dialog.onPaste?.(text) ?? 'stay', overlay.dialog);
    else policies.onPaste(text);
  };

  return {
    run,
    onInput(event) {
      if (event.type === 'key') onKey(event);
      else if (event.type === 'paste') onPaste(event.text);
    },
    onDescription: rows.onDescription,
    onPolicyAnswer: policies.onAnswer,
    onPolicies: policies.onPolicies,
  };
}

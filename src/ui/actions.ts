import type { Fuse, ToAgent } from '../agent/messages.ts';
import { ARM_SECONDS, type ArmDialogState, eraseLetter, shiftTime, typeText } from './arming.ts';
import { type CommandId, commandOf, isEverywhere, VIEWS, type View } from './commands.ts';
import type { Panes } from './panes/all.ts';
import { moveIn, moveOf, type PaneSize } from './panes/pane.ts';
import { type AppState, policyById } from './state.ts';
import { formatKey, type InputEvent, type KeyEvent } from './terminal/keys.ts';

/** What actions may do to the world outside the state. */
export type Effects = {
  tellAgent(message: ToAgent): void;
  /** Size of the view. */
  size(): PaneSize;
  /** Lines that the help screen has. */
  helpLength(): number;
  redraw(): void;
  suspend(): void;
  quit(): void;
};

/** UX.md, "Fuse": more kills than this in the window end enforcement. */
const FUSE: Fuse = { limit: 20, seconds: 10 };

/** No policy's name holds an exclamation mark (RFC 1123). */
const WORKS_IN_DIALOGS: ReadonlySet<string> = new Set(['ctrl+c', 'ctrl+z', 'ctrl+l', '!']);

export type Actions = {
  onInput(event: InputEvent): void;
  run(id: CommandId): void;
};

/** Turns input into changes of the state and effects. Draws nothing. */
export function createActions(state: AppState, panes: Panes, effects: Effects): Actions {
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

  const scrollHelp = (id: CommandId, top: number): boolean => {
    const { height } = effects.size();
    const move = moveOf(id, height);
    if (!move) return false;
    const length = Math.max(0, effects.helpLength() - height) + 1;
    state.overlay = { kind: 'help', top: moveIn(top, length, move) };
    return true;
  };

  /** Commands that mean the same in every view. */
  const everywhere: Readonly<Partial<Record<CommandId, () => void>>> = {
    'view.next': () => switchView(1),
    'view.previous': () => switchView(-1),
    'policy.disarmAll': () => effects.tellAgent({ type: 'disarm-all' }),
    'app.help': () => {
      state.overlay = state.overlay ? undefined : { kind: 'help', top: 0 };
    },
    'app.redraw': effects.redraw,
    'app.suspend': effects.suspend,
    'app.back': () => {
      state.overlay = undefined;
      state.notice = undefined;
    },
    'app.quit': effects.quit,
  };

  const run = (id: CommandId): void => {
    const tab = VIEWS.find(({ command }) => command === id);
    const common = everywhere[id];
    if (tab) show(tab.view);
    else if (common) common();
    else if (state.overlay?.kind === 'help') scrollHelp(id, state.overlay.top);
    else if (!state.overlay) panes[state.view].run(id, effects.size());
  };

  const tryToArm = (dialog: ArmDialogState) => {
    const policy = policyById(state, dialog.policyId);
    if (policy && dialog.typed !== policy.name) {
      const error = `That is not the policy's name, which is ${policy.name}`;
      state.overlay = { kind: 'arm', dialog: { ...dialog, error } };
      return;
    }
    state.overlay = undefined;
    if (!policy) return;
    effects.tellAgent({
      type: 'arm',
      policy: policy.id,
      seconds: ARM_SECONDS[dialog.time],
      addKill: !policy.enforces,
      fuse: FUSE,
    });
  };

  const onDialogKey = (dialog: ArmDialogState, key: string, text: string) => {
    const set = (next: ArmDialogState) => {
      state.overlay = { kind: 'arm', dialog: next };
    };
    if (key === 'escape') state.overlay = undefined;
    else if (key === 'left' || key === 'right') set(shiftTime(dialog, key === 'left' ? -1 : 1));
    else if (key === 'backspace') set(eraseLetter(dialog));
    else if (key === 'ctrl+u') set({ ...dialog, typed: '' });
    else if (key === 'enter') tryToArm(dialog);
    else if (text !== '') set(typeText(dialog, text));
  };

  const onKey = (event: KeyEvent) => {
    const key = formatKey(event);
    const command = commandOf(key, state.view);
    // A dialog takes all keys but the ways out: quitting, suspending, and disarming, which must never depend on what is shown.
    if (state.overlay?.kind === 'arm' && !(command && WORKS_IN_DIALOGS.has(key))) {
      onDialogKey(state.overlay.dialog, key, event.text);
      return;
    }
    // What help covers can't be seen, so it must not be changed.
    if (command && (!state.overlay || isEverywhere(command))) run(command.id);
  };

  return {
    run,
    onInput(event) {
      if (event.type === 'key') {
        onKey(event);
      } else if (event.type === 'paste' && state.overlay?.kind === 'arm') {
        const [line = ''] = event.text.split(/[\r\n]/);
        state.overlay = { kind: 'arm', dialog: typeText(state.overlay.dialog, line) };
      }
    },
  };
}

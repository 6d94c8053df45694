import type { Fuse, ToAgent } from '../agent/messages.ts';
import {
  ARM_SECONDS,
  type ArmDialogState,
  armingObstacle,
  eraseLetter,
  openArmDialog,
  shiftTime,
  typeText,
} from './arming.ts';
import { type CommandId, commandOf, isEverywhere, VIEWS } from './commands.ts';
import { type AppState, policyById, say } from './state.ts';
import { moveCursor, type StreamRange, toFirst, togglePause, toLast } from './store/streamView.ts';
import { formatKey, type InputEvent, type KeyEvent } from './terminal/keys.ts';

/** What actions may do to the world outside the state. */
export type Effects = {
  tellAgent(message: ToAgent): void;
  /** Rows of the view. */
  rows(): number;
  /** Lines that the help screen has. */
  helpLength(): number;
  redraw(): void;
  suspend(): void;
  quit(): void;
};

/** UX.md, "Fuse": more kills than this in the window end enforcement. */
const FUSE: Fuse = { limit: 20, seconds: 10 };

/** Lines that a page key scrolls a policy's details by. */
const DETAIL_STEP = 4;

/** No policy's name holds an exclamation mark (RFC 1123). */
const WORKS_IN_DIALOGS: ReadonlySet<string> = new Set(['ctrl+c', 'ctrl+z', 'ctrl+l', '!']);

export type Actions = {
  onInput(event: InputEvent): void;
  run(id: CommandId): void;
};

/** Turns input into changes of the state and effects. Draws nothing. */
export function createActions(state: AppState, effects: Effects): Actions {
  const range = (): StreamRange => ({
    first: state.store.first,
    next: state.store.next,
    rows: effects.rows(),
  });
  const page = () => Math.max(1, effects.rows() - 1);
  const inStream = () => state.view === 'stream' && !state.overlay;

  const move = (by: number) => {
    if (state.overlay?.kind === 'help') {
      const most = Math.max(0, effects.helpLength() - effects.rows());
      state.overlay = { kind: 'help', top: clamp(state.overlay.top + by, 0, most) };
    } else if (state.view === 'stream') {
      state.stream = moveCursor(state.stream, by, range());
    } else {
      state.detailTop = 0;
      const last = Math.max(state.policies.length - 1, 0);
      state.selectedPolicy = clamp(state.selectedPolicy + by, 0, last);
    }
  };

  const movePage = (by: number) => {
    // The list of policies is short: pages scroll the details below it.
    if (state.view === 'policies' && !state.overlay)
      state.detailTop = Math.max(0, state.detailTop + Math.sign(by) * DETAIL_STEP);
    else move(by);
  };

  const show = (view: AppState['view']) => {
    state.view = view;
    state.overlay = undefined;
  };

  const switchView = (by: number) => {
    const at = VIEWS.findIndex(({ view }) => view === state.view);
    show(VIEWS[(at + by + VIEWS.length) % VIEWS.length]?.view ?? 'stream');
  };

  const actions: Readonly<Record<CommandId, () => void>> = {
    'view.stream': () => show('stream'),
    'view.policies': () => show('policies'),
    'view.next': () => switchView(1),
    'view.previous': () => switchView(-1),
    'move.up': () => move(-1),
    'move.down': () => move(1),
    'move.pageUp': () => movePage(-page()),
    'move.pageDown': () => movePage(page()),
    'move.halfUp': () => movePage(-Math.ceil(page() / 2)),
    'move.halfDown': () => movePage(Math.ceil(page() / 2)),
    'move.first': () => {
      if (inStream()) state.stream = toFirst(state.stream, range());
      else move(-Number.MAX_SAFE_INTEGER);
    },
    'move.last': () => {
      if (inStream()) state.stream = toLast(state.stream, range());
      else move(Number.MAX_SAFE_INTEGER);
    },
    'stream.pause': () => {
      state.stream = togglePause(state.stream, range());
    },
    'stream.follow': () => {
      if (state.stream.follow) state.stream = { ...state.stream, follow: false };
      else state.stream = toLast(state.stream, range());
    },
    'policy.toggle': () => {
      const policy = state.policies[state.selectedPolicy];
      if (!policy) return;
      const mode = policy.mode === 'off' ? 'monitor' : 'off';
      effects.tellAgent({ type: 'set-mode', policy: policy.id, mode });
    },
    'policy.arm': () => {
      const policy = state.policies[state.selectedPolicy];
      if (!policy) return;
      const obstacle = armingObstacle(policy);
      if (obstacle) say(state, obstacle, 'warning');
      else state.overlay = { kind: 'arm', dialog: openArmDialog(policy.id) };
    },
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
    if (command && (!state.overlay || isEverywhere(command))) actions[command.id]();
  };

  return {
    run: (id) => actions[id](),
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

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

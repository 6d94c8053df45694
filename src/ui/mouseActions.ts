import type { CommandId, View } from './commands.ts';
import type { DetailState } from './detail.ts';
import type { DialogStep } from './dialog.ts';
import type { Effects } from './effects.ts';
import type { Hit } from './hits.ts';
import type { Panes } from './panes/all.ts';
import type { AppState, Overlay } from './state.ts';
import type { MouseEvent } from './terminal/keys.ts';

type Options = {
  state: AppState;
  panes: Panes;
  effects: Pick<Effects, 'hitAt' | 'tellAgent'>;
  run(id: CommandId): void;
  /** As if the key were pressed. */
  press(key: string): void;
  /** Line and column from 0. */
  clickDetail(detail: DetailState, line: number, column: number): void;
  follow(step: DialogStep, dialog: Extract<Overlay, { kind: 'dialog' }>['dialog']): void;
};

/** Rows that a notch of the wheel moves by. */
const WHEEL_ROWS = 3;

/** What Enter does in a view. */
const OPEN: Readonly<Record<View, CommandId>> = {
  stream: 'row.detail',
  tree: 'row.detail',
  binaries: 'binary.detail',
  policies: 'policy.open',
  alerts: 'alerts.events',
};

/** What takes keys that mean more than moving and choosing: clicks beside it mean nothing. */
const KEYS_ONLY: ReadonlySet<Overlay['kind']> = new Set(['arm', 'parameters', 'trial', 'search']);

/** Clicks and the wheel. Nothing is armed, killed or sent by them: the last step of these is a key's. */
export function createMouseActions({
  state,
  panes,
  effects,
  run,
  press,
  clickDetail,
  follow,
}: Options) {
  const clickView = ({ line, column, size }: Extract<Hit, { kind: 'view' }>) => {
    const { overlay } = state;
    if (overlay?.kind === 'dialog') {
      if (overlay.dialog.place === 'view')
        follow(overlay.dialog.onClick?.(line, size, column) ?? 'stay', overlay.dialog);
      return;
    }
    if (overlay?.kind === 'detail') clickDetail(overlay.detail, line, column);
    if (overlay) return;
    // The second click on a row, however long after the first.
    if (panes[state.view].click?.(line, column, size) === 'again') run(OPEN[state.view]);
  };

  const clickMenu = ({ line, column, size }: Extract<Hit, { kind: 'menu' }>) => {
    const { overlay } = state;
    if (overlay?.kind === 'dialog')
      follow(overlay.dialog.onClick?.(line, size, column) ?? 'stay', overlay.dialog);
  };

  const click = (hit: Hit) => {
    const isKeysOnly = state.overlay !== undefined && KEYS_ONLY.has(state.overlay.kind);
    if (isKeysOnly && hit.kind !== 'hint') return;
    switch (hit.kind) {
      case 'tab':
        return run(hit.command);
      case 'hint':
        return press(hit.press);
      case 'time':
        return effects.tellAgent({ type: 'playback', action: { do: 'seek', time: hit.time } });
      case 'view':
        return clickView(hit);
      case 'menu':
        return clickMenu(hit);
    }
  };

  const turnWheel = (by: -1 | 1) => {
    const { overlay } = state;
    if (overlay && KEYS_ONLY.has(overlay.kind)) return;
    // Where a line is typed the arrows recall earlier ones.
    if (overlay?.kind === 'dialog' && overlay.dialog.place === 'line') return;
    for (let row = 0; row < WHEEL_ROWS; row++) {
      if (overlay?.kind === 'dialog') press(by < 0 ? 'up' : 'down');
      else run(by < 0 ? 'move.up' : 'move.down');
    }
  };

  return (event: MouseEvent): void => {
    const hit = effects.hitAt(event.column, event.row);
    if (!hit) return;
    if (event.action === 'wheel') {
      if (event.wheel !== 0 && (hit.kind === 'view' || hit.kind === 'menu')) turnWheel(event.wheel);
    } else if (event.action === 'press' && event.button === 'left') {
      click(hit);
    }
  };
}

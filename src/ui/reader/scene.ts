import { escapeText } from '../../events/text.ts';
import { VIEWS } from '../commands.ts';
import type { CoverLines } from '../coverLines.ts';
import type { Look } from '../look.ts';
import type { Panes } from '../panes/all.ts';
import type { PaneSize } from '../panes/pane.ts';
import { type AppState, policyById } from '../state.ts';
import { armPage } from '../views/armLines.ts';
import { narratorLines } from '../views/narratorLines.ts';
import { hasCursor } from './theme.ts';
import { spoken } from './words.ts';

/** What there is to say of the state. */
export type Scene = {
  /** Another object: something else is open. */
  readonly identity: unknown;
  /** What is said first when it is opened. */
  readonly title: string;
  /** Its lines; of a view none, for they are a table: only the row with the cursor is said. */
  readonly lines: readonly string[];
  /** The row or line that keys act on. */
  readonly current: string | undefined;
  /** What is being typed. */
  readonly typed: string | undefined;
};

type Options = {
  state: AppState;
  panes: Panes;
  covers: CoverLines;
  look: Look;
  size: PaneSize;
};

export function sceneOf({ state, panes, covers, look, size }: Options): Scene {
  const { overlay } = state;
  if (!overlay) return viewScene(state, panes, size);
  const typed = covers.typedLine(size.width);
  const common = { identity: identityOf(state), title: '' };
  if (overlay.kind === 'arm') {
    const policy = policyById(state, overlay.dialog.policyId);
    if (!policy) return { ...common, lines: [], current: undefined, typed: undefined };
    const { theme, userNames } = look;
    // Without the time, which would be another one with each second.
    const page = armPage(overlay.dialog, policy, { theme, userNames, now: 0 }, size);
    const table = (page.table ?? []).map((row) => Object.values(row).join(', '));
    return { ...common, ...said([...page.head, ...page.body, ...table, ...page.foot]), typed };
  }
  const covering = covers.coveringLines(size);
  const lines =
    covering.length > 0 || typed !== undefined ? covering : covers.openLines(overlay, size);
  return { ...common, ...said(lines), typed: typed === undefined ? undefined : spoken(typed) };
}

function viewScene(state: AppState, panes: Panes, size: PaneSize): Scene {
  const pane = panes[state.view];
  const name = VIEWS.find(({ view }) => view === state.view)?.title ?? '';
  const filter = pane.filter?.text() ?? '';
  const narrowed = filter === '' ? '' : `, filter ${escapeText(filter)}`;
  const current = pane.current?.(size);
  return {
    identity: state.view,
    title: spoken(`${name}: ${pane.position(size)}${narrowed}`),
    lines: [],
    current: current === undefined ? undefined : spoken(current),
    typed: undefined,
  };
}

/** What makes an open thing another one; what changes in it while it stays open is no part of that. */
function identityOf({ overlay }: AppState): unknown {
  switch (overlay?.kind) {
    case 'dialog':
      return overlay.dialog;
    case 'detail':
      return `detail ${overlay.detail.subject.pid} ${overlay.detail.tab}`;
    case 'arm':
      return `arm ${overlay.dialog.policyId} ${overlay.dialog.step}`;
    default:
      return overlay?.kind;
  }
}

function said(lines: readonly string[]): Pick<Scene, 'lines' | 'current'> {
  const chosen = lines.find(hasCursor);
  return {
    lines: lines.map(spoken).filter((line) => line !== ''),
    current: chosen === undefined ? undefined : spoken(chosen),
  };
}

/** What a lab's narrator says now. */
export function narratorWords({ narrator }: AppState, look: Look, width: number): string[] {
  if (!narrator) return [];
  const { head, body, foot } = narratorLines(narrator.session, {
    ...{ theme: look.theme, width, isRoomy: true },
  });
  return [...head, ...body, ...foot(false)].map(spoken).filter((line) => line !== '');
}

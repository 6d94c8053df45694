import { escapeText } from '../../events/text.ts';
import { VIEWS } from '../commands.ts';
import type { CoverLines } from '../coverLines.ts';
import type { Look } from '../look.ts';
import type { Panes } from '../panes/all.ts';
import type { PaneSize } from '../panes/pane.ts';
import type { PolicyViewState } from '../policyView.ts';
import { type AppState, policyById } from '../state.ts';
import { withoutStyles } from '../text/plain.ts';
import { armPage } from '../views/armLines.ts';
import { narratorLines } from '../views/narratorLines.ts';
import { policyHeadSpans } from '../views/policyDetail.ts';
import { policyViewSide } from '../views/policyViewLines.ts';
import { hasCursor } from './theme.ts';
import { ownWords, spoken } from './words.ts';

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
  /** Counters stand in the lines: these are said again when a key was pressed, not with each event. */
  readonly isCounting?: boolean;
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
  if (overlay.kind === 'policy') return policyScene(overlay.view, { state, look, size });
  const typed = covers.typedLine(size.width);
  const common = { identity: identityOf(state), title: '' };
  if (overlay.kind === 'arm') {
    const policy = policyById(state, overlay.dialog.policyId);
    if (!policy) return { ...common, lines: [], current: undefined, typed: undefined };
    const { theme, userNames } = look;
    // Without the time, which would be another one with each second.
    const page = armPage(overlay.dialog, policy, { theme, userNames, now: 0 }, size);
    const table = (page.table ?? []).map((row) => Object.values(row).join(', '));
    const foot = page.foot.map((line) => ownWords(withoutStyles(line)));
    const { lines, current } = said([...page.head, ...page.body, ...table], look);
    return { ...common, lines: [...lines, ...foot.filter(Boolean)], current, typed };
  }
  const covering = covers.coveringLines(size);
  const lines =
    covering.length > 0 || typed !== undefined ? covering : covers.openLines(overlay, size);
  return {
    ...{ ...common, ...said(lines, look) },
    typed: typed === undefined ? undefined : spoken(typed, look.ascii),
  };
}

function viewScene(state: AppState, panes: Panes, size: PaneSize): Scene {
  const pane = panes[state.view];
  const name = VIEWS.find(({ view }) => view === state.view)?.title ?? '';
  const filter = pane.filter?.text() ?? '';
  const narrowed = filter === '' ? '' : `, filter ${escapeText(filter)}`;
  return {
    identity: state.view,
    title: `${ownWords(`${name}: ${pane.position(size)}`)}${narrowed}`,
    lines: [],
    // Words already, and other programs' among them: nothing is taken away.
    current: pane.current?.(size),
    typed: undefined,
  };
}

/** The side that keys scroll: both at once would be said line by line in turn. */
function policyScene(
  view: PolicyViewState,
  { state, look, size }: Pick<Options, 'state' | 'look' | 'size'>,
): Scene {
  const identity = `policy ${view.policyId} ${view.side}`;
  const policy = policyById(state, view.policyId);
  if (!policy) return { identity, title: '', lines: [], current: undefined, typed: undefined };
  const pageLook = { theme: look.theme, now: state.clock() };
  const { lines, top, height } = policyViewSide(view, policy, pageLook, size);
  const head = policyHeadSpans(policy, pageLook.now, look.theme);
  const name = view.side === 'text' ? 'its file' : 'on this host';
  const shown = lines.slice(top, top + height);
  const range =
    lines.length > height ? `, lines ${top + 1} to ${top + shown.length} of ${lines.length}` : '';
  return {
    identity,
    title: `${head
      .map(({ text }) => text)
      .join('')
      .trim()}; ${name}${range}; Tab: the other side`,
    ...said(shown, look),
    isCounting: view.side === 'plan',
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

function said(lines: readonly string[], { ascii }: Look): Pick<Scene, 'lines' | 'current'> {
  // The last one: in help the line being typed has a cursor too, above the list's.
  const chosen = lines.findLast(hasCursor);
  return {
    lines: lines.map((line) => spoken(line, ascii)).filter((line) => line !== ''),
    current: chosen === undefined ? undefined : spoken(chosen, ascii),
  };
}

/** What a lab's narrator says now. */
export function narratorWords({ narrator }: AppState, look: Look, width: number): string[] {
  if (!narrator) return [];
  const { head, body, foot } = narratorLines(narrator.session, {
    ...{ theme: look.theme, width, isRoomy: true },
  });
  return [...head, ...body, ...foot(false)]
    .map((line) => spoken(line, look.ascii))
    .filter((line) => line !== '');
}

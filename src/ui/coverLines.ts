import { sourceLook } from './detail/sourceLook.ts';
import type { Look } from './look.ts';
import type { Panes } from './panes/all.ts';
import type { PaneSize } from './panes/pane.ts';
import { menuHeight } from './policyLayout.ts';
import { type AppState, type Overlay, policyById } from './state.ts';
import type { DetailLook } from './views/detail/item.ts';
import { detailLines } from './views/detailLines.ts';
import { parameterLines } from './views/parameterLines.ts';
import { policyViewLines } from './views/policyViewLines.ts';
import { searchInputLine } from './views/searchLine.ts';
import { trialLines } from './views/trialLines.ts';

/** Finished lines of what is open, for whoever shows them: the painter, or the screen reader's speaker. */
export type CoverLines = ReturnType<typeof createCoverLines>;

type Options = Look & {
  state: AppState;
  panes: Panes;
  /** Of the view. */
  size(): PaneSize;
};

export function createCoverLines({
  state,
  panes,
  theme,
  ascii,
  userNames,
  groupNames,
  size,
}: Options) {
  const detailLook = (width: number): DetailLook => ({
    ...{ theme, width, ascii, userNames, groupNames, ...sourceLook(state) },
  });

  /** What is being typed, in the footer's place. */
  const typedLine = (columns: number): string | undefined => {
    if (state.overlay?.kind === 'search') {
      const found = panes.policies.position(size());
      return searchInputLine(state.overlay.line, found, theme, columns, ascii);
    }
    return state.overlay?.kind === 'dialog' ? state.overlay.dialog.footer?.(columns) : undefined;
  };

  /** What lies over the end of the view without being Ink's. */
  const coveringLines = ({ width, height }: PaneSize): string[] => {
    const { overlay } = state;
    const most = menuHeight(height);
    switch (overlay?.kind) {
      case 'parameters':
        return parameterLines(overlay.form, theme, width, most, ascii);
      case 'trial':
        return trialLines(overlay.trial, theme, width, most);
      case 'dialog':
        return overlay.dialog.place === 'view' ? [] : [...overlay.dialog.lines({ width, height })];
      default:
        return [];
    }
  };

  /** What stands in the view's place: its own lines, or what is open over all of it. */
  const openLines = (open: Overlay | undefined, room: PaneSize): string[] => {
    if (open?.kind === 'dialog' && open.dialog.place === 'view')
      return [...open.dialog.lines(room)];
    if (open?.kind === 'detail') {
      if (open.detail.tab === 'related') open.detail.related?.work();
      return detailLines(open.detail, room.height, detailLook(room.width));
    }
    const policy = open?.kind === 'policy' && policyById(state, open.view.policyId);
    return policy
      ? policyViewLines(open.view, policy, { theme, now: state.clock() }, room)
      : panes[state.view].lines(room);
  };

  return { typedLine, coveringLines, openLines, detailLook };
}

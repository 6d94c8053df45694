import type { OpenFiles, ProcessDescription } from '../agent/inspect/types.ts';
import type { CommandId } from './commands.ts';
import { type CopyChoice, type CopyMenu, copyMenuKey, openCopyMenu } from './copyMenu.ts';
import type { DetailState } from './detail.ts';
import { createDetailActions } from './detailActions.ts';
import { createMenu } from './dialogs/menu.ts';
import type { Effects } from './effects.ts';
import type { Panes } from './panes/all.ts';
import { type AppState, type Overlay, say } from './state.ts';
import { withLineage } from './subject.ts';

export type RowActions = {
  showDetail(): void;
  /** The tab so many further on. */
  showTab(detail: DetailState, by: number): void;
  runInDetail(id: CommandId, detail: DetailState): void;
  /** A click in a detail; line and column from 0. */
  clickDetail(detail: DetailState, line: number, column: number): void;
  openCopy(): void;
  onCopyKey(menu: CopyMenu, key: string): void;
  /** The agent's answer to `describe`. */
  onDescription(request: number, description: ProcessDescription): void;
  /** The same to `open-files`. */
  onOpenFiles(request: number, files: OpenFiles): void;
};

/** What is done with the rows of a view: narrow them down, look at one in full, copy it. */
export function createRowActions(state: AppState, panes: Panes, effects: Effects): RowActions {
  const details = createDetailActions(state, panes, effects);

  const setCopyMenu = (menu: CopyMenu) => {
    const below = state.overlay?.kind === 'copy' ? state.overlay.below : state.overlay;
    state.overlay = { kind: 'copy', menu, below };
  };

  /** Rows that are neither events nor processes. */
  const openCopies = (choices: readonly CopyChoice[]) => {
    const dialog = createMenu({
      ...{ title: 'Copy', look: effects.look, verb: 'copy' },
      items: () => choices.map(({ what, text }) => ({ label: what, note: text })),
      choose(index) {
        const choice = choices[index];
        return choice ? () => void copy(choice) : 'stay';
      },
    });
    state.overlay = { kind: 'dialog', dialog, below: state.overlay };
  };

  const openCopy = () => {
    const open = state.overlay?.kind === 'detail' ? state.overlay.detail : undefined;
    const copies = open ? undefined : panes[state.view].copies?.();
    if (copies) {
      openCopies(copies);
      return;
    }
    const focused = open ? details.focusOf(open)?.copies : undefined;
    const subject = open?.subject ?? panes[state.view].pick?.(effects.size());
    if (!subject) say(state, 'there is no row here');
    else {
      const request = subject.process ? 0 : details.ask(subject);
      setCopyMenu(
        openCopyMenu(subject, request, panes[state.view].taggedCopies?.() ?? [], focused),
      );
    }
  };

  const copy = async ({ what, text }: CopyChoice) => {
    const result = await effects.copy(text);
    if (result.ok) say(state, `copied the ${what} by ${result.how}, ${result.bytes} bytes`);
    else say(state, `not copied: ${result.reason}`, 'warning');
    effects.repaint();
  };

  const onCopyKey = (menu: CopyMenu, key: string) => {
    const step = copyMenuKey(menu, key);
    if (step.kind === 'choosing') setCopyMenu(step.menu);
    else state.overlay = state.overlay && belowOf(state.overlay);
    if (step.kind === 'copy') void copy(step.choice);
  };

  return {
    showDetail: details.show,
    showTab: details.showTab,
    runInDetail: details.run,
    clickDetail: details.click,
    openCopy,
    onCopyKey,
    onDescription(request, description) {
      details.onDescription(request, description);
      const { overlay } = state;
      if (overlay?.kind !== 'copy' || overlay.menu.request !== request) return;
      const { menu } = overlay;
      const subject = withLineage(menu.subject, description.lineage);
      state.overlay = {
        ...overlay,
        menu: openCopyMenu(subject, request, menu.others, menu.focused),
      };
    },
    onOpenFiles: details.onOpenFiles,
  };
}

/** What comes into view when the overlay goes. */
export const belowOf = (overlay: Overlay): Overlay | undefined =>
  'below' in overlay ? overlay.below : undefined;

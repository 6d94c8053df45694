import type { OpenFiles, ProcessDescription } from '../agent/inspect/types.ts';
import type { CommandId } from './commands.ts';
import { openCopies } from './copying.ts';
import { joinChoices, keepOrder } from './copyMenu.ts';
import type { DetailState } from './detail.ts';
import { createDetailActions } from './detailActions.ts';
import type { Ui } from './features/ui.ts';
import { say } from './state.ts';
import { withLineage } from './subject.ts';

export type RowActions = {
  showDetail(): void;
  /** The tab so many further on. */
  showTab(detail: DetailState, by: number): void;
  runInDetail(id: CommandId, detail: DetailState): void;
  /** A click in a detail; line and column from 0. */
  clickDetail(detail: DetailState, line: number, column: number): void;
  openCopy(): void;
  /** The agent's answer to `describe`. */
  onDescription(request: number, description: ProcessDescription): void;
  /** The same to `open-files`. */
  onOpenFiles(request: number, files: OpenFiles): void;
};

/** What is done with the rows of a view: look at one in full, copy it. */
export function createRowActions(ui: Pick<Ui, 'state' | 'panes' | 'effects' | 'open'>): RowActions {
  const { state, panes, effects } = ui;
  const details = createDetailActions(state, panes, effects);
  /** What the copy menu that was opened last lacks, by the number of the question to the agent. */
  let asked: { readonly request: number; take(description: ProcessDescription): void } | undefined;

  const openCopy = () => {
    const detail = state.overlay?.kind === 'detail' ? state.overlay.detail : undefined;
    const rows = detail ? undefined : panes[state.view].copies?.();
    if (rows) return openCopies(ui, () => rows);
    const subject = detail?.subject ?? panes[state.view].pick?.(effects.size());
    if (!subject) return say(state, 'there is no row here');
    const focused = (detail && details.focusOf(detail)?.copies) ?? [];
    const tagged = panes[state.view].taggedCopies?.() ?? [];
    const isRevealed = detail?.isRevealed;
    let choices = joinChoices(focused, subject, tagged, isRevealed);
    asked = subject.process
      ? undefined
      : {
          request: details.ask(subject),
          take({ lineage }) {
            const whole = withLineage(subject, lineage);
            choices = keepOrder(choices, joinChoices(focused, whole, tagged, isRevealed));
          },
        };
    openCopies(ui, () => choices);
  };

  return {
    showDetail: details.show,
    showTab: details.showTab,
    runInDetail: details.run,
    clickDetail: details.click,
    openCopy,
    onDescription(request, description) {
      details.onDescription(request, description);
      if (asked?.request === request) asked.take(description);
    },
    onOpenFiles: details.onOpenFiles,
  };
}

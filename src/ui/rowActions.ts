import type { Process } from '../events/types.ts';
import type { CommandId } from './commands.ts';
import { type CopyChoice, type CopyMenu, copyMenuKey, openCopyMenu } from './copyMenu.ts';
import { answered, type DetailState, type DetailTab, nextTab, openDetail } from './detail.ts';
import type { Effects } from './effects.ts';
import { type FilterInput, filterKey, openFilterInput, remember } from './filterInput.ts';
import type { Panes } from './panes/all.ts';
import { moveIn, moveOf } from './panes/pane.ts';
import { type AppState, type Overlay, say } from './state.ts';
import { type Subject, withLineage } from './subject.ts';
import { detailRoom } from './views/detailLines.ts';

export type RowActions = {
  openFilter(): void;
  onFilterKey(input: FilterInput, key: string, text: string): void;
  showDetail(): void;
  /** The tab so many further on. */
  showTab(detail: DetailState, by: number): void;
  runInDetail(id: CommandId, detail: DetailState): void;
  openCopy(): void;
  onCopyKey(menu: CopyMenu, key: string): void;
  /** The agent's answer to `describe`. */
  onDescription(request: number, lineage: readonly Process[]): void;
};

/** What is done with the rows of a view: narrow them down, look at one in full, copy it. */
export function createRowActions(state: AppState, panes: Panes, effects: Effects): RowActions {
  let requests = 0;
  const ask = ({ pid, ktime }: Subject): number => {
    requests += 1;
    if (ktime !== 0n) effects.tellAgent({ type: 'describe', request: requests, pid, ktime });
    return requests;
  };

  const setDetail = (detail: DetailState) => {
    state.overlay = { kind: 'detail', detail };
  };

  const showDetail = (tab?: DetailTab) => {
    const subject = panes[state.view].pick?.(effects.size());
    if (subject) setDetail(openDetail(subject, ask(subject), tab));
    else say(state, 'there is no row here');
  };

  const runInDetail = (id: CommandId, detail: DetailState) => {
    const { height } = effects.size();
    const move = moveOf(id, detailRoom(height));
    if (move) {
      const length = Math.max(0, effects.detailLength(detail) - detailRoom(height)) + 1;
      setDetail({ ...detail, top: moveIn(detail.top, length, move) });
    } else if (id === 'detail.next' || id === 'detail.previous') {
      panes[state.view].run(id === 'detail.next' ? 'move.down' : 'move.up', effects.size());
      showDetail(detail.tab);
    }
  };

  const setCopyMenu = (menu: CopyMenu) => {
    const below = state.overlay?.kind === 'copy' ? state.overlay.below : state.overlay;
    state.overlay = { kind: 'copy', menu, below };
  };

  const openCopy = () => {
    const open = state.overlay?.kind === 'detail' ? state.overlay.detail : undefined;
    const subject = open?.subject ?? panes[state.view].pick?.(effects.size());
    if (!subject) say(state, 'there is no row here');
    else setCopyMenu(openCopyMenu(subject, subject.process ? 0 : ask(subject)));
  };

  const copy = async ({ what, text }: CopyChoice) => {
    const result = await effects.copy(text);
    if (result.ok) say(state, `copied the ${what} by ${result.how}, ${result.bytes} bytes`);
    else say(state, `not copied: ${result.reason}`, 'warning');
    effects.repaint();
  };

  const openFilter = () => {
    const { filter } = panes[state.view];
    if (filter)
      state.overlay = {
        kind: 'filter',
        input: openFilterInput(filter.text(), state.filterHistory),
      };
  };

  const setFilter = (text: string) => {
    panes[state.view].filter?.set(text);
    state.filterHistory = remember(state.filterHistory, text);
  };

  const onFilterKey = (input: FilterInput, key: string, text: string) => {
    const step = filterKey(input, key, text);
    state.overlay = step.kind === 'typing' ? { kind: 'filter', input: step.input } : undefined;
    if (step.kind === 'apply') setFilter(step.text);
  };

  const onCopyKey = (menu: CopyMenu, key: string) => {
    const step = copyMenuKey(menu, key);
    if (step.kind === 'choosing') setCopyMenu(step.menu);
    else state.overlay = state.overlay && belowOf(state.overlay);
    if (step.kind === 'copy') void copy(step.choice);
  };

  return {
    openFilter,
    onFilterKey,
    showDetail: () => showDetail(),
    showTab: (detail, by) => setDetail(nextTab(detail, by)),
    runInDetail,
    openCopy,
    onCopyKey,
    onDescription(request, lineage) {
      const describe = (overlay: Overlay): Overlay => {
        if (overlay.kind === 'detail')
          return { kind: 'detail', detail: answered(overlay.detail, request, lineage) };
        if (overlay.kind === 'copy' && overlay.menu.request === request) {
          const subject = withLineage(overlay.menu.subject, lineage);
          return { ...overlay, menu: openCopyMenu(subject, request) };
        }
        return 'below' in overlay && overlay.below
          ? { ...overlay, below: describe(overlay.below) }
          : overlay;
      };
      if (state.overlay) state.overlay = describe(state.overlay);
    },
  };
}

/** What comes into view when the overlay goes. */
export const belowOf = (overlay: Overlay): Overlay | undefined =>
  'below' in overlay ? overlay.below : undefined;

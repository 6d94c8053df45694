import type { OpenFiles, ProcessDescription } from '../agent/inspect/types.ts';
import type { CommandId } from './commands.ts';
import { type Focus, filterText, type Opened } from './detail/focus.ts';
import { moveInBody } from './detail/place.ts';
import { createRelatedSearch, type RelatedEvents } from './detail/related.ts';
import { sourceLook } from './detail/sourceLook.ts';
import { answered, type DetailState, nextTab, openDetail, withFiles } from './detail.ts';
import type { Effects } from './effects.ts';
import { setOverlay } from './overlay.ts';
import type { Panes } from './panes/all.ts';
import { moveOf } from './panes/pane.ts';
import { type AppState, type Overlay, say } from './state.ts';
import type { Subject } from './subject.ts';
import { detailBody } from './views/detail/body.ts';
import type { DetailLook } from './views/detail/item.ts';
import { detailFocus, detailHit, detailRoom } from './views/detailLines.ts';

export type DetailActions = {
  /** Asks the agent about a subject. @returns the number of the question */
  ask(subject: Subject): number;
  show(): void;
  /** The tab so many further on. */
  showTab(detail: DetailState, by: number): void;
  run(id: CommandId, detail: DetailState): void;
  /** A click; line and column from 0. */
  click(detail: DetailState, line: number, column: number): void;
  /** What the cursor of a detail is on. */
  focusOf(detail: DetailState): Focus | undefined;
  /** The detail with the agent's answers, wherever it is below what covers it. */
  onDescription(request: number, description: ProcessDescription): void;
  onOpenFiles(request: number, files: OpenFiles): void;
};

/** Details opened from one another: Esc goes back so far. */
const MOST_DEEP = 32;

/** What keys do in a detail. */
export function createDetailActions(
  state: AppState,
  panes: Panes,
  effects: Effects,
): DetailActions {
  let requests = 0;
  /** The search of the detail that was opened last. */
  let searching: RelatedEvents | undefined;
  const ask = ({ pid, ktime }: Subject): number => {
    requests += 1;
    if (ktime !== 0n) effects.tellAgent({ type: 'describe', request: requests, pid, ktime });
    return requests;
  };

  const look = (): DetailLook => ({
    ...{ ...effects.look, width: effects.size().width, ...sourceLook(state) },
  });
  const focusOf = (detail: DetailState) => detailFocus(detail, look());

  const askForFiles = (detail: DetailState): DetailState => {
    const { pid, ktime } = detail.subject;
    if (ktime === 0n) return detail;
    requests += 1;
    effects.tellAgent({ type: 'open-files', request: requests, pid, ktime });
    return { ...detail, files: { request: requests, answer: detail.files?.answer } };
  };

  /** With what the tab needs beside what is there already. */
  const prepared = (detail: DetailState): DetailState => {
    if (detail.tab === 'files' && !detail.files) return askForFiles(detail);
    if (detail.tab !== 'related' || detail.related) return detail;
    const { number = state.store.next, pid, ktime } = detail.subject;
    // Whoever comes back to the other goes on with its search.
    searching?.stop();
    const related = createRelatedSearch({
      ...{ events: state.store, origin: number, pid, ktime },
      eventOf: panes.stream.eventOf,
      onProgress: () => (state.overlay ? effects.repaint() : related.stop()),
    });
    searching = related;
    return { ...detail, related };
  };

  /** In the place of the detail that is open. */
  const replace = (detail: DetailState) => {
    const below = state.overlay?.kind === 'detail' ? state.overlay.below : undefined;
    setOverlay(state, { kind: 'detail', detail: prepared(detail), below });
  };

  const showRow = (before?: DetailState) => {
    const subject = panes[state.view].pick?.(effects.size());
    if (subject) replace(openDetail(subject, ask(subject), before));
    else say(state, 'there is no row here');
  };

  const showOther = (detail: DetailState, step: 'move.down' | 'move.up') => {
    if (state.overlay?.kind === 'detail' && state.overlay.below) {
      say(state, 'this detail was opened from another: Esc goes back to it');
      return;
    }
    panes[state.view].run(step, effects.size());
    showRow(detail);
  };

  const subjectOf = (opened: Opened): Subject | undefined => {
    if (opened.kind === 'event') return panes.stream.subjectOf(opened.number);
    const { pid, ktime } = opened;
    return {
      ...{ pid, ktime, executable: '' },
      ...{ event: undefined, process: undefined, lineage: undefined },
    };
  };

  /** Lays the detail of what has the cursor over this one. */
  const openFocused = (detail: DetailState) => {
    const opened = focusOf(detail)?.opens;
    if (!opened) return say(state, 'Enter opens ancestors and related events: there is none here');
    const subject = subjectOf(opened);
    if (!subject) return say(state, 'this event is not held any more');
    if (isSame(subject, detail.subject)) return say(state, 'this is what the detail is about');
    const before = opened.kind === 'event' ? undefined : detail;
    setOverlay(state, {
      kind: 'detail',
      detail: prepared(openDetail(subject, ask(subject), before)),
      below: state.overlay && withDepth(state.overlay, MOST_DEEP),
    });
  };

  const filterBy = (detail: DetailState) => {
    const { filter } = focusOf(detail) ?? {};
    const text = filter ? filterText(filter) : '';
    if (text === '') return say(state, 'no event can be found by this');
    panes.stream.filter?.set(text);
    setOverlay(state, undefined);
    if (state.view !== 'stream') {
      state.view = 'stream';
      effects.tellAgent({ type: 'watch', topics: [...panes.stream.topics] });
    }
    say(state, 'the stream shows what has this value; Esc takes the filter away');
  };

  const run = (id: CommandId, detail: DetailState) => {
    const room = detailRoom(effects.size().height);
    const move = moveOf(id, room);
    if (move) {
      const place = moveInBody(detail.place, detailBody(detail, look()), move, room);
      return replace({ ...detail, place });
    }
    switch (id) {
      case 'detail.next':
        return showOther(detail, 'move.down');
      case 'detail.previous':
        return showOther(detail, 'move.up');
      case 'row.detail':
        return openFocused(detail);
      case 'detail.filter':
        return filterBy(detail);
      case 'detail.refresh':
        if (detail.tab === 'files') return replace(askForFiles(detail));
        return say(state, 'only open files are read anew');
      case 'detail.difference':
        if (detail.tab !== 'environment') return say(state, 'this is for the Environment tab');
        return replace({ ...detail, isDifference: !detail.isDifference });
      case 'detail.reveal':
        if (detail.tab !== 'environment' && detail.tab !== 'json')
          return say(state, 'this is for the Environment and JSON tabs');
        return replace({ ...detail, isRevealed: !detail.isRevealed });
    }
  };

  /** On a tab: opens it. On an entry: the cursor to it; on the one that has it: what Enter does. */
  const click = (detail: DetailState, line: number, column: number) => {
    const { height } = effects.size();
    const hit = detailHit(detail, line, column, { ...look(), height });
    if (hit?.kind === 'tab') replace(nextTab(detail, hit.by));
    else if (hit?.isFocused && focusOf(detail)?.opens) openFocused(detail);
    else if (hit) replace({ ...detail, place: hit.place });
  };

  const change = (to: (detail: DetailState) => DetailState) => {
    const inside = (overlay: Overlay): Overlay => {
      const below = 'below' in overlay && overlay.below ? { below: inside(overlay.below) } : {};
      return overlay.kind === 'detail'
        ? { ...overlay, detail: to(overlay.detail), ...below }
        : { ...overlay, ...below };
    };
    if (state.overlay) setOverlay(state, inside(state.overlay));
  };

  return {
    ask,
    show: () => showRow(),
    showTab: (detail, by) => replace(nextTab(detail, by)),
    run,
    click,
    focusOf,
    onDescription: (request, description) =>
      change((detail) => answered(detail, request, description)),
    onOpenFiles: (request, files) => change((detail) => withFiles(detail, request, files)),
  };
}

const isSame = (one: Subject, other: Subject): boolean =>
  one.event || other.event
    ? one.number !== undefined && one.number === other.number
    : one.pid === other.pid && one.ktime === other.ktime;

/** With so many levels at most: the lowest are forgotten. */
function withDepth(overlay: Overlay, levels: number): Overlay | undefined {
  if (levels === 0) return undefined;
  if (!('below' in overlay) || !overlay.below) return overlay;
  return { ...overlay, below: withDepth(overlay.below, levels - 1) };
}

import { VIEWS } from './commands.ts';
import { createCoverLines } from './coverLines.ts';
import { markFound } from './findMarks.ts';
import { createFrame, type HostFacts, insideFrame, paneSize } from './frame.ts';
import { frameHeights } from './frameHeights.ts';
import { type Hit, hitAt } from './hits.ts';
import type { Cover, InkCover } from './inkCover.tsx';
import { belowOf } from './overlay.ts';
import type { Pace } from './pace.ts';
import type { Panes } from './panes/all.ts';
import { narratorPaneLines, narratorPlace } from './panes/narrator.ts';
import type { PaneSize } from './panes/pane.ts';
import { type AppState, armedNow, policyById } from './state.ts';
import { createCompositor } from './terminal/compositor.ts';
import type { Screen } from './terminal/screen.ts';
import { toAscii } from './text/ascii.ts';
import type { Theme } from './theme.ts';
import { isTooSmall, tooSmallLines } from './views/tooSmall.ts';

export type Painter = {
  /** Brings the screen up to date now: after a key. */
  paint(): void;
  /** The same when it is time for it: after events. */
  paintSoon(): void;
  /** The theme is another one: what was drawn with the last is forgotten. */
  restyle(): void;
  /** Everything is drawn anew with the next paint. */
  invalidate(): void;
  resize(columns: number, rows: number): void;
  /** What the last paint has put there; from 0. */
  hitAt(column: number, row: number): Hit | undefined;
  /** What covers the view is drawn: while it is being loaded the operator sees the view, and keys mean nothing yet. */
  isCoverDrawn(): boolean;
  /** Rejects when a component throws. */
  readonly broken: Promise<unknown>;
  close(): void;
};

type Options = {
  state: AppState;
  panes: Panes;
  screen: Screen;
  node: string;
  /** Asked for each paint. */
  host(): HostFacts;
  theme: Theme;
  ascii: boolean;
  userNames: ReadonlyMap<number, string>;
  groupNames?: ReadonlyMap<number, string> | undefined;
  pace: Pace;
  /** SGR of the whole screen, as the theme in use wants it. */
  ground(): string;
  /** Events are about to be painted; absent when all that has come may be shown at any time. */
  beforeEvents?: (() => void) | undefined;
};

/** What lies over the lower part of the view. */
const MENUS: ReadonlySet<string> = new Set(['parameters', 'trial']);

/**
 * Draws the state: what covers a view by Ink, whenever something in it has changed; the views and the lines around them, which
 * change with every event, by the compositor alone.
 */
export function createPainter({
  state,
  panes,
  screen,
  node,
  host,
  theme,
  ascii,
  userNames,
  groupNames,
  pace,
  ground,
  beforeEvents,
}: Options): Painter {
  const compositor = createCompositor({
    write: screen.write,
    canWrite: screen.canWrite,
    ...screen.size(),
  });
  compositor.setGround(ground());
  const { promise: broken, reject: breakDown } = Promise.withResolvers<unknown>();
  /** Loaded when something covers the view for the first time: its code is half of what a start would have to read. */
  let ink: InkCover | undefined;
  let isInkWanted = false;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  /** What the last frame of Ink's was made of. */
  let lastCover: readonly unknown[] = [];
  let isCoverDrawn = false;
  /** Lines of the view that a menu has taken, as last drawn. */
  let covered = 0;

  const hasNoRoom = () => isTooSmall(screen.size());

  const size = () => paneSize(screen, state);
  const covers = createCoverLines({ state, panes, theme, ascii, userNames, groupNames, size });
  const { coveringLines, openLines } = covers;
  const frame = createFrame({ state, panes, covers, node, host, theme, ascii, size });

  const cover = (): Cover | undefined => {
    const { overlay } = state;
    if (overlay?.kind !== 'arm') return undefined;
    const { dialog } = overlay;
    const policy = policyById(state, dialog.policyId);
    // To the second: what only the time changes needs no more frames.
    const now = Math.floor(Date.now() / 1000) * 1000;
    return policy && { dialog, policy, now };
  };

  /** What stands around the view changes with every event, so that it is none of Ink's. */
  const drawChrome = () => {
    const { columns, rows } = screen.size();
    const now = Date.now();
    if (state.notice && state.notice.until < performance.now()) state.notice = undefined;
    if (hasNoRoom()) {
      compositor.removeRegion('above');
      compositor.removeRegion('below');
      return;
    }
    const { header, tabs, rule, lowerRule, playback, footer } = frame.lines(columns, now);
    const { top, bottom } = frameHeights(state);
    const setLines = (id: string, row: number, lines: readonly string[]) =>
      compositor.setRegion(id, {
        ...{ row, column: 0, width: columns, height: lines.length },
        lines: ascii ? lines.map(toAscii) : lines,
      });
    setLines('above', 0, [header, tabs, rule].slice(0, top));
    setLines('below', rows - bottom, [lowerRule, ...playback, footer].slice(-bottom));
  };

  const loadInk = async () => {
    const { createInkCover } = await import('./inkCover.tsx');
    if (isClosed) return;
    const onFrame = (lines: string) => compositor.setFrame(ascii ? toAscii(lines) : lines);
    ink = createInkCover({ size: screen.size(), theme, userNames, onFrame });
    ink.broken.catch(breakDown);
    paint();
  };

  /** What covers a view. Each frame of Ink's costs milliseconds: none without a change. */
  const drawCover = () => {
    const { columns, rows } = screen.size();
    const content = cover();
    if (content && !isInkWanted) {
      isInkWanted = true;
      loadInk().catch(breakDown);
    }
    isCoverDrawn = content !== undefined && ink !== undefined;
    if (!ink) return;
    const { dialog, policy, now } = content ?? {};
    const parts = [columns, rows, state.isZoomed, dialog, policy, now];
    if (lastCover.length > 0 && parts.every((part, at) => part === lastCover[at])) return;
    lastCover = parts;
    ink.draw(content, { columns, rows }, state, size());
  };

  /** In place of everything. */
  const drawTooSmall = () => {
    if (!hasNoRoom()) {
      compositor.removeRegion('too-small');
      return;
    }
    const { columns, rows } = screen.size();
    const lines = tooSmallLines(armedNow(state), Date.now(), theme, columns).slice(0, rows);
    compositor.setRegion('too-small', {
      ...{ row: 0, column: 0, width: columns, height: rows },
      lines: ascii ? lines.map(toAscii) : lines,
    });
  };

  const viewLines = ({ width, height }: PaneSize): string[] => {
    const { overlay } = state;
    const covering = coveringLines({ width, height }).slice(-height);
    covered = covering.length;
    const isMenu =
      MENUS.has(overlay?.kind ?? '') ||
      (overlay?.kind === 'dialog' && overlay.dialog.place !== 'view');
    // A menu is about the row with the cursor, which must stay in sight.
    const free = isMenu ? Math.max(1, height - covering.length) : height;
    const open = openLines(isMenu ? overlay && belowOf(overlay) : overlay, { width, height: free });
    const lines = markFound(open, state, panes, theme);
    if (covering.length === 0) return lines;
    const above = Array.from({ length: height - covering.length }, (_, row) => lines[row] ?? '');
    return [...above, ...covering];
  };

  const drawView = () => {
    // Until Ink is there, what it will cover stays in sight.
    if ((state.overlay?.kind === 'arm' && ink) || hasNoRoom()) {
      compositor.removeRegion('view');
      return;
    }
    const room = size();
    const lines = viewLines(room);
    compositor.setRegion('view', {
      row: frameHeights(state).top,
      column: 0,
      ...room,
      lines: ascii ? lines.map(toAscii) : lines,
    });
  };

  const drawNarrator = () => {
    if (!state.narrator || state.isZoomed || hasNoRoom()) {
      compositor.removeRegion('narrator');
      return;
    }
    const place = narratorPlace(insideFrame(screen, state));
    const lines = narratorPaneLines(state.narrator, place, theme);
    compositor.setRegion('narrator', {
      ...place,
      row: frameHeights(state).top + place.row,
      lines: ascii ? lines.map(toAscii) : lines,
    });
  };

  const cancelTimer = () => {
    clearTimeout(timer);
    timer = undefined;
  };

  const paint = () => {
    // Events that still wait somewhere else are not in this frame.
    if (!beforeEvents) cancelTimer();
    if (!screen.isEntered()) return;
    // The view first: it settles its place, which the frame's footer tells.
    drawView();
    drawNarrator();
    drawChrome();
    drawCover();
    drawTooSmall();
    const { bytes, isBehind } = compositor.flush();
    pace.painted(bytes, performance.now());
    if (isBehind) paintSoon();
  };

  const paintEvents = () => {
    cancelTimer();
    // A key's frame may have come in between.
    if (pace.wait(performance.now()) > 0) {
      paintSoon();
      return;
    }
    beforeEvents?.();
    paint();
  };

  const paintSoon = () => {
    timer ??= setTimeout(paintEvents, Math.ceil(pace.wait(performance.now())));
  };

  return {
    paint,
    paintSoon,
    restyle() {
      lastCover = [];
      compositor.setGround(ground());
      for (const { view } of VIEWS) panes[view].invalidate();
    },
    invalidate() {
      compositor.invalidate();
      for (const { view } of VIEWS) panes[view].invalidate();
    },
    hitAt(column, row) {
      const { columns, rows } = screen.size();
      if (hasNoRoom()) return undefined;
      return hitAt(column, row, {
        ...{ rows, covered, view: size(), ...frameHeights(state) },
        tabs: () => frame.tabs(columns),
        footer: () => frame.footer(columns),
        playback: () => frame.playback(columns),
      });
    },
    isCoverDrawn: () => isCoverDrawn,
    resize(columns, rows) {
      compositor.resize(columns, rows);
      ink?.resize(columns, rows);
    },
    broken,
    close() {
      isClosed = true;
      clearTimeout(timer);
      ink?.close();
    },
  };
}

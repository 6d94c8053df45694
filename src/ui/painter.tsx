import { type Instance, render, Text } from 'ink';
import type { PolicyStatus } from '../agent/messages.ts';
import type { ArmDialogState } from './arming.ts';
import { VIEWS } from './commands.ts';
import { ArmDialog } from './components/ArmDialog.tsx';
import { Frame, frameHeights } from './components/Frame.tsx';
import { Lines } from './components/Lines.tsx';
import { createCoverLines } from './coverLines.ts';
import { markFound } from './findMarks.ts';
import { createFrame, type HostFacts, insideFrame, paneSize } from './frame.ts';
import { type Hit, hitAt } from './hits.ts';
import { belowOf } from './overlay.ts';
import type { Pace } from './pace.ts';
import type { Panes } from './panes/all.ts';
import { narratorPaneLines, narratorPlace } from './panes/narrator.ts';
import type { PaneSize } from './panes/pane.ts';
import { type AppState, policyById } from './state.ts';
import { createCompositor } from './terminal/compositor.ts';
import { createInkSink } from './terminal/inkSink.ts';
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
  pace: Pace;
  /** SGR of the whole screen, as the theme in use wants it. */
  ground(): string;
  /** Events are about to be painted; absent when all that has come may be shown at any time. */
  beforeEvents?: (() => void) | undefined;
};

/** What lies over the lower part of the view. */
const MENUS: ReadonlySet<string> = new Set(['parameters', 'trial']);

/** What covers the view, as Ink draws it. `now`: wall clock, ms, to the second. */
type Cover = { dialog: ArmDialogState; policy: PolicyStatus; now: number };

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
  pace,
  ground,
  beforeEvents,
}: Options): Painter {
  const compositor = createCompositor({
    write: screen.write,
    canWrite: screen.canWrite,
    ...screen.size(),
  });
  const sink = createInkSink({
    ...screen.size(),
    onFrame: (frame) => compositor.setFrame(ascii ? toAscii(frame) : frame),
  });
  compositor.setGround(ground());
  const ink: Instance = render(<Text> </Text>, sink.renderOptions);
  let timer: NodeJS.Timeout | undefined;
  /** What the last frame of Ink's was made of. */
  let lastCover: readonly unknown[] = [];
  /** Lines of the view that a menu has taken, as last drawn. */
  let covered = 0;

  const hasNoRoom = () => isTooSmall(screen.size());

  const size = () => paneSize(screen, state);
  const covers = createCoverLines({ state, panes, theme, ascii, userNames, size });
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
    if (state.notice && state.notice.until < now) state.notice = undefined;
    if (hasNoRoom()) {
      compositor.removeRegion('above');
      compositor.removeRegion('below');
      return;
    }
    const { header, tabs, rule, lowerRule, footer } = frame.lines(columns, now);
    const { top, bottom } = frameHeights(state.isZoomed);
    const setLines = (id: string, row: number, lines: readonly string[]) =>
      compositor.setRegion(id, {
        ...{ row, column: 0, width: columns, height: lines.length },
        lines: ascii ? lines.map(toAscii) : lines,
      });
    setLines('above', 0, [header, tabs, rule].slice(0, top));
    setLines('below', rows - bottom, [lowerRule, footer].slice(-bottom));
  };

  /** What covers a view. Each frame of Ink's costs milliseconds: none without a change. */
  const drawCover = () => {
    const { columns, rows } = screen.size();
    const content = cover();
    const tooSmall = hasNoRoom()
      ? tooSmallLines(state.policies, Date.now(), theme, columns)
      : undefined;
    const { dialog, policy, now } = content ?? {};
    const parts = [columns, rows, state.isZoomed, tooSmall?.join('\n'), dialog, policy, now];
    if (lastCover.length > 0 && parts.every((part, at) => part === lastCover[at])) return;
    lastCover = parts;
    ink.rerender(
      tooSmall ? (
        <Lines lines={tooSmall} top={0} height={rows} />
      ) : (
        <Frame width={columns} height={rows} isZoomed={state.isZoomed}>
          {content && <ArmDialog {...{ ...content, ...size(), theme, userNames }} />}
        </Frame>
      ),
    );
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
    if (state.overlay?.kind === 'arm' || hasNoRoom()) {
      compositor.removeRegion('view');
      return;
    }
    const room = size();
    const lines = viewLines(room);
    compositor.setRegion('view', {
      row: frameHeights(state.isZoomed).top,
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
      row: frameHeights(state.isZoomed).top + place.row,
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
        ...{ rows, covered, view: size(), ...frameHeights(state.isZoomed) },
        tabs: () => frame.tabs(columns),
        footer: () => frame.footer(columns),
      });
    },
    resize(columns, rows) {
      compositor.resize(columns, rows);
      sink.resize(columns, rows);
    },
    broken: ink.waitUntilExit(),
    close() {
      clearTimeout(timer);
      ink.unmount();
    },
  };
}

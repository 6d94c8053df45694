import { type Instance, render, Text } from 'ink';
import type { PolicyStatus } from '../agent/messages.ts';
import type { ArmDialogState } from './arming.ts';
import { COMMANDS, isUsable, keyLabel, keyOf, keysOf, VIEWS } from './commands.ts';
import { ArmDialog } from './components/ArmDialog.tsx';
import { Frame, frameHeights } from './components/Frame.tsx';
import { Lines } from './components/Lines.tsx';
import { createCoverLines } from './coverLines.ts';
import { markFound } from './findMarks.ts';
import { type Hit, hitAt } from './hits.ts';
import type { Pace } from './pace.ts';
import type { Panes } from './panes/all.ts';
import { besideNarrator, narratorPaneLines, narratorPlace } from './panes/narrator.ts';
import type { PaneSize } from './panes/pane.ts';
import { belowOf } from './rowActions.ts';
import { type AppState, policyById } from './state.ts';
import { createCompositor } from './terminal/compositor.ts';
import { createInkSink } from './terminal/inkSink.ts';
import type { Screen } from './terminal/screen.ts';
import { toAscii } from './text/ascii.ts';
import { renderLine, type Span } from './text/line.ts';
import type { Theme } from './theme.ts';
import {
  armedPolicies,
  footerSpans,
  type Hint,
  headerLine,
  ruleLine,
  tabsSpans,
} from './views/chrome.ts';
import { detailHints, detailPosition } from './views/detailLines.ts';
import { activeFilterText } from './views/filterLine.ts';
import { isTooSmall, tooSmallLines } from './views/tooSmall.ts';
import { viewRateSpans } from './views/viewRate.ts';

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

/** What the header tells of the host beside its name. */
export type HostFacts = { kernel: string; uptimeSeconds: number };

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
const MENUS: ReadonlySet<string> = new Set(['copy', 'parameters', 'trial']);

/** What covers the view, as Ink draws it. */
type Cover =
  | { kind: 'none' }
  | { kind: 'arm'; dialog: ArmDialogState; policy: PolicyStatus; now: number };

const hintOf = (text: string, key: string): Hint => ({ key: keyLabel(key), text, press: key });

/** Size of a view on this screen: what the frame leaves, and the narrator. */
export function paneSize(
  screen: Pick<Screen, 'size'>,
  { narrator, isZoomed }: Pick<AppState, 'narrator' | 'isZoomed'>,
): PaneSize {
  const inFrame = insideFrame(screen, isZoomed);
  return narrator && !isZoomed ? besideNarrator(inFrame) : inFrame;
}

function insideFrame(screen: Pick<Screen, 'size'>, isZoomed: boolean): PaneSize {
  const { columns, rows } = screen.size();
  const { top, bottom } = frameHeights(isZoomed);
  return { width: columns, height: rows - top - bottom };
}

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
  let lastCover = '';
  /** Lines of the view that a menu has taken, as last drawn. */
  let covered = 0;

  const hasNoRoom = () => isTooSmall(screen.size());

  const { typedLine, coveringLines, openLines, detailLook } = createCoverLines({
    ...{ state, panes, theme, ascii, userNames },
    size: () => paneSize(screen, state),
  });

  const hints = (): Hint[] => {
    const { overlay } = state;
    const esc = { key: 'Esc', text: 'back', press: 'escape' };
    const scroll = { key: '↑↓', text: 'scroll' };
    if (overlay?.kind === 'copy') return [esc, { key: 'Enter', text: 'copy' }];
    if (overlay?.kind === 'dialog') return [...overlay.dialog.hints];
    const usable = COMMANDS.flatMap((command) =>
      command.hint &&
      (command.views?.includes(state.view) ?? true) &&
      isUsable(command, overlay?.kind) &&
      keysOf(command).length > 0
        ? [hintOf(command.hint, keysOf(command)[0] ?? '')]
        : [],
    );
    if (overlay?.kind === 'detail') {
      const own = detailHints(overlay.detail, detailLook(paneSize(screen, state).width));
      const tab = { key: 'Tab', text: 'next tab', press: 'tab' };
      return [esc, tab, ...own, ...usable.filter(({ text }) => text !== 'detail')];
    }
    if (overlay?.kind === 'policy')
      return [esc, { key: 'Tab', text: 'other side', press: 'tab' }, scroll, ...usable];
    return overlay ? [esc] : usable;
  };

  const position = (size: PaneSize): string => {
    const { overlay } = state;
    if (overlay?.kind === 'detail')
      return detailPosition(overlay.detail, size.height, detailLook(size.width));
    if (overlay?.kind === 'dialog') return overlay.dialog.position?.(size) ?? '';
    return overlay?.kind === 'policy' ? '' : panes[state.view].position(size);
  };

  const footerNow = (columns: number) =>
    footerSpans(hints(), state.notice, position(paneSize(screen, state)), theme, columns);

  const tabsNow = (columns: number) =>
    tabsSpans(
      VIEWS.map(({ view, title, command }) => ({
        ...{ key: keyOf(command), title, command },
        active: view === state.view,
      })),
      theme,
      columns,
      filterText(),
    );

  const statusWord = () => {
    if (!state.isReady) return 'starting';
    return panes.isPaused() ? 'paused' : 'live';
  };

  const isArmed = () => armedPolicies(state.policies).length > 0;

  const filterText = () => {
    const filter = panes[state.view].filter?.text() || undefined;
    const texts = { find: state.find?.text, filter };
    return (texts.find ?? filter) === undefined
      ? undefined
      : (room: number) => activeFilterText(texts, room, ascii);
  };

  /** Nothing that only looks nice on a thin link. */
  const rate = (width: number): Span[] =>
    state.isThinLink ? [] : viewRateSpans(state.viewRates.of(state.view), { theme, width, ascii });

  const frameLines = (columns: number, now: number) => ({
    header: headerLine(
      {
        node,
        ...host(),
        status: statusWord(),
        perSecond: state.rate.perSecond,
        history: state.isThinLink ? [] : state.rate.history,
        lost: state.lost,
        policies: state.policies,
        now,
      },
      theme,
      columns,
      ascii,
    ),
    tabs: renderLine(tabsNow(columns), columns),
    rule: ruleLine(isArmed(), theme, columns, ascii),
    lowerRule: ruleLine(isArmed(), theme, columns, ascii, rate(columns)),
    footer: typedLine(columns) ?? renderLine(footerNow(columns), columns),
  });

  const cover = (): Cover => {
    const { overlay } = state;
    if (overlay?.kind === 'arm') {
      const policy = policyById(state, overlay.dialog.policyId);
      // To the second: what only the time changes needs no more frames.
      const now = Math.floor(Date.now() / 1000) * 1000;
      if (policy) return { kind: 'arm', dialog: overlay.dialog, policy, now };
    }
    return { kind: 'none' };
  };

  const renderCover = (content: Cover) => {
    const { width, height } = paneSize(screen, state);
    if (content.kind === 'none') return null;
    const { dialog, policy, now } = content;
    return <ArmDialog {...{ dialog, policy, theme, userNames, now, width, height }} />;
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
    const { header, tabs, rule, lowerRule, footer } = frameLines(columns, now);
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
    const key = JSON.stringify([columns, rows, state.isZoomed, content, tooSmall]);
    if (key === lastCover) return;
    lastCover = key;
    ink.rerender(
      tooSmall ? (
        <Lines lines={tooSmall} top={0} height={rows} />
      ) : (
        <Frame width={columns} height={rows} isZoomed={state.isZoomed}>
          {renderCover(content)}
        </Frame>
      ),
    );
  };

  const viewLines = ({ width, height }: PaneSize): string[] => {
    const { overlay } = state;
    const covering = coveringLines({ width, height });
    covered = covering.length;
    const isMenu =
      MENUS.has(overlay?.kind ?? '') ||
      (overlay?.kind === 'dialog' && overlay.dialog.place !== 'view');
    // A menu is about the row with the cursor, which must stay in sight.
    const free = isMenu ? height - covering.length : height;
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
    const size = paneSize(screen, state);
    const lines = viewLines(size);
    compositor.setRegion('view', {
      row: frameHeights(state.isZoomed).top,
      column: 0,
      ...size,
      lines: ascii ? lines.map(toAscii) : lines,
    });
  };

  const drawNarrator = () => {
    if (!state.narrator || state.isZoomed || hasNoRoom()) {
      compositor.removeRegion('narrator');
      return;
    }
    const place = narratorPlace(insideFrame(screen, state.isZoomed));
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
      lastCover = '';
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
        ...{ rows, covered, view: paneSize(screen, state), ...frameHeights(state.isZoomed) },
        tabs: () => tabsNow(columns),
        footer: () => (typedLine(columns) === undefined ? footerNow(columns) : []),
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

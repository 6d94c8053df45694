import { release, uptime } from 'node:os';
import { type Instance, render, Text } from 'ink';
import type { PolicyStatus } from '../agent/messages.ts';
import type { ArmDialogState } from './arming.ts';
import { COMMANDS, isUsable, keyLabel, keyOf, VIEWS } from './commands.ts';
import { ArmDialog } from './components/ArmDialog.tsx';
import { Frame, frameHeights } from './components/Frame.tsx';
import { Lines } from './components/Lines.tsx';
import type { Panes } from './panes/all.ts';
import { besideNarrator, narratorPaneLines, narratorPlace } from './panes/narrator.ts';
import type { PaneSize } from './panes/pane.ts';
import { menuHeight } from './policyLayout.ts';
import { belowOf } from './rowActions.ts';
import { type AppState, type Overlay, policyById } from './state.ts';
import { createCompositor } from './terminal/compositor.ts';
import { createInkSink } from './terminal/inkSink.ts';
import type { Screen } from './terminal/screen.ts';
import { toAscii } from './text/ascii.ts';
import { renderLine, type Span } from './text/line.ts';
import type { Theme } from './theme.ts';
import {
  armedPolicies,
  footerLine,
  type Hint,
  headerLine,
  ruleLine,
  tabsLine,
} from './views/chrome.ts';
import { copyLines } from './views/copyLines.ts';
import { type DetailLook, detailLines, detailPosition } from './views/detailLines.ts';
import { activeFilterText, filterInputLine, filterVerdict } from './views/filterLine.ts';
import { helpLines } from './views/helpLines.ts';
import { parameterLines } from './views/parameterLines.ts';
import { policyViewLines } from './views/policyViewLines.ts';
import { searchInputLine } from './views/searchLine.ts';
import { isTooSmall, tooSmallLines } from './views/tooSmall.ts';
import { trialLines } from './views/trialLines.ts';

export type Painter = {
  /** Brings the screen up to date now: after a key. */
  paint(): void;
  /** The same within PAINT_MS: after events. */
  paintSoon(): void;
  /** Everything is drawn anew with the next paint. */
  invalidate(): void;
  resize(columns: number, rows: number): void;
  /** Rejects when a component throws. */
  readonly broken: Promise<unknown>;
  close(): void;
};

type Options = {
  state: AppState;
  panes: Panes;
  screen: Screen;
  node: string;
  theme: Theme;
  ascii: boolean;
  userNames: ReadonlyMap<number, string>;
};

/** Events paint at most this often; keys are painted at once. */
const PAINT_MS = 100;

/** What lies over the lower part of the view. */
const MENUS: ReadonlySet<string> = new Set(['copy', 'parameters', 'trial']);

/** What covers the view, as Ink draws it. */
type Cover =
  | { kind: 'none' }
  | { kind: 'lines'; lines: string[]; top: number }
  | { kind: 'arm'; dialog: ArmDialogState; policy: PolicyStatus; now: number };

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
  theme,
  ascii,
  userNames,
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
  const ink: Instance = render(<Text> </Text>, sink.renderOptions);
  let paintedAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let lastCover = '';

  const hasNoRoom = () => isTooSmall(screen.size());

  const detailLook = (width: number): DetailLook => ({ theme, width, ascii, userNames });

  const hints = (): Hint[] => {
    const { overlay } = state;
    const esc = { key: 'Esc', text: 'back' };
    const scroll = { key: '↑↓', text: 'scroll' };
    if (overlay?.kind === 'help') return [esc, scroll];
    if (overlay?.kind === 'copy') return [esc, { key: 'Enter', text: 'copy' }];
    if (overlay?.kind === 'dialog') return [...overlay.dialog.hints];
    const usable = COMMANDS.flatMap((command) =>
      command.hint &&
      (command.views?.includes(state.view) ?? true) &&
      isUsable(command, overlay?.kind) &&
      command.keys.length > 0
        ? [{ key: keyLabel(command.keys[0] ?? ''), text: command.hint }]
        : [],
    );
    if (overlay?.kind === 'detail') return [esc, { key: 'Tab', text: 'next tab' }, ...usable];
    if (overlay?.kind === 'policy')
      return [esc, { key: 'Tab', text: 'other side' }, scroll, ...usable];
    return overlay ? [esc] : usable;
  };

  const position = (size: PaneSize): string => {
    const { overlay } = state;
    if (overlay?.kind === 'detail')
      return detailPosition(overlay.detail, size.height, detailLook(size.width));
    if (overlay?.kind === 'dialog') return overlay.dialog.position?.(size) ?? '';
    return overlay?.kind === 'policy' ? '' : panes[state.view].position(size);
  };

  const footer = (columns: number): string => {
    if (state.overlay?.kind === 'filter')
      return filterInputLine(state.overlay.input, theme, columns, ascii);
    if (state.overlay?.kind === 'search') {
      const found = panes.policies.position(paneSize(screen, state));
      return searchInputLine(state.overlay.line, found, theme, columns, ascii);
    }
    if (state.overlay?.kind === 'dialog') {
      const line = state.overlay.dialog.footer?.(columns);
      if (line !== undefined) return line;
    }
    return footerLine(hints(), state.notice, position(paneSize(screen, state)), theme, columns);
  };

  const statusWord = () => {
    if (!state.isReady) return 'starting';
    return panes.isPaused() ? 'paused' : 'live';
  };

  const isArmed = () => armedPolicies(state.policies).length > 0;

  const filterText = () => {
    const text = panes[state.view].filter?.text() ?? '';
    return text === '' ? undefined : (room: number) => activeFilterText(text, room, ascii);
  };

  const frameLines = (columns: number, now: number) => ({
    header: headerLine(
      {
        node,
        kernel: release(),
        uptimeSeconds: uptime(),
        status: statusWord(),
        perSecond: state.rate.perSecond,
        history: state.rate.history,
        lost: state.lost,
        policies: state.policies,
        now,
      },
      theme,
      columns,
      ascii,
    ),
    tabs: tabsLine(
      VIEWS.map(({ view, title, command }) => ({
        key: keyOf(command),
        title,
        active: view === state.view,
      })),
      theme,
      columns,
      filterText(),
    ),
    rule: ruleLine(isArmed(), theme, columns, ascii),
    lowerRule: ruleLine(isArmed(), theme, columns, ascii, verdict(columns).at(-1)),
    footer: footer(columns),
  });

  const cover = (): Cover => {
    const { overlay } = state;
    const { width, height } = paneSize(screen, state);
    if (overlay?.kind === 'help') {
      const lines = helpLines(theme, width);
      // A larger terminal may show more than when it was scrolled.
      return {
        kind: 'lines',
        lines,
        top: Math.min(overlay.top, Math.max(0, lines.length - height)),
      };
    }
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
    if (content.kind === 'lines')
      return <Lines lines={content.lines} top={content.top} height={height} />;
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

  /** What the filter's check says, while one is typed. */
  const verdict = (columns: number): Span[] =>
    state.overlay?.kind === 'filter'
      ? filterVerdict(state.overlay.input, theme, columns, ascii)
      : [];

  /** What lies over the end of the view without being Ink's. */
  const coveringLines = ({ width, height }: PaneSize): string[] => {
    const { overlay } = state;
    const most = menuHeight(height);
    switch (overlay?.kind) {
      case 'copy':
        return copyLines(overlay.menu, theme, width, ascii);
      case 'parameters':
        return parameterLines(overlay.form, theme, width, most, ascii);
      case 'trial':
        return trialLines(overlay.trial, theme, width, most);
      case 'dialog':
        return overlay.dialog.place === 'view' ? [] : [...overlay.dialog.lines({ width, height })];
      default:
        return verdict(width)
          .slice(0, -1)
          .map((span) => renderLine([span], width));
    }
  };

  /** What stands in the view's place: its own lines, or what is open over all of it. */
  const openLines = (open: Overlay | undefined, size: PaneSize): string[] => {
    if (open?.kind === 'dialog' && open.dialog.place === 'view')
      return [...open.dialog.lines(size)];
    if (open?.kind === 'detail')
      return detailLines(open.detail, size.height, detailLook(size.width));
    const policy = open?.kind === 'policy' && policyById(state, open.view.policyId);
    return policy
      ? policyViewLines(open.view, policy, { theme, now: Date.now() }, size)
      : panes[state.view].lines(size);
  };

  const viewLines = ({ width, height }: PaneSize): string[] => {
    const { overlay } = state;
    const covering = coveringLines({ width, height });
    const isMenu =
      MENUS.has(overlay?.kind ?? '') ||
      (overlay?.kind === 'dialog' && overlay.dialog.place !== 'view');
    // A menu is about the row with the cursor, which must stay in sight.
    const free = isMenu ? height - covering.length : height;
    const lines = openLines(isMenu ? overlay && belowOf(overlay) : overlay, {
      width,
      height: free,
    });
    if (covering.length === 0) return lines;
    const above = Array.from({ length: height - covering.length }, (_, row) => lines[row] ?? '');
    return [...above, ...covering];
  };

  const drawView = () => {
    if (state.overlay?.kind === 'help' || state.overlay?.kind === 'arm' || hasNoRoom()) {
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

  const paint = () => {
    clearTimeout(timer);
    timer = undefined;
    paintedAt = performance.now();
    if (!screen.isEntered()) return;
    // The view first: it settles its place, which the frame's footer tells.
    drawView();
    drawNarrator();
    drawChrome();
    drawCover();
    if (compositor.flush().isBehind) paintSoon();
  };

  const paintSoon = () => {
    timer ??= setTimeout(paint, Math.max(0, paintedAt + PAINT_MS - performance.now()));
  };

  return {
    paint,
    paintSoon,
    invalidate() {
      compositor.invalidate();
      for (const { view } of VIEWS) panes[view].invalidate();
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

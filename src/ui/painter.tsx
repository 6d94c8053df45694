import { release, uptime } from 'node:os';
import { type Instance, render, Text } from 'ink';
import type { PolicyStatus } from '../agent/messages.ts';
import { readUserNames } from '../agent/users.ts';
import type { ArmDialogState } from './arming.ts';
import { COMMANDS, keyLabel, keyOf, VIEWS } from './commands.ts';
import { ArmDialog } from './components/ArmDialog.tsx';
import { FRAME_BOTTOM, FRAME_TOP, Frame } from './components/Frame.tsx';
import { Lines } from './components/Lines.tsx';
import { type AppState, policyById } from './state.ts';
import { newerThanShown, settle } from './store/streamView.ts';
import { createStreamPane } from './streamPane.ts';
import { createCompositor } from './terminal/compositor.ts';
import { createInkSink } from './terminal/inkSink.ts';
import type { Screen } from './terminal/screen.ts';
import { toAscii } from './text/ascii.ts';
import { renderLine } from './text/line.ts';
import type { Theme } from './theme.ts';
import {
  armedPolicies,
  footerLine,
  type Hint,
  headerLine,
  ruleLine,
  tabsLine,
} from './views/chrome.ts';
import { helpLines } from './views/helpLines.ts';
import { policyDetailLines, policyListLines, problemLines } from './views/policyLines.ts';

export type Painter = {
  /** Brings the screen up to date now: after a key. */
  paint(): void;
  /** The same within PAINT_MS: after events. */
  paintSoon(): void;
  /** Everything is drawn anew with the next paint. */
  invalidate(): void;
  resize(columns: number, rows: number): void;
  /** Rows between the frame's upper and lower part. */
  bodyRows(): number;
  helpLength(): number;
  policiesChanged(): void;
  /** Rejects when a component throws. */
  readonly broken: Promise<unknown>;
  close(): void;
};

type Options = { state: AppState; screen: Screen; node: string; theme: Theme; ascii: boolean };

/** Events paint at most this often; keys are painted at once. */
const PAINT_MS = 100;
const MIN_COLUMNS = 60;
const MIN_ROWS = 15;
const NOTHING_YET = 'no process has started or ended yet';

type Body =
  | { kind: 'empty' }
  | { kind: 'lines'; lines: string[]; top: number }
  | { kind: 'arm'; dialog: ArmDialogState; policy: PolicyStatus };

/**
 * Draws the state: the frame and dialogs by Ink, whenever something in them has changed; the stream by the compositor alone.
 */
export function createPainter({ state, screen, node, theme, ascii }: Options): Painter {
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
  const pane = createStreamPane({
    store: state.store,
    node,
    theme,
    ascii,
    userNames: readUserNames(),
  });
  let paintedAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let lastFrame = '';

  const bodyRows = () => screen.size().rows - FRAME_TOP - FRAME_BOTTOM;
  const range = () => ({ first: state.store.first, next: state.store.next, rows: bodyRows() });
  const isTooSmall = () => screen.size().columns < MIN_COLUMNS || screen.size().rows < MIN_ROWS;

  const hints = (): Hint[] => {
    if (state.overlay?.kind === 'help')
      return [
        { key: 'Esc', text: 'back' },
        { key: '↑↓', text: 'scroll' },
      ];
    if (state.overlay) return [{ key: 'Esc', text: 'back' }];
    return COMMANDS.flatMap(({ hint, views, keys }) =>
      hint && (views?.includes(state.view) ?? true)
        ? [{ key: keyLabel(keys[0] ?? ''), text: hint }]
        : [],
    );
  };

  const position = (): string => {
    if (state.view !== 'stream') return `${state.policies.length} policies `;
    const newer = newerThanShown(state.stream, range());
    const held = `${state.store.next - state.store.first} of ${state.store.next} `;
    return newer > 0 ? `${newer} newer ↓  ${held}` : held;
  };

  const frameLines = (columns: number, now: number) => ({
    header: headerLine(
      {
        node,
        kernel: release(),
        uptimeSeconds: uptime(),
        status: !state.isReady
          ? 'starting'
          : state.stream.pausedAt === undefined
            ? 'live'
            : 'paused',
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
    ),
    rule: ruleLine(armedPolicies(state.policies).length > 0, theme, columns, ascii),
    footer: footerLine(hints(), state.notice, position(), theme, columns),
  });

  const policiesBody = (columns: number, now: number): Body => {
    const list = [
      ...problemLines(state.problems, theme, columns),
      ...policyListLines(state.policies, state.selectedPolicy, now, theme, columns),
    ];
    const policy = state.policies[state.selectedPolicy];
    const room = Math.max(3, Math.floor(bodyRows() / 2));
    const selectedLine = list.length - state.policies.length + state.selectedPolicy;
    const top = Math.max(0, selectedLine - room + 1);
    const shown = list.slice(top, top + room);
    const details = policy ? policyDetailLines(policy, theme, columns) : [];
    const scrollable = Math.max(0, details.length - bodyRows() + shown.length + 1);
    state.detailTop = Math.min(state.detailTop, scrollable);
    return { kind: 'lines', lines: [...shown, '', ...details.slice(state.detailTop)], top: 0 };
  };

  const mostHelp = (lines: number) => Math.max(0, lines - bodyRows());

  const bodyContent = (columns: number, now: number): Body => {
    const { overlay } = state;
    if (overlay?.kind === 'help') {
      const lines = helpLines(theme, columns);
      // A larger terminal may show more than when it was scrolled.
      return { kind: 'lines', lines, top: Math.min(overlay.top, mostHelp(lines.length)) };
    }
    if (overlay?.kind === 'arm') {
      const policy = policyById(state, overlay.dialog.policyId);
      return policy ? { kind: 'arm', dialog: overlay.dialog, policy } : { kind: 'empty' };
    }
    if (state.view === 'policies') return policiesBody(columns, now);
    if (state.store.next > 0) return { kind: 'empty' };
    const text = state.isReady ? NOTHING_YET : 'starting: loading programs into the kernel';
    const line = renderLine([{ text: ` ${text}`, style: theme['text.dim'] }], columns);
    return { kind: 'lines', lines: [line], top: 0 };
  };

  const renderBody = (body: Body, width: number) => {
    const height = bodyRows();
    if (body.kind === 'lines') return <Lines lines={body.lines} top={body.top} height={height} />;
    if (body.kind === 'empty') return null;
    const { dialog, policy } = body;
    return <ArmDialog {...{ dialog, policy, theme, width, height }} />;
  };

  /** Each frame of Ink's costs milliseconds: none without a change. */
  const drawFrame = () => {
    const { columns, rows } = screen.size();
    const now = Date.now();
    if (state.notice && state.notice.until < now) state.notice = undefined;
    const frame = isTooSmall() ? undefined : frameLines(columns, now);
    const body = bodyContent(columns, now);
    const key = JSON.stringify([columns, rows, frame, body]);
    if (key === lastFrame) return;
    lastFrame = key;
    ink.rerender(
      frame ? (
        <Frame width={columns} height={rows} {...frame}>
          {renderBody(body, columns)}
        </Frame>
      ) : (
        <Text wrap="truncate">{`trigon needs ${MIN_COLUMNS}×${MIN_ROWS}; q quits`}</Text>
      ),
    );
  };

  const paint = () => {
    clearTimeout(timer);
    timer = undefined;
    paintedAt = performance.now();
    if (!screen.isEntered()) return;
    drawFrame();
    if (state.view === 'stream' && !state.overlay && !isTooSmall() && state.store.next > 0) {
      const { columns } = screen.size();
      state.stream = settle(state.stream, range());
      compositor.setRegion('stream', {
        row: FRAME_TOP,
        column: 0,
        width: columns,
        height: bodyRows(),
        lines: pane.lines(state.stream, columns, bodyRows()),
      });
    } else {
      compositor.removeRegion('stream');
    }
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
      pane.invalidate();
    },
    resize(columns, rows) {
      compositor.resize(columns, rows);
      sink.resize(columns, rows);
    },
    bodyRows,
    helpLength: () => helpLines(theme, screen.size().columns).length,
    policiesChanged: () => pane.setPolicies(state.policies),
    broken: ink.waitUntilExit(),
    close() {
      clearTimeout(timer);
      ink.unmount();
    },
  };
}

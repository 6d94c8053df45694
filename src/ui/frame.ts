import { keyLabel, keyOf, VIEWS } from './commands.ts';
import type { CoverLines } from './coverLines.ts';
import { type FrameParts, frameHeights } from './frameHeights.ts';
import { createFuseNews } from './fuseNews.ts';
import { commandHints, DISARM_HINT } from './hints.ts';
import type { Panes } from './panes/all.ts';
import { besideNarrator } from './panes/narrator.ts';
import type { PaneSize } from './panes/pane.ts';
import { recordingText } from './recording.ts';
import { sourceText } from './source.ts';
import { type AppState, armedNow } from './state.ts';
import type { Screen } from './terminal/screen.ts';
import { renderLine, type Span } from './text/line.ts';
import type { Theme } from './theme.ts';
import {
  footerSpans,
  type Hint,
  type HitSpan,
  headerLine,
  ruleLine,
  tabsSpans,
} from './views/chrome.ts';
import { detailHints, detailPosition } from './views/detailLines.ts';
import { activeFilterText } from './views/filterLine.ts';
import { noticeLine, placeNotice } from './views/noticeLines.ts';
import { playbackSpans } from './views/playbackBar.ts';
import { viewRateSpans } from './views/viewRate.ts';

/** What the header tells of the host beside its name. */
export type HostFacts = { kernel: string; uptimeSeconds: number };

type Options = {
  state: AppState;
  panes: Panes;
  covers: CoverLines;
  node: string;
  /** Asked for each paint. */
  host(): HostFacts;
  theme: Theme;
  ascii: boolean;
  /** Of the view. */
  size(): PaneSize;
};

type Narrowing = Pick<AppState, 'narrator' | 'isZoomed' | 'source'>;

/** Size of a view on this screen: what the frame leaves, and the narrator. */
export function paneSize(screen: Pick<Screen, 'size'>, state: Narrowing): PaneSize {
  const inFrame = insideFrame(screen, state);
  return state.narrator && !state.isZoomed ? besideNarrator(inFrame) : inFrame;
}

/** What the frame leaves for a view and the narrator. */
export function insideFrame(screen: Pick<Screen, 'size'>, parts: FrameParts): PaneSize {
  const { columns, rows } = screen.size();
  const { top, bottom } = frameHeights(parts);
  return { width: columns, height: rows - top - bottom };
}

const hintOf = (text: string, key: string): Hint => ({ key: keyLabel(key), text, press: key });

/** What stands around the view: header, tabs, rules and footer. */
export function createFrame({
  state,
  panes,
  covers: { typedLine, detailLook },
  node,
  host,
  theme,
  ascii,
  size,
}: Options) {
  const fuses = createFuseNews();

  /** What `view.next` leads to in a page of several. */
  const nextHint = (text: string): Hint[] => {
    const key = keyOf('view.next');
    return key === '' ? [] : [hintOf(text, key)];
  };

  const usualHints = (): readonly Hint[] => {
    const { overlay } = state;
    const esc = { key: 'Esc', text: 'back', press: 'escape' };
    const commands = commandHints(state, panes, size());
    switch (overlay?.kind) {
      case undefined:
        return commands;
      case 'dialog':
        return overlay.dialog.hints;
      case 'detail': {
        const own = detailHints(overlay.detail, detailLook(size().width));
        return [
          ...[esc, ...nextHint('next tab'), ...own],
          ...commands.filter(({ text }) => text !== 'detail'),
        ];
      }
      case 'policy':
        return [
          ...commands.filter(({ isGuide }) => !isGuide),
          { ...esc, isGuide: true },
          ...[...nextHint('other side'), { key: '↑↓', text: 'scroll' }],
          ...commands.filter(({ isGuide }) => isGuide),
        ];
      default:
        return [esc];
    }
  };

  const hints = (): readonly Hint[] => (isArmed() ? [DISARM_HINT, ...usualHints()] : usualHints());

  const position = (): string => {
    const { overlay } = state;
    const { width, height } = size();
    if (overlay?.kind === 'detail')
      return detailPosition(overlay.detail, height, detailLook(width));
    if (overlay?.kind === 'dialog') return overlay.dialog.position?.({ width, height }) ?? '';
    return overlay?.kind === 'policy' ? '' : panes[state.view].position({ width, height });
  };

  const filterText = () => {
    const filter = panes[state.view].filter?.text() || undefined;
    const texts = { find: state.find?.text, filter };
    return (texts.find ?? filter) === undefined
      ? undefined
      : (room: number) => activeFilterText(texts, room, ascii);
  };

  const tabs = (columns: number): readonly HitSpan<(typeof VIEWS)[number]['command']>[] =>
    tabsSpans(
      VIEWS.map(({ view, title, command }) => ({
        ...{ key: keyOf(command), title, command },
        active: view === state.view,
      })),
      theme,
      columns,
      filterText(),
    );

  const isArmed = () => armedNow(state).length > 0;

  const noticeParts = (columns: number, isTyped: boolean) =>
    placeNotice(state.notice, {
      ...{ columns, hasRule: !state.isZoomed, isArmed: isArmed() },
      isFooterTaken: isTyped || state.overlay?.kind === 'dialog',
    });

  const footer = (columns: number): readonly HitSpan<string>[] =>
    footerSpans(hints(), noticeParts(columns, false).inFooter, position(), theme, columns);

  /** Where the footer's hints can't say it, because a line is typed there. */
  const disarmSpans = (): Span[] => {
    const { overlay } = state;
    const isLetter = overlay?.kind === 'dialog' && overlay.dialog.takesBang?.(true);
    const { key, text } = DISARM_HINT;
    const said = isLetter ? `Esc, then ${key} disarms` : `${key} ${text}`;
    return [{ text: ` ${said} `, style: theme['status.danger'] }];
  };

  const lowerRule = (columns: number, isTyped: boolean): string => {
    const { inRule } = noticeParts(columns, isTyped);
    const disarm = isTyped && isArmed() ? disarmSpans() : [];
    if (inRule) return noticeLine(inRule, disarm, theme, columns);
    const right = disarm.length > 0 ? disarm : rate(columns);
    return ruleLine(isArmed(), theme, columns, ascii, right);
  };

  const isReplay = () => state.source.kind === 'replay';

  const statusWord = () => {
    if (!state.isReady) return 'starting';
    const { nodes } = state;
    // Silence of nobody is no sign of health.
    if (nodes.length > 0 && nodes.every((node) => node.state !== 'connected'))
      return 'not connected';
    if (panes.isPaused()) return 'paused';
    return isReplay() ? 'replay' : 'live';
  };

  /** Only a recording of ours says what was lost, and which policies there were. */
  const toldFacts = () => {
    const { policies, lost, playback } = state;
    const isTold = !isReplay() || playback?.isRecording;
    return isTold ? { policies, lost } : { policies: undefined, lost: undefined };
  };

  /** Of the host that the events come from: nothing is known of another one's kernel. */
  const hostFacts = () => ({
    node: state.source.kind === 'agent' ? node : sourceText(state.source, state.nodes),
    ...(state.source.kind === 'agent' ? host() : { kernel: '', uptimeSeconds: 0 }),
  });

  const playback = (columns: number): readonly HitSpan<bigint>[] =>
    isReplay()
      ? playbackSpans(state.playback, state.marks.list(), {
          ...{ theme, width: columns, isThinLink: state.isThinLink },
        })
      : [];

  /** Nothing that only looks nice on a thin link. */
  const rate = (width: number): Span[] =>
    state.isThinLink ? [] : viewRateSpans(state.viewRates.of(state.view), { theme, width, ascii });

  return {
    /** With what a click on them means. */
    tabs,
    /** The same; nothing while a line is typed in its place. */
    footer: (columns: number) => (typedLine(columns) === undefined ? footer(columns) : []),
    playback,
    /** Finished lines. @param now wall clock, ms */
    lines(columns: number, now: number) {
      const { policies, isThinLink } = state;
      const { perSecond, history } = state.rate;
      const armed = armedNow(state);
      const typed = typedLine(columns);
      return {
        header: headerLine(
          {
            ...{ ...hostFacts(), ...toldFacts(), status: statusWord(), perSecond, armed, now },
            // A recording is so by itself.
            ...{ readOnly: state.readOnly && !isReplay(), errors: state.problems.length },
            recording: state.recording && recordingText(state.recording),
            hasBlownFuse: fuses.isNew(policies, state.view === 'policies'),
            history: isThinLink ? [] : history,
          },
          theme,
          columns,
          ascii,
        ),
        tabs: renderLine(tabs(columns), columns),
        rule: ruleLine(armed.length > 0, theme, columns, ascii),
        lowerRule: lowerRule(columns, typed !== undefined),
        playback: isReplay() ? [renderLine(playback(columns), columns)] : [],
        footer: typed ?? renderLine(footer(columns), columns),
      };
    },
  };
}

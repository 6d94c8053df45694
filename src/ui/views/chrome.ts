import { totalLost } from '../../agent/lost.ts';
import type { LostCounts, PolicyStatus } from '../../agent/messages.ts';
import { escapeText } from '../../events/text.ts';
import type { CommandId } from '../commands.ts';
import type { Notice } from '../state.ts';
import { twoDigits } from '../text/digits.ts';
import { renderLine, type Span, type Style } from '../text/line.ts';
import { sparkline } from '../text/sparkline.ts';
import { displayWidth, truncateColumns } from '../text/width.ts';
import type { Theme } from '../theme.ts';

/** What header and footer show; plain data, so that an unchanged one needs no redraw. */
export type ChromeState = {
  node: string;
  /** '': not known, as the uptime then. */
  kernel: string;
  uptimeSeconds: number;
  status: 'starting' | 'not connected' | 'live' | 'paused' | 'replay';
  perSecond: number;
  history: readonly number[];
  /** undefined, as the policies then: a log of somebody else doesn't tell. */
  lost: LostCounts | undefined;
  policies: readonly PolicyStatus[] | undefined;
  /** Those of them that `armedPolicies` gives. */
  armed: readonly PolicyStatus[];
  /** Nothing can be armed. */
  readOnly: boolean;
  /** A fuse has blown, and nobody has looked yet. */
  hasBlownFuse: boolean;
  /** In policy files. */
  errors: number;
  /** Words for what is being recorded; undefined: nothing is. */
  recording?: string | undefined;
  /** Wall clock, ms: for the time left. */
  now: number;
};

export const armedPolicies = (policies: readonly PolicyStatus[]): PolicyStatus[] =>
  policies.filter((policy) => policy.mode === 'enforce');

/** Columns of a file's name in the header. */
const MOST_TITLE = 40;

const LIVELY: ReadonlySet<ChromeState['status']> = new Set(['live', 'replay']);

/** The line at the top. Parts are left out from the right when the terminal is narrow, the loss counter and arming never. */
export function headerLine(
  state: ChromeState,
  theme: Theme,
  width: number,
  ascii: boolean,
): string {
  const { armed } = state;
  const on = state.policies?.filter((policy) => policy.mode !== 'off').length;
  const lost = state.lost && totalLost(state.lost);
  const isReplay = state.status === 'replay';
  const dot = ascii ? '*' : '●';
  const status: Span = {
    text: ` ${dot} ${isReplay ? truncateColumns(state.node, MOST_TITLE, { ellipsis: '…' }) : state.status}`,
    style: theme[LIVELY.has(state.status) ? 'status.live' : 'status.paused'],
  };
  const rate = `  ${state.perSecond} ev/s ${sparkline(state.history, ascii)}`;
  const loss: Span[] = [{ text: '  ' }, lossSpan(lost, theme)];
  const warn = (text: string): Span => ({ text: `  ${text}`, style: theme['status.warning'] });
  const fuse = state.hasBlownFuse ? [warn('fuse blown')] : [];
  const errors = state.errors > 0 ? [warn(errorsText(state.errors))] : [];
  const readOnly: Span[] = state.readOnly ? [{ text: '  read-only' }] : [];
  const arming: Span[] =
    armed.length > 0
      ? [{ text: '  ' }, { text: ` ${armedText(armed, state.now)} `, style: theme['mode.armed'] }]
      : [];
  const recording: Span[] =
    state.recording === undefined
      ? []
      : [{ text: '  ' }, { text: ` ${dot} ${state.recording} `, style: theme['status.danger'] }];
  const notes = [...recording, ...fuse, ...errors, ...readOnly, ...arming];
  const policies = on === undefined ? [] : [{ text: `  policies ${on} on` }];
  const always: Span[] = [...loss, ...policies, ...notes];
  // What is replayed says that it is.
  const host: Span[] = isReplay
    ? []
    : [
        { text: `  ${state.node}`, style: theme['text.strong'] },
        {
          text: state.kernel && `  ${state.kernel}  up ${formatUptime(state.uptimeSeconds)}`,
          style: theme['text.dim'],
        },
      ];
  const name: Span = { text: ' trigon ', style: theme.title };
  const fitting = [
    [
      name,
      ...host,
      ...(host.length > 0 ? [{ text: '  ' }] : []),
      status,
      { text: rate },
      ...always,
    ],
    [name, ...host.slice(0, 1), { text: ' ' }, status, { text: rate }, ...always],
    [name, status, { text: `  ${state.perSecond} ev/s` }, ...always],
    [status, ...always],
    [status, ...loss, ...notes],
    [...loss, ...notes],
    [...loss, ...recording, ...fuse, ...arming],
    [...loss, ...fuse, ...arming],
  ].find((spans) => widthOf(spans) <= width);
  return renderLine(fitting ?? arming, width);
}

function lossSpan(lost: number | undefined, theme: Theme): Span {
  if (lost === undefined) return { text: 'lost ?', style: theme['text.dim'] };
  return { text: `lost ${lost}`, style: theme[lost > 0 ? 'status.danger' : 'status.good'] };
}

export const errorsText = (count: number): string => (count === 1 ? '1 error' : `${count} errors`);

const widthOf = (spans: readonly Span[]): number =>
  spans.reduce((sum, span) => sum + displayWidth(span.text), 0);

/** `1 ARMED 04:31`: the time until the first of them is disarmed. */
export function armedText(armed: readonly PolicyStatus[], now: number): string {
  const ends = armed.flatMap((policy) => policy.armedUntil ?? []);
  return `${armed.length} ARMED ${ends.length === 0 ? 'until quit' : timeLeft(Math.min(...ends), now)}`;
}

/** mm:ss, never negative. */
export function timeLeft(until: number, now: number): string {
  const seconds = Math.max(0, Math.ceil((until - now) / 1000));
  return `${twoDigits(Math.floor(seconds / 60))}:${twoDigits(seconds % 60)}`;
}

function formatUptime(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const hours = twoDigits(Math.floor(seconds / 3600) % 24);
  const minutes = twoDigits(Math.floor(seconds / 60) % 60);
  return `${days > 0 ? `${days}d ` : ''}${hours}:${minutes}`;
}

/** A part of a line that a click means something on. */
export type HitSpan<T> = Span & { readonly hit?: T | undefined };

export type Tab = { key: string; title: string; active: boolean; command?: CommandId };

/** Columns that a filter gets at least: rather the other tabs lose their titles than that it isn't seen. */
const LEAST_FILTER = 20;

/** The tabs; at the right what narrows the view, as `filterText` makes it for the room that is left. */
export function tabsLine(
  tabs: readonly Tab[],
  theme: Theme,
  width: number,
  filterText?: (room: number) => string,
): string {
  return renderLine(tabsSpans(tabs, theme, width, filterText), width);
}

/** The same as spans, with the command of each tab. */
export function tabsSpans(
  tabs: readonly Tab[],
  theme: Theme,
  width: number,
  filterText?: (room: number) => string,
): readonly HitSpan<CommandId>[] {
  if (!filterText) return tabSpans(tabs, true, theme);
  const whole = tabSpans(tabs, true, theme);
  const spans = width - widthOf(whole) >= LEAST_FILTER ? whole : tabSpans(tabs, false, theme);
  const room = Math.max(0, width - widthOf(spans) - 3);
  const text = filterText(room);
  const gap = ' '.repeat(Math.max(2, width - widthOf(spans) - displayWidth(text) - 1));
  return [...spans, { text: gap }, { text, style: theme['status.paused'] }];
}

const tabSpans = (tabs: readonly Tab[], hasTitles: boolean, theme: Theme): HitSpan<CommandId>[] =>
  tabs.flatMap((tab): HitSpan<CommandId>[] => [
    { text: ' ' },
    {
      text: hasTitles || tab.active ? ` ${tab.key} ${tab.title} ` : ` ${tab.key} `,
      style: theme[tab.active ? 'tab.active' : 'tab.inactive'],
      hit: tab.command,
    },
  ]);

/** While anything is armed the rules are in the danger colour and say so. @param right what stands at the right end */
export function ruleLine(
  armed: boolean,
  theme: Theme,
  width: number,
  ascii: boolean,
  right: readonly Span[] = [],
): string {
  const left = Math.max(0, width - widthOf(right) - (right.length > 0 ? 1 : 0));
  const ruleOf = (columns: number) => (armed ? armedRule : plainRule)(theme, columns, ascii);
  return renderLine([ruleOf(left), ...right, ruleOf(width)], width);
}

const plainRule = (theme: Theme, width: number, ascii: boolean): Span => ({
  text: (ascii ? '-' : '─').repeat(width),
  style: theme.frame,
});

function armedRule(theme: Theme, width: number, ascii: boolean): Span {
  const unit = `${(ascii ? '=' : '━').repeat(8)} ARMED `;
  const text = unit.repeat(Math.ceil(width / unit.length)).slice(0, width);
  return { text, style: theme['frame.armed'] };
}

export type Hint = {
  readonly key: string;
  readonly text: string;
  /** The key that a click stands for, as `formatKey` writes it; absent: a click does nothing. */
  readonly press?: string;
  /** Never left out, also beside a notice. */
  readonly isPinned?: boolean;
  /** Leads to all others. */
  readonly isGuide?: boolean;
};

/** The footer: a notice if there is one, else hints for keys; the position at the right. */
export function footerLine(
  hints: readonly Hint[],
  notice: Pick<Notice, 'text' | 'level'> | undefined,
  position: string,
  theme: Theme,
  width: number,
): string {
  return renderLine(footerSpans(hints, notice, position, theme, width), width);
}

/** The same as spans, with the key of each hint. */
export function footerSpans(
  hints: readonly Hint[],
  notice: Pick<Notice, 'text' | 'level'> | undefined,
  position: string,
  theme: Theme,
  width: number,
): readonly HitSpan<string>[] {
  const pinned = hints.filter(({ isPinned }) => isPinned).flatMap((hint) => hintSpans(hint, theme));
  const room = Math.max(widthOf(pinned), width - displayWidth(position) - 2);
  const noticeRoom = Math.max(0, width - widthOf(pinned) - 2);
  const shown: HitSpan<string>[] = notice
    ? [
        ...pinned,
        {
          text: ` ${truncateColumns(escapeText(notice.text), noticeRoom, { ellipsis: '…' })} `,
          style: noticeStyle(notice, theme),
        },
      ]
    : fittingHints(hints, room).flatMap((hint) => hintSpans(hint, theme));
  const used = widthOf(shown);
  const gap = ' '.repeat(Math.max(1, room - used + 2));
  return notice && used > room
    ? [...shown]
    : [...shown, { text: gap }, { text: position, style: theme['text.dim'] }];
}

export const noticeStyle = ({ level }: Pick<Notice, 'level'>, theme: Theme): Style =>
  theme[level === 'warning' ? 'status.warning' : 'text.strong'];

const hintSpans = (hint: Hint, theme: Theme): HitSpan<string>[] => [
  { text: ` ${hint.key}`, style: theme['hint.key'], hit: hint.press },
  { text: ` ${hint.text} `, style: theme['hint.text'], hit: hint.press },
];

/** So many of the first are worth more than the way to all others; fewer, where that makes room for it. */
const LEADING = 3;
const LEAST_LEADING = 2;

/** Whole hints only: half a word helps nobody. */
function fittingHints(hints: readonly Hint[], room: number): readonly Hint[] {
  const fewer = fitHints(hints, room, LEAST_LEADING);
  const hasGuides = (shown: readonly Hint[]) =>
    hints.every((hint) => !hint.isGuide || shown.includes(hint));
  const usual = fitHints(hints, room, LEADING);
  return hasGuides(fewer) && !hasGuides(usual) ? fewer : usual;
}

function fitHints(hints: readonly Hint[], room: number, leading: number): readonly Hint[] {
  const own = hints.filter(({ isPinned, isGuide }) => !isPinned && !isGuide);
  const wanted = [
    ...hints.filter(({ isPinned }) => isPinned),
    ...own.slice(0, leading),
    ...hints.filter(({ isGuide }) => isGuide),
    ...own.slice(leading),
  ];
  let left = room;
  const fitting = new Set<Hint>();
  for (const hint of wanted) {
    const columns = displayWidth(hint.key) + displayWidth(hint.text) + 3;
    if (columns > left) continue;
    left -= columns;
    fitting.add(hint);
  }
  return hints.filter((hint) => fitting.has(hint));
}

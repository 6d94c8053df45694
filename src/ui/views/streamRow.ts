import { type CompactRole, type CompactSegment, compactLine } from '../../events/compact.ts';
import { outcomeWords } from '../../events/outcome.ts';
import { escapeText, quoteIfNeeded, type SafeText } from '../../events/text.ts';
import { clockTime } from '../../events/time.ts';
import type { ActionOutcome, Event } from '../../events/types.ts';
import type { Severity } from '../../policies/model.ts';
import { escapeNonAscii, toAscii } from '../text/ascii.ts';
import type { Span } from '../text/line.ts';
import { renderLine } from '../text/line.ts';
import { displayWidth, padColumns, truncateColumns } from '../text/width.ts';
import { type Slot, severitySlot, type Theme } from '../theme.ts';
import { leadSpans, leadWidth, rightColumns, rightWidth } from './streamColumns.ts';

export type RowOptions = {
  theme: Theme;
  width: number;
  /** Nothing but ASCII: no emoji, other characters as escapes. */
  ascii: boolean;
  userNames: ReadonlyMap<number, string>;
  /** By the policy's name. */
  severities: ReadonlyMap<string, Severity>;
  /** Told by a sign in front of the time. */
  isTagged?: boolean;
  /** Ids of columns that are not wanted. */
  hidden?: ReadonlySet<string>;
  /** Events name more than one node. */
  hasNodes?: boolean;
  /** Columns that what stands behind time and symbol is scrolled by; the columns at the right edge then give way. */
  offset?: number;
};

/** A part of the line; elastic ones are cut first when it is too long, the first one most. Symbols stay when it is scrolled. */
type PartSpan = Span & { isElastic?: boolean; isSymbol?: boolean };

/** One event as one line of the stream: time, compact line, and at the right edge user and container. */
export function streamRow(event: Event, isCursor: boolean, options: RowOptions): string {
  const row = unicodeRow(event, isCursor, options);
  return options.ascii ? toAscii(row) : row;
}

function unicodeRow(event: Event, isCursor: boolean, options: RowOptions): string {
  const { theme, width, isTagged = false, offset = 0 } = options;
  const [clock, columns] = leadSpans(event, options);
  const time: PartSpan[] = isTagged
    ? [
        { text: '●', style: theme['status.paused'] },
        { text: clock, style: theme['event.time'] },
        ...columns,
      ]
    : [{ text: ` ${clock}`, style: theme['event.time'] }, ...columns];
  const spans =
    offset > 0
      ? [
          ...time,
          ...scrolledSpans(compactSpans(event, options), offset, width - leadWidth(options), theme),
        ]
      : fittedRow(event, time, options);
  if (!isCursor) return renderLine(spans, width);
  // One style for the whole line: colours of the parts would be unreadable on an inverted ground.
  const text = spans.map((span) => span.text).join('');
  return renderLine([{ text: padColumns(text, width), style: theme.cursor }], width);
}

function fittedRow(event: Event, time: readonly PartSpan[], options: RowOptions): Span[] {
  const right = rightOf(event, options);
  const room = options.width - (right.length > 0 ? rightWidth(options) : 0);
  const left = [...time, ...compactSpans(event, options)];
  return [...fitSpans(left, room, options.ascii, right.length > 0), ...right];
}

const rightOf = (event: Event, options: RowOptions): Span[] =>
  'process' in event && event.process ? rightColumns(event.process, options) : [];

const columnsOf = (spans: readonly Span[]): number =>
  spans.reduce((sum, span) => sum + displayWidth(span.text), 0);

/** Columns of the line that are not on the screen because they are beyond its right edge. */
export function hiddenColumns(event: Event, options: RowOptions): number {
  const { width, offset = 0 } = options;
  const right = offset > 0 ? [] : rightOf(event, options);
  const columns = leadWidth(options) + columnsOf(compactSpans(event, options)) - offset;
  return Math.max(0, columns - (width - (right.length > 0 ? rightWidth(options) : 0)));
}

/** Without their first columns, which a sign stands for, and no wider than the room; symbols stay where they are. */
function scrolledSpans(
  parts: readonly PartSpan[],
  offset: number,
  room: number,
  theme: Theme,
): Span[] {
  const rest = parts.findIndex(({ isSymbol }) => !isSymbol);
  const symbols = parts.slice(0, Math.max(rest, 0));
  const sign = { text: '…', style: theme['text.dim'] };
  const spans: Span[] = [...symbols, sign];
  let skip = offset + 1;
  for (const { text, style } of parts.slice(symbols.length)) {
    const columns = displayWidth(text);
    if (skip < columns)
      spans.push({
        text: skip > 0 ? truncateColumns(text, columns - skip, { at: 'start' }) : text,
        style,
      });
    skip = Math.max(0, skip - columns);
  }
  return columnsOf(spans) <= room ? spans : [...cutSpans(spans, room - 1), sign];
}

function cutSpans(spans: readonly Span[], width: number): Span[] {
  let room = width;
  return spans.map(({ text, style }) => {
    const cut = truncateColumns(text, room);
    room -= displayWidth(text);
    return { text: cut, style };
  });
}

/** Columns that a shortened argument list keeps at least. */
const LEAST_ARGUMENTS = 8;

/**
 * Cuts spans to a width: the arguments first, since what stands behind them (how a process ended, which policy it was) says more
 * than their tail. Pads the last span when something follows at the right.
 */
function fitSpans(spans: readonly PartSpan[], width: number, ascii: boolean, pad: boolean): Span[] {
  const ellipsis = ascii ? '..' : '…';
  let excess = spans.reduce((sum, span) => sum + displayWidth(span.text), 0) - width;
  const result: Span[] = [];
  let room = width;
  for (const span of spans) {
    if (room <= 0) break;
    let most = room;
    if (excess > 0 && span.isElastic) {
      const columns = displayWidth(span.text);
      most = Math.min(room, Math.max(columns - excess, LEAST_ARGUMENTS));
      excess -= Math.max(0, columns - most);
    }
    const text = truncateColumns(span.text, most, { ellipsis });
    result.push({ text, style: span.style });
    room -= displayWidth(text);
  }
  if (pad && room > 0) result.push({ text: ' '.repeat(room) });
  return result;
}

function compactSpans(event: Event, { theme, ascii, severities }: RowOptions): PartSpan[] {
  const spans: PartSpan[] = [];
  const policy = 'policyName' in event ? event.policyName : '';
  const severity = severities.get(policy);
  const segments = compactLine(event, { stackTraces: false, imaHash: false, names: true });
  for (let i = 0; i < segments.length; i++) {
    const segment = segments[i];
    if (!segment || (ascii && isEmoji(segment))) continue;
    // On one host the source is the same in every line, for several there is a column: its place is taken by what became of an action.
    if (segment.role === 'source') {
      const badge = outcomeBadge(event);
      if (badge) spans.push({ text: badge.text, style: theme[badge.slot] }, { text: ' ' });
      i += 1; // the space behind it
      continue;
    }
    if (segment.role === 'capabilities') continue;
    const text = textOf(segment, event);
    if (segment.role === 'verb' && severity !== undefined) {
      // A background must not run over the blanks behind the word.
      const word = text.trimEnd();
      spans.push({ text: word, style: theme[severitySlot(severity)], isSymbol: ascii });
      spans.push({ text: text.slice(word.length), isSymbol: ascii });
      continue;
    }
    const isSuccess = segment.role === 'status' && text === '0';
    spans.push({
      text: ascii ? escapeNonAscii(text) : text,
      style: theme[isSuccess ? 'text.dim' : slotOf(segment.role, event)],
      isElastic: segment.role === 'arguments' || segment.role === 'value',
      // Without emoji the word is what tells kinds of events apart.
      isSymbol: isEmoji(segment) || (ascii && segment.role.endsWith('verb')),
    });
  }
  if (policy) {
    const style = theme[severity === undefined ? 'event.source' : severitySlot(severity)];
    spans.push({ text: '  ' }, { text: `‹${escapeText(policy)}›`, style });
    // Colours alone tell nobody who can't see them.
    if (severity !== undefined) spans.push({ text: ` ${severity}`, style: theme['event.source'] });
  }
  return spans;
}

/** Arguments as Tetragon joins them: each is quoted where it must be, so quoting the whole again would only hide where they end. */
function textOf(segment: CompactSegment, event: Event): string {
  if (segment.role !== 'arguments' || !('process' in event) || !event.process) return segment.text;
  return escapeText(event.process.arguments);
}

const isEmoji = (segment: CompactSegment): boolean => segment.role.endsWith('emoji');

function slotOf(role: CompactRole, event: Event): Slot {
  switch (role) {
    case 'emoji':
    case 'verb':
      if (event.kind === 'process_exec') return 'event.exec';
      return event.kind === 'process_exit' ? 'event.exit' : 'event.policy';
    case 'binary':
      return 'event.binary';
    case 'arguments':
      return 'event.arguments';
    case 'status':
      return 'event.status';
    case 'signal':
      return 'event.signal';
    case 'alert-emoji':
    case 'alert-verb':
    case 'throttle-start':
      return 'status.warning';
    case 'throttle-stop':
      return 'status.good';
    case 'plain':
    case 'detail':
      return 'text';
    default:
      return 'event.path';
  }
}

/**
 * The event's line in full, without styles, symbols and the columns at the right: for copying.
 *
 * @param ascii other characters as escapes
 * @param hasNode with the node that tells of it, where there are several
 */
export function plainLine(event: Event, ascii = false, hasNode = false): SafeText {
  const node = hasNode ? `${quoteIfNeeded(event.nodeName)} ` : '';
  let line = `${clockTime(event.time ?? 0n)} ${node}`;
  const segments = compactLine(event, { stackTraces: false, imaHash: false, names: true });
  for (let i = 0; i < segments.length; i++) {
    const segment = segments[i];
    if (!segment || isEmoji(segment) || segment.role === 'capabilities') continue;
    if (segment.role === 'source') {
      const badge = outcomeBadge(event);
      line += badge ? `${badge.text} ` : '';
      i += 1; // the space behind it
    } else {
      line += segment.role.endsWith('verb') ? segment.text.trimEnd() : textOf(segment, event);
    }
  }
  const policy = 'policyName' in event ? event.policyName : '';
  const [before, after] = ascii ? '<>' : '‹›';
  const full = `${line.trimEnd()}${policy ? `  ${before}${policy}${after}` : ''}`;
  return escapeText(ascii ? escapeNonAscii(full) : full);
}

/** What became of a policy's action, in a word or two; told by the word, not by its colour alone. */
function outcomeBadge({ trigon }: Event): { text: SafeText; slot: Slot } | undefined {
  if (trigon?.outcome === undefined) return undefined;
  const words = outcomeWords(trigon);
  const isApplied = trigon.outcome === 'applied';
  return {
    text: escapeText(isApplied ? words.toUpperCase() : words),
    slot: BADGES[trigon.outcome],
  };
}

const BADGES: Readonly<Record<ActionOutcome, Slot>> = {
  applied: 'event.killed',
  withheld: 'event.withheld',
  skipped: 'event.spared',
  failed: 'event.spared',
};

import type { Playback } from '../../agent/messages.ts';
import { type PlaybackState, playbackState, shareOf, speedText } from '../playback.ts';
import type { Mark } from '../store/marks.ts';
import { durationText, millisecondsText, secondsText } from '../store/timeText.ts';
import { twoDigits } from '../text/digits.ts';
import type { Span } from '../text/line.ts';
import { displayWidth } from '../text/width.ts';
import type { Theme } from '../theme.ts';
import type { HitSpan } from './chrome.ts';

type Look = {
  readonly theme: Theme;
  readonly width: number;
  /** Nothing that changes faster than seconds. */
  readonly isThinLink: boolean;
};

const SIGNS: Readonly<Record<PlaybackState, string>> = {
  playing: '▶',
  paused: '‖',
  'at the end': '■',
  following: '▶',
};

/** A bar that is shorter says nothing. */
const LEAST_BAR = 10;

const count = (value: number): string => value.toLocaleString('en');

/**
 * Where a replay stands: `▶ playing  12:03:11  00:04:12 of 01:22:10  1×  ━━━●──┃──  1,234 of 56,789 events`; with each part of the
 * bar the time that it stands for.
 */
export function playbackSpans(
  playback: Playback | undefined,
  marks: readonly Pick<Mark, 'at'>[],
  look: Look,
): readonly HitSpan<bigint>[] {
  const { theme, width } = look;
  if (!playback) return [{ text: ' reading …', style: theme['text.dim'] }];
  const head = headSpan(playback, look);
  const parts = partsOf(playback, look);
  // The last ones are the first to go.
  const kept = parts.filter((_, at) => {
    const used = parts.slice(0, at + 1).reduce((sum, part) => sum + part.text.length + 2, 0);
    return displayWidth(head.text) + used + LEAST_BAR + 3 <= width;
  });
  const left = kept.filter(({ isBehind }) => !isBehind);
  const right = kept.filter(({ isBehind }) => isBehind);
  const spansOf = (some: readonly Part[]): Span[] =>
    some.flatMap(({ text, style }) => [{ text: '  ' }, { text, style }]);
  const used = [head, ...spansOf(kept)].reduce((sum, { text }) => sum + displayWidth(text), 0);
  const bar = barSpans(playback, marks, Math.max(0, width - used - 3), look);
  return [head, ...spansOf(left), { text: '  ' }, ...bar, ...spansOf(right)];
}

function headSpan(playback: Playback, { theme }: Look): Span {
  const word = playbackState(playback);
  const isOn = word === 'playing' || word === 'following';
  return {
    text: ` ${SIGNS[word]} ${word}`,
    style: theme[isOn ? 'status.live' : 'status.paused'],
  };
}

type Part = {
  readonly text: string;
  readonly style: Theme['text'];
  /** Right of the bar. */
  readonly isBehind?: true;
};

/** What is told most urgently first. */
function partsOf(playback: Playback, look: Look): Part[] {
  const { theme, width } = look;
  const { start, at, end, speed, played, total, isRead, isFollowing, badLines } = playback;
  const dim = theme['text.dim'];
  const time = at === 0n ? start : at;
  const clock = look.isThinLink || width < 80 ? secondsText(time) : millisecondsText(time);
  const date = width < 110 ? '' : `${dateText(time)} `;
  const bad = badLines === 1 ? '1 line is no event' : `${count(badLines)} lines are no events`;
  // What wasn't read yet may have more.
  const more = isRead ? '' : '+';
  const passed = durationText(time - start);
  const isLatest = !isRead && at >= end;
  const how = isLatest ? passed : `${passed} of ${durationText(end - start)}${more}`;
  const events = isLatest ? count(played) : `${count(played)} of ${count(total)}${more}`;
  return [
    { text: `${date}${clock}`, style: theme['text.strong'] },
    { text: how, style: dim },
    { text: speedText(speed), style: dim },
    ...(badLines > 0
      ? [{ text: bad, style: theme['status.warning'], isBehind: true as const }]
      : []),
    { text: `${events} events`, style: dim, isBehind: true },
    ...(isFollowing && playbackState(playback) !== 'following'
      ? [{ text: 'growing', style: dim, isBehind: true as const }]
      : []),
  ];
}

/** `2026-11-21`, of local time. */
function dateText(ns: bigint): string {
  const date = new Date(Number(ns / 1_000_000n));
  return `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
}

/** What was played, what is to come, and where marks are. */
function barSpans(
  playback: Playback,
  marks: readonly Pick<Mark, 'at'>[],
  width: number,
  { theme }: Look,
): HitSpan<bigint>[] {
  if (width < LEAST_BAR) return [];
  const { start, end } = playback;
  const timeOf = (cell: number) => start + ((end - start) * BigInt(cell)) / BigInt(width - 1);
  const cellOf = (time: bigint) => Math.round(shareOf(playback, time) * (width - 1));
  const head = playback.at === 0n ? 0 : cellOf(playback.at);
  const marked = new Set(marks.flatMap(({ at }) => (at < start || at > end ? [] : cellOf(at))));
  const partOf = (cell: number): Span => {
    if (cell === head) return { text: '●', style: theme['text.strong'] };
    if (marked.has(cell)) return { text: '┃', style: theme['status.paused'] };
    const isPlayed = cell < head;
    return { text: isPlayed ? '━' : '─', style: theme[isPlayed ? 'status.live' : 'frame'] };
  };
  return Array.from({ length: width }, (_, cell) => ({ ...partOf(cell), hit: timeOf(cell) }));
}

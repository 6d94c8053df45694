import { describe, expect, test } from 'vitest';
import type { Playback } from '../../../src/agent/messages.ts';
import { toAscii } from '../../../src/ui/text/ascii.ts';
import { renderLine } from '../../../src/ui/text/line.ts';
import { displayWidth } from '../../../src/ui/text/width.ts';
import { playbackSpans } from '../../../src/ui/views/playbackBar.ts';
import { playback } from './playbackSample.ts';
import { DARK, plain } from './samples.ts';
import { NOON, SECOND } from './streamSetUp.ts';

const lineOf = (
  width: number,
  change: Partial<Playback> = {},
  marks: readonly bigint[] = [],
  isThinLink = false,
) => {
  const look = { theme: DARK, width, isThinLink };
  const spans = playbackSpans(
    playback(change),
    marks.map((at) => ({ at })),
    look,
  );
  return plain(renderLine(spans, width));
};

describe('the bar of a replay', () => {
  test.each([60, 80, 120, 200])('at %i columns: what it does, where it is, and a bar', (width) => {
    const line = lineOf(width);
    expect(line).toMatch(/^ ▶ playing {2}.*12:01:00/);
    expect(line).toContain('00:01:00 of 00:10:00');
    expect(line).toContain('1×');
    expect(line).toMatch(/━●─{8,}/);
    expect(displayWidth(line)).toBeLessThanOrEqual(width);
    expect(toAscii(line)).toMatch(/^ > playing .*=\*-{8,}/);
  });

  test('on wide screens the date and how many events; on a thin link no milliseconds', () => {
    expect(lineOf(120)).toContain('2026-11-21 12:01:00.000');
    expect(lineOf(120)).toContain('1,234 of 56,789 events');
    expect(lineOf(120, {}, [], true)).not.toContain('12:01:00.000');
  });

  test('what it does in words', () => {
    expect(lineOf(80, { isPlaying: false })).toContain('‖ paused');
    const end = { played: 56_789, isPlaying: false, at: NOON + 600n * SECOND };
    expect(lineOf(80, end)).toContain('■ at the end');
    expect(lineOf(80, { ...end, isPlaying: true, isFollowing: true })).toContain('▶ following');
    expect(lineOf(120, { isFollowing: true, speed: 0.5 })).toMatch(/0\.5×.*growing/);
    expect(lineOf(120, { speed: Number.POSITIVE_INFINITY })).toContain('at once');
  });

  test('lines that are no events are told of before the number of events', () => {
    expect(lineOf(140, { badLines: 3 })).toContain('3 lines are no events  1,234 of');
    expect(lineOf(140, { badLines: 1 })).toContain('1 line is no event');
  });

  test('what was not read yet may have more: no total is made up', () => {
    const line = lineOf(120, { isRead: false, end: NOON + 60n * SECOND, total: 1234 });
    expect(line).toContain(' 00:01:00  1×');
    expect(line).toContain('1,234 events');
    expect(lineOf(120, { isRead: false })).toContain('of 00:10:00+');
  });

  test('marks stand in it; each part knows its time', () => {
    const halfway = NOON + 300n * SECOND;
    expect(lineOf(120, {}, [halfway, NOON - SECOND])).toMatch(/━●─{8,}┃─{10,}/);
    const spans = playbackSpans(playback(), [], { theme: DARK, width: 120, isThinLink: false });
    const times = spans.flatMap(({ hit }) => hit ?? []);
    expect(times[0]).toBe(NOON);
    expect(times.at(-1)).toBe(NOON + 600n * SECOND);
  });

  test('before it has told', () => {
    const spans = playbackSpans(undefined, [], { theme: DARK, width: 60, isThinLink: false });
    expect(plain(renderLine(spans, 60))).toBe(' reading …');
  });
});

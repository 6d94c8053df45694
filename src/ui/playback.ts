import type { Playback } from '../agent/messages.ts';

/** What a replay does now, in a word or two. */
export type PlaybackState = 'playing' | 'paused' | 'at the end' | 'following';

export function playbackState({
  isPlaying,
  isRead,
  isFollowing,
  played,
  total,
}: Playback): PlaybackState {
  if (isRead && !isFollowing && played >= total) return 'at the end';
  if (!isPlaying) return 'paused';
  // What it grows by is played as it comes.
  return isFollowing && played >= total ? 'following' : 'playing';
}

/** `2x`, `0.5x`, `all at once`. */
export const speedText = (speed: number): string =>
  Number.isFinite(speed) ? `${Number(speed.toPrecision(3))}×` : 'at once';

/** Where a time stands in all that there is, 0 to 1. */
export function shareOf({ start, end }: Pick<Playback, 'start' | 'end'>, time: bigint): number {
  if (end <= start) return 1;
  const share = Number(((time - start) * 10_000n) / (end - start)) / 10_000;
  return Math.min(1, Math.max(0, share));
}

import type { Playback } from '../../agent/messages.ts';
import { playbackState, speedText } from '../playback.ts';
import { secondsText } from '../store/timeText.ts';
import { durationWords } from './words.ts';

/** What there is to say of a replay, and a key that is another one when it is to be said. */
export function playbackNews(
  playback: Playback | undefined,
): { readonly key: string; readonly words: string } | undefined {
  if (!playback || playback.total === 0) return undefined;
  const { at, start, end, speed, played, total } = playback;
  const state = playbackState(playback);
  const times = Number.isFinite(speed) ? `${speedText(speed).replace('×', '')} times` : 'full';
  const time = secondsText(at === 0n ? start : at);
  // While it plays the events tell how far it is.
  if (state === 'playing')
    return { key: `playing ${speed}`, words: `Playing from ${time}, at ${times} speed.` };
  if (state === 'following')
    return { key: state, words: 'All that there is was played; following what comes.' };
  if (state === 'at the end')
    return { key: `${state} ${total}`, words: `At the end, ${time}, after ${total} events.` };
  const left = durationWords(Number((end - (at === 0n ? start : at)) / 1_000_000n));
  return {
    key: `paused ${at} ${played}`,
    words: `Paused at ${time}, event ${played} of ${total}, ${left} before the end.`,
  };
}

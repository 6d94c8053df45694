import type { PlaybackAction } from '../../agent/messages.ts';
import { speedText } from '../playback.ts';
import { type AppState, say } from '../state.ts';
import type { Mark } from '../store/marks.ts';
import { millisecondsText } from '../store/timeText.ts';
import { markLabel } from '../views/markLine.ts';
import type { Handlers, Ui } from './ui.ts';

/** From key to key; the last one is as fast as it goes. */
const SPEEDS: readonly number[] = [
  ...[0.125, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
  Number.POSITIVE_INFINITY,
];

/** What a replay can be asked for. Elsewhere these commands are refused: source.ts. */
export function createPlayback({ state, effects, look }: Ui): Handlers {
  const send = (action: PlaybackAction) => effects.tellAgent({ type: 'playback', action });

  const toggle = () => {
    const { playback } = state;
    if (playback?.isPlaying) return send({ do: 'pause' });
    // At its end it begins again.
    send({ do: 'play' });
  };

  const setSpeed = (speed: number) => {
    send({ do: 'speed', speed });
    say(state, Number.isFinite(speed) ? `speed ${speedText(speed)}` : 'as fast as it goes');
  };

  const changeSpeed = (by: 1 | -1) => {
    const speed = state.playback?.speed ?? 1;
    const next = by > 0 ? SPEEDS.find((one) => one > speed) : SPEEDS.findLast((one) => one < speed);
    if (next === undefined) say(state, `${speedText(speed)} is the ${by > 0 ? 'most' : 'least'}`);
    else setSpeed(next);
  };

  /** `4`, `0.5x`, `max`. */
  const typedSpeed = (text: string) => {
    const word = text.trim().toLowerCase();
    const speed =
      word === 'max' ? Number.POSITIVE_INFINITY : Number(/^(\d*\.?\d+)\s*[x×]?$/.exec(word)?.[1]);
    if (Number.isNaN(speed) || speed < 0.01)
      say(state, 'a speed is a number such as 0.5 or 8, or max', 'warning');
    else setSpeed(speed);
  };

  /** Of the event that a replay stands at when it has gone there. */
  const timeOf = ({ before, at }: Mark): bigint => state.store.timeOf(before) ?? at;

  const toMark = (by: 1 | -1) => {
    const at = state.playback?.at ?? 0n;
    const marks = state.marks.list().toSorted((a, b) => (timeOf(a) < timeOf(b) ? -1 : 1));
    const mark =
      by > 0 ? marks.find((one) => timeOf(one) > at) : marks.findLast((one) => timeOf(one) < at);
    if (!mark) say(state, `there is no mark ${by > 0 ? 'behind' : 'before'} this place`);
    else {
      seek(state, effects.tellAgent, mark.at);
      say(state, `to ${markLabel(mark, look.ascii)}`);
    }
  };

  return {
    'play.toggle': toggle,
    'play.step': () => send({ do: 'step' }),
    'play.stepBack': () => send({ do: 'step-back' }),
    'play.slower': () => changeSpeed(-1),
    'play.faster': (text) => (text === undefined ? changeSpeed(1) : typedSpeed(text)),
    'play.start': () => send({ do: 'to-start' }),
    'play.end': () => send({ do: 'to-end' }),
    'play.previousMark': () => toMark(-1),
    'play.nextMark': () => toMark(1),
  };
}

/** The replay goes to a time: ns since the epoch. */
export function seek(state: AppState, tellAgent: Ui['effects']['tellAgent'], time: bigint): void {
  tellAgent({ type: 'playback', action: { do: 'seek', time } });
  say(state, `to ${millisecondsText(time)}`);
}

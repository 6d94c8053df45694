import { createPrompt } from '../dialogs/prompt.ts';
import { say } from '../state.ts';
import { firstSince } from '../store/eventTimes.ts';
import {
  datedText,
  parseTime,
  secondsText,
  TIME_FORMS,
  type TimeFrame,
} from '../store/timeText.ts';
import { seek } from './playback.ts';
import type { Handlers, Ui } from './ui.ts';

type Held = TimeFrame & { readonly next: number; readonly isFollowing: boolean };
type Found = {
  readonly text: string;
  readonly isWrong: boolean;
  /** Of the event to go to. */
  readonly number?: number;
  /** In a replay: where it goes, ns since the epoch. */
  readonly seek?: bigint;
  /** What was asked for is held no more: it is said when the next best is shown. */
  readonly isGone?: boolean;
};

/** `@`: to a time; what is held, and what is wrong with what is typed, stands above. */
export function createTimeFeature(ui: Ui): Handlers {
  const { state, panes, effects, look } = ui;
  const { store } = state;

  /** In a replay a time is one of the whole recording, played or not. */
  const findInReplay = (text: string, { oldest, newest, ...held }: Held): Found => {
    const range = `${datedText(oldest, newest)} to ${secondsText(newest)}`;
    if (text.trim() === '')
      return {
        text: `the replay is of ${range}; ${TIME_FORMS}; - and + count from where it is`,
        isWrong: false,
      };
    const time = parseTime(text, { oldest, newest, ...held });
    if (time === undefined) return { text: `not a time: try ${TIME_FORMS}`, isWrong: true };
    // What wasn't read yet may be later.
    const isLater = time > newest && state.playback?.isRead === true;
    if ((time < oldest && !isSecondOf(time, oldest)) || isLater)
      return { text: `${datedText(time, newest)} is not in it: it is of ${range}`, isWrong: true };
    return { text: `to ${datedText(time, newest)}, of ${range}`, isWrong: false, seek: time };
  };

  const find = (text: string, held: Held): Found => {
    if (state.playback) return findInReplay(text, held);
    const { oldest, newest, next } = held;
    const from = secondsText(oldest);
    const to = secondsText(newest);
    if (text.trim() === '') {
      const start = held.isFollowing ? 'now' : 'the cursor';
      const forms = `${TIME_FORMS}; - and + count from ${start}`;
      return { text: `held are ${from} to ${to}; ${forms}`, isWrong: false };
    }
    const time = parseTime(text, held);
    if (time === undefined) return { text: `not a time: try ${TIME_FORMS}`, isWrong: true };
    if (time < oldest && !isSecondOf(time, oldest))
      return {
        text: `${datedText(time, oldest)} is gone: to the oldest held, ${from}`,
        ...{ isWrong: false, number: store.first, isGone: true },
      };
    const number = firstSince({ first: store.first, next, timeOf: store.timeOf }, time);
    if (number === undefined)
      return {
        text: `the newest held is ${to}: there is nothing at ${datedText(time, newest)} yet`,
        isWrong: true,
      };
    return {
      text: `to ${datedText(time, newest)}; held are ${from} to ${to}`,
      isWrong: false,
      number,
    };
  };

  const goTo = (text: string, held: Held): boolean => {
    const { number, seek: time, isGone, text: words } = find(text, held);
    if (time !== undefined) seek(state, effects.tellAgent, time);
    if (number !== undefined) panes.stream.goTo(number, effects.size());
    if (isGone) say(state, words, 'warning');
    return number !== undefined || time !== undefined;
  };

  const frameNow = (): Held | undefined => {
    const { playback } = state;
    if (!playback) return panes.stream.timeFrame(effects.size());
    const { start, at, end } = playback;
    if (end === 0n) return undefined;
    return { oldest: start, newest: end, from: at || start, next: store.next, isFollowing: true };
  };

  return {
    'stream.time': (argument) => {
      if (state.view !== 'stream') ui.run('view.stream');
      const held = frameNow();
      if (!held) {
        say(state, 'no event is held yet');
        return;
      }
      if (argument !== undefined && argument !== '') {
        if (!goTo(argument, held)) say(state, find(argument, held).text, 'warning');
        return;
      }
      // What is held goes on changing while a time is typed; once there were events, there always are.
      const heldNow = () => frameNow() ?? held;
      ui.open(
        createPrompt({
          prompt: 'go to time: ',
          look,
          say: (text) => find(text, heldNow()),
          accept: (text) => () => {
            goTo(text, heldNow());
          },
        }),
      );
    },
  };
}

const SECOND = 1_000_000_000n;

/** The time names the second in which the oldest event happened: it is meant. */
const isSecondOf = (time: bigint, oldest: bigint): boolean =>
  time % SECOND === 0n && time / SECOND === oldest / SECOND;

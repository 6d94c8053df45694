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
import type { Handlers, Ui } from './ui.ts';

type Held = TimeFrame & { readonly next: number; readonly isFollowing: boolean };
type Found = {
  readonly text: string;
  readonly isWrong: boolean;
  /** Of the event to go to. */
  readonly number?: number;
  /** What was asked for is held no more: it is said when the next best is shown. */
  readonly isGone?: boolean;
};

/** `@`: to a time; what is held, and what is wrong with what is typed, stands above. */
export function createTimeFeature(ui: Ui): Handlers {
  const { state, panes, effects, look } = ui;
  const { store } = state;

  const find = (text: string, held: Held): Found => {
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
    const { number, isGone, text: words } = find(text, held);
    if (number !== undefined) panes.stream.goTo(number, effects.size());
    if (isGone) say(state, words, 'warning');
    return number !== undefined;
  };

  return {
    'stream.time': (argument) => {
      if (state.view !== 'stream') ui.run('view.stream');
      const held = panes.stream.timeFrame(effects.size());
      if (!held) {
        say(state, 'no event is held yet');
        return;
      }
      if (argument !== undefined && argument !== '') {
        if (!goTo(argument, held)) say(state, find(argument, held).text, 'warning');
        return;
      }
      // What is held goes on changing while a time is typed; once there were events, there always are.
      const heldNow = () => panes.stream.timeFrame(effects.size()) ?? held;
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

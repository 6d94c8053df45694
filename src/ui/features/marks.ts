import { hasProcess } from '../../events/types.ts';
import { keyText } from '../commands.ts';
import type { DialogStep } from '../dialog.ts';
import { createMenu, type MenuItem } from '../dialogs/menu.ts';
import { createPrompt } from '../dialogs/prompt.ts';
import { tellMark } from '../recording.ts';
import { say } from '../state.ts';
import { MAX_MARKS, MAX_NAME, type Mark, type MarkedEvent } from '../store/marks.ts';
import { markLabel } from '../views/markLine.ts';
import { plainLine } from '../views/streamRow.ts';
import { seek } from './playback.ts';
import type { Handlers, Ui } from './ui.ts';

const GONE = 'its events have left the ring: only the time is kept';

/** `m` and `'`: places in the stream to come back to. */
export function createMarksFeature(ui: Ui): Handlers {
  const { state, panes, effects, look } = ui;
  const { marks, store } = state;
  /** A mark before the oldest event is where its own was, or would be gone. */
  const isGone = ({ before }: Mark) => before < store.first;
  const isReplay = state.source.kind === 'replay';

  const tell = (mark: Mark, isSet: boolean) => tellMark(state, effects.tellAgent, mark, isSet);

  const markedEvent = (number: number): MarkedEvent | undefined => {
    const at = store.timeOf(number);
    const event = panes.stream.eventOf(number);
    const execId = event && hasProcess(event) ? event.process.execId : '';
    return at === undefined ? undefined : { at, execId };
  };

  /** In a replay now is behind the event that was played last. */
  const behindLast = (): MarkedEvent | undefined =>
    state.playback && { at: state.playback.at + 1n, execId: '' };

  const itemOf = (mark: Mark): MenuItem => {
    const event = panes.stream.eventOf(mark.before);
    const line = event ? plainLine(event, look.ascii, state.nodeNames.areSeveral) : elsewhere(mark);
    return {
      label: markLabel(mark, look.ascii),
      sign: mark.number < 10 ? String(mark.number) : '',
      note: line,
      disabled: isGone(mark) && !isReplay ? GONE : undefined,
    };
  };

  const elsewhere = (mark: Mark): string =>
    isReplay && isGone(mark) ? 'the replay goes there' : 'the newest event, then';

  const goTo = (mark: Mark | undefined): DialogStep => {
    if (!mark) return 'stay';
    if (!isGone(mark)) return () => panes.stream.goTo(mark.before, effects.size());
    return isReplay ? () => seek(state, effects.tellAgent, mark.at) : 'stay';
  };

  const rename = (mark: Mark) => {
    ui.open(
      createPrompt({
        prompt: `name of mark ${mark.number}: `,
        text: mark.name,
        look,
        say: () => ({ text: `at most ${MAX_NAME} characters; empty: none`, isWrong: false }),
        accept: (text) => () => {
          tell(mark, false);
          marks.rename(mark.number, text);
          const renamed = marks.list().find(({ number }) => number === mark.number);
          if (renamed) tell(renamed, true);
          openMenu(mark.number);
        },
      }),
    );
  };

  const openMenu = (number?: number) => {
    const selected = marks.list().findIndex((mark) => mark.number === number);
    ui.open(
      createMenu({
        title: 'Marks',
        items: () => marks.list().map(itemOf),
        look,
        selected: Math.max(0, selected),
        verb: 'go there',
        choose: (index) => goTo(marks.list()[index]),
        onItemKey(index, key) {
          if (/^[1-9]$/.test(key))
            return goTo(marks.list().find((mark) => mark.number === Number(key)));
          const mark = marks.list()[index];
          if (!mark) return undefined;
          if (key === 'n') return () => rename(mark);
          if (key !== 'd') return undefined;
          marks.remove(mark.number);
          tell(mark, false);
          return marks.size === 0 ? 'close' : 'stay';
        },
        hints: [
          { key: 'd', text: 'delete' },
          { key: 'n', text: 'name' },
        ],
      }),
    );
  };

  return {
    'stream.mark': () => {
      const { before, isNow } = panes.stream.markPlace(effects.size());
      const event = isNow ? behindLast() : markedEvent(before);
      const time = event ? Number(event.at / 1_000_000n) : state.clock();
      const toggled = marks.toggle(before, time, event);
      if (!toggled) {
        say(
          state,
          `there are ${MAX_MARKS} marks: ${keyText('stream.marks')} deletes some`,
          'warning',
        );
        return;
      }
      const { mark, isSet } = toggled;
      tell(mark, isSet);
      say(state, isSet ? `mark ${mark.number} is set` : `mark ${mark.number} is gone`);
    },
    'stream.marks': () => {
      if (state.view !== 'stream') ui.run('view.stream');
      if (marks.size > 0) openMenu();
      else say(state, `no mark is set: ${keyText('stream.mark')} marks a place`);
    },
  };
}

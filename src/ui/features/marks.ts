import { keyText } from '../commands.ts';
import type { DialogStep } from '../dialog.ts';
import { createMenu, type MenuItem } from '../dialogs/menu.ts';
import { createPrompt } from '../dialogs/prompt.ts';
import { say } from '../state.ts';
import { MAX_MARKS, MAX_NAME, type Mark } from '../store/marks.ts';
import { markLabel } from '../views/markLine.ts';
import { plainLine } from '../views/streamRow.ts';
import type { Handlers, Ui } from './ui.ts';

const GONE = 'its events have left the ring: only the time is kept';

/** `m` and `'`: places in the stream to come back to. */
export function createMarksFeature(ui: Ui): Handlers {
  const { state, panes, effects, look } = ui;
  const { marks, store } = state;
  /** A mark before the oldest event is where its own was, or would be gone. */
  const isGone = ({ before }: Mark) => before < store.first;

  const itemOf = (mark: Mark): MenuItem => {
    const event = panes.stream.eventOf(mark.before);
    const line = event ? plainLine(event, look.ascii) : 'the newest event, then';
    return {
      label: markLabel(mark, look.ascii),
      sign: mark.number < 10 ? String(mark.number) : '',
      note: line,
      disabled: isGone(mark) ? GONE : undefined,
    };
  };

  const goTo = (mark: Mark | undefined): DialogStep =>
    mark && !isGone(mark) ? () => panes.stream.goTo(mark.before, effects.size()) : 'stay';

  const rename = (mark: Mark) => {
    ui.open(
      createPrompt({
        prompt: `name of mark ${mark.number}: `,
        text: mark.name,
        look,
        say: () => ({ text: `at most ${MAX_NAME} characters; empty: none`, isWrong: false }),
        accept: (text) => () => {
          marks.rename(mark.number, text);
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
      const time = isNow ? undefined : store.timeOf(before);
      const toggled = marks.toggle(
        before,
        time === undefined ? Date.now() : Number(time / 1_000_000n),
      );
      if (!toggled) {
        say(
          state,
          `there are ${MAX_MARKS} marks: ${keyText('stream.marks')} deletes some`,
          'warning',
        );
        return;
      }
      const { mark, isSet } = toggled;
      say(state, isSet ? `mark ${mark.number} is set` : `mark ${mark.number} is gone`);
    },
    'stream.marks': () => {
      if (state.view !== 'stream') ui.run('view.stream');
      if (marks.size > 0) openMenu();
      else say(state, `no mark is set: ${keyText('stream.mark')} marks a place`);
    },
  };
}

import type { Dialog, DialogStep } from '../dialog.ts';
import type { Look } from '../look.ts';
import { openHistory, recall } from '../text/history.ts';
import { renderLine } from '../text/line.ts';
import { type EditedLine, editLine, insertText, lineOf } from '../text/lineEditor.ts';
import { wrapWords } from '../text/wrap.ts';
import { editedSpans } from '../views/editedSpans.ts';

type Options = {
  /** `name: ` */
  readonly prompt: string;
  readonly text?: string;
  readonly look: Look;
  /** Where `!` is a letter: in a name while nothing is armed, in a filter also then, behind other letters. */
  readonly bang?: 'in-name' | 'in-filter';
  /** Earlier texts, the newest last: for the arrow keys. */
  readonly history?: readonly string[];
  /** What is said above while it is typed. */
  say(text: string): { text: string; isWrong: boolean };
  /** Enter; not called while the text is wrong. */
  accept(text: string): DialogStep;
};

/** Of what is said, so many lines: the row that it is about must stay in sight. */
const MOST_LINES = 5;

/** One line to type, in the footer's place, with words about it above. */
export function createPrompt(options: Options): Dialog {
  const { prompt, look } = options;
  const { theme, ascii } = look;
  let line: EditedLine = lineOf(options.text ?? '');
  let history = openHistory(line.text, options.history ?? []);

  const set = (next: EditedLine): DialogStep => {
    line = next;
    return 'stay';
  };

  const goBack = (by: number): DialogStep => {
    const found = recall(history, line.text, by);
    if (!found) return 'stay';
    history = found.history;
    return set(found.line);
  };

  return {
    place: 'line',
    takesBang(isArmed) {
      if (options.bang === undefined) return false;
      return !isArmed || (options.bang === 'in-filter' && line.text !== '');
    },
    hints: [],
    lines({ width, height }) {
      const said = options.say(line.text);
      const style = theme[said.isWrong ? 'status.warning' : 'text.dim'];
      const parts = wrapWords(said.text, width - 2);
      const most = Math.max(0, Math.min(MOST_LINES, height));
      return parts.slice(0, most).map((part, at) => {
        const isCut = at === most - 1 && parts.length > most;
        return renderLine([{ text: ` ${part}${isCut ? '…' : ''}`, style }], width);
      });
    },
    footer(width) {
      const style = theme[options.say(line.text).isWrong ? 'input.wrong' : 'input.valid'];
      const head = ` ${prompt}`;
      const spans = editedSpans(line, width - head.length, () => style, theme.cursor, ascii);
      return renderLine([{ text: head, style: theme['hint.key'] }, ...spans], width);
    },
    onKey(key, text) {
      if (key === 'escape') return 'close';
      if (key === 'enter')
        return options.say(line.text).isWrong ? 'stay' : options.accept(line.text);
      if (key === 'up' || key === 'down') return goBack(key === 'up' ? -1 : 1);
      const edited = editLine(line, key);
      if (edited) return set(edited);
      return text === '' ? 'stay' : set(insertText(line, text));
    },
    onPaste: (text) => set(insertText(line, text)),
  };
}

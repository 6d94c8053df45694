import type { Dialog, DialogStep } from '../dialog.ts';
import type { Look } from '../look.ts';
import { renderLine } from '../text/line.ts';
import { type EditedLine, editLine, insertText, lineOf } from '../text/lineEditor.ts';
import { wrapWords } from '../text/wrap.ts';
import { editedSpans } from '../views/editedSpans.ts';

type Options = {
  /** `name: ` */
  readonly prompt: string;
  readonly text?: string;
  readonly look: Look;
  readonly takesBang?: boolean;
  /** Earlier texts, the newest last: for the arrow keys. */
  readonly history?: readonly string[];
  /** What is said above while it is typed. */
  say(text: string): { text: string; isWrong: boolean };
  /** Each change of the text. */
  onChange?(text: string): void;
  /** Enter; not called while the text is wrong. */
  accept(text: string): DialogStep;
  cancel?(): void;
};

/** One line to type, in the footer's place, with words about it above. */
export function createPrompt(options: Options): Dialog {
  const { prompt, look, history = [] } = options;
  const { theme, ascii } = look;
  let line: EditedLine = lineOf(options.text ?? '');
  /** What was typed stands behind the history. */
  let entries = [...history.filter((entry) => entry !== line.text), line.text];
  let entry = entries.length - 1;

  const set = (next: EditedLine): DialogStep => {
    const isChanged = next.text !== line.text;
    line = next;
    if (isChanged) options.onChange?.(line.text);
    return 'stay';
  };

  const recall = (by: number): DialogStep => {
    const wanted = Math.min(Math.max(entry + by, 0), entries.length - 1);
    if (wanted === entry) return 'stay';
    entries = entries.with(entry, line.text);
    entry = wanted;
    return set(lineOf(entries[entry] ?? ''));
  };

  return {
    place: 'line',
    ...(options.takesBang ? { takesBang: true } : {}),
    hints: [],
    lines({ width }) {
      const said = options.say(line.text);
      const style = theme[said.isWrong ? 'status.warning' : 'text.dim'];
      return wrapWords(said.text, width - 2).map((part) =>
        renderLine([{ text: ` ${part}`, style }], width),
      );
    },
    footer(width) {
      const style = theme[options.say(line.text).isWrong ? 'input.wrong' : 'input.valid'];
      const head = ` ${prompt}`;
      const spans = editedSpans(line, width - head.length, () => style, theme.cursor, ascii);
      return renderLine([{ text: head, style: theme['hint.key'] }, ...spans], width);
    },
    onKey(key, text) {
      if (key === 'escape') {
        options.cancel?.();
        return 'close';
      }
      if (key === 'enter')
        return options.say(line.text).isWrong ? 'stay' : options.accept(line.text);
      if (key === 'up' || key === 'down') return recall(key === 'up' ? -1 : 1);
      const edited = editLine(line, key);
      if (edited) return set(edited);
      return text === '' ? 'stay' : set(insertText(line, text));
    },
    onPaste: (text) => set(insertText(line, text)),
  };
}

import { commandOf } from '../commands.ts';
import type { Dialog } from '../dialog.ts';
import { moveIn, moveOf } from '../panes/pane.ts';

type Options = {
  /** What it is about, for finding in it. */
  readonly page: string;
  /** All of its finished lines; asked for each paint. */
  lines(width: number): readonly string[];
};

/** A text of any length, to be scrolled. */
export function createTextPage({ page, lines: all }: Options): Dialog {
  let top = 0;
  /** Lines of the whole page as last painted. */
  let painted = 0;

  return {
    place: 'view',
    hints: [
      { key: 'Esc', text: 'back' },
      { key: '↑↓', text: 'scroll' },
    ],
    lines({ width, height }) {
      const lines = all(width);
      painted = lines.length;
      top = Math.min(top, Math.max(0, lines.length - height));
      return lines.slice(top, top + height);
    },
    position: ({ height }) =>
      painted <= height ? '' : `lines ${top + 1}–${Math.min(top + height, painted)} of ${painted} `,
    find: ({ width, height }) => ({
      ...{ page, lines: all(width), top },
      scrollTo(line) {
        top = Math.max(0, line - Math.floor(height / 3));
      },
    }),
    onKey(key, _text, { width, height }) {
      const command = commandOf(key, 'stream');
      if (command?.id === 'app.back') return 'close';
      const move = command && moveOf(command.id, height);
      if (!move) return 'pass';
      top = moveIn(top, Math.max(0, all(width).length - height) + 1, move);
      return 'stay';
    },
  };
}

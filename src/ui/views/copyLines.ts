import type { CopyMenu } from '../copyMenu.ts';
import { escapeNonAscii } from '../text/ascii.ts';
import { renderLine } from '../text/line.ts';
import { padColumns, truncateColumns } from '../text/width.ts';
import type { Theme } from '../theme.ts';

const NAME_WIDTH = 14;

/** The menu of what to copy, each with the text's beginning: what lands on the clipboard should be no surprise. */
export function copyLines(menu: CopyMenu, theme: Theme, width: number, ascii: boolean): string[] {
  const ellipsis = ascii ? '..' : '…';
  const dash = ascii ? '-' : '─';
  const title = ' Copy ';
  const names = Math.max(NAME_WIDTH, ...menu.choices.map(({ what }) => what.length + 1));
  return [
    renderLine(
      [
        { text: dash, style: theme.frame },
        { text: title, style: theme.title },
        { text: dash.repeat(width), style: theme.frame },
      ],
      width,
    ),
    ...menu.choices.map((choice, index) => {
      const { what } = choice;
      const name = ` ${index + 1}  ${padColumns(what, names)}`;
      const text = choice.preview ?? choice.text;
      const shown = ascii ? escapeNonAscii(text) : text;
      const preview = truncateColumns(shown, Math.max(0, width - name.length - 1), { ellipsis });
      if (index === menu.selected)
        return renderLine(
          [{ text: padColumns(name + preview, width), style: theme.cursor }],
          width,
        );
      return renderLine([{ text: name }, { text: preview, style: theme['text.dim'] }], width);
    }),
  ];
}

import { COMMANDS, keyLabel } from '../commands.ts';
import { renderLine } from '../text/line.ts';
import { fitColumns } from '../text/width.ts';
import type { Theme } from '../theme.ts';

/** The help screen, made from the command table. */
export function helpLines(theme: Theme, width: number): string[] {
  const lines: string[] = [];
  let category = '';
  for (const command of COMMANDS) {
    if (command.category !== category) {
      if (category !== '') lines.push('');
      category = command.category;
      lines.push(renderLine([{ text: ` ${category}`, style: theme.title }], width));
    }
    const keys = fitColumns(command.keys.map(keyLabel).join('  '), 18);
    const { views = [] } = command;
    const where = views.length > 0 && views.length < 4 ? ` (${views.join(', ')})` : '';
    lines.push(
      renderLine(
        [
          { text: `   ${keys}`, style: theme['hint.key'] },
          { text: command.title },
          { text: where, style: theme['text.dim'] },
        ],
        width,
      ),
    );
  }
  return lines;
}

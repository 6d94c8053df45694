import { renderLine } from '../text/line.ts';
import type { EditedLine } from '../text/lineEditor.ts';
import { displayWidth } from '../text/width.ts';
import type { Theme } from '../theme.ts';
import { editedSpans } from './editedSpans.ts';

const PROMPT = ' search: ';

/** The search being typed, in the footer's place; at the right how many were found. */
export function searchInputLine(
  line: EditedLine,
  found: string,
  theme: Theme,
  width: number,
  ascii: boolean,
): string {
  const hint = `Enter keeps it · Esc shows all · ${found}`;
  const room = Math.max(10, width - PROMPT.length - displayWidth(hint) - 2);
  const typed = editedSpans(line, room, () => theme['input.valid'], theme.cursor, ascii);
  const used = typed.reduce((sum, { text }) => sum + displayWidth(text), PROMPT.length);
  return renderLine(
    [
      { text: PROMPT, style: theme['hint.key'] },
      ...typed,
      { text: ' '.repeat(Math.max(1, width - used - displayWidth(hint))) },
      { text: hint, style: theme['text.dim'] },
    ],
    width,
  );
}

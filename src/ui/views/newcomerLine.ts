import { keyText } from '../commands.ts';
import { renderLine } from '../text/line.ts';
import type { Theme } from '../theme.ts';

/**
 * For who sees this for the first time, as long as the stream leaves room for it: a blank line, then how to go on.
 *
 * @param room lines that are free below what has happened
 */
export function newcomerLines(room: number, theme: Theme, width: number): readonly string[] {
  if (room < LEAST_ROOM) return [];
  const [help, policies, quit] = [
    keyText('app.help'),
    keyText('view.policies'),
    keyText('app.quit'),
  ];
  const text = ` New here? ${help} shows the first minute, ${policies} the policies; ${quit} quits.`;
  return ['', renderLine([{ text, style: theme['text.dim'] }], width)];
}

/** Less, and it would be taken for an event. */
const LEAST_ROOM = 3;

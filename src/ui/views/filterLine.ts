import { escapeText } from '../../events/text.ts';
import { type FilterInput, filterMistake } from '../filterInput.ts';
import { escapeNonAscii } from '../text/ascii.ts';
import { renderLine, type Span, type Style } from '../text/line.ts';
import { truncateColumns } from '../text/width.ts';
import { wrapWords } from '../text/wrap.ts';
import type { Theme } from '../theme.ts';
import { editedSpans } from './editedSpans.ts';

const PROMPT = ' filter: ';

/** The line being typed, in the footer's place, with a cursor; the part that can't be read is marked. */
export function filterInputLine(
  { line }: FilterInput,
  theme: Theme,
  width: number,
  ascii: boolean,
): string {
  const mistake = filterMistake(line.text);
  const wrongEnd = mistake ? endOfWord(line.text, mistake.at) : 0;
  const styleOf = (at: number): Style => {
    if (mistake && at >= mistake.at && at < wrongEnd) return theme['input.wrong'];
    return theme[mistake ? 'text' : 'input.valid'];
  };
  const spans = editedSpans(line, width - PROMPT.length, styleOf, theme.cursor, ascii);
  return renderLine([{ text: PROMPT, style: theme['hint.key'] }, ...spans], width);
}

function endOfWord(text: string, at: number): number {
  const space = text.indexOf(' ', at);
  return space < 0 ? text.length : space;
}

/** What the check says, in words, for those who can't tell the colours: lines, the last of which fits into the rule. */
export function filterVerdict(
  { line }: FilterInput,
  theme: Theme,
  width: number,
  ascii: boolean,
): Span[] {
  const mistake = filterMistake(line.text);
  const isEmpty = line.text.trim() === '';
  const what = isEmpty ? 'no filter: all events' : 'valid';
  const keys = ascii ? 'Up, Down' : '↑↓';
  const error = mistake && escapeText(`not valid at ${mistake.at + 1}: ${mistake.error}`);
  const text = error
    ? ascii
      ? escapeNonAscii(error)
      : error
    : `${what} · Enter applies · Esc leaves it as it was · ${keys} earlier ones`;
  const style = theme[mistake ? 'status.warning' : isEmpty ? 'text.dim' : 'status.good'];
  return wrapWords(text, width - 2).map((part) => ({ text: ` ${part} `, style }));
}

/** The filter that is set, for the right end of the tabs' line. */
export function activeFilterText(text: string, room: number, ascii: boolean): string {
  const safe = escapeText(text);
  const shown = `filter: ${ascii ? escapeNonAscii(safe) : safe}`;
  return truncateColumns(shown, room, { ellipsis: ascii ? '..' : '…' });
}

import { escapeText } from '../../events/text.ts';
import { type Completion, MOST_CANDIDATES } from '../completion.ts';
import type { Look } from '../look.ts';
import { escapeNonAscii } from '../text/ascii.ts';
import { renderLine, type Span, type Style } from '../text/line.ts';
import type { EditedLine } from '../text/lineEditor.ts';
import { displayWidth, padColumns, truncateColumns } from '../text/width.ts';
import { wrapWords } from '../text/wrap.ts';
import { editedSpans } from './editedSpans.ts';
import { titleRule } from './titleRule.ts';

export type Mistake = { error: string; at: number } | undefined;
type LineLook = Pick<Look, 'theme' | 'ascii'>;

const PROMPT = ' filter: ';
/** Columns that the text being typed keeps before anything stands beside it. */
const LEAST_TYPED = 48;

/** The line being typed, in the footer's place, with a cursor; the part that can't be read is marked. @param found how many rows it leaves */
export function filterInputLine(
  line: EditedLine,
  mistake: Mistake,
  found: string,
  { theme, ascii }: LineLook,
  width: number,
): string {
  const wrongEnd = mistake ? endOfWord(line.text, mistake.at) : 0;
  const styleOf = (at: number): Style => {
    if (mistake && at >= mistake.at && at < wrongEnd) return theme['input.wrong'];
    return theme[mistake ? 'text' : 'input.valid'];
  };
  const beside = displayWidth(found) + 2;
  const hasRoom = width - PROMPT.length - beside >= LEAST_TYPED;
  const room = width - PROMPT.length - (hasRoom ? beside : 0);
  const typed = editedSpans(line, room, styleOf, theme.cursor, ascii);
  const used = typed.reduce((sum, { text }) => sum + displayWidth(text), PROMPT.length);
  const spans: Span[] = [{ text: PROMPT, style: theme['hint.key'] }, ...typed];
  if (hasRoom)
    spans.push(
      { text: ' '.repeat(Math.max(1, width - used - beside + 1)) },
      { text: found, style: theme['text.dim'] },
    );
  return renderLine(spans, width);
}

function endOfWord(text: string, at: number): number {
  const space = text.indexOf(' ', at);
  return space < 0 ? text.length : space;
}

/** What the check says, in words, for those who can't tell the colours. */
export function filterVerdict(
  text: string,
  mistake: Mistake,
  { theme, ascii }: LineLook,
  width: number,
): string[] {
  const isEmpty = text.trim() === '';
  const what = isEmpty ? 'no filter' : 'valid';
  const keys = ascii ? 'Up' : '↑';
  const clear = isEmpty ? '' : ' · Ctrl-U clears';
  const error = mistake && escapeText(`not valid at ${mistake.at + 1}: ${mistake.error}`);
  const words = error
    ? ascii
      ? escapeNonAscii(error)
      : error
    : `${what} · Enter applies · Esc undoes${clear} · ${keys} earlier · Tab completes`;
  const style = theme[mistake ? 'status.warning' : isEmpty ? 'text.dim' : 'status.good'];
  return wrapWords(words, width - 2).map((part) =>
    renderLine([{ text: ` ${part}`, style }], width),
  );
}

/** Which candidates are shown: so many from one on, around the selected one. @param room lines, one of which is the title's */
export function candidateWindow(
  count: number,
  selected: number | undefined,
  room: number,
): { from: number; most: number } {
  const most = Math.min(MOST_CANDIDATES, room - 1);
  const from = Math.min(Math.max(0, (selected ?? 0) - most + 1), Math.max(0, count - most));
  return { from, most };
}

/** Columns of a candidate before what it means. */
const MOST_LABEL = 50;

/** The candidates of a list below what they are, some of many around the selected one. @param room lines that it may take */
export function candidateLines(
  { candidates, title }: Completion,
  selected: number | undefined,
  room: number,
  { theme, ascii }: LineLook,
  width: number,
): string[] {
  const { from, most } = candidateWindow(candidates.length, selected, room);
  if (candidates.length === 0 || most < 1) return [];
  const rule = titleRule(title, theme, width, theme['text.dim']);
  const shown = candidates.slice(from, from + most).map(({ label, note }) => {
    const safe = escapeText(label);
    return { label: ascii ? escapeNonAscii(safe) : safe, note };
  });
  const ellipsis = ascii ? '..' : '…';
  const labels = Math.min(
    Math.max(...shown.map(({ label }) => displayWidth(label)), 10),
    Math.min(MOST_LABEL, width - 4),
  );
  const more = candidates.length - shown.length;
  const lines = shown.map(({ label, note }, row) => {
    const isLast = row === shown.length - 1 && more > 0;
    const name = padColumns(truncateColumns(label, labels, { ellipsis, at: 'start' }), labels);
    const said = isLast ? `${note}${note === '' ? '' : ' · '}${more} more` : note;
    const rest = truncateColumns(said, Math.max(0, width - labels - 5), { ellipsis });
    if (from + row === selected)
      return renderLine(
        [{ text: padColumns(`   ${name}  ${rest}`, width), style: theme.cursor }],
        width,
      );
    return renderLine(
      [
        { text: `   ${name}  `, style: theme['hint.key'] },
        { text: rest, style: theme['text.dim'] },
      ],
      width,
    );
  });
  return [rule, ...lines];
}

/** The filter that is set, or the text that is looked for, for the right end of the tabs' line. */
export function activeFilterText(
  texts: { readonly find?: string | undefined; readonly filter?: string | undefined },
  room: number,
  ascii: boolean,
): string {
  const parts = Object.entries(texts).flatMap(([name, text]) =>
    text ? `${name}: ${escapeText(text)}` : [],
  );
  const shown = parts.join('  ');
  return truncateColumns(ascii ? escapeNonAscii(shown) : shown, room, {
    ellipsis: ascii ? '..' : '…',
  });
}

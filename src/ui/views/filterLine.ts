import { escapeText } from '../../events/text.ts';
import { type FilterInput, filterMistake } from '../filterInput.ts';
import { escapeNonAscii } from '../text/ascii.ts';
import { renderLine, type Span, type Style } from '../text/line.ts';
import { displayWidth, eachGrapheme, truncateColumns } from '../text/width.ts';
import { wrapWords } from '../text/wrap.ts';
import type { Theme } from '../theme.ts';

const PROMPT = ' filter: ';

type Cell = { text: string; width: number; at: number };

/** The line being typed, in the footer's place, with a cursor; the part that can't be read is marked. */
export function filterInputLine(
  { line }: FilterInput,
  theme: Theme,
  width: number,
  ascii: boolean,
): string {
  const mistake = filterMistake(line.text);
  const cells = cellsOf(line.text, ascii);
  const cursor = cells.findIndex(({ at }) => at >= line.at);
  const [from, to] = windowAround(
    cells,
    cursor < 0 ? cells.length - 1 : cursor,
    width - PROMPT.length,
  );
  const wrongEnd = mistake ? endOfWord(line.text, mistake.at) : 0;
  const styleOf = ({ at }: Cell): Style => {
    if (at === line.at) return theme.cursor;
    if (mistake && at >= mistake.at && at < wrongEnd) return theme['input.wrong'];
    return theme[mistake ? 'text' : 'input.valid'];
  };
  const spans = cells
    .slice(from, to)
    .map((cell): Span => ({ text: cell.text, style: styleOf(cell) }));
  return renderLine([{ text: PROMPT, style: theme['hint.key'] }, ...spans], width);
}

/** What is seen of a text, cluster by cluster, and a blank at the end for the cursor. */
function cellsOf(text: string, ascii: boolean): Cell[] {
  const cells: Cell[] = [];
  let at = 0;
  eachGrapheme(text, (cluster) => {
    const safe = escapeText(cluster);
    const shown = ascii ? escapeNonAscii(safe) : safe;
    cells.push({ text: shown, width: displayWidth(shown), at });
    at += cluster.length;
    return true;
  });
  return [...cells, { text: ' ', width: 1, at }];
}

/** The cells that fit, the cursor's among them. */
function windowAround(cells: readonly Cell[], cursor: number, room: number): [number, number] {
  let used = 0;
  let from = 0;
  let to = 0;
  for (const { width } of cells) {
    if (used + width > room && to > cursor) break;
    used += width;
    to += 1;
    for (; used > room && from < to - 1; from++) used -= cells[from]?.width ?? 0;
  }
  return [from, to];
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

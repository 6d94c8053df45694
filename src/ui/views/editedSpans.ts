import { escapeText } from '../../events/text.ts';
import { escapeNonAscii } from '../text/ascii.ts';
import type { Span, Style } from '../text/line.ts';
import type { EditedLine } from '../text/lineEditor.ts';
import { displayWidth, eachGrapheme } from '../text/width.ts';

type Cell = { text: string; width: number; at: number };

/** What is seen of a line being typed, in at most `room` columns: the part around the cursor. @param styleOf of the character at an index */
export function editedSpans(
  line: EditedLine,
  room: number,
  styleOf: (at: number) => Style,
  cursorStyle: Style,
  ascii: boolean,
): Span[] {
  const cells = cellsOf(line.text, ascii);
  const cursor = cells.findIndex(({ at }) => at >= line.at);
  const [from, to] = windowAround(cells, cursor < 0 ? cells.length - 1 : cursor, room);
  return cells
    .slice(from, to)
    .map(({ text, at }): Span => ({ text, style: at === line.at ? cursorStyle : styleOf(at) }));
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

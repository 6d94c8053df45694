import type { Sort } from '../store/sortedRows.ts';
import { renderLine, type Span, type Style } from '../text/line.ts';
import { fitColumns, padColumns } from '../text/width.ts';
import type { Theme } from '../theme.ts';

/** A column of a table whose last part takes the rest of the width. */
export type Column<Id extends string> = {
  readonly id: Id;
  readonly title: string;
  readonly width: number;
  readonly align: 'left' | 'right';
  /** Where the terminal is narrow those with the lowest number go first. */
  readonly keep: number;
};

/** Those that the operator wants; that of the sort order always stays. */
export const wantedColumns = <Id extends string>(
  columns: readonly Column<Id>[],
  hidden: ReadonlySet<string>,
  sorted?: string,
): Column<Id>[] => columns.filter(({ id }) => id === sorted || !hidden.has(id));

/** The columns, in their order, that leave at least `rest` columns of `width`; each takes its width and a space. */
export function fittingColumns<Id extends string>(
  columns: readonly Column<Id>[],
  width: number,
  rest: number,
): readonly Column<Id>[] {
  const fitting = [...columns];
  while (fitting.length > 0 && columnsWidth(fitting) + rest > width) {
    const least = Math.min(...fitting.map(({ keep }) => keep));
    fitting.splice(
      fitting.findIndex(({ keep }) => keep === least),
      1,
    );
  }
  return fitting;
}

/** What columns take, with the space behind each. */
export function columnsWidth(columns: readonly Pick<Column<string>, 'width'>[]): number {
  return columns.reduce((sum, { width }) => sum + width + 1, 0);
}

/** A cell, with the space behind it. */
export function columnCell({ width, align }: Column<string>, text: string): string {
  return `${fitColumns(text, width, { align })} `;
}

/** The column whose cell lies over a place of a line; behind the last it is the rest's. Each cell's blank belongs to it. */
export function columnAt<Id extends string>(
  columns: readonly Column<Id>[],
  rest: Id,
  place: number,
): Id {
  let end = 1;
  for (const { id, width } of columns) {
    end += width + 1;
    if (place < end) return id;
  }
  return rest;
}

/** The line of titles above sorted rows; that of the sort column is marked by a sign. @param rest what takes the rest of the width */
export function titleLine<Id extends string>(
  columns: readonly Column<Id>[],
  rest: { readonly id: Id; readonly title: string },
  { theme, width, sort }: { theme: Theme; width: number; sort: Sort<Id> },
): string {
  const span = (id: Id, text: (title: string) => string, title: string): Span => {
    if (id !== sort.column) return { text: text(title), style: theme['text.dim'] };
    const marked = `${title}${sort.descending ? '▼' : '▲'}`;
    return { text: text(marked), style: theme['text.strong'] };
  };
  const cells = columns.map((column) =>
    span(column.id, (title) => columnCell(column, title), column.title),
  );
  return renderLine([{ text: ' ' }, ...cells, span(rest.id, (title) => title, rest.title)], width);
}

/** A cell with a style, which does not run over the empty part of it: it may be a background. */
export function styledCell(column: Column<string>, text: string, style: Style): Span[] {
  const cell = columnCell(column, text);
  const start = cell.length - cell.trimStart().length;
  const end = Math.max(start, cell.trimEnd().length);
  return [
    { text: cell.slice(0, start) },
    { text: cell.slice(start, end), style },
    { text: cell.slice(end) },
  ];
}

/** A finished row; that of the cursor in one style up to the edge of the screen. */
export function rowLine(
  spans: readonly Span[],
  isCursor: boolean,
  { theme, width }: { readonly theme: Theme; readonly width: number },
): string {
  if (!isCursor) return renderLine(spans, width);
  const text = spans.map((span) => span.text).join('');
  return renderLine([{ text: padColumns(text, width), style: theme.cursor }], width);
}

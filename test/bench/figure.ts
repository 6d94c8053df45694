/** One line of the benchmarks' table. */
export type Figure = {
  name: string;
  value: number;
  unit: string;
  /** Highest value allowed (DESIGN.md, Budgets); undefined: for information. */
  budget: number | undefined;
  /** Lowest and highest of the single measurements. */
  spread: readonly [number, number] | undefined;
};

export const isMet = ({ value, budget }: Figure): boolean =>
  budget === undefined || value <= budget;

const round = (value: number): string =>
  Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2);

/** The table as text, one figure a line. */
export function formatTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.name,
    `${round(figure.value)} ${figure.unit}`,
    figure.budget === undefined ? '' : `≤ ${round(figure.budget)}`,
    figure.budget === undefined ? '' : isMet(figure) ? 'met' : 'NOT MET',
    figure.spread ? `${round(figure.spread[0])} … ${round(figure.spread[1])}` : '',
  ]);
  const head = ['figure', 'value', 'budget', '', 'spread'];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

import { textTable } from '../driver/textTable.ts';

import { median } from './cpu.ts';

/** One line of the benchmarks' table. */
export type Figure = {
  name: string;
  /** undefined: it could not be measured, `note` or `error` says why. */
  value: number | undefined;
  unit: string;
  /** Highest value allowed (DESIGN.md, Budgets); undefined: for information, or see `atLeast`. */
  budget: number | undefined;
  /** Lowest value allowed, of what should be high. */
  atLeast?: number;
  /** Lowest and highest of the single measurements. */
  spread: readonly [number, number] | undefined;
  /** What limits it, or why it is not possible here. */
  note?: string;
  /** What kept it from being measured, in a line: it is not met. */
  error?: string;
};

/** For information: whatever it is. */
const hasBudget = ({ budget, atLeast }: Figure): boolean =>
  budget !== undefined || atLeast !== undefined;

/** Whether it keeps to its budget. What is not possible here breaks none; what failed is not met. */
export function isMet({ value, budget, atLeast, note, error }: Figure): boolean {
  if (error !== undefined) return false;
  if (value === undefined) return note !== undefined;
  return value <= (budget ?? value) && value >= (atLeast ?? value);
}

/** The median of single measurements, with their spread. */
export const figureOf = (
  name: string,
  unit: string,
  values: readonly number[],
  budget?: Partial<Pick<Figure, 'budget' | 'atLeast' | 'note'>>,
): Figure => ({
  name,
  value: median(values),
  unit,
  budget: undefined,
  spread: [Math.min(...values), Math.max(...values)],
  ...budget,
});

/** A number as the tables have it: three digits or more. */
export const formatNumber = (value: number): string =>
  Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2);

export const TABLE_HEAD = ['figure', 'value', 'budget', '', 'spread', 'note'] as const;

/** The cells of a figure, in the order of TABLE_HEAD. */
export function cellsOf(figure: Figure): string[] {
  const { name, value, unit, budget, atLeast, spread, note, error } = figure;
  const limits = [
    ...(budget === undefined ? [] : [`≤ ${formatNumber(budget)}`]),
    ...(atLeast === undefined ? [] : [`≥ ${formatNumber(atLeast)}`]),
  ];
  return [
    name,
    value === undefined ? '–' : `${formatNumber(value)} ${unit}`,
    limits.join(' '),
    isMet(figure) ? (hasBudget(figure) && value !== undefined ? 'met' : '') : 'NOT MET',
    spread ? spread.map(formatNumber).join(' … ') : '',
    error === undefined ? (note ?? '') : `failed: ${error}`,
  ];
}

/** The table as text, one figure a line. */
export const formatTable = (figures: readonly Figure[]): string =>
  textTable([TABLE_HEAD, ...figures.map(cellsOf)]);

/** Terminals too small for the frame: what is armed is told on them too. */
import type { PolicyStatus } from '../../agent/messages.ts';
import { keyText } from '../commands.ts';
import { renderLine } from '../text/line.ts';
import type { Theme } from '../theme.ts';
import { armedPolicies, armedText } from './chrome.ts';

const MIN_COLUMNS = 60;
const MIN_ROWS = 15;

export const isTooSmall = ({ columns, rows }: { columns: number; rows: number }): boolean =>
  columns < MIN_COLUMNS || rows < MIN_ROWS;

/** In the frame's place. @param now wall clock, ms */
export function tooSmallLines(
  policies: readonly PolicyStatus[],
  now: number,
  theme: Theme,
  width: number,
): string[] {
  const needs = renderLine(
    [{ text: `trigon needs ${MIN_COLUMNS}×${MIN_ROWS}; ${keyText('app.quit')} quits` }],
    width,
  );
  const armed = armedPolicies(policies);
  if (armed.length === 0) return [needs];
  const text = `${armedText(armed, now)}: ! disarms`;
  return [renderLine([{ text, style: theme['status.danger'] }], width), needs];
}

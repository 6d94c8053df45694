import type { PolicyStatus } from '../agent/messages.ts';
import { escapeText } from '../events/text.ts';
import { type PolicyRow, policyRow } from './policyRow.ts';

const COLUMNS: readonly (readonly [title: string, cell: (row: PolicyRow) => string])[] = [
  ['ID', ({ id }) => String(id)],
  ['NAME', ({ name }) => name],
  ['STATE', ({ state }) => state],
  ['FILTERID', ({ filterId }) => String(filterId)],
  ['NAMESPACE', ({ namespace }) => namespace || '(global)'],
  ['SENSORS', ({ sensors }) => sensors.join(',')],
  ['KERNELMEMORY', ({ kernelMemory }) => formatBytes(kernelMemory)],
  ['MODE', ({ mode }) => mode],
  ['NPOST', ({ posted }) => String(posted)],
  ['NENFORCE', ({ enforced }) => String(enforced)],
  ['NMONITOR', ({ monitored }) => String(monitored)],
  ['FILE', ({ file }) => file],
];

/** Between columns, as tetra has it. */
const GAP = '   ';

/** The table of `policy list`; columns are as wide as their longest cell. */
export function policyTable(policies: readonly PolicyStatus[]): string {
  const rows = policies.map(policyRow);
  const cells = [
    COLUMNS.map(([title]) => title),
    ...rows.map((row) => COLUMNS.map(([, cell]) => escapeText(cell(row)) || '-')),
  ];
  const widths = COLUMNS.map((_, column) =>
    Math.max(...cells.map((line) => line[column]?.length ?? 0)),
  );
  return cells
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join(GAP)
        .trimEnd(),
    )
    .join('\n');
}

/** As tetra writes sizes: `1.25 MB`, of 1000 kB each. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const [unit, size] = bytes < 1e6 ? ['kB', 1e3] : ['MB', 1e6];
  return `${(bytes / size).toFixed(2)} ${unit}`;
}

import type { AppState } from '../state.ts';
import { type BinaryRow, naturalSort, SORT_COLUMNS } from '../store/binariesModel.ts';
import type { Theme } from '../theme.ts';
import { type BinaryLook, binaryHead, binaryLine, SORT_NAMES } from '../views/binaryLines.ts';
import { createSortedPane, type SortedPane } from './sortedPane.ts';

type Options = { state: AppState; theme: Theme; ascii: boolean };

/** Counters of each program, sorted. */
export function createBinariesPane({ state, ...look }: Options): SortedPane<BinaryRow> {
  const { binaries } = state;
  return createSortedPane(
    { state, theme: look.theme },
    {
      id: 'binaries',
      topics: ['binaries'],
      model: binaries,
      columns: SORT_COLUMNS,
      names: SORT_NAMES,
      naturalSort,
      keyOf: ({ counters }) => counters.binary,
      look(width) {
        const options: BinaryLook = { ...look, width, now: Date.now(), sort: binaries.sort };
        return {
          head: binaryHead(options),
          line: (row, isCursor) => binaryLine(row, isCursor, options),
        };
      },
      emptyText: () => 'no programs yet',
      position: () => `${binaries.rows(performance.now()).length} programs `,
    },
  );
}

import { binaryCopies } from '../rowCopies.ts';
import type { AppState } from '../state.ts';
import { naturalSort, SORT_COLUMNS } from '../store/binariesModel.ts';
import { binarySubject } from '../store/binaryFilter.ts';
import type { BinaryRow } from '../store/binaryRow.ts';
import { BINARY_FIELDS } from '../store/filterFields.ts';
import type { Theme } from '../theme.ts';
import {
  BINARY_CHOICES,
  type BinaryLook,
  binaryColumnAt,
  binaryHead,
  binaryLine,
  binaryWords,
  SORT_NAMES,
} from '../views/binaryLines.ts';
import { shortCount } from '../views/format.ts';
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
      look(width, hidden) {
        const options: BinaryLook = {
          ...{ ...look, width, now: state.clock(), sort: binaries.sort },
          hidden: state.isThinLink ? new Set([...hidden, 'trend']) : hidden,
          hasUntold: binaries.hasUntold,
        };
        return {
          head: binaryHead(options),
          line: (row, isCursor) => binaryLine(row, isCursor, options),
          columnAt: (place) => binaryColumnAt(place, options),
          words: (row) => binaryWords(row, options),
        };
      },
      choices: BINARY_CHOICES,
      copies: binaryCopies,
      fields: BINARY_FIELDS,
      subject: binarySubject,
      noun: ['program', 'programs'],
      json: ({ counters, perSecond }) => ({ ...counters, perSecond }),
      emptyText: () =>
        binaries.filter === ''
          ? 'no programs yet'
          : 'no program matches the filter; Esc takes it away',
      position() {
        const count = binaries.rows(performance.now()).length;
        const shown = binaries.filter === '' ? `${count}` : `${count} of ${binaries.size}`;
        const others = binaries.others > 0 ? `, ${shortCount(binaries.others)} lost of others` : '';
        return `${shown} programs${others} `;
      },
    },
  );
}

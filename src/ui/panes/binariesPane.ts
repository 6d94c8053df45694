import type { BinaryCounters } from '../../agent/messages.ts';
import type { CommandId } from '../commands.ts';
import { type AppState, say } from '../state.ts';
import { naturalSort, SORT_COLUMNS } from '../store/binariesModel.ts';
import { FIRST_PLACE, type ListPlace } from '../store/listPlace.ts';
import { renderLine } from '../text/line.ts';
import type { Theme } from '../theme.ts';
import { type BinaryLook, binaryHead, binaryLine, SORT_NAMES } from '../views/binaryLines.ts';
import { type KeyedRows, movePlace, settleIn } from './listMoves.ts';
import type { Pane, PaneSize } from './pane.ts';

export type BinariesPane = Pane & {
  /** The program that keys act on. */
  selected(): BinaryCounters | undefined;
};

type Options = { state: AppState; theme: Theme; ascii: boolean };

/** Counters of each program, sorted. */
export function createBinariesPane({ state, ...look }: Options): BinariesPane {
  const { binaries } = state;
  /** Without a key until the cursor is moved: the top of the list stays in view while rows change their places. */
  let place: ListPlace = FIRST_PLACE;

  const sorted = () => binaries.rows(performance.now());
  const rows: KeyedRows = {
    get length() {
      return sorted().length;
    },
    keyAt: (index) => sorted()[index]?.counters.binary,
    indexOf: (binary) => binaries.rowOf(binary),
  };
  /** The head takes a line. */
  const rangeOf = (height: number) => ({ rows: Math.max(1, height - 1), anchored: false });

  const shiftColumn = (by: number) => {
    const at = SORT_COLUMNS.indexOf(binaries.sort.column);
    const column = SORT_COLUMNS[(at + by + SORT_COLUMNS.length) % SORT_COLUMNS.length];
    if (column) binaries.sort = naturalSort(column);
  };

  const act = (command: CommandId): boolean => {
    if (command === 'binaries.nextColumn') shiftColumn(1);
    else if (command === 'binaries.previousColumn') shiftColumn(-1);
    else if (command === 'binaries.reverse')
      binaries.sort = { ...binaries.sort, descending: !binaries.sort.descending };
    else return false;
    const { column, descending } = binaries.sort;
    say(state, `sorted by ${SORT_NAMES[column]}, ${descending ? 'descending' : 'ascending'}`);
    return true;
  };

  return {
    id: 'binaries',
    topics: ['binaries'],
    selected: () => sorted()[place.index]?.counters,
    lines({ width, height }: PaneSize) {
      const all = sorted();
      place = settleIn(place, rows, rangeOf(height));
      const options: BinaryLook = { ...look, width, now: Date.now(), sort: binaries.sort };
      const lines = all
        .slice(place.top, place.top + height - 1)
        .map((row, index) => binaryLine(row, place.top + index === place.index, options));
      if (all.length === 0)
        return [renderLine([{ text: ' no programs yet', style: look.theme['text.dim'] }], width)];
      return [binaryHead(options), ...lines];
    },
    position: () => `${sorted().length} programs `,
    run(command, { height }) {
      const moved = movePlace(place, command, rows, rangeOf(height));
      if (!moved) return act(command);
      place = command === 'move.first' ? FIRST_PLACE : moved;
      return true;
    },
    invalidate: () => {},
  };
}

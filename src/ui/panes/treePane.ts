import type { CommandId } from '../commands.ts';
import { type AppState, say } from '../state.ts';
import { FIRST_PLACE, type ListPlace } from '../store/listPlace.ts';
import { renderLine } from '../text/line.ts';
import type { Theme } from '../theme.ts';
import { type TreeLook, treeHead, treeLine } from '../views/treeLines.ts';
import { type KeyedRows, movePlace, placeAt, settleIn } from './listMoves.ts';
import type { Pane, PaneSize } from './pane.ts';

type Options = {
  state: AppState;
  theme: Theme;
  ascii: boolean;
  userNames: ReadonlyMap<number, string>;
};

/** All processes as a tree. */
export function createTreePane({ state, ...look }: Options): Pane {
  const { tree } = state;
  let place: ListPlace = FIRST_PLACE;

  const rows: KeyedRows = {
    get length() {
      return tree.rows().length;
    },
    keyAt: (index) => tree.rows()[index]?.process.key,
    indexOf: (key) => tree.rowOf(key),
  };
  /** The head takes a line. The tree grows in its middle: what the operator looks at stays where it is. */
  const rangeOf = (height: number) => ({ rows: Math.max(1, height - 1), anchored: true });
  const current = () => tree.rows()[place.index];

  const moveTo = (index: number | undefined, height: number) => {
    if (index !== undefined) place = placeAt(place, index, rows, rangeOf(height));
  };

  const toParent = (height: number) => {
    const above = current()?.above;
    if (above) moveTo(tree.rowOf(above.process.key), height);
  };

  const setCollapsed = (collapsed: boolean) => {
    const row = current();
    return row?.hasChildren === true && tree.setCollapsed(row.process.key, collapsed);
  };

  const act = (command: CommandId, height: number): boolean => {
    switch (command) {
      case 'tree.expand':
        setCollapsed(false);
        return true;
      case 'tree.collapse':
        if (!setCollapsed(true)) toParent(height);
        return true;
      case 'tree.toggle':
        setCollapsed(!current()?.isCollapsed);
        return true;
      case 'tree.toggleAll':
        tree.toggleAll();
        return true;
      case 'tree.parent':
        toParent(height);
        return true;
      case 'tree.kernelThreads':
        tree.showKernelThreads = !tree.showKernelThreads;
        say(state, `kernel threads are ${tree.showKernelThreads ? 'shown' : 'hidden'}`);
        return true;
      default:
        return false;
    }
  };

  const settle = (height: number) => {
    if (place.key === undefined) moveTo(0, height);
    place = settleIn(place, rows, rangeOf(height));
  };

  return {
    id: 'tree',
    topics: ['tree'],
    lines({ width, height }: PaneSize) {
      settle(height);
      const options: TreeLook = {
        ...look,
        width,
        now: Date.now(),
        hasContainers: tree.hasContainers(),
      };
      if (rows.length === 0)
        return [renderLine([{ text: ' no processes yet', style: look.theme['text.dim'] }], width)];
      const shown = tree.rows().slice(place.top, place.top + height - 1);
      const lines = shown.map((row, index) =>
        treeLine(row, place.top + index === place.index, options),
      );
      return [treeHead(options), ...lines];
    },
    position() {
      const { running, ended } = tree.count();
      return `${running} running, ${ended} ended `;
    },
    run(command, { height }) {
      settle(height);
      const moved = movePlace(place, command, rows, rangeOf(height));
      if (moved) place = moved;
      else if (!act(command, height)) return false;
      settle(height);
      return true;
    },
    invalidate: () => {},
    pick({ height }) {
      settle(height);
      const process = current()?.process;
      // The agent, which is asked for everything else, knows processes by these two.
      return (
        process && {
          ...{ pid: process.pid, ktime: process.ktime, executable: '' },
          ...{ event: undefined, process: undefined, lineage: undefined },
        }
      );
    },
  };
}

import type { TreeProcess } from '../../agent/messages.ts';
import { hiddenColumns } from '../columnChoice.ts';
import type { CommandId } from '../commands.ts';
import { taggedChoices } from '../copyMenu.ts';
import { treeWords } from '../reader/rowWords.ts';
import { SAVED_WIDTH, tableFormats, taggedFormats } from '../save/formats.ts';
import { type AppState, say } from '../state.ts';
import { TREE_FIELDS } from '../store/filterFields.ts';
import { FIRST_PLACE, type ListPlace } from '../store/listPlace.ts';
import { MOST_FIRST, TREE_ORDERS } from '../store/treeOrder.ts';
import { harmlessJson } from '../text/json.ts';
import { renderLine } from '../text/line.ts';
import { withoutStyles } from '../text/plain.ts';
import type { Theme } from '../theme.ts';
import { TREE_CHOICES, type TreeLook, treeHead, treeLine } from '../views/treeLines.ts';
import { type KeyedRows, movePlace, placeAt, settleIn } from './listMoves.ts';
import type { Pane, PaneSize } from './pane.ts';
import { createPaneSorting } from './paneSorting.ts';
import { createTreeNarrowing } from './treeNarrowing.ts';

type Options = {
  state: AppState;
  theme: Theme;
  ascii: boolean;
  userNames: ReadonlyMap<number, string>;
};

/** Programs that are remembered as collapsed. */
const MAX_FOLDED = 200;

export type TreePane = Pane & {
  /** The cursor on a process, which is brought into sight, also from behind the filter; false: it isn't there any more. */
  goTo(key: string, size: PaneSize): boolean;
  /** The process with the cursor. */
  selected(size: PaneSize): TreeProcess | undefined;
};

/** All processes as a tree. */
export function createTreePane({ state, ...look }: Options): TreePane {
  const { tree } = state;
  const narrowing = createTreeNarrowing(tree, () => look.userNames);
  let place: ListPlace = FIRST_PLACE;
  tree.showKernelThreads = state.settings.get().kernelThreads;
  /** Of the last times: what is collapsed now is one process only, and its program the next time. */
  let folded = state.settings.get().foldedPrograms;
  tree.foldPrograms(folded);
  const sorting = createPaneSorting(state, 'tree', {
    ...{ names: TREE_ORDERS, descendsFirst: MOST_FIRST },
    onChange(sort) {
      tree.order = sort;
    },
  });

  const rows: KeyedRows = {
    get length() {
      return tree.length;
    },
    keyAt: (index) => tree.rowAt(index)?.process.key,
    indexOf: (key) => tree.rowOf(key),
  };
  /** The head takes a line. The tree grows in its middle: what the operator looks at stays where it is. */
  const rangeOf = (height: number) => ({ rows: Math.max(1, height - 1), anchored: true });
  const current = () => tree.rowAt(place.index);

  const moveTo = (index: number | undefined, height: number) => {
    if (index !== undefined) place = placeAt(place, index, rows, rangeOf(height));
  };

  const toParent = (height: number) => {
    const above = current()?.above;
    if (above) moveTo(tree.rowOf(above.process.key), height);
  };

  const setCollapsed = (collapsed: boolean) => {
    const row = current();
    if (!row?.hasChildren || !tree.setCollapsed(row.process.key, collapsed)) return false;
    const { binary } = row.process;
    const others = state.settings.get().foldedPrograms.filter((program) => program !== binary);
    if (!collapsed) {
      folded = folded.filter((program) => program !== binary);
      tree.foldPrograms(folded);
    }
    const foldedPrograms = collapsed && binary !== '' ? [...others, binary] : others;
    state.settings.change({ foldedPrograms: foldedPrograms.slice(-MAX_FOLDED) });
    return true;
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
        state.settings.change({ kernelThreads: tree.showKernelThreads });
        say(state, `kernel threads are ${tree.showKernelThreads ? 'shown' : 'hidden'}`);
        return true;
      default:
        return false;
    }
  };

  const emptyText = () =>
    narrowing.text === ''
      ? ' no processes yet'
      : ' no process matches the filter; Esc takes it away';

  const settle = (height: number) => {
    if (place.key === undefined) moveTo(0, height);
    place = settleIn(place, rows, rangeOf(height));
  };

  const lookFor = (width: number): TreeLook => ({
    ...look,
    width,
    now: state.clock(),
    hasContainers: tree.hasContainers(),
    isNarrowed: narrowing.text !== '',
    hidden: hiddenColumns(state.settings, 'tree'),
    isTagged: state.tags.hasProcess,
  });

  /** Those that are in sight: what a collapsed row stands for is not. */
  const taggedRows = () => {
    const { tags } = state;
    if (tags.countProcesses(tree.has) === 0) return [];
    return tree.rows().filter(({ process }) => tags.hasProcess(process.key));
  };

  return {
    id: 'tree',
    topics: ['tree'],
    lines({ width, height }: PaneSize) {
      settle(height);
      const options = lookFor(width);
      if (rows.length === 0)
        return [renderLine([{ text: emptyText(), style: look.theme['text.dim'] }], width)];
      const shown = tree.rowsBetween(place.top, place.top + height - 1);
      const lines = shown.map((row, index) =>
        treeLine(row, place.top + index === place.index, options),
      );
      return [treeHead(options), ...lines];
    },
    position() {
      const { running, ended, matches } = tree.count();
      const tagged = state.tags.countProcesses(tree.has);
      const count =
        narrowing.text === ''
          ? `${running} running, ${ended} ended`
          : `${matches} of ${running + ended} match`;
      return `${tagged > 0 ? `${tagged} tagged  ` : ''}${count}${sorting.note()} `;
    },
    run(command, { height }) {
      settle(height);
      const moved = movePlace(place, command, rows, rangeOf(height));
      if (moved) place = moved;
      else if (!act(command, height)) return false;
      settle(height);
      return true;
    },
    click(line, _column, { height }) {
      settle(height);
      const index = place.top + line - 1;
      if (line === 0 || index >= rows.length) return undefined;
      const isThere = index === place.index;
      moveTo(index, height);
      return isThere ? 'again' : 'moved';
    },
    current({ height }) {
      settle(height);
      const row = current();
      return row && treeWords(row, lookFor(SAVED_WIDTH));
    },
    taggedCopies() {
      const tagged = taggedRows();
      const options = lookFor(SAVED_WIDTH);
      return taggedChoices(
        tagged.length,
        () => tagged.map((row) => withoutStyles(treeLine(row, false, options)).trim()),
        () =>
          tagged.map(({ process }) => harmlessJson({ ...process, ktime: String(process.ktime) })),
      );
    },
    save() {
      const options = lookFor(SAVED_WIDTH);
      const shown = tree.rows();
      const formatsOf = (rows: typeof shown) =>
        tableFormats({
          ...{ noun: ['process', 'processes'], rows, head: treeHead(options) },
          line: (row) => treeLine(row, false, options),
          json: ({ process }) => process,
        });
      const tagged = formatsOf(taggedRows());
      return [
        ...formatsOf(shown),
        ...taggedFormats(tagged, ['tagged process', 'tagged processes']),
      ];
    },
    invalidate: () => {},
    filter: {
      text: () => narrowing.text,
      set: narrowing.set,
      keep() {
        const kept = { text: narrowing.text, place };
        return () => {
          narrowing.set(kept.text);
          ({ place } = kept);
        };
      },
      language: narrowing.language,
    },
    find: {
      fields: TREE_FIELDS,
      head: 1,
      rows({ height }) {
        settle(height);
        const all = tree.inOrder();
        const key = current()?.process.key;
        return {
          ...{ first: 0, next: all.length, isFollowing: false },
          at: all.findIndex((process) => process.key === key),
          subject(position) {
            const process = all[position];
            return process && narrowing.subject(process);
          },
          goTo(position) {
            const found = all[position];
            if (!found) return;
            tree.reveal(found.key);
            moveTo(tree.rowOf(found.key), height);
          },
        };
      },
    },
    columns: TREE_CHOICES,
    sorting,
    selected({ height }) {
      settle(height);
      return current()?.process;
    },
    goTo(key, { height }) {
      tree.reveal(key);
      if (tree.has(key) && tree.rowOf(key) === undefined) {
        narrowing.set('');
        say(state, 'the filter hid this process: it was taken away');
      }
      const index = tree.rowOf(key);
      moveTo(index, height);
      return index !== undefined;
    },
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

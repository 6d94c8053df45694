import { escapeText } from '../../events/text.ts';
import { hiddenColumns } from '../columnChoice.ts';
import { type CommandId, keyText } from '../commands.ts';
import { policyWords } from '../reader/rowWords.ts';
import { policyCopies } from '../rowCopies.ts';
import { SAVED_WIDTH, tableFormats } from '../save/formats.ts';
import type { AppState } from '../state.ts';
import { POLICY_FIELDS, policySubject } from '../store/policyFilter.ts';
import { POLICY_ORDERS, WORST_FIRST } from '../store/policyOrder.ts';
import { failedFiles } from '../store/policyProblems.ts';
import {
  type PolicyEntry,
  type PolicyRow,
  policyEntries,
  withHeadings,
} from '../store/policyRows.ts';
import { createPolicySearch } from '../store/policySearch.ts';
import { renderLine } from '../text/line.ts';
import type { Theme } from '../theme.ts';
import { failedFileLines, policyDetailLines } from '../views/policyDetail.ts';
import {
  type ListLook,
  POLICY_CHOICES,
  policyRowLine,
  policyTitleLine,
} from '../views/policyLines.ts';
import { moveIn, moveOf, type Pane, type PaneFilter, type PaneSize } from './pane.ts';
import { createPaneSorting } from './paneSorting.ts';

export type PoliciesPane = Pane & {
  /** What the cursor is on. */
  selected(): PolicyEntry | undefined;
  /** Narrows the list while it is typed. */
  readonly filter: PaneFilter;
  /** The cursor on the policy of this name; without one it stays. */
  goTo(name: string): void;
};

type Options = { state: AppState; theme: Theme };

/** Of a short screen the list gets this share, of a tall one what it needs. */
const LIST_SHARE = 0.6;
const LEAST_LIST = 3;

/** The policies, and the files that could not be loaded: the list, and below it all about the selected one. */
export function createPoliciesPane({ state, theme }: Options): PoliciesPane {
  const search = createPolicySearch();
  const sorting = createPaneSorting(state, 'policies', {
    ...{ names: POLICY_ORDERS, descendsFirst: WORST_FIRST },
    onChange() {},
  });
  let query = '';
  /** Of the entry with the cursor; undefined: the first, whichever it is. */
  let key: string | undefined;
  /** Where it was when last looked at, for when it is gone. */
  let index = 0;
  /** First row of the list that is shown. */
  let top = 0;
  /** Rows of the list on the screen. */
  let shownRows = 0;
  let known: { of: readonly unknown[]; entries: readonly PolicyEntry[] } | undefined;

  /** What the cursor can be on, in order; made again only when something changed. */
  const entries = (): readonly PolicyEntry[] => {
    const of = [state.policies, state.problems, query, sorting.current()];
    if (known?.of.every((part, at) => part === of[at])) return known.entries;
    const failed = failedFiles(state.problems, state.policies);
    const all = policyEntries(state.policies, failed, sorting.current());
    known = { of, entries: search.find(all, query) };
    return known.entries;
  };

  const rows = (): readonly PolicyRow[] => (query === '' ? withHeadings(entries()) : entries());

  const settle = (): PolicyEntry | undefined => {
    const all = entries();
    const found = key === undefined ? 0 : all.findIndex((entry) => entry.key === key);
    index = found >= 0 ? found : Math.min(index, Math.max(0, all.length - 1));
    const entry = all[index];
    if (key !== undefined && entry) key = entry.key;
    return entry;
  };

  /** Lines of the list without its titles. */
  const listRoom = (height: number): number => {
    const share = Math.max(LEAST_LIST, Math.floor(height * LIST_SHARE)) - 1;
    return Math.min(rows().length, share);
  };

  const move = (command: CommandId, height: number): boolean => {
    const wanted = moveOf(command, listRoom(height));
    if (!wanted) return false;
    settle();
    index = moveIn(index, entries().length, wanted);
    key = entries()[index]?.key;
    return true;
  };

  const emptyText = () => {
    if (query !== '') return ' no policy is like that; Esc shows all';
    return state.isLoaded ? ' no policies are loaded' : ' loading …';
  };

  const listLines = (look: ListLook, height: number): string[] => {
    const all = rows();
    if (all.length === 0)
      return [renderLine([{ text: emptyText(), style: theme['text.dim'] }], look.width)];
    const entry = settle();
    const room = listRoom(height);
    const at = all.findIndex((row) => row.key === entry?.key);
    // The heading above the first of a group comes into sight with it.
    const from = all[at - 1]?.kind === 'heading' ? at - 1 : at;
    top = Math.min(Math.max(Math.min(top, from), at - room + 1), Math.max(0, all.length - room));
    shownRows = Math.min(room, all.length);
    return all.slice(top, top + room).map((row) => policyRowLine(row, row === all[at], look));
  };

  const detailLines = (width: number, now: number): string[] => {
    const entry = settle();
    if (!entry) return [];
    return entry.kind === 'policy'
      ? policyDetailLines(entry.policy, now, theme, width)
      : failedFileLines(entry.file, theme, width);
  };

  /** As many as there is room for; what is cut is said to be in the full view. */
  const shownDetails = (width: number, now: number, room: number): string[] => {
    const all = detailLines(width, now);
    if (all.length <= room) return all;
    const more = ` … ${all.length - room + 1} more lines: ${keyText('policy.open')} shows them`;
    return [
      ...all.slice(0, Math.max(0, room - 1)),
      renderLine([{ text: more, style: theme['hint.text'] }], width),
    ];
  };

  const lookFor = (width: number): ListLook => ({
    ...{ theme, width, now: state.clock(), rateOf: state.policyRates.of },
    hidden: hiddenColumns(state.settings, 'policies'),
  });

  return {
    id: 'policies',
    topics: [],
    lines({ width, height }: PaneSize) {
      const now = state.clock();
      const look = { ...lookFor(width), now };
      const list = [policyTitleLine(look), ...listLines(look, height)];
      const room = height - list.length - 1;
      if (room < 1) return list.slice(0, height);
      return [...list, '', ...shownDetails(width, now, room)];
    },
    position({ width }) {
      const policies = entries().filter(({ kind }) => kind === 'policy').length;
      const broken = entries().length - policies;
      const of = query === '' ? '' : ` of ${state.policies.length}`;
      // The header has them too.
      const errors =
        broken > 0 && width >= 80
          ? `, ${broken} ${broken === 1 ? 'file' : 'files'} with errors`
          : '';
      const loading = state.isLoaded ? '' : ', loading';
      return `${policies}${of} policies${errors}${loading}${sorting.note()} `;
    },
    run: (command, { height }) => move(command, height),
    click(line) {
      const row = rows()[top + line - 1];
      // The heading of a group is no place for the cursor; below the list stand details.
      if (line === 0 || line > shownRows || !row || row.kind === 'heading') return undefined;
      const isThere = row.key === settle()?.key;
      key = row.key;
      return isThere ? 'again' : 'moved';
    },
    current() {
      const entry = settle();
      if (!entry) return undefined;
      return entry.kind === 'policy'
        ? policyWords(entry.policy, state.clock())
        : `${escapeText(entry.file.file)}: could not be loaded`;
    },
    save() {
      const look = lookFor(SAVED_WIDTH);
      return tableFormats({
        noun: ['policy', 'policies'],
        rows: entries(),
        head: policyTitleLine(look),
        line: (row) => policyRowLine(row, false, look),
        json: (entry) => (entry.kind === 'policy' ? entry.policy : entry.file),
      });
    },
    invalidate: () => {},
    columns: POLICY_CHOICES,
    sorting,
    copies() {
      const entry = settle();
      return entry && policyCopies(entry, policyRowLine(entry, false, lookFor(SAVED_WIDTH)));
    },
    selected: settle,
    find: {
      fields: POLICY_FIELDS,
      head: 1,
      rows() {
        settle();
        const all = entries();
        return {
          ...{ first: 0, next: all.length, at: index, isFollowing: false },
          subject(position) {
            const entry = all[position];
            return entry && policySubject(entry);
          },
          goTo(position) {
            key = all[position]?.key ?? key;
          },
        };
      },
    },
    goTo(name) {
      query = '';
      const entry = entries().find(
        (known) => known.kind === 'policy' && known.policy.name === name,
      );
      key = entry?.key ?? key;
    },
    filter: {
      text: () => query,
      set(text) {
        if (text === query) return;
        query = text;
        // The best match; without a search, back to where the cursor was found.
        if (text !== '') key = undefined;
        top = 0;
      },
    },
  };
}

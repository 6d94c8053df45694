import type { Dialog, DialogStep } from '../dialog.ts';
import type { Look } from '../look.ts';
import { moveIn } from '../panes/pane.ts';
import { renderLine, type Span } from '../text/line.ts';
import { displayWidth, padColumns, truncateColumns } from '../text/width.ts';
import { titleRule } from '../views/titleRule.ts';

export type MenuItem = {
  /** Our own words, or safe text. */
  readonly label: string;
  /** In front in place of its number in the list; then `onItemKey` says what digits do. */
  readonly sign?: string;
  /** Dim, behind the label. */
  readonly note?: string;
  /** Why it can't be chosen; it is said instead. */
  readonly disabled?: string | undefined;
  readonly isDanger?: boolean;
};

type Options = {
  /** Safe text; a function is asked for each paint. */
  readonly title: string | (() => string);
  /** Asked for each paint and key: they may change while the menu is open. */
  items(): readonly MenuItem[];
  readonly look: Look;
  readonly selected?: number;
  /** What choosing is called in the footer. */
  readonly verb?: string;
  /** What can't be undone: digits and clicks only move the cursor, Enter alone chooses. */
  readonly isGuarded?: boolean;
  choose(index: number): DialogStep;
  /** The cursor is on another one. */
  onMove?(index: number): void;
  /** It is gone, and nothing was chosen. */
  cancel?(): void;
  /** Keys that mean something else on an item. @returns undefined: not one of them */
  onItemKey?(index: number, key: string): DialogStep | undefined;
  readonly hints?: Dialog['hints'];
};

/** A list to choose from: arrows and Enter, or the digit in front. */
export function createMenu(options: Options): Dialog {
  const { title, items, look, verb = 'choose' } = options;
  const { theme } = look;
  let selected = options.selected ?? 0;
  let top = 0;
  let isChosen = false;

  const settle = (length: number, room: number) => {
    selected = Math.min(Math.max(selected, 0), Math.max(0, length - 1));
    top = Math.min(Math.max(top, selected - room + 1), selected, Math.max(0, length - room));
    top = Math.max(top, 0);
  };
  const room = (height: number) => Math.max(1, Math.min(height - 1, Math.ceil(height * 0.7)));

  const pointAt = (index: number): DialogStep => {
    if (!options.isGuarded) return choose(index);
    selected = moveIn(index, items().length, { by: 0 });
    return 'stay';
  };

  const choose = (index: number): DialogStep => {
    const item = items()[index];
    if (!item) return 'stay';
    selected = index;
    const step = item.disabled === undefined ? options.choose(index) : 'stay';
    isChosen = step !== 'stay' && step !== 'pass';
    return step;
  };

  const itemLine = (item: MenuItem, index: number, width: number, labels: number): string => {
    const sign = item.sign ?? (index < 9 ? `${index + 1}` : '');
    const head = ` ${sign.padEnd(1)}  ${padColumns(item.label, labels)}  `;
    const note = item.disabled ?? item.note ?? '';
    const rest = truncateColumns(note, Math.max(0, width - labels - 7), { ellipsis: '…' });
    if (index === selected)
      return renderLine([{ text: padColumns(head + rest, width), style: theme.cursor }], width);
    const style = item.isDanger && item.disabled === undefined ? 'status.danger' : 'text';
    const spans: Span[] = [
      { text: head, style: theme[item.disabled === undefined ? style : 'text.dim'] },
      { text: rest, style: theme['text.dim'] },
    ];
    return renderLine(spans, width);
  };

  return {
    place: 'menu',
    hints: [
      { key: 'Esc', text: 'back', press: 'escape' },
      // What can't be undone is no click's business.
      { key: 'Enter', text: verb, ...(options.isGuarded ? {} : { press: 'enter' }) },
      ...(options.hints ?? []),
    ],
    lines({ width, height }) {
      const all = items();
      const most = room(height);
      settle(all.length, most);
      const labels = Math.min(
        Math.max(...all.map(({ label }) => displayWidth(label)), 8),
        width - 10,
      );
      const rule = titleRule(typeof title === 'string' ? title : title(), theme, width);
      const rows = all
        .slice(top, top + most)
        .map((item, at) => itemLine(item, top + at, width, labels));
      return [rule, ...rows];
    },
    position() {
      const { length } = items();
      return length === 0 ? '' : `${Math.min(selected + 1, length)} of ${length} `;
    },
    onKey(key, _text, { height }) {
      const { length } = items();
      const page = room(height);
      const special = options.onItemKey?.(selected, key);
      if (special !== undefined) return special;
      if (key === 'escape') return 'close';
      if (key === 'enter') return choose(selected);
      if (/^[1-9]$/.test(key)) return pointAt(Number(key) - 1);
      const moves: Readonly<Record<string, number>> = {
        ...{ up: -1, k: -1, down: 1, j: 1, pageup: -page, pagedown: page },
        ...{ home: -length, end: length },
      };
      const before = selected;
      selected = moveIn(selected, length, { by: moves[key] ?? 0 });
      if (selected !== before) options.onMove?.(selected);
      return 'stay';
    },
    onClick: (line) => (line > 0 ? pointAt(top + line - 1) : 'stay'),
    closed() {
      if (!isChosen) options.cancel?.();
    },
  };
}

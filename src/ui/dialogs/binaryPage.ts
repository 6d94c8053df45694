import type { BinaryProfile } from '../../agent/messages.ts';
import { quoteIfNeeded } from '../../events/text.ts';
import { type CommandId, commandOf, keyText } from '../commands.ts';
import type { Dialog, DialogStep } from '../dialog.ts';
import { moveIn, moveOf } from '../panes/pane.ts';
import { type BinaryItem, type BinarySection, binarySections } from '../store/binarySections.ts';
import { renderLine } from '../text/line.ts';
import {
  binaryPageBody,
  binaryPageHead,
  cellAt,
  columnsOf,
  joinCells,
  type PageCell,
  type PageLook,
} from '../views/binaryPage.ts';

type Options = {
  readonly binary: string;
  /** 'asking': no answer yet. undefined: nothing is known of it (any more). Called for each paint. */
  profile(): BinaryProfile | 'asking' | undefined;
  look(width: number): PageLook;
  /** Shows the events of an item. */
  choose(filter: string): void;
  /** Shows all events of the program. */
  showAll(): void;
  /** Opens what there is to copy of the program, as the page shows it now. */
  copy(profile: BinaryProfile): void;
};

/** All about one program: lists with a cursor, whose items lead to their events. */
export function createBinaryPage({
  binary,
  profile,
  look,
  choose,
  showAll,
  copy,
}: Options): Dialog {
  /** Key of the item with the cursor: items change their places. undefined: the first. */
  let cursor: string | undefined;
  let index = 0;
  let top = 0;
  /** The lists stand beside each other, as last painted. */
  let isWide = false;

  const sectionsOf = (known: BinaryProfile, width: number): readonly (readonly BinarySection[])[] =>
    columnsOf(binarySections(known, look(width).userNames, look(width).hostName), width);

  const itemsIn = (sections: readonly BinarySection[]): readonly BinaryItem[] =>
    sections.flatMap(({ items }) => items);

  /** Puts the cursor on an item that is there. */
  const settle = (columns: readonly (readonly BinarySection[])[]): readonly BinaryItem[] => {
    const items = columns.flatMap(itemsIn);
    const found = items.findIndex(({ key }) => key === cursor);
    index = found >= 0 ? found : moveIn(index, items.length, { by: 0 });
    cursor = items[index]?.key;
    return items;
  };

  /** To the item of the other column that stands where the cursor is, or nearest to it. */
  const crossOver = (columns: readonly (readonly BinarySection[])[], width: number) => {
    const rows = binaryPageBody(columns, cursor, look(width));
    const at = rows.findIndex((cells) => cells.some(({ item }) => item?.key === cursor));
    const from = rows[at]?.findIndex(({ item }) => item?.key === cursor) ?? 0;
    const found = rows
      .flatMap((cells, row) =>
        cells.flatMap(({ item }, column) =>
          item && column !== from ? { item, away: Math.abs(row - at) } : [],
        ),
      )
      .sort((a, b) => a.away - b.away)[0];
    cursor = found?.item.key ?? cursor;
  };

  /** The rows that fit, with that of the cursor in sight. */
  const scrolled = (rows: readonly (readonly PageCell[])[], room: number) => {
    const at = rows.findIndex((cells) => cells.some(({ item }) => item?.key === cursor));
    // The title above the first item comes into sight with it.
    const first = index === 0 ? 0 : at;
    top = Math.min(Math.max(Math.min(top, first), at - room + 1), Math.max(0, rows.length - room));
    top = Math.max(0, top);
    return rows.slice(top, top + room);
  };

  const say = (text: string, width: number): string[] => {
    const { theme } = look(width);
    const name = quoteIfNeeded(binary);
    return [
      renderLine([{ text: ` ${name}`, style: theme['event.binary'] }], width),
      renderLine([{ text: ` ${text}`, style: theme['text.dim'] }], width),
    ];
  };

  const onCommand = (
    id: CommandId,
    known: BinaryProfile | undefined,
    width: number,
    room: number,
  ) => {
    if (id === 'app.back') return 'close';
    if (id === 'binary.events') return showAll;
    if (id === 'row.copy') {
      if (known) copy(known);
      return 'stay';
    }
    const move = moveOf(id, room);
    if (!known || (id !== 'binary.detail' && !move)) return undefined;
    const items = settle(sectionsOf(known, width));
    if (move) {
      index = moveIn(index, items.length, move);
      cursor = items[index]?.key;
      return 'stay';
    }
    const item = items[index];
    return item ? () => choose(item.filter) : 'stay';
  };

  return {
    place: 'view',
    get hints() {
      return [
        { key: 'Esc', text: 'back' },
        { key: keyText('binary.detail'), text: 'its events' },
        { key: keyText('binary.events'), text: 'all events' },
        ...(isWide ? [{ key: '← →', text: 'column' }] : []),
        { key: keyText('row.copy'), text: 'copy' },
      ];
    },
    lines({ width, height }) {
      const known = profile();
      if (known === 'asking') return say('asking …', width);
      if (!known) return say('nothing is known of this program any more', width);
      const head = binaryPageHead(known, look(width));
      const columns = sectionsOf(known, width);
      isWide = columns.length > 1;
      settle(columns);
      const rows = binaryPageBody(columns, cursor, look(width));
      const shown = scrolled(rows, Math.max(1, height - head.length));
      return [...head, ...shown.map((cells) => joinCells(cells, look(width)))].slice(0, height);
    },
    position({ width }) {
      const known = profile();
      if (known === undefined || known === 'asking') return '';
      const items = settle(sectionsOf(known, width));
      return items.length === 0 ? '' : `${index + 1} of ${items.length} `;
    },
    onKey(key, _text, { width, height }): DialogStep {
      const known = profile();
      const there = known === 'asking' ? undefined : known;
      if (there && ['left', 'right', 'h', 'l'].includes(key)) {
        const columns = sectionsOf(there, width);
        settle(columns);
        if (columns.length > 1) crossOver(columns, width);
        return 'stay';
      }
      const command = commandOf(key, 'binaries');
      const step = command && onCommand(command.id, there, width, Math.max(1, height - 4));
      return step ?? 'pass';
    },
    onClick(line, { width }, column) {
      const known = profile();
      if (known === undefined || known === 'asking') return 'stay';
      const columns = sectionsOf(known, width);
      settle(columns);
      const head = binaryPageHead(known, look(width)).length;
      const cells = binaryPageBody(columns, cursor, look(width))[top + line - head] ?? [];
      const item = line < head ? undefined : cells[cellAt(column, cells.length, width)]?.item;
      if (!item) return 'stay';
      if (item.key === cursor) return () => choose(item.filter);
      cursor = item.key;
      return 'stay';
    },
  };
}

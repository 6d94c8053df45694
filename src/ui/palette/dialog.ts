import type { Dialog, DialogStep } from '../dialog.ts';
import type { Look } from '../look.ts';
import { moveIn } from '../panes/pane.ts';
import { escapeNonAscii } from '../text/ascii.ts';
import { renderLine } from '../text/line.ts';
import { type EditedLine, editLine, insertText, lineOf } from '../text/lineEditor.ts';
import { displayWidth, padColumns, truncateColumns } from '../text/width.ts';
import { editedSpans } from '../views/editedSpans.ts';
import type { PaletteItem } from './item.ts';

type Options = {
  readonly look: Look;
  /** What fits a text, best first; for an empty one what was used last, then everything. */
  find(text: string): readonly PaletteItem[];
  /** What Tab makes of a text. */
  complete(text: string): string;
  /** Chosen, with the text that was typed; called when the dialog is gone. */
  choose(item: PaletteItem, text: string): void;
  /** It is gone, whatever for. */
  closed(): void;
};

const KIND_COLUMNS = 9;
const MOST_ROWS = 16;
/** Processes come and go while it is open. */
const FRESH_MS = 500;

/** A line to type, and above it what fits: arrows and Enter choose, Tab completes. */
export function createPaletteDialog(options: Options): Dialog {
  const { look } = options;
  const { theme, ascii } = look;
  let line: EditedLine = lineOf('');
  /** undefined: on the first, nobody has moved it. */
  let selected: number | undefined;
  let top = 0;
  let found: { text: string; at: number; items: readonly PaletteItem[] } | undefined;
  /** What Enter means is what is seen, whatever has come since. */
  let painted: { text: string; items: readonly PaletteItem[] } | undefined;
  let refusal: string | undefined;

  const items = (): readonly PaletteItem[] => {
    const now = performance.now();
    if (found?.text !== line.text || now - found.at > FRESH_MS)
      found = { text: line.text, at: now, items: options.find(line.text) };
    return found.items;
  };

  const seen = () => (painted?.text === line.text ? painted.items : items());

  /** In an empty line nobody has asked for anything yet. -1: on none. */
  const cursorIn = (all: readonly PaletteItem[]): number => {
    const first = line.text === '' ? all.findIndex(({ isAct }) => !isAct) : 0;
    return Math.min(selected ?? first, all.length - 1);
  };

  /** The view above keeps some lines; how many doesn't change with what is found. */
  const roomOf = (height: number) => Math.max(1, Math.min(MOST_ROWS, Math.floor(height * 0.7) - 1));

  const set = (next: EditedLine): DialogStep => {
    refusal = undefined;
    if (next.text !== line.text) {
      selected = undefined;
      top = 0;
    }
    line = next;
    return 'stay';
  };

  const choose = (index: number): DialogStep => {
    const item = seen()[index];
    if (!item) return 'stay';
    selected = index;
    if (item.disabled !== undefined) {
      refusal = `not done: ${item.disabled}`;
      return 'stay';
    }
    const { text } = line;
    return () => options.choose(item, text);
  };

  /** Of commands all words are our own, which whoever paints makes ASCII of. */
  const shownOf = ({ kind }: PaletteItem, text: string) =>
    ascii && kind !== 'command' ? escapeNonAscii(text) : text;

  const itemLine = (item: PaletteItem, isCursor: boolean, width: number): string => {
    const room = width - KIND_COLUMNS - 3;
    const cut = { ellipsis: '…' };
    const note = shownOf(item, item.disabled ?? item.note);
    // What it is goes before what is said about it.
    const label = truncateColumns(shownOf(item, item.label), room, cut);
    const left = room - displayWidth(label) - 2;
    const rest = left > 4 ? truncateColumns(note, left, cut) : '';
    const gap = ' '.repeat(Math.max(1, room - displayWidth(label) - displayWidth(rest)));
    const head = ` ${isCursor ? '>' : ' '}${item.kind.padEnd(KIND_COLUMNS)}`;
    if (isCursor)
      return renderLine(
        [{ text: padColumns(`${head}${label}${gap}${rest}`, width), style: theme.cursor }],
        width,
      );
    const isOff = item.disabled !== undefined;
    return renderLine(
      [
        { text: head, style: theme['text.dim'] },
        { text: label, style: theme[isOff ? 'text.dim' : 'text'] },
        { text: gap },
        { text: rest, style: theme['text.dim'] },
      ],
      width,
    );
  };

  const ruleLine = (cursor: number, length: number, width: number): string => {
    const count = length === 0 ? 'nothing is like that' : `${cursor + 1} of ${length}`;
    const said = refusal ?? `${count}; Enter runs, Tab completes, Esc closes`;
    return renderLine(
      [
        { text: '── ', style: theme.frame },
        { text: said, style: theme[refusal === undefined ? 'text.dim' : 'status.warning'] },
        { text: ` ${'─'.repeat(width)}`, style: theme.frame },
      ],
      width,
    );
  };

  return {
    place: 'line',
    takesBang: (isArmed) => !isArmed,
    hints: [],
    lines({ width, height }) {
      const all = items();
      const room = roomOf(height);
      painted = { text: line.text, items: all };
      const cursor = cursorIn(all);
      top = Math.max(Math.min(top, cursor, all.length - room), cursor - room + 1, 0);
      const rows = all
        .slice(top, top + room)
        .map((item, at) => itemLine(item, top + at === cursor, width));
      const blanks = Array.from({ length: room - rows.length }, () => '');
      return [ruleLine(cursor, all.length, width), ...rows, ...blanks];
    },
    footer(width) {
      const style = theme[seen().length > 0 ? 'input.valid' : 'input.wrong'];
      const spans = editedSpans(line, width - 3, () => style, theme.cursor, ascii);
      return renderLine([{ text: ' :', style: theme['hint.key'] }, ...spans], width);
    },
    onKey(key, text, { height }) {
      refusal = undefined;
      if (key === 'escape' || (key === 'backspace' && line.text === '')) return 'close';
      if (key === 'enter') return choose(cursorIn(seen()));
      if (key === 'tab') return set(lineOf(options.complete(line.text)));
      const page = roomOf(height) - 1;
      const moves: Readonly<Record<string, number>> = {
        ...{ up: -1, 'ctrl+p': -1, 'shift+tab': -1, down: 1, 'ctrl+n': 1 },
        ...{ pageup: -page, pagedown: page },
      };
      const by = moves[key];
      if (by !== undefined) {
        const all = seen();
        selected = moveIn(cursorIn(all), all.length, { by });
        return 'stay';
      }
      const edited = editLine(line, key);
      if (edited) return set(edited);
      return text === '' ? 'stay' : set(insertText(line, text));
    },
    onPaste: (text) => set(insertText(line, text)),
    onClick: (at) => (at > 0 ? choose(top + at - 1) : 'stay'),
    closed: options.closed,
  };
}

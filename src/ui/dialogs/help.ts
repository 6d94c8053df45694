import { type Command, type CommandId, commandOf } from '../commands.ts';
import type { Dialog, DialogStep } from '../dialog.ts';
import type { Look } from '../look.ts';
import { moveIn, type PaneSize } from '../panes/pane.ts';
import { renderLine } from '../text/line.ts';
import { editLine, insertText, lineOf } from '../text/lineEditor.ts';
import { editedSpans } from '../views/editedSpans.ts';
import { type HelpContent, type HelpRow, helpLine, helpRows } from '../views/helpLines.ts';

type Options = Omit<HelpContent, 'filter'> & {
  readonly look: Look;
  run(command: Command): void;
};

/** Every command with its keys: letters narrow the list, Enter runs the one with the cursor. */
export function createHelp({ look, run, ...content }: Options): Dialog {
  let line = lineOf('');
  let selected: CommandId | undefined;
  let top = 0;
  /** Why the chosen one can't be run, until the next key. */
  let refusal: string | undefined;

  let known: { of: string; rows: readonly HelpRow[] } | undefined;
  const rowsOf = (size: PaneSize): readonly HelpRow[] => {
    const of = `${size.width} ${size.height} ${line.text}`;
    if (known?.of !== of) known = { of, rows: helpRows({ ...content, filter: line.text }, size) };
    return known.rows;
  };
  const commandsOf = (size: PaneSize): readonly Command[] => [
    ...new Set(rowsOf(size).flatMap((row) => (row.kind === 'command' ? row.command : []))),
  ];
  /** The line on top is what is typed. */
  const roomOf = (height: number) => Math.max(1, height - 1);

  const indexIn = (commands: readonly Command[]): number =>
    Math.max(
      0,
      commands.findIndex(({ id }) => id === selected),
    );

  const move = (by: number, size: PaneSize) => {
    const commands = commandsOf(size);
    selected = commands[moveIn(indexIn(commands), commands.length, { by })]?.id;
  };

  /** By so many lines, titles included: none is passed over unseen. */
  const movePage = (by: number, size: PaneSize) => {
    const rows = rowsOf(size);
    const commands = commandsOf(size);
    const current = commands[indexIn(commands)];
    const from = rows.findIndex((row) => row.kind === 'command' && row.command === current);
    const page =
      by > 0 ? rows.slice(from + 1, from + 1 + by) : rows.slice(Math.max(0, from + by), from);
    const found = page.flatMap((row) => (row.kind === 'command' ? row.command.id : []));
    selected = (by > 0 ? found.at(-1) : found[0]) ?? selected;
  };

  const choose = (command: Command | undefined): DialogStep => {
    if (!command) return 'stay';
    selected = command.id;
    const why = content.whyNot(command);
    if (why === undefined) return () => run(command);
    refusal = `not done: ${why}`;
    return 'stay';
  };

  const type = (next: typeof line): DialogStep => {
    if (next.text !== line.text) {
      selected = undefined;
      top = 0;
    }
    line = next;
    return 'stay';
  };

  /** Keeps the lines of the chosen command in sight, and what stands above the first. */
  const settle = (rows: readonly HelpRow[], id: CommandId | undefined, room: number) => {
    const own = (row: HelpRow) => row.kind === 'command' && row.command.id === id;
    const from = rows.findIndex(own);
    const to = rows.findLastIndex(own);
    const isFirst = from === rows.findIndex(({ kind }) => kind === 'command');
    top = Math.max(Math.min(top, isFirst ? 0 : Math.max(0, from - 1)), to - room + 1);
    top = Math.max(0, Math.min(top, rows.length - room));
  };

  const headLine = (width: number): string => {
    const { theme } = look;
    if (refusal !== undefined)
      return renderLine([{ text: ` ${refusal}`, style: theme['status.warning'] }], width);
    const head = ' / ';
    const spans = editedSpans(line, width - 30, () => theme.input, theme.cursor, look.ascii);
    const hint = line.text === '' ? ' letters narrow the list; Enter runs' : '';
    return renderLine(
      [
        { text: head, style: theme['hint.key'] },
        ...spans,
        { text: hint, style: theme['text.dim'] },
      ],
      width,
    );
  };

  return {
    place: 'view',
    hints: [
      { key: 'Esc', text: 'back' },
      { key: 'Enter', text: 'run it' },
      { key: '↑↓', text: 'choose' },
    ],
    lines(size) {
      const { width, height } = size;
      const rows = rowsOf(size);
      const commands = commandsOf(size);
      const current = commands[indexIn(commands)];
      const room = roomOf(height);
      settle(rows, current?.id, room);
      const body = rows.slice(top, top + room).map((row) =>
        helpLine(
          row,
          {
            isCursor: row.kind === 'command' && row.command.id === current?.id,
            isDisabled: row.kind === 'command' && content.whyNot(row.command) !== undefined,
          },
          look,
          width,
        ),
      );
      return [headLine(width), ...body];
    },
    position(size) {
      const commands = commandsOf(size);
      return commands.length === 0 ? '' : `${indexIn(commands) + 1} of ${commands.length} `;
    },
    onKey(key, text, size) {
      refusal = undefined;
      if (key === 'escape') {
        if (line.text === '') return 'close';
        return type(lineOf(''));
      }
      if (commandOf(key, content.view)?.id === 'app.help' && line.text === '') return 'close';
      if (key === 'enter') return choose(commandsOf(size)[indexIn(commandsOf(size))]);
      if (key === 'pageup' || key === 'pagedown') {
        const page = roomOf(size.height) - 1;
        movePage(key === 'pagedown' ? page : -page, size);
        return 'stay';
      }
      const all = commandsOf(size).length;
      const by = { up: -1, down: 1, home: -all, end: all }[key];
      if (by !== undefined) {
        move(by, size);
        return 'stay';
      }
      const edited = editLine(line, key);
      if (edited) return type(edited);
      // The tabs stay in sight above it.
      if (/^\d$/.test(key) && line.text === '') return 'pass';
      // As in a view: it only says that letters follow.
      if (text === '/' && line.text === '') return 'stay';
      return text === '' ? 'stay' : type(insertText(line, text));
    },
    onPaste: (text) => type(insertText(line, text)),
    onClick(at, size) {
      refusal = undefined;
      const row = at === 0 || at > roomOf(size.height) ? undefined : rowsOf(size)[top + at - 1];
      return row?.kind === 'command' ? choose(row.command) : 'stay';
    },
  };
}

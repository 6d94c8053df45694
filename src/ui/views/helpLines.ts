import { escapeText } from '../../events/text.ts';
import {
  COMMANDS,
  type Command,
  type CommandId,
  keyLabel,
  keysOf,
  keyText,
  type View,
} from '../commands.ts';
import type { Look } from '../look.ts';
import type { PaneSize } from '../panes/pane.ts';
import { renderLine } from '../text/line.ts';
import { displayWidth, fitColumns, padColumns } from '../text/width.ts';
import { wrapWords } from '../text/wrap.ts';

/** One line of help; those of a command belong together. */
export type HelpRow =
  | { readonly kind: 'title' | 'text'; readonly text: string }
  | { readonly kind: 'warning'; readonly text: string }
  | {
      readonly kind: 'command';
      readonly command: Command;
      readonly keys: string;
      readonly title: string;
      readonly note: string;
    };

export type HelpContent = {
  readonly view: View;
  /** What covers the view: the keys that work there go before its own. */
  readonly cover?: 'detail' | 'policy' | undefined;
  /** What is shown is played: its keys go first. */
  readonly isReplay?: boolean | undefined;
  readonly filter: string;
  /** What is wrong in the operator's files. */
  readonly warnings: readonly string[];
  /** Why a command can't be run now. */
  whyNot(command: Command): string | undefined;
};

const WIDE = 80;

/** What a newcomer needs first, with the keys as they are now. */
function firstMinute(isReplay: boolean): string[] {
  const key = (...ids: CommandId[]) => ids.map((id) => keyText(id)).join(' ');
  const views = key('view.stream', 'view.tree', 'view.binaries', 'view.policies', 'view.alerts');
  return [
    `${views} switch views; ${key('move.up', 'move.down')} move; Enter opens what the cursor is on.`,
    `${key('row.filter')} narrows a view, ${key('app.palette')} finds any command; ${key('app.back')} goes one level back, ${key('app.quit')} quits.`,
    isReplay
      ? `${key('play.toggle')} plays and pauses, ${key('play.step')} is one event on, ${key('stream.time')} goes to a time, ${key('play.slower')} and ${key('play.faster')} set the speed.`
      : `Policies only watch until one is armed with ${key('policy.arm')}; ${key('policy.disarmAll')} disarms all at once.`,
  ];
}

/** Lines of a page on which there is room for more than commands. */
const LEAST_FOR_INTRODUCTION = 15;

/**
 * All that help says on a page of this size, from top to bottom: the commands of what is shown first. With a filter only those that
 * match.
 */
export function helpRows(content: HelpContent, { width, height }: PaneSize): HelpRow[] {
  const { view, filter, warnings, cover } = content;
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const rows: HelpRow[] = [];
  const add = (title: string, of: readonly Command[]) => {
    const found = of.filter((command) => matches(command, words));
    if (found.length === 0) return;
    if (rows.length > 0) rows.push({ kind: 'text', text: '' });
    rows.push({ kind: 'title', text: title });
    rows.push(...found.flatMap((command) => commandRows(command, content, width)));
  };
  if (words.length === 0) {
    if (warnings.length > 0) rows.push({ kind: 'title', text: 'Wrong in your files' });
    for (const warning of warnings)
      rows.push(
        ...wrapWords(escapeText(warning), width - 4).map(
          (text) => ({ kind: 'warning', text }) as const,
        ),
      );
    if (height >= LEAST_FOR_INTRODUCTION) {
      if (rows.length > 0) rows.push({ kind: 'text', text: '' });
      rows.push({ kind: 'title', text: 'The first minute' });
      for (const line of firstMinute(content.isReplay === true))
        rows.push(...wrapWords(line, width - 4).map((text) => ({ kind: 'text', text }) as const));
    }
  }
  const isOfCover = ({ views, inDetail }: Command) =>
    cover !== undefined &&
    inDetail !== undefined &&
    (inDetail === 'also' || cover === 'detail') &&
    (views?.includes(view) ?? true);
  const isOfView = ({ views }: Command) => views?.includes(view) ?? false;
  const isPlay = ({ category }: Command) => content.isReplay === true && category === 'Replay';
  const isHere = (command: Command) => isOfCover(command) || isOfView(command) || isPlay(command);
  add('Replay', COMMANDS.filter(isPlay));
  if (cover)
    add(
      cover === 'detail' ? 'Here, in the detail' : 'Here, on the policy’s page',
      COMMANDS.filter(isOfCover),
    );
  add(
    `${cover ? 'Below it' : 'Here'}, in ${view[0]?.toUpperCase()}${view.slice(1)}`,
    COMMANDS.filter((command) => isOfView(command) && !isOfCover(command)),
  );
  const others = COMMANDS.filter((command) => !isHere(command));
  for (const category of new Set(others.map((command) => command.category)))
    add(
      category,
      others.filter((command) => command.category === category),
    );
  if (rows.length === 0) rows.push({ kind: 'text', text: 'no command is like that' });
  return rows;
}

const matches = (
  { id, title, words: typed = [], about = [], ...command }: Command,
  words: readonly string[],
) => {
  const keys = keysOf({ id, title, ...command }).map(keyLabel);
  const text = `${title} ${id} ${[...keys, ...typed, ...about].join(' ')}`.toLowerCase();
  return words.every((word) => text.includes(word));
};

const keyColumns = (width: number) => (width >= WIDE ? 18 : 14);

/** The keys of a command in the columns that there are for them: those that don't fit go first from the end. */
function keysText(command: Command, room: number): string {
  const labels = keysOf(command).map(keyLabel);
  const joined = (count: number) => labels.slice(0, count).join('  ');
  let count = labels.length;
  while (count > 1 && displayWidth(joined(count)) > room) count -= 1;
  return joined(count) || (command.words?.[0] ? `:${command.words[0]}` : '');
}

function commandRows(command: Command, content: HelpContent, width: number): HelpRow[] {
  const { views = [], argument } = command;
  const columns = keyColumns(width);
  const where =
    !views.includes(content.view) && views.length > 0 && views.length < 4
      ? ` (${views.join(', ')})`
      : '';
  const why = content.whyNot(command);
  const word = argument === undefined ? '' : ` :${command.words?.[0]} ${argument}`;
  const room = width - columns - 4;
  const note = [why === undefined ? where : ` (${why})`, `${where}${word}`, where].find(
    (text, index) => (index > 0 || why !== undefined) && displayWidth(command.title + text) <= room,
  );
  return wrapWords(command.title, room).map((title, line, { length }) => ({
    kind: 'command',
    command,
    keys: line === 0 ? keysText(command, columns - 1) : '',
    title,
    note: line === length - 1 ? (note ?? '') : '',
  }));
}

/** A row as it is drawn; what can't be run is dim. */
export function helpLine(
  row: HelpRow,
  { isCursor, isDisabled }: { isCursor: boolean; isDisabled: boolean },
  { theme }: Look,
  width: number,
): string {
  if (row.kind === 'title')
    return renderLine([{ text: ` ${row.text}`, style: theme.title }], width);
  if (row.kind !== 'command') {
    const style = theme[row.kind === 'warning' ? 'status.warning' : 'text'];
    return renderLine([{ text: `   ${row.text}`, style }], width);
  }
  const keys = `  ${isCursor ? '>' : ' '}${fitColumns(row.keys, keyColumns(width))}`;
  const spans = [
    { text: keys, style: theme[isDisabled ? 'text.dim' : 'hint.key'] },
    { text: row.title, style: theme[isDisabled ? 'text.dim' : 'text'] },
    { text: row.note, style: theme['text.dim'] },
  ];
  if (!isCursor) return renderLine(spans, width);
  const text = padColumns(spans.map((span) => span.text).join(''), width);
  return renderLine([{ text, style: theme.cursor }], width);
}

/** The arming dialog's lines: what is decided so far, the step at hand, and what keys do. */
import type { PolicyStatus } from '../../agent/messages.ts';
import { escapeText } from '../../events/text.ts';
import { type ArmDialogState, type ArmStep, canBeArmed } from '../arming.ts';
import type { ArmScroll } from '../armKeys.ts';
import { renderLine } from '../text/line.ts';
import { displayWidth, truncateColumns } from '../text/width.ts';
import type { Theme } from '../theme.ts';
import { actionLines, refusalLines } from './armActions.ts';
import { summaryLines, titleLine } from './armHead.ts';
import { limitLines } from './armLimits.ts';
import {
  cutPath,
  fitRadiusCells,
  ownSentences,
  type RadiusCells,
  radiusCells,
  radiusRows,
  radiusSummary,
  watchedTooLittle,
} from './armRadius.ts';
import { type Block, textLines } from './textBlock.ts';

export type ArmLook = {
  theme: Theme;
  userNames: ReadonlyMap<number, string>;
  /** Wall clock, ms. */
  now: number;
};

/** Longer lines are hard to read. */
const MAX_WIDTH = 110;

export const innerWidth = (width: number): number => Math.min(width - 2, MAX_WIDTH);

export type ArmPage = {
  head: string[];
  /** The part of the step that is shown. */
  body: string[];
  /** Rows of a table below the body; undefined: none, or there is no room for one. */
  table: RadiusCells[] | undefined;
  foot: string[];
  scroll: ArmScroll;
};

/** Frame and titles of the table, and the lines of a row with the rule below. */
const TABLE_HEAD = 3;
const TABLE_ROW = 2;

/** Of what the heading leaves, the step keeps so much, however much was decided before; for a name that is where it is typed. */
const BODY_SHARE = 0.5;
const NAME_LINES = 2;

/** Whatever the terminal's size: the step's heading, where keys go, and what they do, are always there. */
export function armPage(
  dialog: ArmDialogState,
  policy: PolicyStatus,
  look: ArmLook,
  { width, height }: { width: number; height: number },
): ArmPage {
  const inner = innerWidth(width);
  const { theme } = look;
  const isRefused = dialog.facts !== undefined && !canBeArmed(dialog.facts);
  const foot = footLines(dialog, isRefused, theme, inner);
  const airy = height >= 16 ? [''] : [];
  const space = height - 1 - foot.length - 2 * airy.length;
  const block = bodyOf(dialog, policy, look, { width: inner, height });
  const rows = dialog.facts && dialog.step === 'radius' && !isRefused ? radiusRows(dialog) : [];
  const cells = radiusCells(rows, look.userNames, look.now);
  const needed = block.lines.length + cells.length;
  const share = dialog.step === 'name' ? NAME_LINES : Math.ceil(space * BODY_SHARE);
  const kept = Math.min(needed, share);
  const summary = summaryLines(dialog, space - kept, theme, inner);
  const head = [titleLine(dialog, policy, theme, inner), ...summary.lines];
  const room = Math.max(1, height - head.length - foot.length - 2 * airy.length);
  const hasTable =
    summary.rest.length === 0 &&
    cells.length > 0 &&
    block.lines.length + TABLE_HEAD + TABLE_ROW * cells.length <= room;
  // What is done can be read to its end where it is decided.
  const lines = hasTable
    ? block.lines
    : [...block.lines, ...plainTable(cells, theme, inner), ...summary.rest];
  const scroll = scrollOf(dialog.top, { ...block, lines }, room);
  const body = lines.slice(scroll.top, scroll.top + room);
  // What is not shown is said to be there.
  const below = lines.length - scroll.top - body.length;
  if (below > 0 && body.length > 1)
    body[body.length - 1] = renderLine(
      [{ text: `… ${below + 1} more lines: PgDn`, style: theme['status.warning'] }],
      inner,
    );
  return {
    head: [...head, ...airy],
    body,
    table: hasTable ? fitRadiusCells(cells, inner) : undefined,
    foot: [...airy, ...foot],
    scroll,
  };
}

/** The window over the lines: where it was scrolled to, else so that the cursor's block is in it. */
function scrollOf(wanted: number | undefined, { lines, cursor }: Block, room: number): ArmScroll {
  const last = Math.max(0, lines.length - room);
  const [from, to] = cursor ?? [0, 0];
  // One line more than the block: the last line shown may be the one that tells of more.
  const needed = Math.min(from, Math.max(0, to + 1 - room));
  return { top: Math.min(Math.max(wanted ?? needed, 0), last), last, room };
}

function bodyOf(
  dialog: ArmDialogState,
  policy: PolicyStatus,
  look: ArmLook,
  size: { width: number; height: number },
): Block {
  const { width } = size;
  const { theme } = look;
  const { facts } = dialog;
  if (!facts)
    return {
      lines: textLines('Asking what can be done on this kernel …', theme['text.dim'], width),
    };
  if (!canBeArmed(facts)) return { lines: refusalLines(facts, policy, theme, width) };
  switch (dialog.step) {
    case 'actions':
      return actionLines(dialog, facts, policy, theme, size);
    case 'radius':
      return { lines: radiusLines(dialog, theme, width) };
    case 'limits':
      return limitLines(dialog, theme, width);
    case 'name':
      return { lines: nameLines(dialog, policy, theme, width) };
  }
}

function radiusLines(dialog: ArmDialogState, theme: Theme, width: number): string[] {
  const rows = radiusRows(dialog);
  const summary = radiusSummary(dialog);
  const little = watchedTooLittle(dialog);
  return [
    ...ownSentences(rows).flatMap((sentence) => textLines(sentence, theme['status.danger'], width)),
    ...textLines(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`, theme.text, width),
    ...(rows.length === 0
      ? textLines(
          'That is no promise: what has not happened yet may happen while it is armed.',
          theme['text.dim'],
          width,
        )
      : []),
    ...(little === undefined ? [] : textLines(little, theme['status.warning'], width)),
  ];
}

/** The table where there is no room for its frame: a line a row. */
function plainTable(cells: readonly RadiusCells[], theme: Theme, width: number): string[] {
  return cells.map(({ hits, program, user, last, whose }) => {
    const start = `${hits.padStart(6)} `;
    const note = whose === '' ? '' : `${whose} `;
    const end = ` ${user}, ${last}`;
    const room = width - displayWidth(start + note + end);
    return renderLine(
      [
        { text: start, style: theme['text.strong'] },
        { text: note.trimEnd(), style: theme['status.danger'] },
        { text: note === '' ? '' : ' ' },
        { text: cutPath(program, room), style: theme['event.binary'] },
        { text: end, style: theme['text.dim'] },
      ],
      width,
    );
  });
}

const NAME_PROMPT = 'Type the policy’s name: ';

function nameLines(
  dialog: ArmDialogState,
  { name }: PolicyStatus,
  theme: Theme,
  width: number,
): string[] {
  // The end of what was typed, when it is longer than the line.
  const room = width - displayWidth(NAME_PROMPT) - 1;
  const typed = truncateColumns(escapeText(dialog.typed), room, { at: 'start', ellipsis: '…' });
  return [
    renderLine(
      [{ text: NAME_PROMPT }, { text: typed || ' ', style: theme.input }, { text: '▏' }],
      width,
    ),
    ...textLines(
      `The name is ${escapeText(name)}. Enter arms; ! disarms, from everywhere.`,
      theme['text.dim'],
      width,
    ),
  ];
}

const KEYS: Readonly<Record<ArmStep, string>> = {
  actions: 'Enter goes on · ↑↓ move · ←→ Space choose · Esc cancels',
  radius: 'Enter goes on · ↑↓ scroll · Esc or ← back',
  limits: 'Enter goes on · ↑↓ move · ←→ digits change · Esc back',
  name: 'Enter arms · ↑↓ scroll · Esc or ← back',
};

function footLines(
  { error, facts, step }: ArmDialogState,
  isRefused: boolean,
  theme: Theme,
  width: number,
): string[] {
  if (error) return textLines(escapeText(error), theme['status.warning'], width);
  const keys = facts && !isRefused ? KEYS[step] : 'Esc back';
  return [renderLine([{ text: keys, style: theme['hint.text'] }], width)];
}

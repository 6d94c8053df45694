import { escapeText, quoteIfNeeded } from '../../events/text.ts';
import type { Process } from '../../events/types.ts';
import { DETAIL_TABS, type DetailState } from '../detail.ts';
import type { Subject } from '../subject.ts';
import { escapeNonAscii } from '../text/ascii.ts';
import { jsonLines } from '../text/json.ts';
import { renderLine, type Span, type Style } from '../text/line.ts';
import { displayWidth, fitColumns, padColumns, truncateColumns } from '../text/width.ts';
import { wrapColumns, wrapWords } from '../text/wrap.ts';
import type { Theme } from '../theme.ts';
import { credentialFields, type Field, subjectFields, type UserNames } from './detailFields.ts';
import { plainLine } from './streamRow.ts';

export type DetailLook = {
  theme: Theme;
  width: number;
  /** Other programs' text as escapes, where it isn't ASCII. */
  ascii: boolean;
  userNames: UserNames;
};

/** Lines above the body: the tabs, what it is about, a rule's worth of air. */
const DETAIL_HEAD = 3;

/** Columns of a field's name, so that the tabs look alike. */
const LEAST_NAME = 12;

/** The detail as the view's place shows it. */
export function detailLines(detail: DetailState, height: number, look: DetailLook): string[] {
  const body = detailBody(detail, look);
  const top = Math.min(detail.top, Math.max(0, body.length - detailRoom(height)));
  return [...headLines(detail, look), ...body.slice(top, top + detailRoom(height))];
}

/** Lines of the body that fit. */
export const detailRoom = (height: number): number => Math.max(1, height - DETAIL_HEAD);

/** For the right end of the footer. */
export function detailPosition(detail: DetailState, height: number, look: DetailLook): string {
  const { length } = detailBody(detail, look);
  const room = detailRoom(height);
  if (length <= room) return '';
  const top = Math.min(detail.top, length - room);
  return `lines ${top + 1}–${top + room} of ${length} `;
}

/** All lines of the tab, kept for as long as nothing changes: paints and keys ask for them again and again. */
export function detailBody({ subject, tab }: DetailState, look: DetailLook): readonly string[] {
  const isSame =
    kept?.subject === subject &&
    kept.tab === tab &&
    kept.look.width === look.width &&
    kept.look.theme === look.theme &&
    kept.look.ascii === look.ascii;
  if (!kept || !isSame) kept = { subject, tab, look, lines: BODIES[tab](subject, look) };
  return kept.lines;
}

let kept:
  | { subject: Subject; tab: DetailState['tab']; look: DetailLook; lines: string[] }
  | undefined;

const BODIES: Readonly<
  Record<DetailState['tab'], (subject: Subject, look: DetailLook) => string[]>
> = {
  fields: (subject, look) => fieldLines(subjectFields(subject, look.userNames), look),
  arguments: argumentLines,
  ancestry: ancestryLines,
  credentials: credentialLines,
  json: eventJsonLines,
};

function headLines({ subject, tab }: DetailState, look: DetailLook): string[] {
  const { theme, width } = look;
  const tabs = DETAIL_TABS.flatMap((one): Span[] => [
    { text: ' ' },
    { text: ` ${one.title} `, style: theme[one.tab === tab ? 'tab.active' : 'tab.inactive'] },
  ]);
  const about = subject.event ? plainLine(subject.event) : `process ${subject.pid}`;
  const text = truncateColumns(shown(about, look), width - 2, {
    ellipsis: look.ascii ? '..' : '…',
  });
  return [
    renderLine(tabs, width),
    renderLine([{ text: ` ${text}`, style: theme['text.strong'] }], width),
    '',
  ];
}

/** Safe text as this terminal can show it. */
const shown = (text: string, { ascii }: DetailLook): string =>
  ascii ? escapeNonAscii(text) : text;

/** A text behind a margin of its own, which stands in the first line only. */
function marginLines(
  margin: string,
  text: string,
  style: Style,
  { theme, width }: DetailLook,
  wrap: (text: string, width: number) => string[] = wrapColumns,
): string[] {
  const indent = displayWidth(margin);
  const pieces = wrap(text, Math.max(1, width - indent - 1));
  return (pieces.length === 0 ? [''] : pieces).map((piece, index) =>
    renderLine(
      [
        { text: index === 0 ? margin : ' '.repeat(indent), style: theme['text.dim'] },
        { text: piece, style },
      ],
      width,
    ),
  );
}

const sentence = (text: string, look: DetailLook): string[] =>
  marginLines(' ', text, look.theme['text.dim'], look, wrapWords);

function fieldLines(fields: readonly Field[], look: DetailLook): string[] {
  const names = Math.max(...fields.map(({ name }) => name.length), LEAST_NAME);
  return fields.flatMap(({ name, value, slot = 'text', isWords }) => {
    const margin = ` ${padColumns(name, names)}  `;
    const wrap = isWords ? wrapWords : wrapColumns;
    return marginLines(margin, shown(value, look), look.theme[slot], look, wrap);
  });
}

/** argv as it was, each argument on its own: which words belong together is often what one wants to know. */
function argumentLines({ process }: Subject, look: DetailLook): string[] {
  const argv = process?.trigon?.argv ?? [];
  if (argv.length === 0) return sentence('the arguments of this process are not known', look);
  const digits = String(argv.length - 1).length;
  const isCut = /\b(truncArgs|errorArgs)\b/.test(process?.flags ?? '');
  return [
    ...argv.flatMap((argument, index) => {
      const text = argument === '' ? '""' : quoteIfNeeded(argument);
      const margin = ` ${String(index).padStart(digits)}  `;
      return marginLines(margin, shown(text, look), look.theme['event.arguments'], look);
    }),
    ...(isCut ? sentence('… more, which the kernel side had no room for', look) : []),
  ];
}

const PID_WIDTH = 8;
const USER_WIDTH = 10;

/** From the process up to the first one. */
function ancestryLines({ lineage, ktime }: Subject, look: DetailLook): string[] {
  if (ktime === 0n) return sentence('nothing but the number of this process is known', look);
  if (!lineage) return sentence('asking …', look);
  const [self] = lineage;
  const last = lineage.at(-1);
  if (!self || !last) return sentence('this process is not known any more', look);
  const end =
    last.pid === 1 ? 'the first process of this host' : 'its parent is not known (any more)';
  return [
    ...lineage.map((process, index) => ancestorLine(process, index, look)),
    '',
    ...sentence(`pid ${last.pid}: ${end}`, look),
  ];
}

function ancestorLine(process: Process, index: number, look: DetailLook): string {
  const { theme, width, userNames, ascii } = look;
  const uid = process.uid;
  const user = uid === undefined ? '' : (userNames.get(uid) ?? String(uid));
  const start =
    ` ${fitColumns(String(process.pid ?? ''), PID_WIDTH, { align: 'right' })}` +
    `  ${fitColumns(shown(escapeText(user), look), USER_WIDTH)} `;
  const binary = shown(quoteIfNeeded(process.binary), look);
  const args = shown(escapeText(process.arguments), look);
  const room = width - displayWidth(start) - displayWidth(binary) - 2;
  return renderLine(
    [
      { text: start, style: theme[index === 0 ? 'text.strong' : 'text.dim'] },
      { text: binary, style: theme['event.binary'] },
      { text: ' ' },
      {
        text: truncateColumns(args, Math.max(0, room), { ellipsis: ascii ? '..' : '…' }),
        style: theme['event.arguments'],
      },
    ],
    width,
  );
}

function credentialLines({ process, lineage }: Subject, look: DetailLook): string[] {
  const own = credentialFields(process, look.userNames);
  const fields = own.length > 0 ? own : credentialFields(lineage?.[0], look.userNames);
  if (fields.length === 0)
    return sentence('not known: no exec of this process was seen, nor what ran before', look);
  return [
    ...fieldLines(fields, look),
    '',
    ...sentence('as of its last exec before the event', look),
  ];
}

function eventJsonLines({ event }: Subject, look: DetailLook): string[] {
  if (!event) return sentence('there is no event: this is about a process alone', look);
  return jsonLines(event, look.ascii).flatMap((line) =>
    wrapColumns(line, look.width).map((piece) =>
      renderLine([{ text: piece, style: look.theme.text }], look.width),
    ),
  );
}

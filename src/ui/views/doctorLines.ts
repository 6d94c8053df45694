import type { DoctorReport, Row, State } from '../../agent/host/report.ts';
import { escapeText } from '../../events/text.ts';
import type { Look } from '../look.ts';
import { escapeNonAscii } from '../text/ascii.ts';
import { renderLine, type Span } from '../text/line.ts';
import { padColumns } from '../text/width.ts';
import { wrapWords } from '../text/wrap.ts';
import type { Slot } from '../theme.ts';

type PageLook = Look & { readonly width: number };

/** The word says it; the colour only repeats it. */
const SLOTS: Readonly<Record<State, Slot>> = {
  yes: 'status.good',
  no: 'event.status',
  partly: 'status.warning',
  unknown: 'status.warning',
};

const STATE = 'unknown'.length;
/** Narrower than this reasons can't be read beside the names: then they stand below. */
const LEAST_REASON = 30;

/** The report as lines: the verdict first, then the rows of each section. @param wanted which rows */
export function doctorLines(
  { verdict, sections }: DoctorReport,
  look: PageLook,
  wanted: (row: Row) => boolean,
): string[] {
  const { theme, width } = look;
  const names = sections.flatMap(({ rows }) => rows.map(({ name }) => name.length));
  const nameWidth = Math.min(Math.max(...names, 0), Math.max(16, Math.floor(width / 3)));
  const words = (text: string, margin: number, style: Span['style']) =>
    wrapped(text, width - margin - 1, look).map((part) =>
      renderLine([{ text: ' '.repeat(margin) }, { text: part, style }], width),
    );
  const title = (text: string) => renderLine([{ text: ` ${text}`, style: theme.title }], width);
  const shown = sections
    .map((section) => ({ ...section, rows: section.rows.filter(wanted) }))
    .filter(({ rows }) => rows.length > 0);
  return [
    title('Verdict'),
    ...verdict.lines.flatMap((line) => words(line, 3, theme.text)),
    ...shown.flatMap(({ name, rows }) => [
      '',
      title(name),
      ...rows.flatMap((row, index) => rowLines(row, rows[index - 1], nameWidth, look)),
    ]),
  ];
}

/** A remedy is said once where several rows one below the other fail for one reason. */
function rowLines(row: Row, above: Row | undefined, nameWidth: number, look: PageLook): string[] {
  const { theme, width } = look;
  const { name, state, reason, remedy } = row;
  const isKnown = remedy === null || (above?.reason === reason && above.remedy === remedy);
  const beside = 2 + nameWidth + 2 + STATE + 2;
  const isBeside = width - beside >= LEAST_REASON && name.length <= nameWidth;
  const margin = isBeside ? beside : 5;
  const notes = [
    ...wrapped(reason, width - margin - 1, look).map((text) => ({ text, style: theme.text })),
    ...(isKnown ? [] : wrapped(`to get it: ${remedy}`, width - margin - 1, look)).map((text) => ({
      text,
      style: theme['text.dim'],
    })),
  ];
  const head: Span[] = [
    { text: `  ${padColumns(safe(name, look), nameWidth)}  ` },
    { text: state, style: theme[SLOTS[state]] },
    { text: ' '.repeat(STATE - state.length + 2) },
  ];
  const [first, ...rest] = notes;
  const below = isBeside ? rest : notes;
  return [
    renderLine(isBeside && first ? [...head, first] : head, width),
    ...below.map((note) => renderLine([{ text: ' '.repeat(margin) }, note], width)),
  ];
}

const wrapped = (text: string, width: number, look: PageLook): string[] =>
  text === '' ? [] : wrapWords(safe(text, look), Math.max(10, width));

const safe = (text: string, { ascii }: Look): string => {
  const escaped = escapeText(text);
  return ascii ? escapeNonAscii(escaped) : escaped;
};

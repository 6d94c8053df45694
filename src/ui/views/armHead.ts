/** The top of the arming dialog: which step it is, and what was decided in those behind. */
import type { PolicyStatus } from '../../agent/messages.ts';
import { escapeText } from '../../events/text.ts';
import {
  ARM_SECONDS,
  ARM_STEPS,
  type ArmDialogState,
  type ArmStep,
  deedsOf,
  describeTime,
} from '../arming.ts';
import { renderLine } from '../text/line.ts';
import { displayWidth, truncateColumns } from '../text/width.ts';
import { wrapWords } from '../text/wrap.ts';
import type { Theme } from '../theme.ts';
import { radiusRows, radiusSummary } from './armRadius.ts';

const TITLES: Readonly<Record<ArmStep, string>> = {
  actions: 'what will happen',
  radius: 'whom it would hit',
  limits: 'for how long, and how much',
  name: 'the name',
};

export function titleLine(
  { step }: ArmDialogState,
  { name }: PolicyStatus,
  theme: Theme,
  width: number,
): string {
  const where = `  ${ARM_STEPS.indexOf(step) + 1} of ${ARM_STEPS.length}: ${TITLES[step]}`;
  const room = Math.max(8, width - displayWidth(where) - 6);
  const shown = truncateColumns(escapeText(name), room, { ellipsis: '…' });
  return renderLine(
    [
      { text: ` Arm ${shown} `, style: theme['status.danger'] },
      { text: where, style: theme['text.strong'] },
    ],
    width,
  );
}

/** Lines of what was decided beside what is done. */
const MOST = 2;

/**
 * What was decided in each step that is behind. What is done is the sentence that matters: it gets all of the room that the others
 * leave. @param room lines; each step gets one at least @returns `rest`: all that is done, when not all of it is among the lines
 */
export function summaryLines(
  dialog: ArmDialogState,
  room: number,
  theme: Theme,
  width: number,
): { readonly lines: string[]; readonly rest: string[] } {
  const behind = ARM_STEPS.slice(0, ARM_STEPS.indexOf(dialog.step));
  const linesOf = (steps: readonly ArmStep[], most: number) =>
    stepSummaries(dialog, steps, most, theme, width);
  const others = linesOf(behind.slice(1), MOST);
  const does = linesOf(behind.slice(0, 1), Number.POSITIVE_INFINITY);
  const doesRoom = Math.max(1, room - others.length);
  if (does.length <= doesRoom) return { lines: [...does, ...others], rest: [] };
  return { lines: [...linesOf(behind.slice(0, 1), doesRoom), ...others], rest: does };
}

/** In at most so many lines each. */
function stepSummaries(
  dialog: ArmDialogState,
  steps: readonly ArmStep[],
  most: number,
  theme: Theme,
  width: number,
): string[] {
  return steps.flatMap((step) => {
    const label = `${LABELS[step]}:`.padEnd(LABEL_WIDTH);
    const isOwn = step === 'radius' && radiusRows(dialog).some(({ own }) => own !== undefined);
    const style = theme[isOwn ? 'status.danger' : 'text'];
    const said = wrapWords(summaryOf(step, dialog), width - label.length - 1);
    const shown = said.slice(0, most);
    return shown.map((text, row) =>
      renderLine(
        [
          { text: row === 0 ? label : ' '.repeat(label.length), style: theme['text.dim'] },
          { text: row === most - 1 && said.length > most ? `${text}…` : text, style },
        ],
        width,
      ),
    );
  });
}

const LABELS: Readonly<Record<ArmStep, string>> = {
  actions: 'Does',
  radius: 'Hits',
  limits: 'For',
  name: 'Name',
};

const LABEL_WIDTH = 6;

function summaryOf(step: ArmStep, dialog: ArmDialogState): string {
  switch (step) {
    case 'actions':
      return escapeText([...new Set(deedsOf(dialog).map(({ words }) => words))].join('; '));
    case 'radius': {
      const own = radiusRows(dialog).some((row) => row.own !== undefined);
      return `${radiusSummary(dialog)}${own ? '; your own processes among them' : ''}`;
    }
    case 'limits':
      return dialog.facts?.foreign
        ? `${describeTime(ARM_SECONDS[dialog.time])}; ${dialog.facts.foreign === 'tetragon' ? 'no fuse' : 'fuse of its agent'}`
        : `${describeTime(ARM_SECONDS[dialog.time])}; fuse: more than ${dialog.fuse.limit} in ${dialog.fuse.seconds} s`;
    case 'name':
      return '';
  }
}

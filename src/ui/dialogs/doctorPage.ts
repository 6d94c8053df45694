import type { DoctorReport, Row } from '../../agent/host/report.ts';
import { escapeText } from '../../events/text.ts';
import { commandOf } from '../commands.ts';
import type { Dialog } from '../dialog.ts';
import type { Look } from '../look.ts';
import { moveIn, moveOf } from '../panes/pane.ts';
import { renderLine } from '../text/line.ts';
import { wrapWords } from '../text/wrap.ts';
import { doctorLines } from '../views/doctorLines.ts';

/** 'asking': it is still being found out. */
export type DoctorAnswer =
  | 'asking'
  | { readonly report: DoctorReport }
  | { readonly problem: string };

type Options = {
  readonly look: Look;
  answer(): DoctorAnswer;
  /** The page is gone. */
  closed(): void;
};

/** Whatever is not simply there. */
const isTrouble = ({ state }: Row): boolean => state !== 'yes';

/** What this kernel can and can't do, to be scrolled; `m` leaves out what works. */
export function createDoctorPage({ look, answer, closed }: Options): Dialog {
  let top = 0;
  let isBrief = false;
  /** Lines of the whole page as last painted. */
  let painted = 0;

  const sentence = (text: string, width: number): string[] =>
    wrapWords(text, width - 2).map((part) =>
      renderLine([{ text: ` ${part}`, style: look.theme['text.dim'] }], width),
    );

  const all = (width: number): string[] => {
    const known = answer();
    if (known === 'asking')
      return sentence('asking the kernel: small programs are tried and gone again …', width);
    if ('problem' in known)
      return sentence(`it could not be found out: ${escapeText(known.problem)}`, width);
    return doctorLines(known.report, { ...look, width }, isBrief ? isTrouble : () => true);
  };

  return {
    place: 'view',
    get hints() {
      return [
        { key: 'Esc', text: 'back' },
        { key: '↑↓', text: 'scroll' },
        { key: 'm', text: isBrief ? 'everything' : 'what is missing' },
      ];
    },
    lines({ width, height }) {
      const lines = all(width);
      painted = lines.length;
      top = Math.min(top, Math.max(0, lines.length - height));
      return lines.slice(top, top + height);
    },
    position: ({ height }) =>
      painted <= height ? '' : `lines ${top + 1}–${Math.min(top + height, painted)} of ${painted} `,
    find: ({ width, height }) => ({
      page: isBrief ? 'doctor, what is missing' : 'doctor',
      lines: all(width),
      top,
      scrollTo(line) {
        top = Math.max(0, line - Math.floor(height / 3));
      },
    }),
    onKey(key, _text, { width, height }) {
      if (key === 'm') {
        isBrief = !isBrief;
        top = 0;
        return 'stay';
      }
      const command = commandOf(key, 'stream');
      if (command?.id === 'app.back') return 'close';
      const move = command && moveOf(command.id, height);
      if (!move) return 'pass';
      top = moveIn(top, Math.max(0, all(width).length - height) + 1, move);
      return 'stay';
    },
    closed,
  };
}

import type { AncestryStep } from '../../../agent/inspect/types.ts';
import { escapeText, quoteIfNeeded } from '../../../events/text.ts';
import { clockTime } from '../../../events/time.ts';
import type { DetailState } from '../../detail.ts';
import { twoDigits } from '../../text/digits.ts';
import { displayWidth, fitColumns, truncateColumns } from '../../text/width.ts';
import { userText } from '../../userNames.ts';
import {
  blank,
  type DetailBody,
  type DetailItem,
  type DetailLook,
  layBody,
  sentence,
  shown,
  spanItem,
} from './item.ts';

/** Columns before the tree, and the widths from which on they are shown. */
const COLUMNS = [
  { title: 'PID', width: 8, align: 'right', from: 0 },
  { title: 'USER', width: 9, align: 'left', from: 90 },
  { title: 'START', width: 10, align: 'left', from: 70 },
  { title: 'STATE', width: 9, align: 'left', from: 0 },
  { title: 'HOW', width: 6, align: 'left', from: 0 },
] as const;

const HOW: Readonly<Record<AncestryStep['how'], string>> = {
  before: 'before',
  fork: 'fork',
  exec: 'exec',
};

/** Deeper ones are not drawn any further to the right. */
const MOST_INDENT = 12;

/** From the first process down to this one, each with the programs that it ran one after the other. */
export function ancestryBody({ subject, description }: DetailState, look: DetailLook): DetailBody {
  if (subject.ktime === 0n)
    return layBody([sentence('nothing but the number of this process is known', look)]);
  if (!description) return layBody([sentence('asking …', look)]);
  const { steps } = description;
  const [first] = steps;
  if (!first) return layBody([sentence('this process is not known any more', look)]);
  const rows = steps.map((_, index) => stepItem(steps, index, look));
  const self = steps.findLastIndex(
    ({ pid, ktime }) => pid === subject.pid && ktime === subject.ktime,
  );
  return layBody(
    [
      spanItem([headSpans(look)], look),
      ...rows,
      blank(look),
      sentence(
        first.pid === 1
          ? 'pid 1: the first process of this host'
          : `pid ${first.pid}: its parent is not known (any more)`,
        look,
      ),
      sentence(LEGEND, look),
    ],
    rows.at(self),
  );
}

const LEGEND =
  'exec: started a program; fork: runs its creator’s; before: ran before Trigon; → another program in the same process';

const columnsOf = ({ width }: DetailLook) => COLUMNS.filter(({ from }) => width >= from);

const headSpans = (look: DetailLook) => {
  const cells = columnsOf(look).map(({ title, width, align }) =>
    fitColumns(title, width, { align }),
  );
  return [{ text: ` ${cells.join('  ')}  PROGRAM`, style: look.theme.title }];
};

function stepItem(steps: readonly AncestryStep[], index: number, look: DetailLook): DetailItem {
  const { theme, width, ascii } = look;
  const step = steps[index];
  if (!step) return blank(look);
  const isSameProcess = steps[index - 1]?.pid === step.pid;
  const isLastOfProcess = steps[index + 1]?.pid !== step.pid;
  const depth = new Set(steps.slice(0, index + 1).map(({ pid }) => pid)).size - 1;
  const cells: Readonly<Record<(typeof COLUMNS)[number]['title'], string>> = {
    PID: isSameProcess ? '' : String(step.pid),
    USER: userOf(step, look),
    START: startText(step.startedAt, look.recordedAt ?? Date.now()),
    STATE: isLastOfProcess ? stateText(step) : '',
    HOW: HOW[step.how],
  };
  const columns = columnsOf(look).map(({ title, width: room, align }) =>
    fitColumns(shown(cells[title], look), room, { align, ellipsis: ascii ? '' : '…' }),
  );
  const start = ` ${columns.join('  ')}  `;
  const indent = ' '.repeat(Math.min(Math.max(0, depth - 1), MOST_INDENT));
  const branch = isSameProcess ? `${depth === 0 ? '' : '  '}→ ` : depth === 0 ? '' : '└─';
  const cut = step.isCut ? '… → ' : '';
  const tree = `${indent}${branch}${cut}`;
  const ellipsis = ascii ? '..' : '…';
  const most = width - displayWidth(start + tree) - 1;
  const path = shown(quoteIfNeeded(step.binary), look);
  const binary = truncateColumns(path, Math.max(0, most), { ellipsis, at: 'middle' });
  const args = shown(escapeText(step.arguments), look);
  const room = most - displayWidth(binary) - 1;
  return spanItem(
    [
      [
        { text: start, style: theme['text.dim'] },
        { text: tree, style: theme.frame },
        { text: binary, style: theme['event.binary'] },
        { text: ' ' },
        {
          text: truncateColumns(args, Math.max(0, room), { ellipsis }),
          style: theme['event.arguments'],
        },
      ],
    ],
    look,
    {
      copies: [
        { what: 'ancestor', text: escapeText(`${step.binary} ${step.arguments}`.trim()) },
        { what: 'its pid', text: escapeText(String(step.pid)) },
      ],
      filter: { field: 'pid', value: String(step.pid) },
      opens: { kind: 'process', pid: step.pid, ktime: step.ktime },
    },
  );
}

const userOf = ({ uid, user }: AncestryStep, { userNames }: DetailLook): string =>
  escapeText(user ?? (uid === undefined ? '' : userText(uid, userNames)));

const DAY_MS = 86_400_000;

/** The time of the day; of what began longer ago its date. */
function startText(ms: number, now: number): string {
  if (now - ms < DAY_MS) return clockTime(BigInt(ms) * 1_000_000n).slice(0, 8);
  const date = new Date(ms);
  return `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
}

function stateText({ end }: AncestryStep): string {
  if (!end) return 'runs';
  if (end.ending === undefined) return 'ended';
  return /^\d+$/.test(end.ending) ? `exit ${end.ending}` : end.ending;
}

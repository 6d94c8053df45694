import type { NodeStatus } from '../../agent/messages.ts';
import { escapeText, quoteIfNeeded } from '../../events/text.ts';
import type { Look } from '../look.ts';
import { escapeNonAscii } from '../text/ascii.ts';
import { renderLine, type Span } from '../text/line.ts';
import { displayWidth, fitColumns } from '../text/width.ts';
import { wrapWords } from '../text/wrap.ts';
import type { Slot } from '../theme.ts';

const COLUMNS = [
  { title: 'NODE', most: 30, from: 0, of: ({ node }: NodeStatus) => quoteIfNeeded(node) },
  { title: 'STATE', most: 10, from: 0, of: ({ state }: NodeStatus) => state },
  {
    title: 'EVENTS',
    most: 12,
    from: 0,
    align: 'right' as const,
    of: ({ events }: NodeStatus) => events.toLocaleString('en'),
  },
  { title: 'VERSION', most: 16, from: 90, of: ({ version }: NodeStatus) => escapeText(version) },
  { title: 'ADDRESS', most: 60, from: 0, of: ({ address }: NodeStatus) => quoteIfNeeded(address) },
];

const SLOTS: Readonly<Record<NodeStatus['state'], Slot>> = {
  connected: 'status.good',
  connecting: 'status.paused',
  failed: 'status.danger',
};

/** One row a node; below it, why it is not connected. */
export function nodeLines(
  nodes: readonly NodeStatus[],
  { theme, ascii }: Pick<Look, 'theme' | 'ascii'>,
  width: number,
): string[] {
  const shown = (text: string) => (ascii ? escapeNonAscii(text) : text);
  if (nodes.length === 0)
    return wrapWords('all events come from one agent of Trigon’s own', width - 2).map((text) =>
      renderLine([{ text: ` ${text}`, style: theme['text.dim'] }], width),
    );
  const columns = COLUMNS.filter(({ from }) => width >= from).map((column) => ({
    ...column,
    width: Math.min(
      column.most,
      Math.max(column.title.length, ...nodes.map((node) => displayWidth(shown(column.of(node))))),
    ),
  }));
  const cell = (column: (typeof columns)[number], text: string): string =>
    fitColumns(text, column.width, { align: column.align ?? 'left', ellipsis: ascii ? '' : '…' });
  const head = columns.map((column) => cell(column, column.title)).join('  ');
  const rowOf = (node: NodeStatus): Span[] =>
    columns.flatMap((column) => [
      { text: ' ' },
      {
        text: `${cell(column, shown(column.of(node)))} `,
        style: column.title === 'STATE' ? theme[SLOTS[node.state]] : theme.text,
      },
    ]);
  return [
    renderLine([{ text: ` ${head}`, style: theme.title }], width),
    ...nodes.flatMap((node) => [
      renderLine(rowOf(node), width),
      ...(node.reason === undefined
        ? []
        : wrapWords(shown(escapeText(node.reason)), Math.max(20, width - 6)).map((text) =>
            renderLine([{ text: `     ${text}`, style: theme['status.warning'] }], width),
          )),
    ]),
  ];
}

import type { PolicyStatus } from '../../agent/messages.ts';
import { escapeText } from '../../events/text.ts';
import { renderLine, type Span } from '../text/line.ts';
import { padColumns, truncateColumns } from '../text/width.ts';
import type { Theme } from '../theme.ts';
import { timeLeft } from './chrome.ts';
import { type Column, columnCell, columnsWidth, fittingColumns } from './columns.ts';
import { shortCount } from './format.ts';
import { actsOf, runNsText, sparedOf } from './policyCounts.ts';
import type { FailedFile } from './policyProblems.ts';

type ColumnId =
  | 'state'
  | 'name'
  | 'hooks'
  | 'seen'
  | 'posted'
  | 'wouldAct'
  | 'acted'
  | 'spared'
  | 'limited'
  | 'memory'
  | 'run';

const STATE: Column<ColumnId> = { id: 'state', title: 'State', width: 11, align: 'left', keep: 11 };

const COLUMNS: readonly Column<ColumnId>[] = [
  STATE,
  { id: 'name', title: 'Policy', width: 24, align: 'left', keep: 10 },
  { id: 'hooks', title: 'Places', width: 7, align: 'right', keep: 9 },
  { id: 'seen', title: 'Seen', width: 5, align: 'right', keep: 8 },
  { id: 'posted', title: 'Posted', width: 6, align: 'right', keep: 4 },
  { id: 'wouldAct', title: 'Would act', width: 9, align: 'right', keep: 7 },
  { id: 'acted', title: 'Acted', width: 5, align: 'right', keep: 6 },
  { id: 'spared', title: 'Spared', width: 6, align: 'right', keep: 5 },
  { id: 'limited', title: 'Limited', width: 7, align: 'right', keep: 3 },
  { id: 'memory', title: 'Memory', width: 6, align: 'right', keep: 2 },
  { id: 'run', title: 'ns/run', width: 6, align: 'right', keep: 1 },
];

/** What a policy watches, in so many columns at least, or not at all: so few words would say nothing. */
const MIN_WATCHES = 18;
/** Narrower terminals show numbers only. */
const WATCHES_FROM = 100;

const columnsOf = (width: number): readonly Column<ColumnId>[] =>
  fittingColumns(COLUMNS, width - 1, width >= WATCHES_FROM ? MIN_WATCHES : 0);

/** The list of policies, then of files that could not be loaded: a line of titles, and one line each. */
export function policyListLines(
  policies: readonly PolicyStatus[],
  failed: readonly FailedFile[],
  selected: number,
  now: number,
  theme: Theme,
  width: number,
): string[] {
  const head = columnsOf(width).map((column) => columnCell(column, column.title));
  const watchesTitle = watchesRoom(width) > 0 ? ' Watches' : '';
  const title = renderLine(
    [{ text: ` ${head.join('')}${watchesTitle}`, style: theme['text.dim'] }],
    width,
  );
  const rows = [
    ...policies.map((policy) => policySpans(policy, now, theme, width)),
    ...failed.map((file) => failedSpans(file, theme)),
  ];
  if (rows.length === 0)
    return [
      title,
      renderLine([{ text: ' no policies are loaded', style: theme['text.dim'] }], width),
    ];
  const lines = rows.map((spans, index) => {
    if (index !== selected) return renderLine(spans, width);
    const text = truncateColumns(spans.map((span) => span.text).join(''), width);
    return renderLine([{ text: padColumns(text, width), style: theme.cursor }], width);
  });
  return [title, ...lines];
}

/** A file, and the first thing that is wrong with it. */
const failedSpans = ({ file, problems }: FailedFile, theme: Theme): Span[] => [
  { text: ' ' },
  { text: 'error', style: theme['status.danger'] },
  { text: columnCell(STATE, '').slice('error'.length) },
  { text: escapeText(file), style: theme['text.strong'] },
  { text: `  ${escapeText(problems[0] ?? '')}`, style: theme['status.warning'] },
];

/** Columns left for what a policy watches. */
function watchesRoom(width: number): number {
  const rest = width - 2 - columnsWidth(columnsOf(width));
  return width >= WATCHES_FROM ? rest : 0;
}

function policySpans(policy: PolicyStatus, now: number, theme: Theme, width: number): Span[] {
  const mode = {
    off: theme['mode.off'],
    monitor: theme['mode.monitor'],
    enforce: theme['mode.armed'],
  };
  const styles: Partial<Record<ColumnId, Span['style']>> = {
    state: policy.condition === 'load_error' ? theme['status.warning'] : mode[policy.mode],
    name: theme['text.strong'],
    hooks: isPartial(policy) ? theme['status.warning'] : theme.text,
  };
  const cells = columnsOf(width).map(
    (column): Span => ({
      text: columnCell(column, cellText(policy, column.id, now)),
      style: styles[column.id] ?? theme.text,
    }),
  );
  const room = watchesRoom(width);
  return [
    { text: ' ' },
    ...cells,
    ...(room > 0
      ? [
          {
            text: ` ${truncateColumns(watches(policy), room, { ellipsis: '…' })}`,
            style: theme['text.dim'],
          },
        ]
      : []),
  ];
}

function cellText(policy: PolicyStatus, column: ColumnId, now: number): string {
  const { counts } = policy;
  switch (column) {
    case 'state':
      return modeText(policy, now);
    case 'name':
      return escapeText(policy.name);
    case 'hooks':
      return placesText(policy);
    case 'seen':
      return shortCount(counts.matched);
    case 'posted':
      return shortCount(counts.posted);
    case 'wouldAct':
      return shortCount(counts.wouldAct);
    case 'acted':
      return shortCount(actsOf(counts));
    case 'spared':
      return shortCount(sparedOf(counts));
    case 'limited':
      return shortCount(counts.rateLimited);
    case 'memory':
      return shortCount(policy.memoryBytes);
    case 'run':
      return runNsText(policy.runs);
  }
}

/** The mode in a word, told without colour too. */
export function modeText(policy: PolicyStatus, now: number): string {
  if (policy.mode === 'enforce')
    return policy.armedUntil === undefined ? 'ARMED' : `ARMED ${timeLeft(policy.armedUntil, now)}`;
  if (policy.fuseBlown) return 'fuse blown';
  return policy.condition === 'load_error' ? 'not loaded' : policy.mode;
}

const isPartial = ({ condition }: PolicyStatus): boolean =>
  condition === 'partially_enabled' || condition === 'load_error';

/** Places that it watches; of how many, when some can't be had: the details say why. */
export function placesText({ hooks }: PolicyStatus): string {
  const points = hooks.flatMap((hook) => hook.points);
  const had = points.filter(({ state }) => state === 'attached' || state === 'idle').length;
  return had === points.length ? String(had) : `${had}/${points.length}`;
}

/** Title of a policy of the library, else its selectors in words. */
export function watches(policy: PolicyStatus): string {
  if (policy.title) return escapeText(policy.title);
  const words = policy.hooks.flatMap((hook) =>
    hook.selectors.map((selector) => `${hook.call}: ${selector.words}`),
  );
  return escapeText(words.join('; '));
}

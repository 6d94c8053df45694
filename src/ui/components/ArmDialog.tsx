import { Table } from '@alcalzone/ink-table';
import { Box, Text } from 'ink';
import type { PropsWithChildren } from 'react';
import type { PolicyStatus } from '../../agent/messages.ts';
import { escapeText } from '../../events/text.ts';
import { ARM_SECONDS, type ArmDialogState, describeTime } from '../arming.ts';
import { renderLine, type Span, type Style } from '../text/line.ts';
import { displayWidth, truncateColumns } from '../text/width.ts';
import { wrapWords } from '../text/wrap.ts';
import type { Theme } from '../theme.ts';
import { actsOf, countsText } from '../views/policyCounts.ts';

type Props = {
  dialog: ArmDialogState;
  policy: PolicyStatus;
  theme: Theme;
  width: number;
  height: number;
};

/** Lines of the selectors' words: a policy of dozens of paths must not push the input off the screen. */
const MAX_WORD_LINES = 8;
const MAX_WIDTH = 110;

/**
 * Arming, with all that the operator must know before: what will be killed, what monitor mode has counted, what a kill can't
 * undo, for how long; and the policy's name to be typed, so that it can't happen by a slip.
 */
export function ArmDialog({ dialog, policy, theme, width, height }: Props) {
  const inner = Math.min(width - 2, MAX_WIDTH);
  const line = (spans: Span[]) => renderLine(spans, inner);
  const wrapped = (text: string, style: Style, indent = '') =>
    wrapWords(text, inner - indent.length).map((part) => line([{ text: indent + part, style }]));

  const selectors = policy.hooks.flatMap((hook) => hook.selectors);
  const top = [
    line([{ text: ` Arm ${escapeText(policy.name)} `, style: theme['status.danger'] }]),
    ...wrapped(whatArmingDoes(policy), theme.text),
  ];
  const cautions = [
    ...new Set(
      policy.hooks.flatMap(({ sigkill }) =>
        sigkill ? [`What a SIGKILL prevents: ${sigkill}.`] : [],
      ),
    ),
    'Never killed: PID 1, kernel threads, Trigon, its ancestors, all processes on this terminal.',
    'Back to monitor by itself: after the time, after more than 20 kills in 10 s, when Trigon ends or hangs.',
  ].flatMap((text) => wrapped(text, theme['text.dim']));
  const bottom = [
    line(timeSpans(dialog, theme)),
    line(nameSpans(dialog, theme, inner)),
    dialog.error
      ? line([{ text: escapeText(dialog.error), style: theme['status.warning'] }])
      : line([{ text: 'Enter arms · ←→ time · Esc cancels', style: theme['hint.text'] }]),
  ];
  const room = height - top.length - cautions.length - bottom.length - 1;
  const words = (withCounts: boolean) => {
    const lines = selectors.flatMap(({ words: what, counts }, index) => [
      ...wrapped(`${index + 1}. ${escapeText(what)}`, theme['text.strong']),
      ...(withCounts ? wrapped(countsText(counts), theme.text, '   ') : []),
    ]);
    return lines.length > MAX_WORD_LINES ? [...lines.slice(0, MAX_WORD_LINES - 1), more] : lines;
  };
  const more = line([{ text: '… more: see the policy view', style: theme['status.warning'] }]);
  const tableRows = TABLE_HEAD_ROWS + 2 * selectors.length;
  const hasTable = words(false).length + tableRows <= room;
  // Time, name and keys stay on the screen, however small it is; what must go is said to be gone.
  const middle = hasTable ? cautions : [...words(true), ...cautions];
  const middleRoom = height - top.length - bottom.length;
  const shown =
    hasTable || middle.length <= middleRoom ? middle : [...middle.slice(0, middleRoom - 1), more];
  const gap = hasTable || middle.length < middleRoom ? [''] : [];
  return (
    <Box flexDirection="column" height={height} overflow="hidden" paddingX={1}>
      <Text>{[...top, ...(hasTable ? words(false) : [])].join('\n')}</Text>
      {hasTable && <Table data={blastRadius(selectors)} header={tableHeader(theme)} padding={1} />}
      <Text>{[...shown, ...gap, ...bottom].join('\n')}</Text>
    </Box>
  );
}

/** In one sentence, which the selectors follow. */
function whatArmingDoes({ enforces, hooks }: PolicyStatus): string {
  if (!enforces)
    return 'This policy only watches. Armed, the kernel kills every process that does this:';
  const acting = hooks.flatMap((hook) => hook.selectors).filter((selector) => selector.enforces);
  return acting.every(({ kills }) => kills)
    ? 'While armed, the kernel kills every process that does this:'
    : 'While armed, the kernel kills, signals or refuses every process that does this, as the policy says:';
}

/** Frame and titles of the table, without its rows. */
const TABLE_HEAD_ROWS = 3;

/** In the theme's style: the table's own would be blue, also where colours are not wanted. */
function tableHeader(theme: Theme) {
  return ({ children }: PropsWithChildren) => (
    <Text>{renderLine([{ text: String(children), style: theme['text.strong'] }], MAX_WIDTH)}</Text>
  );
}

const NAME_PROMPT = 'Type the policy’s name: ';

/** The end of what was typed, when it is longer than the line. */
function nameSpans(dialog: ArmDialogState, theme: Theme, width: number): Span[] {
  const room = width - displayWidth(NAME_PROMPT) - 1;
  const typed = truncateColumns(escapeText(dialog.typed), room, { at: 'start', ellipsis: '…' });
  return [{ text: NAME_PROMPT }, { text: typed || ' ', style: theme.input }, { text: '▏' }];
}

/** What monitor mode has counted since the policy was loaded. */
function blastRadius(selectors: PolicyStatus['hooks'][number]['selectors']) {
  return selectors.map(({ counts }, index) => ({
    selector: String(index + 1),
    seen: String(counts.matched),
    'would have acted': String(counts.wouldAct),
    acted: String(actsOf(counts)),
  }));
}

function timeSpans(dialog: ArmDialogState, theme: Theme): Span[] {
  return [
    { text: 'For: ' },
    ...ARM_SECONDS.flatMap((seconds, index): Span[] => {
      const isChosen = index === dialog.time;
      const text = describeTime(seconds);
      return [
        {
          text: isChosen ? `[${text}]` : ` ${text} `,
          style: theme[isChosen ? 'tab.active' : 'text'],
        },
        { text: ' ' },
      ];
    }),
  ];
}

import { Table } from '@alcalzone/ink-table';
import { Box, Text } from 'ink';
import type { PolicyStatus } from '../../agent/messages.ts';
import { escapeText } from '../../events/text.ts';
import { ARM_SECONDS, type ArmDialogState, describeTime } from '../arming.ts';
import { renderLine, type Span, type Style } from '../text/line.ts';
import type { Theme } from '../theme.ts';
import { countsText, wrapWords } from '../views/policyLines.ts';

type Props = {
  dialog: ArmDialogState;
  policy: PolicyStatus;
  theme: Theme;
  width: number;
  height: number;
};

/** Lines of the selectors' words: a policy of dozens of paths must not push the input off the screen. */
const MAX_WORD_LINES = 8;
/** With fewer rows than this the counters stand below the words, not in a table of their own. */
const ROOMY_HEIGHT = 30;
const MAX_WIDTH = 110;

/**
 * Arming, with all that the operator must know before: what will be killed, what monitor mode has counted, what a kill can't
 * undo, for how long; and the policy's name to be typed, so that it can't happen by a slip.
 */
export function ArmDialog({ dialog, policy, theme, width, height }: Props) {
  const inner = Math.min(width - 2, MAX_WIDTH);
  const isRoomy = height >= ROOMY_HEIGHT;
  const line = (spans: Span[]) => renderLine(spans, inner);
  const wrapped = (text: string, style: Style) =>
    wrapWords(text, inner).map((part) => line([{ text: part, style }]));

  const selectors = policy.hooks.flatMap((hook) => hook.selectors);
  const words = selectors.flatMap(({ words: what, counts }, index) => [
    ...wrapped(`${index + 1}. ${escapeText(what)}`, theme['text.strong']),
    ...(isRoomy ? [] : wrapped(`   ${countsText(counts)}`, theme.text)),
  ]);
  const more = line([{ text: '… and more; see the policy view', style: theme['status.warning'] }]);
  const cautions = [
    ...new Set(
      policy.hooks.map((hook) => `SIGKILL comes at the entry of the call: ${hook.sigkill}.`),
    ),
    'Never killed: PID 1, kernel threads, Trigon, its ancestors, all processes on this terminal.',
    'Back to monitor by itself: after the time, after more than 20 kills in 10 s, when Trigon ends or hangs.',
  ];
  const above = [
    line([{ text: ` Arm ${escapeText(policy.name)} `, style: theme['status.danger'] }]),
    ...wrapped(
      policy.enforces
        ? 'While armed, the kernel kills every process that does this:'
        : 'This policy only watches. Armed, the kernel kills every process that does this:',
      theme.text,
    ),
    ...(words.length > MAX_WORD_LINES ? [...words.slice(0, MAX_WORD_LINES - 1), more] : words),
  ];
  const below = [
    ...cautions.flatMap((text) => wrapped(text, theme['text.dim'])),
    '',
    line(timeSpans(dialog, theme)),
    line([
      { text: 'Type the policy’s name: ' },
      { text: escapeText(dialog.typed) || ' ', style: theme.input },
      { text: '▏' },
    ]),
    dialog.error
      ? line([{ text: escapeText(dialog.error), style: theme['status.warning'] }])
      : line([{ text: 'Enter arms · ←→ time · Esc cancels', style: theme['hint.text'] }]),
  ];
  return (
    <Box flexDirection="column" height={height} overflow="hidden" paddingX={1}>
      <Text>{above.join('\n')}</Text>
      {isRoomy && <Table data={blastRadius(selectors)} padding={1} />}
      <Text>{below.join('\n')}</Text>
    </Box>
  );
}

/** What monitor mode has counted since the policy was loaded. */
function blastRadius(selectors: PolicyStatus['hooks'][number]['selectors']) {
  return selectors.map(({ counts }, index) => ({
    selector: String(index + 1),
    seen: String(counts.matched),
    'would have killed': String(counts.wouldKill),
    killed: String(counts.killed),
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

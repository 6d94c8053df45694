import type { TrialResult, TrialRun, TrialVerdict } from '../../agent/trial.ts';
import { escapeText } from '../../events/text.ts';
import type { PolicyTrial } from '../policyTrial.ts';
import { renderLine } from '../text/line.ts';
import type { Slot, Theme } from '../theme.ts';
import { textLines } from './textBlock.ts';
import { titleRule } from './titleRule.ts';

/** Lines above the result. */
export const TRIAL_HEAD = 1;

/** What came of a test, over the lower part of the view: at most `height` lines. */
export function trialLines(
  trial: PolicyTrial,
  theme: Theme,
  width: number,
  height: number,
): string[] {
  const head = titleRule(`Test of ${escapeText(trial.policyName)}`, theme, width);
  const body = trialBody(trial, theme, width);
  const room = Math.max(1, height - TRIAL_HEAD);
  const top = Math.min(trial.top, Math.max(0, body.length - room));
  return [head, ...body.slice(top, top + room)];
}

export function trialBody({ result }: PolicyTrial, theme: Theme, width: number): string[] {
  if (!result)
    return [
      ...textLines('testing … its harmless trigger runs in a sandbox', theme.text, width - 1, ' '),
      ...textLines('Esc closes this; the test goes on', theme['hint.text'], width - 1, ' '),
    ];
  return [
    renderLine(
      [
        { text: ' ' },
        { text: ` ${result.verdict} `, style: theme[VERDICTS[result.verdict]] },
        { text: `  ${escapeText(result.obtained)}`, style: theme['text.dim'] },
      ],
      width,
    ),
    // Often it is the line itself that the trigger's run tells below.
    ...(result.why === result.trigger?.line
      ? []
      : textLines(escapeText(result.why), theme.text, width - 1, ' ')),
    ...runLines('Trigger', result.trigger, theme, width),
    ...runLines('Near miss', result.nearMiss, theme, width),
  ];
}

const VERDICTS: Readonly<Record<TrialVerdict, Slot>> = {
  seen: 'status.good',
  'not seen': 'status.danger',
  'false alarm': 'status.danger',
  'not run': 'status.warning',
};

function runLines(name: string, run: TrialRun | undefined, theme: Theme, width: number): string[] {
  if (!run) return [];
  const events = `${run.events} ${run.events === 1 ? 'event' : 'events'}`;
  return [
    ...textLines(`${name}: ${escapeText(run.deeds.join('; '))}`, theme['text.dim'], width - 1, ' '),
    ...textLines(
      `${events}${run.line ? ': ' : ''}${escapeText(run.line ?? '')}`,
      theme.text,
      width - 3,
      '   ',
    ),
    ...(run.problem === undefined
      ? []
      : textLines(escapeText(run.problem), theme['status.warning'], width - 3, '   ')),
  ];
}

/** A verdict in a line, for when the overlay was closed before the test was over. */
export const verdictText = ({ policy, verdict, why }: TrialResult): string =>
  `test of ${policy}: ${verdict}${why ? `, ${why}` : ''}`;

import type { PolicyStatus, SelectorCounts } from '../../agent/messages.ts';
import { escapeText } from '../../events/text.ts';
import { renderLine, type Span } from '../text/line.ts';
import { displayWidth, fitColumns, padColumns, truncateColumns } from '../text/width.ts';
import type { Theme } from '../theme.ts';
import { timeLeft } from './chrome.ts';

const COLUMNS = [
  { title: 'State', width: 11 },
  { title: 'Policy', width: 24 },
  { title: 'Seen', width: 7 },
  { title: 'Would act', width: 9 },
  { title: 'Acted', width: 6 },
  { title: 'Spared', width: 6 },
] as const;

const MIN_WATCHES = 16;

/** The list of policies: a line of titles, then one line each. What it watches takes the rest of the width. */
export function policyListLines(
  policies: readonly PolicyStatus[],
  selected: number,
  now: number,
  theme: Theme,
  width: number,
): string[] {
  const head = COLUMNS.map(({ title, width: room }, index) =>
    fitColumns(title, room, { align: index < 2 ? 'left' : 'right' }),
  ).join(' ');
  const watchesTitle = watchesRoom(width) > 0 ? '  Watches' : '';
  const lines = [
    renderLine([{ text: ` ${head}${watchesTitle}`, style: theme['text.dim'] }], width),
  ];
  if (policies.length === 0)
    lines.push(renderLine([{ text: ' no policies are loaded', style: theme['text.dim'] }], width));
  policies.forEach((policy, index) => {
    const spans = policySpans(policy, now, theme, width);
    if (index !== selected) {
      lines.push(renderLine(spans, width));
      return;
    }
    const text = spans.map((span) => span.text).join('');
    lines.push(renderLine([{ text: padColumns(text, width), style: theme.cursor }], width));
  });
  return lines;
}

/** Errors of policy files, in full: who wrote the file must find the place. */
export function problemLines(problems: readonly string[], theme: Theme, width: number): string[] {
  const lines = problems.flatMap((problem) => wrapWords(escapeText(problem), width - 2));
  return lines.map((text) =>
    renderLine([{ text: ` ${text}`, style: theme['status.warning'] }], width),
  );
}

/** Columns left for what a policy watches; none when so few words would say nothing. */
function watchesRoom(width: number): number {
  const used = COLUMNS.reduce((sum, column) => sum + column.width + 1, 0) + 2;
  return width - used < MIN_WATCHES ? 0 : width - used;
}

function policySpans(policy: PolicyStatus, now: number, theme: Theme, width: number): Span[] {
  const { counts } = policy;
  const spared = counts.sparedProtected + counts.sparedExpired + counts.sparedFused;
  const numbers = [counts.matched, counts.wouldAct, actsOf(counts), spared].map(String);
  const cells = numbers.map((text, index) => {
    const room = COLUMNS[index + 2]?.width ?? 0;
    return fitColumns(text, room, { align: 'right' });
  });
  const style = {
    off: theme['mode.off'],
    monitor: theme['mode.monitor'],
    enforce: theme['mode.armed'],
  };
  return [
    { text: ' ' },
    { text: fitColumns(modeText(policy, now), COLUMNS[0].width), style: style[policy.mode] },
    { text: ' ' },
    { text: fitColumns(escapeText(policy.name), COLUMNS[1].width), style: theme['text.strong'] },
    { text: ` ${cells.join(' ')}  ` },
    {
      text: truncateColumns(watches(policy), watchesRoom(width), { ellipsis: '…' }),
      style: theme['text.dim'],
    },
  ];
}

/** The mode in a word, told without colour too. */
export function modeText(policy: PolicyStatus, now: number): string {
  if (policy.mode === 'enforce')
    return policy.armedUntil === undefined ? 'ARMED' : `ARMED ${timeLeft(policy.armedUntil, now)}`;
  if (policy.fuseBlown) return 'fuse blown';
  if (policy.condition === 'load_error') return 'not loaded';
  return policy.condition === 'partially_enabled' ? 'partly' : policy.mode;
}

/** Title of a policy of the library, else its selectors in words. */
export function watches(policy: PolicyStatus): string {
  if (policy.title) return escapeText(policy.title);
  const words = policy.hooks.flatMap((hook) => hook.selectors.map((selector) => selector.words));
  return escapeText(words.join('; '));
}

/** Everything about one policy: how each hook is had here, what differs, and what each selector did. */
export function policyDetailLines(policy: PolicyStatus, theme: Theme, width: number): string[] {
  const lines: string[] = [];
  const add = (spans: Span[]) => lines.push(renderLine(spans, width));
  const addWrapped = (indent: string, text: string, style = theme['text.dim']) => {
    for (const part of wrapWords(text, width - indent.length))
      add([{ text: indent }, { text: part, style }]);
  };
  add([
    { text: ` ${escapeText(policy.name)}`, style: theme['text.strong'] },
    { text: `  ${escapeText(policy.file)}`, style: theme['text.dim'] },
  ]);
  for (const hook of policy.hooks) {
    add([{ text: ` ${escapeText(hook.call)}`, style: theme['event.path'] }]);
    addWrapped('   ', hook.obtained, theme.text);
    for (const { functionName, reason, remedy, state } of hook.points)
      if (state === 'missing' || state === 'failed')
        addWrapped('   ', missingText(functionName, reason, remedy), theme['status.warning']);
    hook.selectors.forEach((selector, index) => {
      addWrapped('   ', `${index + 1}. ${escapeText(selector.words)}`, theme.text);
      addWrapped('      ', countsText(selector.counts), theme['text.strong']);
    });
    if (hook.sigkill) addWrapped('   ', `SIGKILL here: ${hook.sigkill}`);
    for (const difference of hook.differs) addWrapped('   ', `differs: ${difference}`);
  }
  return lines;
}

/** The kernel's words and the policy's names: hostile. A verifier's log has several lines. */
const missingText = (
  functionName: string,
  reason: string | undefined,
  remedy: string | undefined,
): string =>
  escapeText(
    [`${functionName} is not watched: ${reason ?? 'unknown'}`, remedy].filter(Boolean).join('; '),
  );

/** Calls in which something was done to the process. */
export const actsOf = ({ killed, signalled, overridden }: SelectorCounts): number =>
  killed + signalled + overridden;

/** `seen 12, would act 3, killed 2`; everything else only where it happened. */
export function countsText(counts: SelectorCounts): string {
  const rare: [string, number][] = [
    ['signalled', counts.signalled],
    ['refused', counts.overridden],
    ['not posted for their rate', counts.rateLimited],
    ['spared as protected', counts.sparedProtected],
    ['spared after the time', counts.sparedExpired],
    ['spared by the fuse', counts.sparedFused],
    ['not the process at hand', counts.wrongContext],
    ['failed', counts.failed],
  ];
  return [
    `seen ${counts.matched}`,
    `would act ${counts.wouldAct}`,
    `killed ${counts.killed}`,
    ...rare.filter(([, count]) => count > 0).map(([what, count]) => `${what} ${count}`),
  ].join(', ');
}

/** Breaks a text at spaces into lines of at most `width` columns, and inside a word that is longer than a line. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && displayWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
    for (let rest = line; displayWidth(rest) > width && width > 1; rest = line) {
      const part = truncateColumns(rest, width);
      lines.push(part);
      line = rest.slice(part.length);
    }
  }
  if (line !== '') lines.push(line);
  return lines;
}

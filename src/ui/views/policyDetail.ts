import type { HookPointStatus, HookStatus, PolicyStatus } from '../../agent/messages.ts';
import { escapeText } from '../../events/text.ts';
import { renderLine, type Span, type Style } from '../text/line.ts';
import { wrapWords } from '../text/wrap.ts';
import type { Theme } from '../theme.ts';
import { shortCount } from './format.ts';
import { countsText, networkText, runsText } from './policyCounts.ts';
import type { FailedFile } from './policyProblems.ts';

/** Writes lines, each text in its own style and as many lines as it takes. */
type Writer = {
  add(spans: Span[]): void;
  wrapped(indent: number, text: string, style: Style): void;
};

/** Everything about one policy: its state and costs, how each hook is had here, what differs, and what each selector did. */
export function policyDetailLines(policy: PolicyStatus, theme: Theme, width: number): string[] {
  const lines: string[] = [];
  const add = (spans: Span[]) => lines.push(renderLine(spans, width));
  const wrapped = (indent: number, text: string, style: Style) => {
    for (const part of wrapWords(text, width - indent))
      add([{ text: ' '.repeat(indent) }, { text: part, style }]);
  };
  const writer: Writer = { add, wrapped };
  add([
    { text: ` ${escapeText(policy.name)}`, style: theme['text.strong'] },
    { text: `  ${escapeText(policy.file)}`, style: theme['text.dim'] },
  ]);
  wrapped(1, `${CONDITIONS[policy.condition]}; counted: ${countsText(policy.counts)}`, theme.text);
  const costs = [
    `kernel memory: ${shortCount(policy.memoryBytes)} bytes`,
    runsText(policy.runs),
    networkText(policy.network),
  ];
  wrapped(1, costs.filter((text) => text !== '').join('; '), theme.text);
  for (const warning of policy.warnings)
    wrapped(1, `warning: ${escapeText(warning)}`, theme['status.warning']);
  for (const hook of policy.hooks) addHook(hook, theme, writer);
  return lines;
}

/** All that is wrong with a file: who wrote it must find the places. */
export function failedFileLines(
  { file, problems }: FailedFile,
  theme: Theme,
  width: number,
): string[] {
  const text = (part: string, style: Style) =>
    wrapWords(part, width - 1).map((line) => renderLine([{ text: ` ${line}`, style }], width));
  return [
    ...text(escapeText(file), theme['text.strong']),
    ...text('nothing of this file is loaded', theme.text),
    ...problems.flatMap((problem) => text(escapeText(problem), theme['status.warning'])),
  ];
}

const CONDITIONS: Readonly<Record<PolicyStatus['condition'], string>> = {
  enabled: 'all its places are watched',
  disabled: 'switched off',
  partially_enabled: 'partly at work: some of its places are not watched',
  load_error: 'not at work: none of its places is watched',
};

function addHook(hook: HookStatus, theme: Theme, { add, wrapped }: Writer): void {
  add([
    { text: ` ${hook.kind} `, style: theme['text.dim'] },
    { text: escapeText(hook.call), style: theme['event.path'] },
  ]);
  if (hook.obtained) wrapped(3, escapeText(hook.obtained), theme.text);
  for (const group of groupPoints(hook.points)) {
    const isMissing = group.state === 'missing' || group.state === 'failed';
    const isPlain = !isMissing && group.names.length === 1 && group.names[0] === hook.call;
    if (!isPlain)
      wrapped(3, escapeText(groupText(group)), theme[isMissing ? 'status.warning' : 'text.dim']);
  }
  hook.selectors.forEach((selector, index) => {
    wrapped(3, `${index + 1}. ${escapeText(selector.words)}`, theme.text);
    wrapped(6, countsText(selector.counts), theme['text.strong']);
  });
  if (hook.sigkill) wrapped(3, `SIGKILL here: ${hook.sigkill}`, theme['text.dim']);
  for (const difference of hook.differs)
    wrapped(3, `differs: ${escapeText(difference)}`, theme['text.dim']);
}

type PointGroup = Pick<HookPointStatus, 'state' | 'reason' | 'remedy'> & { names: string[] };

/** Points of one fate together: a list names dozens of functions. */
function groupPoints(points: readonly HookPointStatus[]): PointGroup[] {
  const groups = new Map<string, PointGroup>();
  for (const { functionName, state, reason, remedy } of points) {
    const key = JSON.stringify([state, reason, remedy]);
    const group = groups.get(key);
    if (!group) groups.set(key, { state, reason, remedy, names: [functionName] });
    else if (!group.names.includes(functionName)) group.names.push(functionName);
  }
  return [...groups.values()];
}

/** Names of one fate: a list may hold all system calls. */
const MAX_NAMES = 12;

/** Reasons are the kernel's words: hostile, and a verifier's log has several lines. */
function groupText({ state, reason, remedy, names }: PointGroup): string {
  const more = names.length - MAX_NAMES;
  const list = names.slice(0, MAX_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '');
  switch (state) {
    case 'attached':
      return `watched: ${list}`;
    case 'idle':
      return `not watched while the policy is off: ${list}`;
    case 'missing':
    case 'failed':
      return [`not watched: ${list}: ${reason ?? 'unknown'}`, remedy].filter(Boolean).join('; ');
  }
}

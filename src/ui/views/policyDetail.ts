import type { HookPointStatus, HookStatus, PolicyStatus } from '../../agent/messages.ts';
import { escapeText } from '../../events/text.ts';
import type { FailedFile } from '../store/policyProblems.ts';
import { renderLine, type Span, type Style } from '../text/line.ts';
import { wrapWords } from '../text/wrap.ts';
import type { Theme } from '../theme.ts';
import { shortBytes } from './format.ts';
import { countsText, networkText, runsText } from './policyCounts.ts';
import { modeText, severityStyle, stateStyle } from './policyState.ts';
import { textLines } from './textBlock.ts';

/** Writes lines, each text in its own style and as many lines as it takes. */
type Writer = {
  add(spans: Span[]): void;
  wrapped(indent: number, text: string, style: Style): void;
};

function createWriter(width: number): Writer & { lines: string[] } {
  const lines: string[] = [];
  const add = (spans: Span[]) => lines.push(renderLine(spans, width));
  const wrapped = (indent: number, text: string, style: Style) => {
    for (const part of wrapWords(text, width - indent))
      add([{ text: ' '.repeat(indent) }, { text: part, style }]);
  };
  return { lines, add, wrapped };
}

/** Name, state, severity and file. */
export const policyHeadSpans = (policy: PolicyStatus, now: number, theme: Theme): Span[] => [
  { text: ` ${escapeText(policy.name)}`, style: theme['text.strong'] },
  { text: '  ' },
  { text: modeText(policy, now), style: stateStyle(policy, theme) },
  ...(policy.severity
    ? [{ text: '  ' }, { text: policy.severity, style: severityStyle(policy.severity, theme) }]
    : []),
  { text: `  ${escapeText(policy.file)}`, style: theme['text.dim'] },
];

/** Everything about one policy, for below the list: what it is about, its state and costs, and how each hook is had here. */
export function policyDetailLines(
  policy: PolicyStatus,
  now: number,
  theme: Theme,
  width: number,
): string[] {
  const writer = createWriter(width);
  writer.add(policyHeadSpans(policy, now, theme));
  addProblems(policy, theme, writer);
  addAbout(policy, theme, writer);
  addWork(policy, theme, writer);
  return writer.lines;
}

/** The same without its name, for beside its text: what the text doesn't say comes first. */
export function policyPlanLines(policy: PolicyStatus, theme: Theme, width: number): string[] {
  const writer = createWriter(width);
  addProblems(policy, theme, writer);
  addWork(policy, theme, writer);
  addAbout(policy, theme, writer);
  return writer.lines;
}

function addProblems({ problems }: PolicyStatus, theme: Theme, { wrapped }: Writer): void {
  if (problems.length === 0) return;
  wrapped(1, 'its file is broken now; this is how it was before:', theme['status.warning']);
  for (const problem of problems) wrapped(3, escapeText(problem), theme['status.warning']);
}

/** What it does and costs, and how each hook is had. */
function addWork(policy: PolicyStatus, theme: Theme, writer: Writer): void {
  const { wrapped } = writer;
  wrapped(1, `${CONDITIONS[policy.condition]}; counted: ${countsText(policy.counts)}`, theme.text);
  const costs = [
    `kernel memory: ${shortBytes(policy.memoryBytes)}`,
    runsText(policy.runs),
    networkText(policy.network),
  ];
  wrapped(1, costs.filter((text) => text !== '').join('; '), theme['text.dim']);
  for (const warning of policy.warnings)
    wrapped(1, `warning: ${escapeText(warning)}`, theme['status.warning']);
  for (const hook of policy.hooks) addHook(hook, theme, writer);
}

/** What the policy says of itself. */
function addAbout(policy: PolicyStatus, theme: Theme, { wrapped }: Writer): void {
  const { title, sentence, why, mitre, noise, arming, parameters } = policy;
  wrapped(1, escapeText(title), theme['text.strong']);
  wrapped(1, escapeText(sentence), theme.text);
  const said = [
    ['why', why],
    ['MITRE ATT&CK', mitre.join(', ')],
    ['noise', noise],
    ['arming', arming],
  ] as const;
  for (const [name, text] of said)
    if (text) wrapped(1, `${name}: ${escapeText(text)}`, theme['text.dim']);
  for (const { name, value, standard, help } of parameters) {
    wrapped(1, escapeText(`parameter ${name}=${value}`), theme['event.arguments']);
    const about = [help, value === standard ? '' : `default ${standard}`].filter(Boolean);
    wrapped(3, escapeText(about.join('; ')), theme['text.dim']);
  }
}

/** A file that was put right, or is gone, while its page is open. */
export const mendedFileLines = (file: string, theme: Theme, width: number): string[] => [
  ...textLines(escapeText(file), theme['text.strong'], width, ' '),
  ...textLines('nothing is wrong with it any more', theme['status.good'], width, ' '),
];

/** All that is wrong with a file: who wrote it must find the places. */
export function failedFileLines(
  { file, problems }: FailedFile,
  theme: Theme,
  width: number,
): string[] {
  const text = (part: string, style: Style) => textLines(part, style, width, ' ');
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
  const obtained = hook.obtained === 'exact' ? `exact: ${hook.way}` : hook.obtained;
  if (obtained) wrapped(3, escapeText(obtained), theme.text);
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

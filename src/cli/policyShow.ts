import type { HookPointStatus, HookStatus, PolicyStatus } from '../agent/messages.ts';
import { meanRunNs } from '../agent/selectorCounts.ts';
import { escapeText } from '../events/text.ts';
import { type PolicyRow, policyRow } from './policyRow.ts';
import { formatBytes } from './policyTable.ts';

/** What `policy show -o json` says of a policy: see docs/policy-commands.md. */
export type ShownPolicy = PolicyRow & {
  title: string;
  enforces: boolean;
  /** Ms since the epoch; null: not armed, or until Trigon ends. */
  armedUntil: number | null;
  fuseBlown: boolean;
  hooks: (Omit<HookStatus, 'points'> & { points: Omit<HookPointStatus, 'names' | 'numbers'>[] })[];
} & Pick<PolicyStatus, 'counts' | 'runs' | 'network'>;

export function shownPolicy(policy: PolicyStatus): ShownPolicy {
  const { title, enforces, armedUntil, fuseBlown, counts, runs, network } = policy;
  return {
    ...policyRow(policy),
    title,
    enforces,
    armedUntil: armedUntil ?? null,
    fuseBlown,
    counts,
    runs,
    network,
    hooks: policy.hooks.map((hook) => ({
      ...hook,
      points: hook.points.map(({ names: _, numbers: __, ...point }) => point),
    })),
  };
}

/** The same in words: hooks, how they are obtained, and what each selector has counted. */
export function showPolicy(policy: PolicyStatus, now: number): string {
  const row = policyRow(policy);
  const { runs, network } = policy;
  const lines = [
    `${policy.id} ${policy.name}: ${row.state}, ${modeText(policy, now)}`,
    ...(policy.title ? [`  ${policy.title}`] : []),
    `  file: ${policy.file}`,
    `  kernel memory: ${formatBytes(row.kernelMemory)}; runs: ${runs.runs}${runTime(runs)}`,
    `  counted: ${countsText(policy.counts)}`,
    ...lineIf(runs.argumentFaults, 'could not decide, memory was not there'),
    ...lineIf(runs.pendingLost, 'calls whose return was missed'),
    ...lineIf(network.refused, 'network actions refused (--allow-network-actions)'),
    ...policy.hooks.flatMap(hookLines),
  ];
  return lines.map(escapeText).join('\n');
}

const lineIf = (count: number, what: string): string[] =>
  count > 0 ? [`  ${what}: ${count}`] : [];

const runTime = (runs: PolicyStatus['runs']): string => {
  const mean = meanRunNs(runs);
  return mean === undefined ? '' : `, about ${mean} ns each`;
};

function modeText({ mode, armedUntil, fuseBlown }: PolicyStatus, now: number): string {
  if (mode !== 'enforce') return fuseBlown ? `${mode} (its fuse blew)` : mode;
  if (armedUntil === undefined) return 'enforce until Trigon ends';
  return `enforce for ${Math.max(0, Math.round((armedUntil - now) / 1000))} s more`;
}

function hookLines(hook: HookStatus): string[] {
  const { call, obtained, way, differs, sigkill, points, selectors } = hook;
  return [
    `  ${call} (${obtained === 'exact' ? `exact: ${way}` : obtained})`,
    ...points.flatMap(pointLines),
    ...differs.map((text) => `    differs: ${text}`),
    ...(sigkill ? [`    a kill here: ${sigkill}`] : []),
    ...selectors.flatMap(({ words, counts }, index) => [
      `    selector ${index + 1}: ${words}`,
      `      ${countsText(counts)}`,
    ]),
  ];
}

function pointLines({ functionName, state, reason, remedy }: HookPointStatus): string[] {
  return [
    `    ${functionName}: ${state}${reason === undefined ? '' : `: ${reason}`}`,
    ...(remedy === undefined ? [] : [`      to get it: ${remedy}`]),
  ];
}

/** All counters that aren't zero, by name. */
function countsText(counts: Readonly<Record<string, number>>): string {
  const told = Object.entries(counts).filter(([, count]) => count > 0);
  return told.length === 0
    ? 'nothing so far'
    : told.map(([name, count]) => `${wordsOf(name)} ${count}`).join(', ');
}

/** `sparedExpired` → `spared expired`. */
const wordsOf = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

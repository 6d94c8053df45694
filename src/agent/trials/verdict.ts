import { describeLost, totalLost } from '../lost.ts';
import type {
  HookPointStatus,
  LostCounts,
  PolicyDescription,
  SelectorCounts,
} from '../messages.ts';
import type { TrialResult, TrialRun } from '../trial.ts';

/** A run and how the counters changed meanwhile: the policy's are of all processes of the host. */
export type ObservedRun = TrialRun & {
  counts: SelectorCounts;
  runs: number;
  argumentFaults: number;
  lost: LostCounts;
};

type Judgement = Pick<TrialResult, 'verdict' | 'why'>;

/** What the runs say of the policy, and the likely reason when its trigger was not seen. */
export function judge(
  trigger: ObservedRun,
  nearMiss: TrialRun | undefined,
  { hooks }: Pick<PolicyDescription, 'hooks'>,
): Judgement {
  if (nearMiss && nearMiss.events > 0)
    return {
      verdict: 'false alarm',
      why: `the near miss was seen: ${nearMiss.line ?? ''}`,
    };
  if (trigger.events > 0) return { verdict: 'seen', why: seenText(trigger, nearMiss) };
  const missing = hooks.flatMap(({ points }) => points.filter(isMissing)).map(missingText);
  if (trigger.problem !== undefined)
    return { verdict: 'not run', why: `the trigger failed: ${trigger.problem}` };
  return { verdict: 'not seen', why: [unseenReason(trigger), ...missing].join('; ') };
}

function seenText({ line = '', problem }: TrialRun, nearMiss: TrialRun | undefined): string {
  return [
    line,
    ...(problem === undefined ? [] : [`a deed failed: ${problem}`]),
    ...(nearMiss?.problem === undefined ? [] : [`of the near miss: ${nearMiss.problem}`]),
  ].join('; ');
}

/** What is most certain goes first. */
function unseenReason({ counts, runs, argumentFaults, lost }: ObservedRun): string {
  const { matched, posted, rateLimited } = counts;
  if (totalLost(lost) > 0) return `events were lost meanwhile: ${describeLost(lost)}; try again`;
  if (rateLimited > 0) return `a rate limit held it back (${calls(rateLimited)}); try again later`;
  if (matched > 0 && posted === 0)
    return `its selectors matched (${calls(matched)}), but tell of nothing (NoPost)`;
  if (matched > 0)
    return `its selectors matched calls of other processes (${matched}), none of the trigger's`;
  if (argumentFaults > 0) return `arguments could not be read (${calls(argumentFaults)})`;
  if (runs > 0) return `its hooks ran (${calls(runs)}), but no selector matched`;
  return 'none of its hooks ran: the trigger does not reach them, or only files that they are known to let pass';
}

const calls = (count: number): string => (count === 1 ? '1 call' : `${count} calls`);

export const isMissing = ({ state }: HookPointStatus): boolean =>
  state === 'missing' || state === 'failed';

/** Why a place can't be had, and what would help. */
const missingText = ({ functionName, reason, remedy }: HookPointStatus): string =>
  `${functionName}: ${reason ?? 'not to be had here'}${remedy === undefined ? '' : `; to get it: ${remedy}`}`;

/** How the hooks of a policy that is on are had: `exact`, `equivalent: …`, `in part: …` or `not here: …`. */
export function obtainedText({ hooks }: Pick<PolicyDescription, 'hooks'>): string {
  const points = hooks.flatMap((hook) => hook.points);
  const missing = points.filter(isMissing).map(missingText);
  if (missing.length === points.length) return `not here: ${missing.join('; ')}`;
  const had = hooks.filter((hook) => hook.points.some((point) => !isMissing(point)));
  const others = [
    ...new Set(had.map(({ obtained }) => obtained.replace(/(^|; )equivalent: /g, '$1'))),
  ].filter((obtained) => obtained !== 'exact');
  if (missing.length > 0) return `in part: ${[...others, ...missing].join('; ')}`;
  return others.length > 0 ? `equivalent: ${others.join('; ')}` : 'exact';
}

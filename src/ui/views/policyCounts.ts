/** What policies have counted, in words. */
import type {
  NetworkCounts,
  PolicyStatus,
  RunCounts,
  SelectorCounts,
} from '../../agent/messages.ts';
import { meanRunNs } from '../../agent/selectorCounts.ts';

/** Processes that were killed or sent a signal. */
export const killedOf = ({ counts }: PolicyStatus): number => counts.killed + counts.signalled;

/** Calls that were refused. */
export const deniedOf = ({ counts }: PolicyStatus): number => counts.overridden;

/** Of what monitor mode would have done, the share of selectors that kill or signal, by their own text or as last armed. */
export const wouldKillOf = (policy: PolicyStatus): number => wouldActs(policy, (denies) => !denies);

/** The same of those that only refuse. */
export const wouldDenyOf = (policy: PolicyStatus): number => wouldActs(policy, (denies) => denies);

const wouldActs = ({ hooks }: PolicyStatus, isCounted: (denies: boolean) => boolean): number =>
  hooks
    .flatMap(({ selectors }) => selectors)
    .filter(({ kills, enforces }) => isCounted(enforces && !kills))
    .reduce((sum, { counts }) => sum + counts.wouldAct, 0);

/** What went wrong: events lost in a full ring, actions that failed, calls that could not be decided or whose return was missed, requests not sent. */
export const errorsOf = ({ counts, runs, network }: PolicyStatus): number =>
  counts.lost +
  counts.failed +
  counts.wrongContext +
  runs.argumentFaults +
  runs.pendingLost +
  network.failed +
  network.dropped;

/** Calls that would have been acted on, had not something protected the process. */
export const sparedOf = ({ sparedProtected, sparedExpired, sparedFused }: SelectorCounts): number =>
  sparedProtected + sparedExpired + sparedFused;

/** `seen 12, posted 12, would act 3, killed 2`; everything else only where it happened. */
export function countsText(counts: SelectorCounts): string {
  return [
    `seen ${counts.matched}`,
    `posted ${counts.posted}`,
    `would act ${counts.wouldAct}`,
    `killed ${counts.killed}`,
    ...happened([
      ['signalled', counts.signalled],
      ['refused', counts.overridden],
      ['not posted for their rate', counts.rateLimited],
      ['lost in a full ring', counts.lost],
      ['spared as protected', counts.sparedProtected],
      ['spared after the time', counts.sparedExpired],
      ['spared by the fuse', counts.sparedFused],
      ['not the process at hand', counts.wrongContext],
      ['failed', counts.failed],
      ['failed by themselves, before they could be refused', counts.moot],
    ]),
  ].join(', ');
}

/** What a policy costs, and what it could not see; an empty text: nothing has run. */
export function runsText(counts: RunCounts): string {
  const { runs, argumentFaults, pendingLost } = counts;
  const mean = meanRunNs(counts);
  if (runs === 0) return '';
  return [
    `run ${runs} times`,
    ...(mean === undefined ? [] : [`about ${mean} ns each`]),
    ...happened([
      ['undecided, for memory that was not there', argumentFaults],
      ['returns missed', pendingLost],
    ]),
  ].join(', ');
}

/** What came of GetUrl and DnsLookup; an empty text: nothing. */
export const networkText = ({ done, failed, dropped, refused }: NetworkCounts): string =>
  happened([
    ['requests sent', done],
    ['requests failed', failed],
    ['requests dropped, too many at once', dropped],
    ['requests not allowed (--allow-network-actions)', refused],
  ]).join(', ');

const happened = (counts: readonly (readonly [string, number])[]): string[] =>
  counts.filter(([, count]) => count > 0).map(([what, count]) => `${what} ${count}`);

/** What policies have counted, in words. */
import type { NetworkCounts, RunCounts, SelectorCounts } from '../../agent/messages.ts';
import { meanRunNs } from '../../agent/selectorCounts.ts';
import { shortCount } from './format.ts';

/** Calls in which something was done to the process. */
export const actsOf = ({ killed, signalled, overridden }: SelectorCounts): number =>
  killed + signalled + overridden;

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
      ['spared as protected', counts.sparedProtected],
      ['spared after the time', counts.sparedExpired],
      ['spared by the fuse', counts.sparedFused],
      ['not the process at hand', counts.wrongContext],
      ['failed', counts.failed],
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

/** Mean time of a run in ns, for a narrow column. */
export const runNsText = (counts: RunCounts): string => {
  const mean = meanRunNs(counts);
  return mean === undefined ? '-' : shortCount(mean);
};

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

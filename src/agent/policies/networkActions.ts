import { Resolver } from 'node:dns/promises';
import type { Action } from '../../policies/model.ts';
import type { NetworkCounts } from '../messages.ts';

/**
 * GetUrl and DnsLookup: signals to a honeypot or canary service, done by the agent when an event of the selector arrives. Results
 * are ignored. Off unless the operator allows them: a policy must not make the monitored host talk by itself.
 */
export type NetworkActions = {
  /** Does the network actions among these, some time later; counts what became of each. */
  run(actions: readonly Action[], counts: NetworkCounts): void;
  close(): void;
};

/** Under way at once; what comes beyond waits. */
const MAX_UNDER_WAY = 4;
/** Waiting; what comes beyond is dropped: a storm of events must not become one of requests. */
const MAX_WAITING = 64;
/** Begun in any second. */
const MAX_PER_SECOND = 20;
const TIMEOUT_MS = 5000;

export function createNetworkActions(isAllowed: boolean): NetworkActions {
  const waiting: { request: () => Promise<unknown>; counts: NetworkCounts }[] = [];
  const stopped = new AbortController();
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 1 });
  let underWay = 0;
  let begun = 0;
  let second: NodeJS.Timeout | undefined;

  const next = () => {
    while (underWay < MAX_UNDER_WAY && begun < MAX_PER_SECOND) {
      const job = waiting.shift();
      if (!job) return;
      underWay += 1;
      begun += 1;
      second ??= setTimeout(newSecond, 1000).unref();
      job
        .request()
        .then(
          () => {
            job.counts.done += 1;
          },
          () => {
            job.counts.failed += 1;
          },
        )
        .finally(() => {
          underWay -= 1;
          next();
        });
    }
  };

  const newSecond = () => {
    begun = 0;
    second = undefined;
    next();
  };

  const requestOf = ({ action, argUrl, argFqdn }: Action): (() => Promise<unknown>) | undefined => {
    if (action === 'GetUrl' && argUrl !== undefined)
      return async () => {
        const signal = AbortSignal.any([stopped.signal, AbortSignal.timeout(TIMEOUT_MS)]);
        // The policy names one address; where it points on is not the policy's word.
        const answer = await fetch(argUrl, { redirect: 'manual', signal });
        await answer.body?.cancel();
      };
    if (action === 'DnsLookup' && argFqdn !== undefined) return () => resolver.resolve4(argFqdn);
    return undefined;
  };

  return {
    run(actions, counts) {
      for (const action of actions) {
        const request = requestOf(action);
        if (!request) continue;
        if (!isAllowed) counts.refused += 1;
        else if (waiting.length >= MAX_WAITING) counts.dropped += 1;
        else waiting.push({ request, counts });
      }
      next();
    },
    close() {
      waiting.length = 0;
      clearTimeout(second);
      stopped.abort();
      resolver.cancel();
    },
  };
}

import type { ContainerFact } from '../../events/facts.ts';

/** What a runtime says when it is asked about a container. */
export type RuntimeAnswer =
  | { readonly kind: 'known'; readonly fact: ContainerFact }
  /** It has no such container (yet). */
  | { readonly kind: 'unknown' }
  /** It isn't there: nobody was asked. */
  | { readonly kind: 'absent' }
  /** It did not answer, or not as it should. */
  | { readonly kind: 'failed'; readonly reason: string };

/** Somebody who can be asked about containers. Never throws, and answers within a few seconds. */
export type Runtime = (id: string) => Promise<RuntimeAnswer>;

/** For one answer. */
export const ASK_MS = 2000;
/** Longest answer about one container. */
export const MOST_ANSWER_BYTES = 4 << 20;

/** Answers that fail in a row until it is left alone, and for how long. */
const MOST_FAILURES = 5;
const REST_MS = 5000;

/** A runtime that is left alone for a while when it doesn't answer: each container would wait for it in vain. */
export function withRest(
  ask: Runtime,
  now: () => number = performance.now.bind(performance),
): Runtime {
  let failures = 0;
  let restsUntil = 0;
  let last: RuntimeAnswer = { kind: 'absent' };
  return async (id) => {
    if (now() < restsUntil) return last;
    const answer = await ask(id);
    failures = answer.kind === 'failed' ? failures + 1 : 0;
    if (failures >= MOST_FAILURES) {
      restsUntil = now() + REST_MS;
      failures = 0;
      last = answer;
    }
    return answer;
  };
}

import type { FromAgent, ProcessRef, TargetAnswer, ToAgent } from '../agent/messages.ts';

/** Questions to the agent about who would get a signal. */
export type Targets = {
  find(process: ProcessRef): Promise<TargetAnswer>;
  onAnswer(message: Extract<FromAgent, { type: 'target' }>): void;
};

/** What nobody waits for any more: the agent answers each question, so there are few. */
const MOST_OPEN = 16;

export function createTargets(tellAgent: (message: ToAgent) => void): Targets {
  const open = new Map<number, (answer: TargetAnswer) => void>();
  let requests = 0;
  return {
    find(process) {
      requests += 1;
      const { promise, resolve } = Promise.withResolvers<TargetAnswer>();
      open.set(requests, resolve);
      open.delete(requests - MOST_OPEN);
      tellAgent({ type: 'find-target', request: requests, process });
      return promise;
    },
    onAnswer({ request, answer }) {
      open.get(request)?.(answer);
      open.delete(request);
    },
  };
}

import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { AGENT_THREAD } from '../../src/agent/aheadWorker.ts';
import { startAgentClient } from '../../src/agent/client.ts';
import {
  type FromAgent,
  type LostCounts,
  NO_DETAIL_OPTIONS,
  type PolicyDescription,
} from '../../src/agent/messages.ts';
import { RING_BYTES } from '../../src/cli/ringBytes.ts';
import { createEventStore } from '../../src/ui/store/eventStore.ts';
import { threadNamed } from './cpu.ts';

/** The real agent in a worker of this process, with one policy, and the screen's store behind it. */
export type AgentReader = {
  /** Numbers of the policy and of its first hook in the kernel. */
  readonly policy: number;
  readonly hook: number;
  /** The agent's. */
  readonly thread: number;
  readonly worker: Worker;
  /** Events of policies that came into the store, and that were lost. */
  counts(): { readonly events: number; readonly lost: number };
  stop(): Promise<void>;
};

/** For the agent to load its policy. */
const START_MS = 60_000;

/**
 * Starts it and resolves when its policy is loaded.
 *
 * @throws Error what the agent said, or that it said nothing in a minute; nothing of it is left then
 */
export async function startReader({
  path,
  text,
}: {
  path: string;
  text: string;
}): Promise<AgentReader> {
  const store = createEventStore();
  let lost: LostCounts | undefined;
  const policy = Promise.withResolvers<PolicyDescription>();
  const started = once(process, 'worker');
  const client = startAgentClient(
    {
      ...{ node: 'bench', output: { kind: 'records' }, ringBytes: RING_BYTES },
      policies: [{ path, mode: 'monitor', text }],
      ...{ variables: {}, allowNetworkActions: false, detail: NO_DETAIL_OPTIONS, protect: [] },
    },
    (message: FromAgent) => {
      switch (message.type) {
        case 'records':
          store.add(message.buffer, message.bytes);
          return client.send({ type: 'done', bytes: message.bytes });
        case 'status':
          lost = message.lost;
          return;
        case 'policies':
          for (const described of message.changed) policy.resolve(described);
          return;
        case 'loaded':
          if (message.problems.length > 0) policy.reject(new Error(message.problems.join('\n')));
          return;
        case 'failed':
          return policy.reject(new Error(message.message));
      }
    },
  );
  const late = setTimeout(
    () => policy.reject(new Error(`no policy was loaded within ${START_MS / 1000} s`)),
    START_MS,
  );
  try {
    const { id, hooks } = await policy.promise;
    const hook = hooks[0]?.points[0]?.numbers[0];
    if (hook === undefined) throw new Error('the policy has no hook here');
    const [worker]: Worker[] = await started;
    if (worker === undefined) throw new Error('the agent has no worker');
    return {
      ...{ policy: id, hook, worker, thread: threadNamed(process.pid, AGENT_THREAD) },
      counts: () => ({
        events: store.counts.policy,
        lost: (lost?.policyRing ?? 0) + (lost?.queue ?? 0),
      }),
      stop: () => client.stop(),
    };
  } catch (error) {
    await client.stop();
    throw error;
  } finally {
    clearTimeout(late);
  }
}

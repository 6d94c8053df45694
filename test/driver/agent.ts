import { randomUUID } from 'node:crypto';
import { startAgentClient } from '../../src/agent/client.ts';
import { createFactBook } from '../../src/agent/factBook.ts';
import type {
  AgentOptions,
  FromAgent,
  LostCounts,
  PolicyStatus,
  ToAgent,
} from '../../src/agent/messages.ts';
import { NO_DETAIL_OPTIONS } from '../../src/agent/messages.ts';
import { createPolicyBook } from '../../src/agent/policyBook.ts';
import { processDetail } from '../../src/agent/processDetail.ts';
import { formatExecId } from '../../src/events/execId.ts';
import { type Event, hasProcess, type Process } from '../../src/events/types.ts';
import { type EventContext, readEvent } from '../../src/events/wire/event.ts';
import { packedSizeAt, readPacked } from '../../src/events/wire/packed.ts';
import { NO_DETAIL } from '../../src/events/wire/processDetail.ts';
import { run } from './command.ts';
import { withCompileCache } from './compileCache.ts';
import { LIMIT_MS, until } from './until.ts';

export const TEST_NODE = 'test-node';

export type AgentUnderTest = {
  /** What the agent said when the policies were loaded. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  /** Everything so far, decoded, oldest first. */
  readonly events: readonly Event[];
  readonly notices: readonly string[];
  /** Drops the events so far: a policy that tells of everything would fill the memory. */
  forgetEvents(): void;
  /** Resolves with the first event, past or future, that the predicate accepts; rejects after the limit. */
  waitForEvent(predicate: (event: Event) => boolean): Promise<Event>;
  /** Resolves with the policy's first status, the last one or a future one, that the predicate accepts. */
  waitForPolicy(name: string, predicate: (status: PolicyStatus) => boolean): Promise<PolicyStatus>;
  /** Status of a policy as of now: waits until all events so far and a status after them have come. */
  status(name: string): Promise<PolicyStatus>;
  /** Resolves when every event that happened before this call has arrived: what isn't there then, never comes. */
  catchUp(): Promise<void>;
  send(message: ToAgent): void;
  /** Resolves to the lost counts when the agent is gone. */
  stop(): Promise<LostCounts>;
};

/**
 * Starts the real agent in its worker thread, and resolves when its policies are loaded. Takes all events as packed records; `onMessage`
 * sees each message too.
 */
export async function startAgent(
  options: Partial<
    Pick<
      AgentOptions,
      | 'policies'
      | 'protect'
      | 'ringBytes'
      | 'detail'
      | 'variables'
      | 'allowNetworkActions'
      | 'controlSocket'
      | 'metrics'
      | 'cgroupRate'
      | 'grpc'
      | 'readOnly'
      | 'redaction'
      | 'enrichment'
      | 'exportFile'
    >
  > = {},
  onMessage: (message: FromAgent) => void = () => {},
): Promise<AgentUnderTest> {
  const events: Event[] = [];
  const notices: string[] = [];
  const processes = new Map<string, Process>();
  const changed = new Set<() => void>();
  const book = createPolicyBook();
  let statuses = 0;
  let lost: LostCounts | undefined;
  const ready = Promise.withResolvers<Pick<AgentUnderTest, 'problems' | 'warnings'>>();

  const client = withCompileCache(() =>
    startAgentClient(
      {
        node: TEST_NODE,
        output: { kind: 'records' },
        ringBytes: 4 << 20,
        policies: [],
        variables: {},
        allowNetworkActions: false,
        controlSocket: undefined,
        detail: NO_DETAIL_OPTIONS,
        protect: [],
        ...options,
      },
      (message) => {
        receive(message);
        onMessage(message);
        for (const check of [...changed]) check();
      },
    ),
  );

  const facts = createFactBook();
  const context: EventContext = {
    node: TEST_NODE,
    facts,
    hookNames: book.hookNames,
    detail: NO_DETAIL,
    parent: (pid, ktimeNs) => processes.get(formatExecId({ node: TEST_NODE, ktimeNs, pid })),
  };

  function receive(message: FromAgent): void {
    switch (message.type) {
      case 'ready':
        context.detail = processDetail(options.detail ?? NO_DETAIL_OPTIONS, message.hostNamespaces);
        return;
      case 'policies':
        book.describe(message);
        return;
      case 'loaded':
        ready.resolve(message);
        return;
      case 'records':
        decode(message.buffer, message.bytes, message.count);
        client.send({ type: 'done', bytes: message.bytes });
        return;
      case 'facts':
        facts.learn(message.facts);
        return;
      case 'status':
        book.count(message.policies);
        statuses++;
        return;
      case 'notice':
        notices.push(message.text);
        return;
      case 'failed':
        ready.reject(new Error(`${message.message}\n${message.remedy}`));
        return;
      case 'stopped':
        lost = message.lost;
        return;
      case 'lines':
        throw new Error('asked for records, got lines');
    }
  }

  function decode(buffer: ArrayBuffer, bytes: number, count: number): void {
    const view = new DataView(buffer, 0, bytes);
    let seen = 0;
    for (let at = 0; at < bytes; at += packedSizeAt(view, at)) {
      const event = readEvent(readPacked(view, at), context);
      events.push(event);
      if (hasProcess(event)) processes.set(event.process.execId, event.process);
      seen++;
    }
    if (seen !== count) throw new Error(`${seen} events in a batch of ${count}`);
  }

  /** Looks at each message; `find` returns undefined for "not yet". */
  function waitFor<T>(find: () => T | undefined, what: () => string): Promise<T> {
    return new Promise((resolve, reject) => {
      const finish = (end: () => void) => {
        clearTimeout(timer);
        changed.delete(check);
        end();
      };
      const check = () => {
        const found = find();
        if (found !== undefined) finish(() => resolve(found));
      };
      const timer = setTimeout(
        () => finish(() => reject(new Error(`${LIMIT_MS} ms without ${what()}`))),
        LIMIT_MS,
      );
      changed.add(check);
      check();
    });
  }

  const find = (name: string) => book.list().find((policy) => policy.name === name);

  const agent: Omit<AgentUnderTest, 'problems' | 'warnings'> = {
    events,
    notices,
    forgetEvents() {
      events.length = 0;
    },
    waitForEvent: (predicate) =>
      waitFor(() => events.find(predicate), predicate.toString.bind(predicate)),
    waitForPolicy: (name, predicate) =>
      waitFor(
        () => {
          const status = find(name);
          return status && predicate(status) ? status : undefined;
        },
        () => `${predicate} on ${JSON.stringify(find(name))}`,
      ),
    async status(name) {
      await agent.catchUp();
      const before = statuses;
      await until(() => statuses > before);
      const status = find(name);
      if (!status) throw new Error(`no policy ${name}`);
      return status;
    },
    async catchUp() {
      // The ring keeps the order of all events of the machine.
      const mark = randomUUID();
      await run('/bin/true', [mark]);
      await agent.waitForEvent(
        (event) => event.kind === 'process_exit' && event.process.arguments === mark,
      );
    },
    send: client.send,
    async stop() {
      await client.stop();
      if (!lost) throw new Error('the agent did not say that it stopped');
      return lost;
    },
  };
  try {
    const { problems, warnings } = await ready.promise;
    return { ...agent, problems, warnings };
  } catch (error) {
    await client.stop();
    throw error;
  }
}

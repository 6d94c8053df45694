import type { JsonObject } from '@bufbuild/protobuf';
import type { Event } from '../../events/types.ts';
import type { NodeStatus } from '../messages.ts';
import {
  type EventStream,
  openTetragonClient,
  type TetragonClient,
  type TetragonTarget,
} from './client.ts';

/** One Tetragon agent: connected again and again until it is closed. */
export type NodeLink = {
  readonly status: NodeStatus;
  /** undefined while it isn't connected. */
  readonly client: TetragonClient | undefined;
  /** Asks for its policies now, and not in a while. */
  refresh(): void;
  /** Nobody takes events at the moment: the agent is asked to wait. */
  pause(): void;
  resume(): void;
  close(): void;
};

type Listener = {
  onEvent(event: Event): void;
  /** TracingPolicyStatus each, as protobuf's JSON; none while it isn't connected. */
  onPolicies(policies: readonly JsonObject[]): void;
  /** Its status is another. */
  onStatus(): void;
  /** For the operator. */
  onNotice(text: string): void;
};

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const POLICIES_MS = 2000;

/** @throws Error with the file’s name when a PEM file can’t be read */
export function openNodeLink(target: TetragonTarget, listener: Listener): NodeLink {
  let status: NodeStatus = {
    address: target.address,
    node: '',
    version: '',
    state: 'connecting',
    events: 0,
  };
  let client: TetragonClient | undefined;
  let stream: EventStream | undefined;
  let timer: NodeJS.Timeout | undefined;
  let policyTimer: NodeJS.Timeout | undefined;
  let wait = FIRST_WAIT_MS;
  let isPaused = false;
  let isClosed = false;
  let isAsking = false;
  let badMessages = 0;

  const become = (change: Partial<NodeStatus>) => {
    status = { ...status, ...change };
    listener.onStatus();
  };

  const letGo = () => {
    stream?.cancel();
    stream = undefined;
    client?.close();
    client = undefined;
    clearTimeout(policyTimer);
    isAsking = false;
  };

  const fail = (reason: string) => {
    if (isClosed) return;
    const wasConnected = status.state === 'connected';
    letGo();
    become({ state: 'failed', reason });
    listener.onPolicies([]);
    if (wasConnected) listener.onNotice(`${target.address}: ${reason}; trying again`);
    timer = setTimeout(() => void connect(), wait);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  };

  const ask = async (of: TetragonClient) => {
    if (isAsking) return;
    isAsking = true;
    clearTimeout(policyTimer);
    try {
      const policies = await of.listPolicies();
      if (client === of) listener.onPolicies(policies);
    } catch {
      // The stream's end tells why; until then the last answer stands.
    }
    if (client !== of) return;
    isAsking = false;
    policyTimer = setTimeout(() => void ask(of), POLICIES_MS);
  };

  const connect = async () => {
    const made = openTetragonClient(target);
    client = made;
    try {
      const version = await made.version();
      if (client !== made) return;
      wait = FIRST_WAIT_MS;
      become({ state: 'connected', version, reason: undefined });
      stream = made.events(
        (event) => {
          status = { ...status, events: status.events + 1 };
          if (event.nodeName !== status.node && event.nodeName !== '')
            become({ node: event.nodeName });
          listener.onEvent(event);
        },
        (reason) => {
          badMessages += 1;
          if (badMessages === 1)
            listener.onNotice(`${target.address}: a message that is no event: ${reason}`);
        },
        (reason) => {
          if (client === made) fail(reason);
        },
      );
      if (isPaused) stream.pause();
      void ask(made);
    } catch (error) {
      if (client === made) fail(error instanceof Error ? error.message : String(error));
    }
  };
  void connect();

  return {
    get status() {
      return status;
    },
    get client() {
      return status.state === 'connected' ? client : undefined;
    },
    refresh() {
      if (client && status.state === 'connected') void ask(client);
    },
    pause() {
      isPaused = true;
      stream?.pause();
    },
    resume() {
      isPaused = false;
      stream?.resume();
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
      letGo();
    },
  };
}

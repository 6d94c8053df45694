import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '@bufbuild/protobuf';
import type { FromAgent, NodeStatus, PolicyDescription, PolicyState } from '../messages.ts';
import type { TetragonClient } from './client.ts';
import { type NodePolicy, readNodePolicy } from './nodePolicies.ts';

/** The policies of all nodes, each under a number of ours, and their switches. */
export type PolicyTable = {
  /** What a node has now: changes are told. */
  learn(
    of: Pick<NodeStatus, 'address' | 'node' | 'version'>,
    policies: readonly JsonObject[],
  ): void;
  /** Counters that are others than at the last call. */
  takeStates(): PolicyState[];
  describe(id: number): PolicyDescription | undefined;
  /** Its agent is one of Trigon's, and no Tetragon. */
  isOfTrigon(id: number): boolean;
  setMode(id: number, mode: 'off' | 'monitor'): void;
  /** @param seconds after which it goes back to monitor mode; undefined: when this screen ends */
  arm(id: number, seconds: number | undefined): void;
  /** What this screen has armed goes back to monitor mode. Resolves when the agents have answered, to how many those were. */
  disarmAll(): Promise<number>;
};

type Options = {
  tell(message: FromAgent): void;
  /** For the operator. */
  notice(text: string): void;
  /** undefined: not connected. */
  clientOf(address: string): TetragonClient | undefined;
  /** Asks a node for its policies anew. */
  refresh(address: string): void;
  readOnly: boolean;
};

/** Policies of all nodes; what a mad agent tells beyond is left out. */
const MOST = 4096;

type Entry = {
  readonly address: string;
  readonly isOfTrigon: boolean;
  policy: NodePolicy;
  changed: boolean;
};
type Armed = { readonly until: number | undefined; readonly timer: NodeJS.Timeout | undefined };

export function createPolicyTable({
  tell,
  notice,
  clientOf,
  refresh,
  readOnly,
}: Options): PolicyTable {
  const entries = new Map<number, Entry>();
  const ids = new Map<string, number>();
  /** By this screen. */
  const armed = new Map<number, Armed>();
  let nextId = 1;

  const letGo = (id: number) => {
    clearTimeout(armed.get(id)?.timer);
    armed.delete(id);
  };

  /** Carries a switch out and looks what has become of it; tells why not. */
  const configure = async (
    id: number,
    to: Parameters<TetragonClient['configure']>[1],
  ): Promise<boolean> => {
    const entry = entries.get(id);
    if (!entry) return false;
    const { reference } = entry.policy;
    const client = clientOf(entry.address);
    try {
      if (!client) throw new Error('it is not connected at the moment');
      await client.configure(reference, to);
      return true;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      notice(`${reference.name} on ${entry.address}: ${reason}`);
      return false;
    } finally {
      refresh(entry.address);
    }
  };

  const disarm = async (id: number) => {
    letGo(id);
    await configure(id, { mode: 'TP_MODE_MONITOR' });
  };

  return {
    learn({ address, node, version }, policies) {
      const isOfTrigon = version.startsWith('trigon ');
      const changed: PolicyDescription[] = [];
      const seen = new Set<number>();
      for (const status of policies) {
        const key = JSON.stringify([address, status.domain, status.namespace, status.name]);
        if (!ids.has(key) && entries.size >= MOST) continue;
        const id = ids.get(key) ?? nextId++;
        ids.set(key, id);
        seen.add(id);
        const policy = withArming(
          readNodePolicy(id, status, { node, address, isOfTrigon }),
          armed.get(id),
        );
        if (
          policy.description.mode !== 'enforce' &&
          entries.get(id)?.policy.description.mode === 'enforce'
        )
          letGo(id);
        const before = entries.get(id);
        if (!before || !isDeepStrictEqual(before.policy.description, policy.description))
          changed.push(policy.description);
        const isCounted =
          before === undefined || !isDeepStrictEqual(before.policy.state, policy.state);
        entries.set(id, {
          address,
          isOfTrigon,
          policy,
          changed: before?.changed === true || isCounted,
        });
      }
      const removed: number[] = [];
      for (const [id, entry] of entries) {
        if (entry.address !== address || seen.has(id)) continue;
        entries.delete(id);
        removed.push(id);
      }
      for (const [key, id] of ids) if (removed.includes(id) && !armed.has(id)) ids.delete(key);
      if (changed.length > 0 || removed.length > 0) tell({ type: 'policies', changed, removed });
    },
    takeStates() {
      const states: PolicyState[] = [];
      for (const entry of entries.values()) {
        if (entry.changed) states.push(entry.policy.state);
        entry.changed = false;
      }
      return states;
    },
    describe: (id) => entries.get(id)?.policy.description,
    isOfTrigon: (id) => entries.get(id)?.isOfTrigon === true,
    setMode(id, mode) {
      if (mode === 'monitor') letGo(id);
      const to =
        mode === 'off' ? { enable: false } : { enable: true, mode: 'TP_MODE_MONITOR' as const };
      void configure(id, to);
    },
    arm(id, seconds) {
      const name = entries.get(id)?.policy.reference.name;
      if (name === undefined) return;
      if (readOnly) return notice('nothing can be armed: Trigon was started with --read-only');
      letGo(id);
      // Noted before the agent knows: whatever its answer, it is taken back when this screen ends.
      const ms = seconds === undefined ? undefined : seconds * 1000;
      const over = () => {
        notice(`${name}: its time is over, back to monitor`);
        void disarm(id);
      };
      armed.set(id, {
        until: ms === undefined ? undefined : Date.now() + ms,
        timer: ms === undefined ? undefined : setTimeout(over, ms),
      });
      void configure(id, { mode: 'TP_MODE_ENFORCE' });
    },
    async disarmAll() {
      const all = [...armed.keys()];
      await Promise.all(all.map(disarm));
      return all.length;
    },
  };
}

const withArming = (policy: NodePolicy, armed: Armed | undefined): NodePolicy =>
  armed === undefined || policy.description.mode !== 'enforce'
    ? policy
    : { ...policy, description: { ...policy.description, armedUntil: armed.until } };

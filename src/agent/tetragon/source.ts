import type { JsonObject } from '@bufbuild/protobuf';
import { encodeEvent } from '../../events/json.ts';
import type { Event } from '../../events/types.ts';
import { createPackedBatch } from '../../events/wire/packed.ts';
import { packTold } from '../../events/wire/told.ts';
import { NOTHING_LOST } from '../lost.ts';
import type { ArmingFacts, FromAgent, LostCounts, ToAgent } from '../messages.ts';
import { createToldModels } from '../told/models.ts';
import type { TetragonTarget } from './client.ts';
import { openNodeLink } from './nodeLink.ts';
import { createPolicyTable, type PolicyTable } from './policyTable.ts';

/** Tetragon's agents as one agent for the screen. */
export type TetragonSource = {
  handle(message: Exclude<ToAgent, { type: 'stop' }>): void;
  /** What this screen has armed goes back to monitor mode; resolves when the agents know, or two seconds later. */
  stop(): Promise<void>;
};

export type TetragonOptions = {
  readonly targets: readonly TetragonTarget[];
  readonly readOnly: boolean;
};

const FLUSH_MS = 30;
const STATUS_MS = 500;
/** Bytes on their way to the screen beyond which the agents are asked to wait, and below which to go on. */
const MUCH = 16 << 20;
const LITTLE = 4 << 20;
const STOP_MS = 2000;

/** @throws Error with the file’s name when a PEM file can’t be read */
export function startTetragonSource(
  { targets, readOnly }: TetragonOptions,
  send: (message: FromAgent, transfer: ArrayBuffer[]) => void,
): TetragonSource {
  const tell = (message: FromAgent) => send(message, []);
  const notice = (text: string) => tell({ type: 'notice', level: 'warning', text });
  const now = () => BigInt(Date.now()) * 1_000_000n;
  const models = createToldModels({ tell, severityOf: () => undefined, now });
  const batch = createPackedBatch();
  let underWay = 0;
  let isPaused = false;
  let nodesChanged = true;

  let dropped = 0;
  const lost = (): LostCounts => ({ ...NOTHING_LOST, clients: dropped });
  const add = (event: Event) => {
    // An agent tells so what it couldn't send to this screen, or to the file that it exports.
    if (event.kind === 'rate_limit_info') dropped += Number(event.numberOfDroppedProcessEvents);
    const time = now();
    const packed = packTold(event, encodeEvent(event), time);
    batch.append(packed, packed.payload, packed.process);
    models.add(event, time);
    nodesChanged = true;
  };

  const links = targets.map((target) => {
    const link = openNodeLink(target, {
      onEvent: add,
      onPolicies: (policies: readonly JsonObject[]) => table.learn(link.status, policies),
      onStatus() {
        nodesChanged = true;
      },
      onNotice: notice,
    });
    return link;
  });
  const clientOf = (address: string) =>
    links.find(({ status }) => status.address === address)?.client;
  const table: PolicyTable = createPolicyTable({
    tell,
    notice,
    clientOf,
    refresh(address) {
      links.find(({ status }) => status.address === address)?.refresh();
    },
    readOnly,
  });

  const flush = () => {
    const taken = batch.take();
    if (!taken) return;
    underWay += taken.bytes;
    send({ type: 'records', ...taken }, [taken.buffer]);
    if (underWay < MUCH || isPaused) return;
    isPaused = true;
    for (const link of links) link.pause();
  };
  const timers = [
    setInterval(flush, FLUSH_MS),
    setInterval(() => {
      if (nodesChanged) tell({ type: 'nodes', nodes: links.map(({ status }) => status) });
      nodesChanged = false;
      tell({ type: 'status', policies: table.takeStates(), lost: lost() });
      models.send();
    }, STATUS_MS),
  ];
  tell({ type: 'ready', hostNamespaces: undefined });
  tell({ type: 'loaded', problems: [], warnings: [] });

  return {
    handle(message) {
      switch (message.type) {
        case 'watch':
          return models.watch(message.topics);
        case 'done':
          underWay -= message.bytes;
          if (isPaused && underWay < LITTLE) {
            isPaused = false;
            for (const link of links) link.resume();
          }
          return;
        case 'set-mode':
          return table.setMode(message.policy, message.mode);
        case 'arm':
          return table.arm(message.policy, message.seconds);
        case 'disarm-all':
          return void table
            .disarmAll()
            .then((count) =>
              notice(
                count > 0
                  ? `disarmed: ${count}, back to monitor`
                  : 'this screen has armed nothing; what else enforces does so by itself',
              ),
            );
        case 'prepare-arming': {
          const { request, policy } = message;
          return tell({ type: 'arming', request, policy, arming: armingOf(table, policy) });
        }
        case 'describe': {
          const { request, pid, ktime } = message;
          return tell({ type: 'description', request, ...models.describe(pid, ktime) });
        }
        case 'describe-binary': {
          const { request, binary } = message;
          return tell({ type: 'binary-description', request, profile: models.profile(binary) });
        }
        case 'find-target': {
          const answer = { refusal: `it runs on another host: ${ELSEWHERE}` };
          return tell({ type: 'target', request: message.request, answer });
        }
        case 'set-parameters': {
          const { request, policy } = message;
          return tell({ type: 'edited', request, policy, problems: [ELSEWHERE] });
        }
        case 'open-files': {
          const files = { kind: 'refused' as const, reason: ELSEWHERE };
          return tell({ type: 'open-files', request: message.request, files });
        }
        case 'read-policy': {
          const { request, policy } = message;
          return tell({ type: 'policy-text', request, policy, source: NO_TEXT });
        }
        case 'test-policy':
        case 'signal':
        case 'record':
        case 'playback':
          return notice(ELSEWHERE);
        case 'heartbeat':
        case 'mark':
          return;
      }
    },
    async stop() {
      for (const timer of timers) clearInterval(timer);
      const patience = new Promise<void>((resolve) => setTimeout(resolve, STOP_MS));
      await Promise.race([table.disarmAll(), patience]);
      flush();
      for (const link of links) link.close();
      tell({ type: 'stopped', lost: lost() });
    },
  };
}

const NO_TEXT = "# Tetragon's API doesn't tell the text of its policies.\n";
const ELSEWHERE = "Tetragon's API can't do this; only its events and its policies are here";

/** All that can be said: Tetragon does what the policy's own text says. */
function armingOf(table: PolicyTable, policy: number): ArmingFacts {
  const hooks = table.describe(policy)?.hooks ?? [];
  const offer = { reason: "Tetragon's API adds nothing to a policy" };
  return {
    choices: hooks.map(({ selectors }) =>
      selectors.map(() => ({ own: 'do what the policy itself says', kill: offer, deny: offer })),
    ),
    mixing: hooks.map(() => undefined),
    blast: { minutes: 0, watched: 0, rows: [], untold: 0 },
    foreign: table.isOfTrigon(policy) ? 'trigon' : 'tetragon',
  };
}

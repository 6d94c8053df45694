import type { AgentClient } from '../agent/client.ts';
import type { FromAgent, NodeStatus } from '../agent/messages.ts';
import { escapeText } from '../events/text.ts';
import type { CommandId } from './commands.ts';

/**
 * Where the screen has its events from: an agent in a worker thread of this process, one that runs by itself, a recording, or
 * Tetragon's agents. All speak the messages of an agent; what one can't do it says in a notice.
 */
export type EventSource = {
  readonly kind: 'agent' | 'attached' | 'replay' | 'tetragon';
  /** What the header shows in the host's place: a node's name, a file's. */
  readonly title: string;
  /** Shown as the source of events that name none. */
  readonly node: string;
  /** Nothing can be armed or signalled. */
  readonly readOnly: boolean;
  /** Said after the screen is gone, when the operator has quit. */
  readonly farewell?: string | undefined;
  start(onMessage: (message: FromAgent) => void): AgentClient;
};

/** What is seen of a source. */
export type SourceFacts = Pick<EventSource, 'kind' | 'title'>;

/** `replay: session.trigon.zst`, `attached: agent pid 4711`, `2 of 3 nodes`: for the header. */
export function sourceText({ kind, title }: SourceFacts, nodes: readonly NodeStatus[]): string {
  if (nodes.length > 1) {
    const connected = nodes.filter(({ state }) => state === 'connected').length;
    return connected === nodes.length
      ? `${nodes.length} nodes`
      : `${connected} of ${nodes.length} nodes`;
  }
  const safe = escapeText(title);
  if (kind === 'replay') return `replay: ${safe}`;
  return kind === 'attached' || kind === 'tetragon' ? `attached: ${safe}` : safe;
}

type Refusals = Readonly<Partial<Record<CommandId, string>>>;

const SWITCHED = 'a recording’s policies can’t be switched';

const OF_REPLAYS: Refusals = {
  'policy.arm': 'a recording can’t be armed',
  'policy.toggle': SWITCHED,
  'policy.edit': 'a recording’s policies can’t be changed',
  'policy.test': 'a recording’s policies can’t be tested',
  'policy.disarmAll': 'nothing is armed: this is a recording',
  'row.signal': 'the processes of a recording get no signals',
  'app.record': 'this is a recording already',
};

const OF_TETRAGON: Refusals = {
  'policy.edit': 'parameters are for policies of Trigon’s own agent',
  'policy.test': 'Tetragon’s agents test no policies',
  'row.signal': 'Tetragon’s agents send no signals by hand',
  'app.record': 'only Trigon’s own agent records',
};

const NO_PLAYBACK = 'nothing is replayed here: trigon replay FILE';

/** Why a command means nothing where the events come from; undefined: it does. */
export function refusalOf(id: CommandId, { kind }: Pick<SourceFacts, 'kind'>): string | undefined {
  if (kind === 'replay') return OF_REPLAYS[id];
  if (id.startsWith('play.')) return NO_PLAYBACK;
  return kind === 'tetragon' ? OF_TETRAGON[id] : undefined;
}

import type {
  FromAgent,
  Playback,
  PlaybackAction,
  ToAgent,
  Topic,
} from '../../src/agent/messages.ts';
import { startReplayClient } from '../../src/agent/replay/client.ts';
import type { ReplayOptions } from '../../src/agent/replay/options.ts';
import type { Event } from '../../src/events/types.ts';
import { readEvent } from '../../src/events/wire/event.ts';
import { packedSizeAt, readPacked } from '../../src/events/wire/packed.ts';
import { type AggregatesSeen, watchAggregates } from './aggregates.ts';
import { withCompileCache } from './compileCache.ts';
import { until } from './until.ts';

/** A replay in its real worker, and what a screen has of it. */
export type ReplayUnderTest = {
  /** Since the last restart, decoded from what was sent. */
  readonly events: readonly Event[];
  readonly lines: readonly string[];
  readonly messages: readonly FromAgent[];
  readonly notices: readonly string[];
  readonly rows: AggregatesSeen;
  playback(): Playback | undefined;
  act(action: PlaybackAction): void;
  send(message: ToAgent): void;
  /** Resolves when the playback is so, and all that belongs to it has come. */
  reaches(holds: (playback: Playback) => boolean): Promise<void>;
  waitFor<T extends FromAgent['type']>(type: T): Promise<Extract<FromAgent, { type: T }>>;
  stop(): Promise<void>;
};

export const RECORDS = { kind: 'records' } as const;

export function startReplay(
  files: string | readonly string[],
  options: Partial<ReplayOptions> = {},
): ReplayUnderTest {
  let events: Event[] = [];
  let rows = watchAggregates();
  const messages: FromAgent[] = [];
  let playback: Playback | undefined;
  let text = '';

  const client = withCompileCache(() =>
    startReplayClient(
      {
        ...{ files: [files].flat(), withRotated: false, isTailing: false, output: RECORDS },
        ...{ speed: Number.POSITIVE_INFINITY, hasRealGaps: false },
        ...options,
      },
      (message) => {
        if (message.type === 'records') {
          const view = new DataView(message.buffer, 0, message.bytes);
          for (let at = 0; at < message.bytes; at += packedSizeAt(view, at))
            events.push(readEvent(readPacked(view, at), CONTEXT));
          client.send({ type: 'done', bytes: message.bytes });
          return;
        }
        if (message.type === 'lines') {
          text += Buffer.from(message.bytes).toString('utf8');
          client.send({ type: 'done', bytes: message.bytes.length });
          return;
        }
        messages.push(message);
        rows.onMessage(message);
        if (message.type === 'ready') client.send({ type: 'watch', topics: TOPICS });
        else if (message.type === 'restart') {
          events = [];
          rows = watchAggregates();
        } else if (message.type === 'playback') playback = message.playback;
      },
    ),
  );

  return {
    get events() {
      return events;
    },
    get lines() {
      return text.split('\n').slice(0, -1);
    },
    messages,
    get notices() {
      return messages.flatMap((message) => (message.type === 'notice' ? [message.text] : []));
    },
    get rows() {
      return rows;
    },
    playback: () => playback,
    act: (action) => client.send({ type: 'playback', action }),
    send: client.send,
    async reaches(holds) {
      await must(() => playback !== undefined && holds(playback), 'playback');
      // Rows are told twice a second: what is asked for again comes whole and at once.
      client.send({ type: 'watch', topics: [] });
      const before = TOPICS.map((topic) => rows.counts[topic].resets);
      client.send({ type: 'watch', topics: TOPICS });
      await must(
        () => TOPICS.every((topic, at) => rows.counts[topic].resets > (before[at] ?? 0)),
        'rows',
      );
    },
    async waitFor(type) {
      const find = () => messages.find((message) => message.type === type);
      await must(() => find() !== undefined, type);
      return find() as Extract<FromAgent, { type: typeof type }>;
    },
    stop: client.stop,
  };
}

const TOPICS: Topic[] = ['tree', 'binaries', 'alerts'];

async function must(holds: () => boolean, what: string): Promise<void> {
  if ((await until(holds)) !== true) throw new Error(`it did not come: ${what}`);
}

const CONTEXT = { node: '', hookNames: () => undefined, parent: () => undefined };

/** GetEvents: what clients have asked for of the events, each with a queue of its own. */
import { Metadata, type ServerWritableStream, status } from '@grpc/grpc-js';
import { type Aggregator, createAggregator } from '../../events/aggregation.ts';
import type { RunningProcess } from '../../events/tetragonFilter/descendants.ts';
import { compileFieldFilters, type FieldFilter } from '../../events/tetragonFilter/fieldFilters.ts';
import {
  compileFilters,
  type EventFilter,
  type FilterLists,
  type FilterOptions,
  type ProcessNews,
  requestFilterLists,
} from '../../events/tetragonFilter/filters.ts';
import type { Event } from '../../events/types.ts';
import { encodeEventMessage } from '../../grpc/event.ts';
import { fieldFilterJson, filterJson, type GetEventsRequest } from '../../grpc/messages/events.ts';
import { METHODS } from '../../grpc/methods.ts';
import type { OutgoingEvent } from '../taps.ts';
import { within } from '../within.ts';
import { type ClientQueue, createClientQueue, type QueueLimits } from './clientQueue.ts';
import { CallRefusal, statusOf } from './status.ts';

const MAX_STREAMS = 32;
/** At the end streams have so long to send what they have. */
const END_MS = 1000;
const LIMITS: QueueLimits = { messages: 10_000, bytes: 4 << 20 };

export type EventCall = ServerWritableStream<Buffer, Buffer>;

export type EventStreams = ProcessNews & {
  readonly isOpen: boolean;
  /** How many get events now. */
  readonly clients: number;
  open(call: EventCall): void;
  add(event: OutgoingEvent): void;
  flush(): void;
  lost(): number;
  /** Ends all streams when what they had is out, or after a second: the rest is lost. */
  end(): Promise<void>;
};

type Given = {
  readonly node: string;
  readonly abilities: FilterOptions['abilities'];
  /** Those that run now. */
  readonly processes: () => readonly RunningProcess[];
  readonly notice: (text: string) => void;
};

type Client = {
  readonly call: EventCall;
  readonly queue: ClientQueue;
  readonly filter: EventFilter;
  /** Which fields it gets; undefined: all. */
  readonly fields: FieldFilter | undefined;
  /** Folds equal events; undefined: each is sent. */
  readonly aggregator: Aggregator | undefined;
  /** While all ends: nothing waits any more, or the client is gone. */
  readonly written: PromiseWithResolvers<void>;
  /** Since it was told last. */
  lost: number;
  wasSlow: boolean;
};

export function createEventStreams({ node, abilities, processes, notice }: Given): EventStreams {
  const clients = new Set<Client>();
  /** Streams, also those whose filters are still being compiled. */
  let open = 0;
  let lost = 0;
  let isEnding = false;

  const refuse = (call: EventCall, error: unknown) => call.emit('error', statusOf(error));

  const start = async (call: EventCall, request: GetEventsRequest, isGone: () => boolean) => {
    const { fieldFilters = [], aggregationOptions } = request;
    const aggregator = aggregationOptions && createAggregator(aggregationOf(aggregationOptions));
    const fields =
      fieldFilters.length > 0 ? compileFieldFilters(fieldFilters.map(fieldFilterJson)) : undefined;
    const filter = await compileFilters(listsOf(request), {
      abilities,
      onError: (message) => notice(`a gRPC client's filter: ${message}`),
    });
    if (isGone() || isEnding) return undefined;
    filter.start(processes());
    const client: Client = {
      call,
      filter,
      fields,
      aggregator,
      queue: createClientQueue(call, LIMITS, () => {
        tellLost(client);
        if (!isEnding) return;
        if (client.queue.size > 0) client.queue.pump();
        else client.written.resolve();
      }),
      written: Promise.withResolvers(),
      lost: 0,
      wasSlow: false,
    };
    clients.add(client);
    // Tells the client that it is heard: there may be no event for long.
    call.sendMetadata(new Metadata());
    return client;
  };

  /** It keeps up again: it gets to know how much it has missed, if it wants such events. */
  const tellLost = (client: Client) => {
    if (client.lost === 0) return;
    const event: Event = {
      kind: 'rate_limit_info',
      numberOfDroppedProcessEvents: BigInt(client.lost),
      nodeName: node,
      time: BigInt(Date.now()) * 1_000_000n,
    };
    client.lost = 0;
    const message = client.filter.wants(event) ? encodeEventMessage(event) : undefined;
    if (message) client.queue.add(message);
  };

  const give = (client: Client, message: Buffer) => {
    if (client.queue.add(message)) return;
    client.lost += 1;
    lost += 1;
    if (client.wasSlow) return;
    client.wasSlow = true;
    notice('a gRPC client does not keep up: it misses events');
  };

  const giveEvents = (client: Client, events: readonly Event[]) => {
    for (const event of events) {
      const message = encodeEventMessage(event);
      if (message) give(client, message);
    }
  };

  return {
    get isOpen() {
      return clients.size > 0;
    },
    get clients() {
      return clients.size;
    },
    open(call) {
      if (open >= MAX_STREAMS) {
        const text = `${MAX_STREAMS} clients have their streams already`;
        refuse(call, new CallRefusal(status.RESOURCE_EXHAUSTED, text));
        return;
      }
      open += 1;
      let isGone = false;
      let client: Client | undefined;
      const leave = () => {
        if (isGone) return;
        isGone = true;
        open -= 1;
        if (!client) return;
        client.queue.clear();
        client.written.resolve();
        clients.delete(client);
      };
      for (const event of ['cancelled', 'close', 'error', 'finish'] as const) call.on(event, leave);
      try {
        const request = METHODS.GetEvents.requestDeserialize(call.request);
        start(call, request, () => isGone)
          .then((started) => {
            client = started;
            if (!started && !isGone) call.end();
          })
          .catch((error: unknown) => refuse(call, error));
      } catch (error) {
        refuse(call, error);
      }
    },
    add(outgoing) {
      const event = outgoing.event();
      // The journal is no event of Tetragon's.
      if (event.kind === 'trigon_journal') return;
      /** For all that want it whole. */
      let whole: Buffer | undefined;
      for (const client of clients) {
        if (!client.filter.wants(event)) continue;
        const { fields, aggregator } = client;
        if (fields || aggregator) {
          const told = fields ? fields(event) : event;
          giveEvents(client, aggregator ? aggregator.add(told, performance.now()) : [told]);
        } else {
          whole ??= encodeEventMessage(event);
          if (whole) give(client, whole);
        }
      }
    },
    flush() {
      for (const client of clients) {
        const { aggregator, queue } = client;
        if (aggregator) giveEvents(client, aggregator.flush(performance.now(), false));
        queue.pump();
      }
    },
    lost: () => lost,
    async end() {
      isEnding = true;
      const ended = [...clients].map(async (client) => {
        const { aggregator, queue, written } = client;
        if (aggregator) giveEvents(client, aggregator.flush(performance.now(), true));
        queue.pump();
        if (queue.size > 0) await written.promise;
      });
      await within(END_MS, Promise.all(ended));
      for (const { call, queue } of clients) {
        // Of a client that doesn't read.
        lost += queue.size;
        queue.clear();
        call.end();
      }
    },
    start(running) {
      for (const { filter } of clients) filter.start(running);
    },
    onFork(pid, creator) {
      for (const { filter } of clients) filter.onFork(pid, creator);
    },
    onExit(pid) {
      for (const { filter } of clients) filter.onExit(pid);
    },
  };
}

const DEFAULT_WINDOW_MS = 15_000;
const MAX_WINDOW_MS = 3_600_000;
/** Different events that are held back at a time, of each client. */
const MOST_AGGREGATED = 2000;

function aggregationOf({
  windowSize,
  channelBufferSize,
}: NonNullable<GetEventsRequest['aggregationOptions']>): { windowMs: number; most: number } {
  const windowMs = windowSize
    ? Number(windowSize.seconds) * 1000 + windowSize.nanos / 1e6
    : DEFAULT_WINDOW_MS;
  if (windowMs <= 0 || windowMs > MAX_WINDOW_MS)
    throw new CallRefusal(
      status.INVALID_ARGUMENT,
      'aggregation_options.window_size must be more than 0 and an hour at most',
    );
  const asked = Number(channelBufferSize);
  return { windowMs, most: asked === 0 ? MOST_AGGREGATED : Math.min(asked, MOST_AGGREGATED) };
}

const listsOf = ({ allowList = [], denyList = [] }: GetEventsRequest): FilterLists =>
  requestFilterLists(allowList.map(filterJson), denyList.map(filterJson));

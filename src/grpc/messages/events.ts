/** GetEvents: what a client asks for. Its answers are events (src/grpc/event.ts). */
import { CAPABILITIES } from '../../events/capabilities.ts';
import {
  enumeration,
  enumerationOf,
  flag,
  int32,
  int64,
  lean,
  list,
  message,
  plain,
  set,
  text,
  uint32,
  uint64,
} from '../../events/codec.ts';
import { EVENT_TYPES } from '../../events/types.ts';
import { type WireMessage, wireMessage } from '../wire/message.ts';

/** Kinds of events by name, as filters have them. */
const EVENT_NUMBERS: Readonly<Record<string, number>> = {
  UNDEF: 0,
  ...Object.fromEntries(
    Object.values(EVENT_TYPES)
      // The journal is Trigon's own.
      .filter(({ name }) => name !== 'TRIGON_JOURNAL')
      .map(({ name, number }) => [name, number]),
  ),
};
const eventSet = list(enumerationOf(EVENT_NUMBERS));
const texts = list(text);

export type CapFilterSet = {
  readonly any?: readonly string[];
  readonly all?: readonly string[];
  readonly exactly?: readonly string[];
  readonly none?: readonly string[];
};
const capabilities = list(enumeration<string>(CAPABILITIES));
const capFilterSet = message<CapFilterSet>({
  any: lean(capabilities),
  all: lean(capabilities),
  exactly: lean(capabilities),
  none: lean(capabilities),
});

export type Filter = {
  readonly binaryRegex?: readonly string[];
  readonly namespace?: readonly string[];
  readonly healthCheck?: boolean;
  readonly pid?: readonly number[];
  readonly pidSet?: readonly number[];
  readonly eventSet?: readonly string[];
  readonly podRegex?: readonly string[];
  readonly argumentsRegex?: readonly string[];
  readonly labels?: readonly string[];
  readonly policyNames?: readonly string[];
  readonly capabilities?: {
    readonly permitted?: CapFilterSet;
    readonly effective?: CapFilterSet;
    readonly inheritable?: CapFilterSet;
  };
  readonly parentBinaryRegex?: readonly string[];
  readonly celExpression?: readonly string[];
  readonly parentArgumentsRegex?: readonly string[];
  readonly containerId?: readonly string[];
  readonly inInitTree?: boolean;
  readonly ancestorBinaryRegex?: readonly string[];
  readonly containerNameRegex?: readonly string[];
  readonly namespaceRegex?: readonly string[];
};

const filter = message<Filter>({
  binaryRegex: lean(texts),
  namespace: lean(texts),
  healthCheck: set(flag),
  pid: lean(list(uint32)),
  pidSet: lean(list(uint32)),
  eventSet: lean(eventSet),
  podRegex: lean(texts),
  argumentsRegex: lean(texts),
  labels: lean(texts),
  policyNames: lean(texts),
  capabilities: set(
    message<NonNullable<Filter['capabilities']>>({
      permitted: set(capFilterSet),
      effective: set(capFilterSet),
      inheritable: set(capFilterSet),
    }),
  ),
  parentBinaryRegex: lean(texts),
  celExpression: lean(texts),
  parentArgumentsRegex: lean(texts),
  containerId: lean(texts),
  inInitTree: set(flag),
  ancestorBinaryRegex: lean(texts),
  containerNameRegex: lean(texts),
  namespaceRegex: lean(texts),
});

/** The filter as parsed JSON, with protobuf's names of fields. */
export const filterJson = (value: Filter): unknown => JSON.parse(filter.write(value));

export type FieldFilter = {
  readonly eventSet?: readonly string[];
  readonly fields?: { readonly paths: readonly string[] };
  readonly action: 'INCLUDE' | 'EXCLUDE';
  readonly invertEventSet?: boolean;
};

const fieldFilter = message<FieldFilter>({
  eventSet: lean(eventSet),
  fields: set(message<{ readonly paths: readonly string[] }>({ paths: plain(texts) })),
  action: plain(enumeration(['INCLUDE', 'EXCLUDE'] as const)),
  invertEventSet: set(flag),
});

/** The same as parsed JSON, in which a field mask is a text. */
export const fieldFilterJson = (value: FieldFilter): unknown => ({
  ...JSON.parse(fieldFilter.write(value)),
  fields: value.fields?.paths.join(','),
});

export type GetEventsRequest = {
  readonly allowList?: readonly Filter[];
  readonly denyList?: readonly Filter[];
  readonly aggregationOptions?: {
    readonly windowSize?: { readonly seconds: bigint; readonly nanos: number };
    readonly channelBufferSize: bigint;
  };
  readonly fieldFilters?: readonly FieldFilter[];
};

export const GET_EVENTS_REQUEST: WireMessage<GetEventsRequest> = wireMessage(
  'GetEventsRequest',
  message<GetEventsRequest>({
    allowList: lean(list(filter)),
    denyList: lean(list(filter)),
    aggregationOptions: set(
      message<NonNullable<GetEventsRequest['aggregationOptions']>>({
        windowSize: set(
          message<{ readonly seconds: bigint; readonly nanos: number }>({
            seconds: plain(int64),
            nanos: plain(int32),
          }),
        ),
        channelBufferSize: plain(uint64),
      }),
    ),
    fieldFilters: lean(list(fieldFilter)),
  }),
);

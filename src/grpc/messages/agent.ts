/** Requests and answers about the agent itself. */
import {
  bytes,
  enumeration,
  flag,
  lean,
  list,
  message,
  plain,
  set,
  text,
} from '../../events/codec.ts';
import { type WireMessage, wireMessage } from '../wire/message.ts';

type Nothing = Readonly<Record<never, never>>;
const nothing = message<Nothing>({});
export const empty = (name: string): WireMessage<Nothing> => wireMessage(name, nothing);

const HEALTH_TYPES = ['HEALTH_STATUS_TYPE_UNDEF', 'HEALTH_STATUS_TYPE_STATUS'] as const;
const HEALTH_RESULTS = [
  'HEALTH_STATUS_UNDEF',
  'HEALTH_STATUS_RUNNING',
  'HEALTH_STATUS_STOPPED',
  'HEALTH_STATUS_ERROR',
] as const;

export type HealthStatus = {
  readonly event: (typeof HEALTH_TYPES)[number];
  readonly status: (typeof HEALTH_RESULTS)[number];
  readonly details: string;
};
export type HealthRequest = { readonly eventSet?: readonly HealthStatus['event'][] };
export type HealthResponse = { readonly healthStatus: readonly HealthStatus[] };

export const HEALTH_REQUEST: WireMessage<HealthRequest> = wireMessage(
  'GetHealthStatusRequest',
  message<HealthRequest>({ eventSet: lean(list(enumeration(HEALTH_TYPES))) }),
);
export const HEALTH_RESPONSE: WireMessage<HealthResponse> = wireMessage(
  'GetHealthStatusResponse',
  message<HealthResponse>({
    healthStatus: plain(
      list(
        message<HealthStatus>({
          event: plain(enumeration(HEALTH_TYPES)),
          status: plain(enumeration(HEALTH_RESULTS)),
          details: plain(text),
        }),
      ),
    ),
  }),
);

export type VersionResponse = { readonly version: string };
export const VERSION_RESPONSE: WireMessage<VersionResponse> = wireMessage(
  'GetVersionResponse',
  message<VersionResponse>({ version: plain(text) }),
);

export type Probe = { readonly name: string; readonly enabled?: boolean };
export type InfoResponse = {
  readonly version: string;
  readonly name: string;
  readonly probes: readonly Probe[];
  readonly conf: readonly {
    readonly key: string;
    readonly value?: { readonly typeUrl: string; readonly value: Uint8Array };
  }[];
  readonly build?: {
    readonly goVersion: string;
    readonly commit: string;
    readonly time: string;
    readonly modified: string;
  };
};
export const INFO_RESPONSE: WireMessage<InfoResponse> = wireMessage(
  'GetInfoResponse',
  message<InfoResponse>({
    version: plain(text),
    name: plain(text),
    probes: plain(
      list(message<Probe>({ name: plain(text, 'Name'), enabled: set(flag, 'Enabled') })),
    ),
    conf: plain(
      list(
        message<InfoResponse['conf'][number]>({
          key: plain(text),
          value: set(
            message<{ readonly typeUrl: string; readonly value: Uint8Array }>({
              typeUrl: plain(text),
              value: plain(bytes),
            }),
          ),
        }),
      ),
    ),
    build: set(
      message<NonNullable<InfoResponse['build']>>({
        goVersion: plain(text),
        commit: plain(text),
        time: plain(text),
        modified: plain(text),
      }),
    ),
  }),
);

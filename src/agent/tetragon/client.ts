import { fromBinary, fromJson, type JsonObject, toBinary, toJson } from '@bufbuild/protobuf';
import {
  type ChannelCredentials,
  Client,
  type ClientReadableStream,
  credentials,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import type { Event } from '../../events/types.ts';
import { tetragonMessage, tetragonRegistry } from '../../grpc/descriptor.ts';
import { decodeEventMessage } from '../../grpc/event.ts';
import { readPem } from '../grpc/pem.ts';

/** How to get to an agent's API. */
export type TetragonTarget = {
  /** `unix:///path` or `host:port`. */
  readonly address: string;
  /** PEM files; undefined: not encrypted. */
  readonly tls?: TlsFiles | undefined;
};

export type TlsFiles = {
  /** Authorities that the server's certificate must come from; undefined: the system's. */
  readonly authorities?: string | undefined;
  /** Of the client, when the server asks for it. */
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  /** Name that the server's certificate must have, where it isn't the address's. */
  readonly serverName?: string | undefined;
};

export type TetragonMode = 'TP_MODE_ENFORCE' | 'TP_MODE_MONITOR';

export type Reference = {
  readonly name: string;
  readonly namespace: string;
  readonly domain: string;
};

/** Its events, until they are cancelled or something ends them. */
export type EventStream = {
  /** The server is asked to wait: nobody takes events. */
  pause(): void;
  resume(): void;
  cancel(): void;
};

/** A client of one agent's FineGuidanceSensors. All answers are what another program says: nothing in them is sure. */
export type TetragonClient = {
  /** @throws Error with gRPC's status and words, as all of these */
  version(): Promise<string>;
  /** TracingPolicyStatus as protobuf's JSON with the proto's names. */
  listPolicies(): Promise<readonly JsonObject[]>;
  configure(policy: Reference, to: { enable?: boolean; mode?: TetragonMode }): Promise<void>;
  remove(policy: Reference): Promise<void>;
  /**
   * @param onBad told of a message that is no event that we know
   * @param onEnd called once; never after `cancel`
   */
  events(
    onEvent: (event: Event) => void,
    onBad: (reason: string) => void,
    onEnd: (reason: string) => void,
  ): EventStream;
  close(): void;
};

const SERVICE = '/tetragon.FineGuidanceSensors/';
/** A message larger than this is nothing that an agent sends: tetra takes 10 MiB too. */
const MOST_BYTES = 10 << 20;
const PATIENCE_MS = 10_000;

/** @throws Error with the file's name when a PEM file can't be read */
export function openTetragonClient({ address, tls }: TetragonTarget): TetragonClient {
  const client = new Client(address, channelCredentials(tls), {
    'grpc.max_receive_message_length': MOST_BYTES,
    // Servers in Go take pings more often than each five minutes for an attack.
    'grpc.keepalive_time_ms': 360_000,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.enable_retries': 0,
    ...(tls?.serverName === undefined ? {} : { 'grpc.ssl_target_name_override': tls.serverName }),
    // HTTP/2 wants a name of the host, and a path is none.
    ...(address.startsWith('unix:') ? { 'grpc.default_authority': 'localhost' } : {}),
  });

  const call = (method: string, request: JsonObject, types: readonly [string, string]) =>
    new Promise<JsonObject>((resolve, reject) => {
      const [requestType, replyType] = types.map((type) => tetragonMessage(type));
      if (!requestType || !replyType) throw new TypeError(`no types for ${method}`);
      client.makeUnaryRequest<JsonObject, JsonObject>(
        `${SERVICE}${method}`,
        (value) => Buffer.from(toBinary(requestType, fromJson(requestType, value))),
        (bytes) =>
          toJson(replyType, fromBinary(replyType, bytes), {
            useProtoFieldName: true,
            registry: tetragonRegistry(),
          }) as JsonObject,
        request,
        { deadline: Date.now() + PATIENCE_MS },
        (error, reply) => {
          if (error) reject(new Error(errorWords(error)));
          else resolve(reply ?? {});
        },
      );
    });

  return {
    async version() {
      const { version } = await call('GetVersion', {}, ['GetVersionRequest', 'GetVersionResponse']);
      return typeof version === 'string' ? version : '';
    },
    async listPolicies() {
      const { policies } = await call('ListTracingPolicies', {}, [
        'ListTracingPoliciesRequest',
        'ListTracingPoliciesResponse',
      ]);
      return Array.isArray(policies) ? (policies as JsonObject[]) : [];
    },
    async configure(policy, to) {
      await call('ConfigureTracingPolicy', { ...policy, ...to }, [
        'ConfigureTracingPolicyRequest',
        'ConfigureTracingPolicyResponse',
      ]);
    },
    async remove(policy) {
      await call('DeleteTracingPolicy', { ...policy }, [
        'DeleteTracingPolicyRequest',
        'DeleteTracingPolicyResponse',
      ]);
    },
    events: (onEvent, onBad, onEnd) =>
      follow(
        client.makeServerStreamRequest<Uint8Array, Buffer>(
          `${SERVICE}GetEvents`,
          (bytes) => Buffer.from(bytes),
          // Decoded below: an error here would end the stream.
          (bytes) => bytes,
          NO_FILTERS,
        ),
        { onEvent, onBad, onEnd },
      ),
    close: () => client.close(),
  };
}

/** An empty GetEventsRequest: all events. */
const NO_FILTERS = new Uint8Array();

function follow(
  stream: ClientReadableStream<Buffer>,
  told: {
    onEvent(event: Event): void;
    onBad(reason: string): void;
    onEnd(reason: string): void;
  },
): EventStream {
  let isOver = false;
  const end = (reason: string) => {
    if (isOver) return;
    isOver = true;
    told.onEnd(reason);
  };
  stream.on('data', (bytes: Buffer) => {
    if (isOver) return;
    let event: Event;
    try {
      event = decodeEventMessage(bytes);
    } catch (error) {
      return told.onBad(error instanceof Error ? error.message : String(error));
    }
    told.onEvent(event);
  });
  stream.on('error', (error: ServiceError) => end(errorWords(error)));
  stream.on('end', () => end('the agent ended the stream'));
  return {
    pause: () => void stream.pause(),
    resume: () => void stream.resume(),
    cancel() {
      isOver = true;
      stream.cancel();
    },
  };
}

function channelCredentials(tls: TlsFiles | undefined): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  const { authorities, certificate, key } = tls;
  const read = (file: string | undefined) => (file === undefined ? null : readPem(file));
  return credentials.createSsl(read(authorities), read(key), read(certificate));
}

/** What the operator can do something about, in our words; else what the server or the library says. */
function errorWords({ code, details, message }: ServiceError): string {
  const said = details === '' ? message : details;
  if (code === status.DEADLINE_EXCEEDED)
    return 'no answer in time; an agent that wants TLS needs --tls-ca-cert-files';
  if (code !== status.UNAVAILABLE) return said;
  const reason = REASONS.find(([sign]) => sign.test(said))?.[1];
  return reason ?? said.replace(/ *Resolution note:.*$/s, '');
}

const REASONS: readonly (readonly [RegExp, string])[] = [
  [/ENOENT/, 'there is no such socket'],
  [/ECONNREFUSED/, 'nobody listens there'],
  [/EACCES|EPERM/, 'this user may not connect to it: try sudo'],
  [/ENOTFOUND|EAI_AGAIN|Name resolution failed/, 'there is no host of this name'],
  [/EHOSTUNREACH|ENETUNREACH/, 'there is no way to this host'],
  [/ETIMEDOUT/, 'no answer in time'],
  [
    /certificate required|handshake failure|bad certificate/i,
    'it wants a certificate of ours: --tls-cert-file, --tls-key-file',
  ],
  [/altnames|Hostname\/IP/i, 'its certificate has another name: --tls-server-name'],
  [
    /self-signed|unable to (verify|get)/i,
    'its certificate is of no authority that is known: --tls-ca-cert-files',
  ],
  [
    /wrong version number|packet length too long/i,
    'it does not talk TLS: leave the TLS options away',
  ],
];

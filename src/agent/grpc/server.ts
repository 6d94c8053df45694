/** Tetragon's gRPC API (src/grpc/tetragon.proto), served by the agent. Loaded only when it is asked for. */
import type { Socket } from 'node:net';
import {
  type handleUnaryCall,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  status,
  type UntypedHandleCall,
} from '@grpc/grpc-js';
import { prepareEventMessages } from '../../grpc/event.ts';
import { METHODS, REFUSED_METHODS, refusedMethod } from '../../grpc/methods.ts';
import type { HostAbilities } from '../../policies/plan.ts';
import type { PolicyHandlers } from '../control/server.ts';
import type { Operator } from '../journal.ts';
import type { GrpcOptions } from '../messages.ts';
import { within } from '../within.ts';
import { createEventStreams, type EventCall, type EventStreams } from './eventStreams.ts';
import { checkHealth, HEALTH_SERVICE } from './health.ts';
import { healthOf, infoOf } from './info.ts';
import { listenAt } from './listen.ts';
import { createPolicyMethods } from './policies.ts';
import { CallRefusal, statusOf } from './status.ts';

export type GrpcGiven = Parameters<typeof createEventStreams>[0] & {
  readonly options: GrpcOptions;
  readonly version: string;
  readonly policies: PolicyHandlers;
  /** undefined: not known yet. */
  readonly host: () => HostAbilities | undefined;
};

export type GrpcServer = {
  readonly streams: EventStreams;
  close(): Promise<void>;
};

/** Requests are small but for policies, which trigon policy limits so too. */
const MAX_REQUEST_BYTES = 1 << 20;
const CHANNEL_OPTIONS = {
  'grpc.max_receive_message_length': MAX_REQUEST_BYTES,
  'grpc.max_concurrent_streams': 64,
  // A peer that is gone without a word is noticed.
  'grpc.keepalive_time_ms': 60_000,
  'grpc.keepalive_timeout_ms': 20_000,
  'grpc.max_connection_idle_ms': 300_000,
  'grpc.enable_channelz': 0,
} as const;

/** Connections have so long to send what is written and to close. */
const CLOSE_MS = 500;

/** Resolves when it listens. @throws Error saying why it can't */
export async function serveGrpc(given: GrpcGiven): Promise<GrpcServer> {
  prepareEventMessages();
  const server = new Server(CHANNEL_OPTIONS);
  const streams = createEventStreams(given);
  addService(server, streams, given);
  // Connections come with TLS already where it is asked for.
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const connections = new Map<Socket, Promise<void>>();
  const listener = listenAt(given.options, (socket) => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    connections.set(socket, closed);
    socket.on('error', () => {}); // the other side went away
    socket.once('close', () => {
      connections.delete(socket);
      resolve();
    });
    injector.injectConnection(socket);
  });
  await listener.ready;
  return {
    streams,
    async close() {
      await streams.end();
      // Takes no more calls; connections close when the last one is answered.
      server.tryShutdown(() => {});
      // What it calls back is too early (1.14): sessions that have begun to close count as closed.
      await within(CLOSE_MS, Promise.all(connections.values()));
      server.forceShutdown();
      listener.close();
    },
  };
}

function addService(server: Server, streams: EventStreams, given: GrpcGiven): void {
  const policies = createPolicyMethods(given.policies);
  const { version } = given;
  const done = {};
  const handlers: Record<Exclude<keyof typeof METHODS, 'GetEvents'>, UntypedHandleCall> = {
    GetHealth: unary(METHODS.GetHealth, healthOf),
    AddTracingPolicy: unary(METHODS.AddTracingPolicy, (request, by) => {
      policies.add(request, by);
      return done;
    }),
    DeleteTracingPolicy: unary(METHODS.DeleteTracingPolicy, (request, by) => {
      policies.remove(request, by);
      return done;
    }),
    ListTracingPolicies: unary(METHODS.ListTracingPolicies, ({ domain }) => policies.list(domain)),
    ConfigureTracingPolicy: unary(METHODS.ConfigureTracingPolicy, (request, by) => {
      policies.configure(request, by);
      return done;
    }),
    EnableTracingPolicy: unary(METHODS.EnableTracingPolicy, (request, by) => {
      policies.configure({ ...request, enable: true }, by);
      return done;
    }),
    DisableTracingPolicy: unary(METHODS.DisableTracingPolicy, (request, by) => {
      policies.configure({ ...request, enable: false }, by);
      return done;
    }),
    ListDomains: unary(METHODS.ListDomains, () => ({ domains: policies.domains() })),
    GetVersion: unary(METHODS.GetVersion, () => ({ version: `trigon ${version}` })),
    GetInfo: unary(METHODS.GetInfo, () => infoOf(version, given.host())),
  };
  const definitions: Record<string, MethodDefinition<Buffer, Buffer>> = {
    GetEvents: raw(METHODS.GetEvents),
  };
  const stream = (call: EventCall) => streams.open(call);
  const implementation: Record<string, UntypedHandleCall> = { GetEvents: stream };
  for (const [name, handler] of Object.entries(handlers)) {
    definitions[name] = raw(METHODS[name as keyof typeof METHODS]);
    implementation[name] = handler;
  }
  for (const name of REFUSED_METHODS) {
    definitions[name] = refusedMethod(name);
    implementation[name] = refusing(name);
  }
  server.addService(definitions, implementation);
  server.addService(HEALTH_SERVICE, { Check: checkHealth });
}

type Method = Pick<MethodDefinition<unknown, unknown>, 'path' | 'requestStream' | 'responseStream'>;

/** Requests are read by the handlers: what is wrong with one is answered as such, not as an error of ours. */
const raw = ({ path, requestStream, responseStream }: Method): MethodDefinition<Buffer, Buffer> => {
  const asIs = (message: Buffer) => message;
  return {
    path,
    requestStream,
    responseStream,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
};

const unary =
  <Request, Response>(
    {
      requestDeserialize,
      responseSerialize,
    }: Pick<MethodDefinition<Request, Response>, 'requestDeserialize' | 'responseSerialize'>,
    answer: (request: Request, by: Operator | undefined) => Response,
  ): handleUnaryCall<Buffer, Buffer> =>
  (call, callback) => {
    try {
      const request = requestDeserialize(call.request);
      callback(null, responseSerialize(answer(request, operatorOf(call))));
    } catch (error) {
      callback(statusOf(error));
    }
  };

const refusing =
  (name: string): handleUnaryCall<Buffer, Buffer> =>
  (_call, callback) => {
    const text = `Trigon has no ${name}: see docs/grpc.md for the methods that it has`;
    callback(statusOf(new CallRefusal(status.UNIMPLEMENTED, text)));
  };

/** Of each text about an operator, as the control socket has it. */
const MAX_OPERATOR_TEXT = 128;

/** Whoever shows a certificate is called by its name; over the socket it is root, who says no more. */
function operatorOf(call: ServerUnaryCall<Buffer, Buffer>): Operator | undefined {
  const name = call.getAuthContext().sslPeerCertificate?.subject?.CN;
  const first = Array.isArray(name) ? name[0] : name;
  return typeof first === 'string' && first !== ''
    ? { user: first.slice(0, MAX_OPERATOR_TEXT) }
    : undefined;
}

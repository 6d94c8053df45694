import { fromBinary, fromJson, type JsonObject, toBinary, toJson } from '@bufbuild/protobuf';
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { tetragonMessage } from '../../src/grpc/descriptor.ts';

/** A server of Tetragon's API for tests: gRPC and protobuf are those of packages, nothing of ours but the description. */
export type TetragonServer = {
  readonly address: string;
  /** Sends an event, Tetragon's JSON of one, to everybody who follows. */
  send(json: JsonObject): void;
  /** TracingPolicyStatus each. */
  policies: JsonObject[];
  /** What was asked for. */
  readonly configured: JsonObject[];
  readonly followers: number;
  close(): void;
};

type Unary = (request: JsonObject) => JsonObject;

const SERVICE = '/tetragon.FineGuidanceSensors/';

/** @param address `unix:///path`, or `127.0.0.1:0`: the port is in the result's address */
export async function startTetragonServer(
  address: string,
  credentials = ServerCredentials.createInsecure(),
): Promise<TetragonServer> {
  const streams = new Set<ServerWritableStream<Buffer, Buffer>>();
  const policies: JsonObject[] = [];
  const configured: JsonObject[] = [];
  const server = new Server();
  const definition: Record<string, ServiceDefinition[string]> = {};
  const handlers: Record<string, (...args: never[]) => void> = {};
  const same = (bytes: Buffer) => bytes;
  const method = (name: string, responseStream: boolean) => {
    definition[name] = {
      path: `${SERVICE}${name}`,
      requestStream: false,
      responseStream,
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    };
  };
  const unary = (name: string, of: Unary) => {
    method(name, false);
    const request = tetragonMessage(`${name}Request`);
    const reply = tetragonMessage(`${name}Response`);
    handlers[name] = (call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => {
      const asked = toJson(request, fromBinary(request, call.request), { useProtoFieldName: true });
      done(null, Buffer.from(toBinary(reply, fromJson(reply, of(asked as JsonObject)))));
    };
  };

  unary('GetVersion', () => ({ version: 'v1.7.0-test' }));
  unary('ListTracingPolicies', () => ({ policies: result.policies }));
  unary('ConfigureTracingPolicy', (request) => {
    configured.push(request);
    for (const policy of result.policies) {
      if (policy.name !== request.name) continue;
      if (request.mode !== undefined) policy.mode = request.mode;
      if (request.enable !== undefined)
        policy.state = request.enable ? 'TP_STATE_ENABLED' : 'TP_STATE_DISABLED';
    }
    return {};
  });
  method('GetEvents', true);
  handlers.GetEvents = (stream: ServerWritableStream<Buffer, Buffer>) => {
    streams.add(stream);
    for (const end of ['close', 'cancelled', 'error'])
      stream.on(end, () => void streams.delete(stream));
  };
  server.addService(definition as ServiceDefinition, handlers as never);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync(address, credentials, (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );

  const event = tetragonMessage('GetEventsResponse');
  const result: TetragonServer = {
    address: address.endsWith(':0') ? address.replace(/0$/, String(port)) : address,
    policies,
    configured,
    get followers() {
      return streams.size;
    },
    send(json) {
      const bytes = Buffer.from(
        toBinary(event, fromJson(event, json, { ignoreUnknownFields: true })),
      );
      for (const stream of streams) stream.write(bytes);
    },
    close: () => server.forceShutdown(),
  };
  return result;
}

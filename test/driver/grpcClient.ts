import { fileURLToPath } from 'node:url';
import {
  type ChannelCredentials,
  Client,
  type ClientReadableStream,
  credentials as channel,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync, type MethodDefinition, type PackageDefinition } from '@grpc/proto-loader';

const PROTO = fileURLToPath(new URL('../../src/grpc/tetragon.proto', import.meta.url));

type Message = Record<string, unknown>;
type Method = MethodDefinition<object, object>;

/**
 * A client as anybody would make it from the description alone: gRPC and protobuf are those of packages, and messages plain
 * objects with the names of the description.
 */
export type GrpcClient = {
  call(method: string, request?: Message): Promise<Message>;
  /** The stream of events, and what has come of it: `raw` are the bytes of the messages. */
  events(request?: Message): {
    readonly messages: Message[];
    readonly raw: Buffer[];
    readonly stream: ClientReadableStream<Buffer>;
    /** Whether the server has begun to send. */
    readonly begun: () => boolean;
    /** How it ended, once it has. */
    readonly ended: () => ServiceError | 'end' | undefined;
  };
  /** A method of any service: bytes for bytes. */
  raw(path: string, request?: Buffer): Promise<Buffer>;
  close(): void;
};

export function openGrpcClient(
  address: string,
  credentials: ChannelCredentials = channel.createInsecure(),
): GrpcClient {
  const description: PackageDefinition = loadSync(PROTO, {
    keepCase: true,
    longs: String,
    enums: String,
    oneofs: true,
    defaults: true,
  });
  const service = description['tetragon.FineGuidanceSensors'] as Record<string, Method>;
  const client = new Client(address, credentials);
  const method = (name: string): Method => {
    const found = service[name];
    if (!found) throw new Error(`no method ${name}`);
    return found;
  };
  return {
    call(name, request = {}) {
      const { path, requestSerialize, responseDeserialize } = method(name);
      const { promise, resolve, reject } = Promise.withResolvers<Message>();
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        (error, reply) => (error ? reject(error) : resolve(reply as Message)),
      );
      return promise;
    },
    events(request = {}) {
      const { path, requestSerialize, responseDeserialize } = method('GetEvents');
      const stream = client.makeServerStreamRequest(
        path,
        requestSerialize,
        (bytes: Buffer) => bytes,
        request,
      );
      const messages: Message[] = [];
      const raw: Buffer[] = [];
      let ended: ServiceError | 'end' | undefined;
      let begun = false;
      stream.on('metadata', () => {
        begun = true;
      });
      stream.on('data', (bytes: Buffer) => {
        raw.push(bytes);
        messages.push(responseDeserialize(bytes) as Message);
      });
      stream.on('error', (error: ServiceError) => {
        ended = error;
      });
      stream.on('end', () => {
        ended ??= 'end';
      });
      return { messages, raw, stream, begun: () => begun, ended: () => ended };
    },
    raw(path, request = Buffer.alloc(0)) {
      const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
      const same = (bytes: Buffer) => bytes;
      client.makeUnaryRequest(path, same, same, request, (error, reply) =>
        error || !reply ? reject(error) : resolve(reply),
      );
      return promise;
    },
    close: () => client.close(),
  };
}

/** grpc.health.v1.Health/Check, by which probes of containers and load balancers ask any gRPC server. */
import { type handleUnaryCall, type MethodDefinition, status } from '@grpc/grpc-js';
import { quoteIfNeeded } from '../../events/text.ts';
import { WIRE_TYPE, WireReader } from '../../grpc/wire/reader.ts';
import { expectWireType } from '../../grpc/wire/scalars.ts';
import { CallRefusal, statusOf } from './status.ts';

const asIs = (bytes: Buffer): Buffer => bytes;

export const HEALTH_SERVICE: { readonly Check: MethodDefinition<Buffer, Buffer> } = {
  Check: {
    path: '/grpc.health.v1.Health/Check',
    requestStream: false,
    responseStream: false,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  },
};

/** HealthCheckResponse: status (field 1) SERVING (1). */
const SERVING = Buffer.of(0x08, 0x01);
/** '' is the server as a whole; `liveness` is what Tetragon's health server is asked for. */
const SERVICES = ['', 'liveness', 'tetragon.FineGuidanceSensors'];

export const checkHealth: handleUnaryCall<Buffer, Buffer> = ({ request }, callback) => {
  try {
    const service = serviceIn(request);
    if (!SERVICES.includes(service))
      throw new CallRefusal(status.NOT_FOUND, `there is no service ${quoteIfNeeded(service)}`);
    callback(null, SERVING);
  } catch (error) {
    callback(statusOf(error));
  }
};

/** HealthCheckRequest: service (field 1). */
function serviceIn(request: Uint8Array): string {
  const reader = new WireReader(request);
  let service = '';
  while (!reader.done) {
    const { number, wireType } = reader.tag();
    if (number === 1) {
      expectWireType(wireType, WIRE_TYPE.delimited);
      service = reader.string();
    } else reader.skip(wireType);
  }
  return service;
}

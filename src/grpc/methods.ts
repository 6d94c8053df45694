/** Tetragon's service, as @grpc/grpc-js wants it described: for the server and for clients. */
import type { MethodDefinition } from '@grpc/grpc-js';
import {
  empty,
  HEALTH_REQUEST,
  HEALTH_RESPONSE,
  INFO_RESPONSE,
  VERSION_RESPONSE,
} from './messages/agent.ts';
import { GET_EVENTS_REQUEST } from './messages/events.ts';
import {
  ADD_POLICY_REQUEST,
  CONFIGURE_POLICY_REQUEST,
  LIST_DOMAINS_RESPONSE,
  LIST_POLICIES_REQUEST,
  LIST_POLICIES_RESPONSE,
  policyNameMessage,
} from './messages/policies.ts';
import type { WireMessage } from './wire/message.ts';

const pathOf = (name: string): string => `/tetragon.FineGuidanceSensors/${name}`;

const unary = <Request, Response>(
  name: string,
  request: WireMessage<Request>,
  response: WireMessage<Response>,
): MethodDefinition<Request, Response> => ({
  path: pathOf(name),
  requestStream: false,
  responseStream: false,
  requestSerialize: request.encode,
  requestDeserialize: request.decode,
  responseSerialize: response.encode,
  responseDeserialize: response.decode,
});

/** Methods that Trigon speaks, as server and as client. */
export const METHODS = {
  /**
   * Its responses are bytes: the server encodes an event once for all clients, and a client reads
   * them with decodeEventMessage, so that one it can't read doesn't end the stream.
   */
  GetEvents: {
    path: pathOf('GetEvents'),
    requestStream: false,
    responseStream: true,
    requestSerialize: GET_EVENTS_REQUEST.encode,
    requestDeserialize: GET_EVENTS_REQUEST.decode,
    responseSerialize: (message: Buffer) => message,
    responseDeserialize: (message: Buffer) => message,
  },
  GetHealth: unary('GetHealth', HEALTH_REQUEST, HEALTH_RESPONSE),
  AddTracingPolicy: unary(
    'AddTracingPolicy',
    ADD_POLICY_REQUEST,
    empty('AddTracingPolicyResponse'),
  ),
  DeleteTracingPolicy: unary(
    'DeleteTracingPolicy',
    policyNameMessage('DeleteTracingPolicyRequest'),
    empty('DeleteTracingPolicyResponse'),
  ),
  ListTracingPolicies: unary('ListTracingPolicies', LIST_POLICIES_REQUEST, LIST_POLICIES_RESPONSE),
  ConfigureTracingPolicy: unary(
    'ConfigureTracingPolicy',
    CONFIGURE_POLICY_REQUEST,
    empty('ConfigureTracingPolicyResponse'),
  ),
  EnableTracingPolicy: unary(
    'EnableTracingPolicy',
    policyNameMessage('EnableTracingPolicyRequest'),
    empty('EnableTracingPolicyResponse'),
  ),
  DisableTracingPolicy: unary(
    'DisableTracingPolicy',
    policyNameMessage('DisableTracingPolicyRequest'),
    empty('DisableTracingPolicyResponse'),
  ),
  ListDomains: unary('ListDomains', empty('ListDomainsRequest'), LIST_DOMAINS_RESPONSE),
  GetVersion: unary('GetVersion', empty('GetVersionRequest'), VERSION_RESPONSE),
  GetInfo: unary('GetInfo', empty('GetInfoRequest'), INFO_RESPONSE),
} as const;

/** Methods that Trigon refuses: deprecated ones, and those about the inside of Tetragon's agent. */
export const REFUSED_METHODS = [
  'ListSensors',
  'EnableSensor',
  'DisableSensor',
  'RemoveSensor',
  'RuntimeHook',
  'GetDebug',
  'SetDebug',
] as const;

/** Refused whatever is asked: the request isn't read. */
export const refusedMethod = (name: string): MethodDefinition<Buffer, Buffer> => {
  const asIs = (bytes: Buffer) => bytes;
  return {
    path: pathOf(name),
    requestStream: false,
    responseStream: false,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
};

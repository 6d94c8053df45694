/** Requests and responses: what @bufbuild/protobuf writes is read, and written the same. */
import { fromJson, type JsonValue, toBinary } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { tetragonRegistry } from '../../../src/grpc/descriptor.ts';
import {
  fieldFilterJson,
  filterJson,
  GET_EVENTS_REQUEST,
} from '../../../src/grpc/messages/events.ts';
import { METHODS } from '../../../src/grpc/methods.ts';
import { WireSyntaxError } from '../../../src/grpc/wire/reader.ts';
import { messageOf } from './samples.ts';

const service = tetragonRegistry().getService('tetragon.FineGuidanceSensors');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

type Untyped = {
  requestSerialize(value: unknown): Buffer;
  requestDeserialize(bytes: Buffer): unknown;
  responseSerialize(value: unknown): Buffer;
  responseDeserialize(bytes: Buffer): unknown;
};

describe.each(Object.keys(METHODS))('%s', (name) => {
  const method = METHODS[name as keyof typeof METHODS] as unknown as Untyped & { path: string };
  const described = service?.methods.find((one) => one.name === name);
  if (!described) throw new Error(`no method ${name}`);
  const bytesOf = (message: typeof described.input) =>
    Buffer.from(toBinary(message, fromJson(message, messageOf(message) as JsonValue)));

  test('has its path', () => {
    expect(method.path).toBe(`/${service?.typeName}/${name}`);
  });
  test('its request', () => {
    const bytes = bytesOf(described.input);
    expect(hex(method.requestSerialize(method.requestDeserialize(bytes)))).toBe(hex(bytes));
  });
  test('its response', () => {
    const bytes = name === 'GetEvents' ? Buffer.of(1, 2) : bytesOf(described.output);
    expect(hex(method.responseSerialize(method.responseDeserialize(bytes)))).toBe(hex(bytes));
  });
});

test.each([
  ['a length beyond the end', [0x0a, 9, 1], 'name: 9 bytes told, 1 there'],
  ['a wrong wire type', [0x08, 1], 'name: wire type 0 where 2 belongs'],
  ['a mode that there isn’t', [0x20, 9], 'mode: no value has number 9'],
])('a request with %s is refused', (_name, bytes, expected) => {
  const read = () => METHODS.ConfigureTracingPolicy.requestDeserialize(Buffer.from(bytes));
  expect(read).toThrow(WireSyntaxError);
  expect(read).toThrow(expected);
});

test('filters become Tetragon’s JSON', () => {
  const [filter] = GET_EVENTS_REQUEST.decode(
    GET_EVENTS_REQUEST.encode({
      allowList: [{ binaryRegex: ['^/bin/'], healthCheck: false, eventSet: ['PROCESS_EXEC'] }],
    }),
  ).allowList ?? [{}];
  expect(filterJson(filter ?? {})).toEqual({
    binary_regex: ['^/bin/'],
    health_check: false,
    event_set: ['PROCESS_EXEC'],
  });
  expect(
    fieldFilterJson({ fields: { paths: ['process.pid', 'time'] }, action: 'EXCLUDE' }),
  ).toEqual({ fields: 'process.pid,time', action: 'EXCLUDE' });
});

/** src/grpc/tetragon.proto against the facts about Tetragon's API, and what is generated from it. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import protobuf from 'protobufjs';
import { describe, expect, test } from 'vitest';
import { descriptorSource, GENERATED } from '../../../scripts/protos.ts';
import { METHODS, REFUSED_METHODS } from '../../../src/grpc/methods.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
/** Like the corpus, only some have it. */
const REFERENCE =
  process.env.TRIGON_GRPC_REFERENCE ?? resolve(ROOT, '../shared/reference/tetragon-grpc.md');

const reference = existsSync(REFERENCE) ? readFileSync(REFERENCE, 'utf8') : '';
const parsed = new protobuf.Root();
parsed.loadSync(resolve(ROOT, 'src/grpc/tetragon.proto'), { keepCase: true }).resolveAll();

/**
 * Where the reference has a message's fields under the name of the one before it, which has none: see the head of
 * tetragon.proto.
 */
const INFERRED: Readonly<Record<string, string>> = {
  ListSensorsRequest: 'SensorStatus',
  AddTracingPolicyResponse: 'DeleteTracingPolicyRequest',
  DeleteTracingPolicyResponse: 'EnableTracingPolicyRequest',
  EnableTracingPolicyResponse: 'DisableTracingPolicyRequest',
  DisableTracingPolicyResponse: 'ConfigureTracingPolicyRequest',
  ConfigureTracingPolicyResponse: 'RemoveSensorRequest',
  RemoveSensorResponse: 'EnableSensorRequest',
  EnableSensorResponse: 'DisableSensorRequest',
  DisableSensorResponse: 'ListDomainsResponse',
  GetVersionRequest: 'GetVersionResponse',
  RuntimeHookResponse: 'Mount',
};
/** The row of GetInfoRequest has the fields of these. */
const MERGED = [
  'GetInfoResponse',
  'GetInfoResponse.Probe',
  'GetInfoResponse.ConfVal',
  'GetInfoResponse.BuildInfo',
];

/** `3 name string rep`, as the reference has it. */
function rowOf(field: protobuf.Field): string {
  const type = field.type.replace('google.protobuf.', '');
  const shape = field instanceof protobuf.MapField ? `map<${field.keyType}, ${type}>` : type;
  const isOptional = field.getOption('proto3_optional') === true;
  const words = [
    ...(field.repeated ? ['rep'] : isOptional ? ['opt'] : field.partOf ? ['one'] : []),
    ...(field.getOption('deprecated') === true ? ['(deprecated)'] : []),
  ];
  return [field.id, field.name, shape, ...words].join(' ');
}

const rowsOf = (name: string): string[] =>
  [...parsed.lookupType(`tetragon.${name}`).fieldsArray].sort((a, b) => a.id - b.id).map(rowOf);

const messages = [...reference.matchAll(/^- \*\*(\w+)\*\*: (.*)$/gm)].map(
  ([, name = '', fields = '']) => ({ name, fields: fields.split('; ') }),
);
const enums = [...reference.matchAll(/^- enum \*\*(\w+)\*\*: (.*)$/gm)].map(
  ([, name = '', values = '']) => ({ name, values: values.split(', ') }),
);
const rpcs = [...reference.matchAll(/^- rpc (\w+): (\w+) → (stream )?(\w+)$/gm)].map(
  ([, name = '', request = '', stream, response = '']) => ({
    name,
    request,
    response,
    isStream: stream !== undefined,
  }),
);
const byText = (a: string, b: string) => (a < b ? -1 : 1);

const compared = () => {
  test('the reference is read whole', () => {
    expect(messages.length).toBe(reference.match(/^- \*\*/gm)?.length);
    expect(messages.length).toBeGreaterThan(80);
    expect(enums.length).toBe(reference.match(/^- enum /gm)?.length);
    expect(rpcs.length).toBe(18);
  });

  test.each(messages.filter(({ name }) => name !== 'GetInfoRequest'))(
    'message $name has the numbers, names and types of the reference',
    ({ name, fields }) => {
      const inferred = INFERRED[name];
      expect(rowsOf(inferred ?? name)).toEqual(fields);
      if (inferred !== undefined) expect(rowsOf(name)).toEqual([]);
    },
  );

  test('the row of GetInfoRequest is that of its response and the messages in it', () => {
    const { fields = [] } = messages.find(({ name }) => name === 'GetInfoRequest') ?? {};
    expect(MERGED.flatMap(rowsOf).sort(byText)).toEqual([...fields].sort(byText));
    expect(rowsOf('GetInfoRequest')).toEqual([]);
  });

  test.each(enums)('enum $name has the values of the reference', ({ name, values }) => {
    const own = Object.entries(parsed.lookupEnum(`tetragon.${name}`).values);
    expect(own.map(([value, number]) => `${number} ${value}`)).toEqual(values);
  });

  test('nothing else is in it', () => {
    const { nestedArray } = parsed.lookup('tetragon') as protobuf.Namespace;
    const known = new Set([
      ...messages.map(({ name }) => name),
      ...enums.map(({ name }) => name),
      ...Object.values(INFERRED),
      ...rpcs.flatMap(({ request, response }) => [request, response]),
      'FineGuidanceSensors',
    ]);
    expect(nestedArray.map(({ name }) => name).filter((name) => !known.has(name))).toEqual([]);
  });

  test('the service has the methods of the reference, and every one is served or refused', () => {
    const service = parsed.lookupService('tetragon.FineGuidanceSensors');
    expect(
      service.methodsArray.map(({ name, requestType, responseType, responseStream }) => ({
        name,
        request: requestType,
        response: responseType,
        isStream: responseStream === true,
      })),
    ).toEqual(rpcs);
    const known = [...Object.keys(METHODS), ...REFUSED_METHODS];
    expect([...known].sort(byText)).toEqual(rpcs.map(({ name }) => name).sort(byText));
  });
};

// As in corpus.ts: not skipped, because that fails CI.
if (reference !== '') describe('beside the reference', compared);
else test('no reference here', () => expect(existsSync(REFERENCE)).toBe(false));

test('the generated description is that of the file', () => {
  expect(readFileSync(GENERATED, 'utf8')).toBe(descriptorSource());
});

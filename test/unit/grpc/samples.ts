/** Events with everything in them that the protocol's description has, made from the description. */
import type { DescEnum, DescField, DescMessage } from '@bufbuild/protobuf';
import { tetragonMessage } from '../../../src/grpc/descriptor.ts';

type Json = Record<string, unknown>;

/** ScalarType by number: full (all bits, several bytes a character) or zero. */
const FULL: Readonly<Record<number, unknown>> = {
  3: '-9223372036854775808',
  4: '18446744073709551615',
  5: -2147483648,
  8: true,
  9: 'tëxt "𝄞"',
  12: '/wD+',
  13: 4294967295,
};
const ZERO: Readonly<Record<number, unknown>> = {
  3: '0',
  4: '0',
  5: 0,
  8: false,
  9: '',
  12: '',
  13: 0,
};

const SPECIAL: Readonly<Record<string, unknown>> = {
  'google.protobuf.Timestamp': '2026-11-21T20:00:00.000000001Z',
  'google.protobuf.BoolValue': true,
  'google.protobuf.UInt32Value': 4294967295,
  'google.protobuf.Int32Value': -1,
  'google.protobuf.Duration': '1.500s',
  'google.protobuf.FieldMask': 'process.pid,process.execId',
  'google.protobuf.Any': {},
};

/** All values of an enum but the first, in a list; of a single one the last. */
const valuesOf = ({ values }: DescEnum): string[] => values.slice(1).map(({ name }) => name);

function sampleOf(field: DescField): unknown {
  switch (field.fieldKind) {
    case 'map':
      return { 'a key': 'a value', b: '' };
    case 'list':
      if (field.listKind === 'enum') return valuesOf(field.enum);
      if (field.listKind === 'scalar') return [FULL[field.scalar], ZERO[field.scalar]];
      return listOf(field.message);
    case 'enum':
      return valuesOf(field.enum).at(-1);
    case 'scalar':
      return FULL[field.scalar];
    case 'message':
      return (
        SPECIAL[field.message.typeName] ??
        messageOf(field.message, field.message.oneofs[0]?.fields[0])
      );
  }
}

/** With a oneof: an element for each member. */
const listOf = (message: DescMessage): Json[] =>
  message.oneofs.length === 0
    ? [messageOf(message), {}]
    : (message.oneofs[0]?.fields ?? []).flatMap((member) => [
        messageOf(message, member),
        zeroOf(member),
      ]);

/** A member of a oneof that is zero is there all the same. */
const zeroOf = (member: DescField): Json => ({
  [member.name]:
    member.fieldKind === 'message'
      ? {}
      : member.fieldKind === 'enum'
        ? member.enum.values[0]?.name
        : member.fieldKind === 'scalar'
          ? ZERO[member.scalar]
          : undefined,
});

/** Everything in it; of a oneof this member. */
export function messageOf(message: DescMessage, member?: DescField): Json {
  const fields = message.fields.filter(({ oneof }) => oneof === undefined);
  const chosen = member ? [...fields, member] : fields;
  return Object.fromEntries(chosen.map((field) => [field.name, sampleOf(field)]));
}

/** An event of each kind as JSON: one with everything, and one whose body says nothing. */
export function sampleEvents(): {
  readonly kind: string;
  readonly full: Json;
  readonly bare: Json;
}[] {
  const message = tetragonMessage('GetEventsResponse');
  return (message.oneofs[0]?.fields ?? []).map((member) => ({
    kind: member.name,
    full: messageOf(message, member),
    bare: { [member.name]: {} },
  }));
}

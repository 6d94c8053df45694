/**
 * Binds the codecs of JSON (src/events/codec.ts) to the protocol's description: the first know the
 * names and shapes of values, the second numbers and types. What comes out writes and reads the
 * values directly. A field that only one of the two has, or has otherwise, is an error when it binds.
 */
import type { DescField, DescMessage, DescOneof } from '@bufbuild/protobuf';
import type { Codec, MessageField } from '../../events/codec.ts';
import { enumOf, mismatch, scalarOf, tagged, within, wrapperOf } from './described.ts';
import { WIRE_TYPE, type WireReader } from './reader.ts';
import { listOf, type Many, mapOf } from './repeated.ts';
import { expectWireType, readFields, TIMESTAMP, type WireCodec } from './scalars.ts';
import type { WireWriter } from './writer.ts';

/** Trigon's own part of events and processes: no number of Tetragon's is taken for it. */
const OURS = 'trigon';

/** FeatureSet.FieldPresence: whether zero can be told from unset. */
const EXPLICIT_PRESENCE = 1;

type Source = Readonly<Record<string, unknown>>;
type Target = Record<string, unknown>;

/** One field of a message. */
type BoundField = {
  readonly number: number;
  readonly name: string;
  readonly write: (writer: WireWriter, source: Source) => void;
  /** Puts the value into `target`. */
  readonly read: (reader: WireReader, wireType: number, target: Target) => void;
};

const bound = new Map<Codec<unknown>, Map<DescMessage, WireCodec>>();

/** The fields of a message, its length before them. The same codec for the same message is bound once. */
export function bindMessage(codec: Codec<unknown>, message: DescMessage): WireCodec {
  const known = bound.get(codec)?.get(message);
  if (known !== undefined) return known;
  const made =
    codec.shape.kind === 'oneof' ? oneofOf(codec.shape.members, message) : fieldsOf(codec, message);
  const byMessage = bound.get(codec) ?? new Map<DescMessage, WireCodec>();
  bound.set(codec, byMessage.set(message, made));
  return made;
}

function fieldsOf({ shape }: Codec<unknown>, message: DescMessage): WireCodec {
  if (shape.kind !== 'message')
    throw new TypeError(`${message.typeName}: no message but ${shape.kind}`);
  const fields = bindFields(shape.fields, message, message.fields);
  return {
    wireType: WIRE_TYPE.delimited,
    write: (writer, value) => {
      const before = writer.length;
      fields.write(writer, value as Source);
      writer.uint32(writer.length - before);
    },
    read: (reader) => {
      reader.count();
      const target: Target = {};
      readFields(reader, (number, wireType) => fields.read(reader, number, wireType, target));
      return fields.complete(target);
    },
  };
}

export type BoundFields = {
  readonly write: (writer: WireWriter, source: Source) => void;
  readonly read: (reader: WireReader, number: number, wireType: number, target: Target) => void;
  /** Gives plain fields that nothing was said of their zero. */
  readonly complete: (target: Target) => Target;
};

/** @param described the fields of the message that these are, all of them */
export function bindFields(
  fields: readonly MessageField[],
  message: DescMessage,
  described: readonly DescField[],
): BoundFields {
  const own = fields.filter(({ wireName }) => wireName !== OURS);
  const byName = new Map(described.map((field) => [field.name, field]));
  const parts = own
    .map((field) => {
      const found = byName.get(field.wireName);
      byName.delete(field.wireName);
      if (found === undefined)
        throw new TypeError(`${message.typeName} has no field ${field.wireName}`);
      return bindField(field, found);
    })
    .sort((a, b) => b.number - a.number);
  const [left] = byName.values();
  if (left !== undefined) mismatch(left, 'nothing in memory for it');
  const byNumber = new Map(parts.map((part) => [part.number, part]));
  const plain = own.filter(({ presence }) => presence === 'plain');
  return {
    write: (writer, source) => {
      for (const part of parts) part.write(writer, source);
    },
    read: (reader, number, wireType, target) => {
      const part = byNumber.get(number);
      if (part === undefined) return reader.skip(wireType);
      within(part.name, () => part.read(reader, wireType, target));
    },
    complete: (target) => {
      for (const { property, codec } of plain) target[property] ??= codec.zero();
      return target;
    },
  };
}

function bindField(field: MessageField, described: DescField): BoundField {
  const { number, name } = described;
  const { property, codec, presence } = field;
  const isWritten = (value: unknown): boolean =>
    value !== undefined && (presence === 'set' || !codec.isZero(value));
  const { shape } = codec;
  if (shape.kind === 'list') {
    const parts = listOf(described, elementOf(shape.element, described));
    return { number, name, ...fieldOf(property, isWritten, parts) };
  }
  if (shape.kind === 'textMap')
    return { number, name, ...fieldOf(property, isWritten, mapOf(described)) };
  const inner = singular(codec, described, presence === 'set');
  const writeTagged = tagged(number, inner);
  return {
    number,
    name,
    write: (writer, source) => {
      const value = source[property];
      if (isWritten(value)) writeTagged(writer, value);
    },
    read: (reader, wireType, target) => {
      expectWireType(wireType, inner.wireType);
      const value = inner.read(reader);
      // The last one counts; one that says nothing leaves the field as it is.
      if (isWritten(value)) target[property] = value;
    },
  };
}

const fieldOf = (
  property: string,
  isWritten: (value: unknown) => boolean,
  many: Many,
): Pick<BoundField, 'write' | 'read'> => ({
  write: (writer, source) => {
    const value = source[property];
    if (isWritten(value)) many.write(writer, value);
  },
  read: (reader, wireType, target) => {
    const value = many.read(reader, wireType, target[property]);
    if (isWritten(value)) target[property] = value;
  },
});

function elementOf(element: Codec<unknown>, field: DescField): WireCodec {
  if (field.fieldKind !== 'list') return mismatch(field, 'not repeated');
  const { shape } = element;
  if (field.listKind === 'message') return bindMessage(element, field.message);
  if (field.listKind === 'enum') return enumOf(shape, field, field.enum);
  return scalarOf(shape, field, field.scalar);
}

/** @param isSet whether zero is told from unset in memory, as it must then be on the wire */
function singular(codec: Codec<unknown>, field: DescField, isSet: boolean): WireCodec {
  const { shape } = codec;
  if (field.fieldKind === 'message') {
    const wrapper = wrapperOf(codec, field, isSet);
    if (wrapper !== undefined) return wrapper;
    if (shape.kind !== 'timestamp') return bindMessage(codec, field.message);
    if (field.message.typeName !== 'google.protobuf.Timestamp') return mismatch(field, 'no time');
    return TIMESTAMP;
  }
  if ((field.presence === EXPLICIT_PRESENCE) !== isSet) return mismatch(field, 'set or zero?');
  if (field.fieldKind === 'enum') return enumOf(shape, field, field.enum);
  if (field.fieldKind === 'scalar') return scalarOf(shape, field, field.scalar);
  return mismatch(field, `${shape.kind} for a ${field.fieldKind}`);
}

type Tagged = { readonly kind: string; readonly value?: unknown; readonly label?: string };

/** A message with one oneof and a label: the member is written also when it is zero. */
function oneofOf(
  members: Readonly<Record<string, Codec<unknown>>>,
  message: DescMessage,
): WireCodec {
  const [oneof, second] = message.oneofs;
  if (oneof === undefined || second !== undefined)
    throw new TypeError(`${message.typeName}: no single oneof`);
  const inners = bindMembers(members, oneof);
  const writers = new Map(
    [...inners].map(([number, { name, inner }]) => [name, tagged(number, inner)]),
  );
  const label = message.fields.find(({ name }) => name === 'label');
  if (label === undefined) throw new TypeError(`${message.typeName}: no label`);
  const writeLabel = tagged(label.number, scalarOf({ kind: 'string' }, label, 9));
  return {
    wireType: WIRE_TYPE.delimited,
    write: (writer, value) => {
      const argument = value as Tagged;
      const before = writer.length;
      if (argument.label !== undefined && argument.label !== '') writeLabel(writer, argument.label);
      writers.get(argument.kind)?.(writer, argument.value);
      writer.uint32(writer.length - before);
    },
    read: (reader) => {
      reader.count();
      let found: Tagged = { kind: 'unknown' };
      let text = '';
      readFields(reader, (number, wireType) => {
        const member = inners.get(number);
        if (number === label.number) {
          expectWireType(wireType, WIRE_TYPE.delimited);
          text = reader.string();
        } else if (member === undefined) reader.skip(wireType);
        else {
          const { name, inner } = member;
          expectWireType(wireType, inner.wireType);
          const value = within(name, () => inner.read(reader));
          if (value !== undefined) found = { kind: name, value };
        }
      });
      return text === '' ? found : { ...found, label: text };
    },
  };
}

export type Member = { readonly name: string; readonly inner: WireCodec };

/** The members of a oneof by number; those of `codecs` and those described must be the same. */
export function bindMembers(
  codecs: Readonly<Record<string, Codec<unknown>>>,
  oneof: DescOneof,
): ReadonlyMap<number, Member> {
  const described = new Map(oneof.fields.map((field) => [field.name, field]));
  const members = Object.entries(codecs).map(([name, codec]): [number, Member] => {
    const field = described.get(name);
    described.delete(name);
    if (field === undefined) throw new TypeError(`${oneof.parent.typeName} has no member ${name}`);
    return [field.number, { name, inner: singular(codec, field, true) }];
  });
  const [left] = described.values();
  if (left !== undefined) mismatch(left, 'nothing in memory for it');
  return new Map(members);
}

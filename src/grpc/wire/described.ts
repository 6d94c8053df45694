/** Single values as the protocol's description has them, and what is wrong where a codec has them otherwise. */
import type { DescEnum, DescField } from '@bufbuild/protobuf';
import type { Codec, Shape } from '../../events/codec.ts';
import { WireSyntaxError } from './reader.ts';
import { enumCodec, SCALARS, tagOf, type WireCodec, wrapped } from './scalars.ts';

const WRAPPERS: Readonly<Record<string, 'bool' | 'int32' | 'uint32'>> = {
  'google.protobuf.BoolValue': 'bool',
  'google.protobuf.Int32Value': 'int32',
  'google.protobuf.UInt32Value': 'uint32',
};

/** bufbuild's ScalarType by number: those of protobuf's descriptor. */
export const SCALAR_NUMBERS: Readonly<Record<number, Shape['kind']>> = {
  3: 'int64',
  4: 'uint64',
  5: 'int32',
  8: 'bool',
  9: 'string',
  12: 'bytes',
  13: 'uint32',
};

export const mismatch = (field: DescField, what: string): never => {
  throw new TypeError(`${field.parent.typeName}.${field.name}: ${what}`);
};

/** Writes a value's bytes, then its tag: the writer goes from the end to the front. */
export const tagged = (number: number, inner: WireCodec): WireCodec['write'] => {
  const tag = tagOf(number, inner);
  return (writer, value) => {
    inner.write(writer, value);
    writer.uint32(tag);
  };
};

/** Says in errors which field they are in. */
export function within<T>(field: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof WireSyntaxError ? error.within(field) : error;
  }
}

export function scalarOf(shape: Shape, field: DescField, scalar: number): WireCodec {
  const kind = SCALAR_NUMBERS[scalar];
  if (kind !== shape.kind)
    return mismatch(field, `${shape.kind} for ${kind ?? `scalar ${scalar}`}`);
  return SCALARS[kind as keyof typeof SCALARS];
}

export function enumOf(shape: Shape, field: DescField, described: DescEnum): WireCodec {
  if (shape.kind !== 'enum') return mismatch(field, `${shape.kind} for an enum`);
  const isSame =
    shape.numbers.size === described.values.length &&
    described.values.every(({ name, number }) => shape.numbers.get(name) === number);
  return isSame
    ? enumCodec(shape.numbers)
    : mismatch(field, `other values than ${described.typeName}`);
}

/** google.protobuf's message for a value that may be absent; undefined: the field is none. */
export function wrapperOf(
  codec: Codec<unknown>,
  field: DescField & { fieldKind: 'message' },
  isSet: boolean,
): WireCodec | undefined {
  const wrapper = WRAPPERS[field.message.typeName];
  if (wrapper === undefined) return undefined;
  const { kind } = codec.shape;
  if (wrapper !== kind || !isSet) return mismatch(field, `${kind} for ${wrapper} of its own`);
  return wrapped(SCALARS[wrapper], codec.isZero, codec.zero());
}

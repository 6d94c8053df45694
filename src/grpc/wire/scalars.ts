/** How single values stand on protobuf's wire. */
import type { Shape } from '../../events/codec.ts';
import { WIRE_TYPE, type WireReader, WireSyntaxError } from './reader.ts';
import type { WireWriter } from './writer.ts';

export type WireType = typeof WIRE_TYPE.varint | typeof WIRE_TYPE.delimited;

/** How a value is written and read, its tag apart. */
export type WireCodec = {
  readonly wireType: WireType;
  readonly write: (writer: WireWriter, value: unknown) => void;
  /** Undefined where the value says nothing, e.g. the number of an enum that isn't known. */
  readonly read: (reader: WireReader) => unknown;
};

/** Codecs are put together by names at run time: the types end here, and {@link bind} has checked. */
const codec = <T>(
  wireType: WireType,
  write: (writer: WireWriter, value: T) => void,
  read: (reader: WireReader) => T | undefined,
): WireCodec => ({ wireType, write: write as WireCodec['write'], read });

type ScalarKind = Exclude<
  Shape['kind'],
  'enum' | 'list' | 'message' | 'oneof' | 'timestamp' | 'textMap'
>;

const { varint, delimited } = WIRE_TYPE;

export const SCALARS: Readonly<Record<ScalarKind, WireCodec>> = {
  string: codec<string>(
    delimited,
    (w, value) => w.string(value),
    (r) => r.string(),
  ),
  bytes: codec<Uint8Array>(
    delimited,
    (w, value) => w.bytes(value),
    (r) => r.bytes(),
  ),
  bool: codec<boolean>(
    varint,
    (w, value) => w.bool(value),
    (r) => r.bool(),
  ),
  int32: codec<number>(
    varint,
    (w, value) => w.int32(value),
    (r) => r.int32(),
  ),
  uint32: codec<number>(
    varint,
    (w, value) => w.uint32(value),
    (r) => r.uint32(),
  ),
  int64: codec<bigint>(
    varint,
    (w, value) => w.uint64(value),
    (r) => r.int64(),
  ),
  uint64: codec<bigint>(
    varint,
    (w, value) => w.uint64(value),
    (r) => r.uint64(),
  ),
};

/** An enum by its numbers. */
export const enumCodec = (numbers: ReadonlyMap<string, number>): WireCodec => {
  const names = new Map([...numbers].map(([name, number]) => [number, name]));
  return codec<string>(
    varint,
    (w, value) => w.int32(numbers.get(value) ?? 0),
    (r) => {
      const number = r.int32();
      const name = names.get(number);
      if (name === undefined && r.isStrict)
        throw new WireSyntaxError(`no value has number ${number}`);
      return name;
    },
  );
};

/** Reads what is inside a length with `read`, field by field. */
export function readFields(
  reader: WireReader,
  read: (number: number, wireType: number) => void,
): void {
  const outer = reader.enter();
  while (!reader.done) {
    const { number, wireType } = reader.tag();
    read(number, wireType);
  }
  reader.leave(outer);
}

export function expectWireType(found: number, expected: WireType): void {
  if (found === expected) return;
  throw new WireSyntaxError(`wire type ${found} where ${expected} belongs`);
}

export const tagOf = (number: number, { wireType }: { wireType: WireType }): number =>
  ((number << 3) | wireType) >>> 0;

/** google.protobuf.UInt32Value and its like: a message with the value in field 1. */
export const wrapped = (
  inner: WireCodec,
  isZero: (value: unknown) => boolean,
  zero: unknown,
): WireCodec => {
  const tag = tagOf(1, inner);
  return {
    wireType: delimited,
    write: (writer, value) => {
      const before = writer.length;
      if (!isZero(value)) {
        inner.write(writer, value);
        writer.uint32(tag);
      }
      writer.uint32(writer.length - before);
    },
    read: (reader) => {
      let value = zero;
      readFields(reader, (number, wireType) => {
        if (number !== 1) return reader.skip(wireType);
        expectWireType(wireType, inner.wireType);
        value = inner.read(reader);
      });
      return value;
    },
  };
};

const NS_PER_SECOND = 1_000_000_000n;
const SECONDS_TAG = tagOf(1, SCALARS.int64);
const NANOS_TAG = tagOf(2, SCALARS.int32);

/** google.protobuf.Timestamp: seconds and nanoseconds, of which these are never negative. In memory ns since the epoch. */
export const TIMESTAMP: WireCodec = codec<bigint>(
  delimited,
  (writer, value) => {
    const before = writer.length;
    const rest = value % NS_PER_SECOND;
    const nanos = rest < 0n ? rest + NS_PER_SECOND : rest;
    if (nanos !== 0n) {
      writer.uint32(Number(nanos));
      writer.uint32(NANOS_TAG);
    }
    const seconds = (value - nanos) / NS_PER_SECOND;
    if (seconds !== 0n) {
      writer.uint64(seconds);
      writer.uint32(SECONDS_TAG);
    }
    writer.uint32(writer.length - before);
  },
  (reader) => {
    let seconds = 0n;
    let nanos = 0;
    readFields(reader, (number, wireType) => {
      if (number > 2) return reader.skip(wireType);
      expectWireType(wireType, varint);
      if (number === 1) seconds = reader.int64();
      else nanos = reader.int32();
    });
    if (seconds < MIN_SECONDS || seconds > MAX_SECONDS || nanos < 0 || nanos > 999_999_999) {
      throw new WireSyntaxError('a time that is none');
    }
    return seconds * NS_PER_SECOND + BigInt(nanos);
  },
);

/** Years 1 to 9999, as google.protobuf.Timestamp allows. */
const MIN_SECONDS = -62_135_596_800n;
const MAX_SECONDS = 253_402_300_799n;

/** An entry of map<string, string>: the key in field 1, the value in field 2. */
export const MAP_ENTRY: WireCodec = codec<readonly [string, string]>(
  delimited,
  (writer, [key, value]) => {
    const before = writer.length;
    // Both always, as others write them.
    writer.string(value);
    writer.uint32(tagOf(2, SCALARS.string));
    writer.string(key);
    writer.uint32(tagOf(1, SCALARS.string));
    writer.uint32(writer.length - before);
  },
  (reader) => {
    let key = '';
    let value = '';
    readFields(reader, (number, wireType) => {
      if (number > 2) return reader.skip(wireType);
      expectWireType(wireType, delimited);
      if (number === 1) key = reader.string();
      else value = reader.string();
    });
    return [key, value];
  },
);

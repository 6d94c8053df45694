/** Fields that stand on the wire any number of times. */
import type { DescField } from '@bufbuild/protobuf';
import { mismatch, SCALAR_NUMBERS, tagged, within } from './described.ts';
import { WIRE_TYPE, type WireReader } from './reader.ts';
import { expectWireType, MAP_ENTRY, tagOf, type WireCodec } from './scalars.ts';
import type { WireWriter } from './writer.ts';

/** Values that stand on the wire any number of times, and what they are in memory. */
export type Many = {
  readonly write: (writer: WireWriter, value: unknown) => void;
  /** @param before what was read of this field already */
  readonly read: (reader: WireReader, wireType: number, before: unknown) => unknown;
};

/** @param inner of an element */
export function listOf(field: DescField, inner: WireCodec): Many {
  const writeTagged = tagged(field.number, inner);
  const packedTag = tagOf(field.number, { wireType: WIRE_TYPE.delimited });
  const isPacked = inner.wireType === WIRE_TYPE.varint;
  const append = (reader: WireReader, list: unknown[]) => {
    reader.count();
    const value = inner.read(reader);
    if (value !== undefined) list.push(value);
  };
  return {
    write: (writer, value) => {
      const list = value as readonly unknown[];
      const before = writer.length;
      for (let index = list.length - 1; index >= 0; index--) {
        if (isPacked) inner.write(writer, list[index]);
        else writeTagged(writer, list[index]);
      }
      if (!isPacked) return;
      writer.uint32(writer.length - before);
      writer.uint32(packedTag);
    },
    read: (reader, wireType, before) => {
      const list = (before ?? []) as unknown[];
      // Numbers may come packed or one by one: a reader takes both.
      if (isPacked && wireType === WIRE_TYPE.delimited) {
        const outer = reader.enter();
        while (!reader.done) append(reader, list);
        reader.leave(outer);
      } else {
        expectWireType(wireType, inner.wireType);
        within(`[${list.length}]`, () => append(reader, list));
      }
      return list;
    },
  };
}

export function mapOf(field: DescField): Many {
  const isText =
    field.fieldKind === 'map' &&
    SCALAR_NUMBERS[field.mapKey] === 'string' &&
    field.mapKind === 'scalar' &&
    SCALAR_NUMBERS[field.scalar] === 'string';
  if (!isText) return mismatch(field, 'not map<string, string>');
  const writeTagged = tagged(field.number, MAP_ENTRY);
  return {
    write: (writer, value) => {
      // In the order that JSON has them too.
      for (const entry of Object.entries(value as object)
        .sort()
        .reverse())
        writeTagged(writer, entry);
    },
    read: (reader, wireType, before) => {
      reader.count();
      expectWireType(wireType, WIRE_TYPE.delimited);
      const [key, value] = MAP_ENTRY.read(reader) as readonly [string, string];
      const map = (before ?? {}) as Record<string, string>;
      // By definition, not assignment: `__proto__` is a label like others.
      return Object.defineProperty(map, key, {
        value,
        enumerable: true,
        writable: true,
        configurable: true,
      });
    },
  };
}

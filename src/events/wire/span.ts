/**
 * A record where it lies in a larger buffer. The ring's reader moves one over all records, so that reading a record makes nothing:
 * whoever is given it may use it until the call ends.
 */
export type RecordSpan = {
  /** Of the whole buffer. */
  readonly view: DataView;
  /** Where in the view the record begins. */
  readonly at: number;
  /** Bytes. */
  readonly length: number;
};

/** Of a record that has its bytes to itself. */
export const spanOf = (record: Uint8Array): RecordSpan => ({
  view: new DataView(record.buffer, record.byteOffset, record.byteLength),
  at: 0,
  length: record.byteLength,
});

/** Its bytes, in place. */
export const bytesOf = ({ view, at, length }: RecordSpan): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset + at, length);

/** The number of 32 bits at this offset of the record. */
export const u32In = ({ view, at }: RecordSpan, offset: number): number =>
  view.getUint32(at + offset, true);

/** Of 64 bits. */
export const u64In = ({ view, at }: RecordSpan, offset: number): bigint =>
  view.getBigUint64(at + offset, true);

/** Of 64 bits, as a double: of nanoseconds since the boot exact for 104 days, and to 2 ns for years beyond. */
export const numberIn = ({ view, at }: RecordSpan, offset: number): number =>
  view.getUint32(at + offset + 4, true) * 2 ** 32 + view.getUint32(at + offset, true);

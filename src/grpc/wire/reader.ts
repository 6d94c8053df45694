/**
 * Reads protobuf's wire format. The bytes come from a peer: every length is checked against what is
 * there, nothing is allocated for what isn't, and how many values one message may hold is bounded.
 */

/** Bytes that are no message: `reason` says what is wrong, `path` in which field. */
export class WireSyntaxError extends Error {
  readonly reason: string;
  readonly path: string;
  constructor(reason: string, path = '') {
    super(path === '' ? reason : `${path}: ${reason}`);
    this.name = 'WireSyntaxError';
    this.reason = reason;
    this.path = path;
  }

  /** The same error inside a field. */
  within(field: string): WireSyntaxError {
    const tail = this.path === '' || this.path.startsWith('[') ? this.path : `.${this.path}`;
    return new WireSyntaxError(this.reason, `${field}${tail}`);
  }
}

export const WIRE_TYPE = { varint: 0, fixed64: 1, delimited: 2, fixed32: 5 } as const;

/**
 * Repeated values, map entries and messages in one message. Two bytes on the wire can stand for a
 * process of hundreds of bytes in memory: without it 4 MiB could ask for a gigabyte.
 */
const MAX_VALUES = 100_000;

export class WireReader {
  /** A number that an enum doesn't have is an error, not a value that says nothing. */
  readonly isStrict: boolean;
  readonly #bytes: Buffer;
  #at = 0;
  #end: number;
  #values = 0;

  constructor(bytes: Uint8Array, { isStrict = false }: { isStrict?: boolean } = {}) {
    this.isStrict = isStrict;
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = bytes.byteLength;
  }

  /** Whether the message (or what was entered last) is at its end. */
  get done(): boolean {
    return this.#at >= this.#end;
  }

  /** One more value that takes memory. */
  count(): void {
    this.#values += 1;
    if (this.#values > MAX_VALUES) throw new WireSyntaxError(`more than ${MAX_VALUES} values`);
  }

  /** Goes into what has a length. @returns for {@link leave} */
  enter(): number {
    const end = this.#skipTo();
    const outer = this.#end;
    this.#end = end;
    return outer;
  }

  leave(outer: number): void {
    this.#at = this.#end;
    this.#end = outer;
  }

  /** Reads a length. @returns where what has it ends */
  #skipTo(): number {
    const length = this.uint32();
    const left = this.#end - this.#at;
    if (length > left) throw new WireSyntaxError(`${length} bytes told, ${left} there`);
    return this.#at + length;
  }

  #byte(): number {
    if (this.#at >= this.#end) throw new WireSyntaxError('ends within a number');
    // Within the bytes: #end never exceeds them.
    return this.#bytes[this.#at++] as number;
  }

  /** The low 32 bits of a varint, as other readers take them. */
  uint32(): number {
    let byte = this.#byte();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let shift = 7; shift < 70; shift += 7) {
      byte = this.#byte();
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new WireSyntaxError('a number of more than 10 bytes');
  }

  int32(): number {
    return this.uint32() | 0;
  }

  bool(): boolean {
    return this.uint64() !== 0n;
  }

  uint64(): bigint {
    let low = 0;
    let middle = 0;
    let high = 0;
    for (let index = 0; index < 10; index++) {
      const byte = this.#byte();
      const bits = byte & 0x7f;
      // Parts of 28 bits: exact in a number.
      if (index < 4) low |= bits << (7 * index);
      else if (index < 8) middle |= bits << (7 * (index - 4));
      else high |= bits << (7 * (index - 8));
      if (byte >= 0x80) continue;
      if (index < 4) return BigInt(low);
      return BigInt.asUintN(64, BigInt(low) | (BigInt(middle) << 28n) | (BigInt(high) << 56n));
    }
    throw new WireSyntaxError('a number of more than 10 bytes');
  }

  int64(): bigint {
    return BigInt.asIntN(64, this.uint64());
  }

  /** Bytes that are no UTF-8 become U+FFFD. */
  string(): string {
    const end = this.#skipTo();
    const text = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end;
    return text;
  }

  /** A copy: the message need not be kept. */
  bytes(): Uint8Array {
    const end = this.#skipTo();
    const copy = new Uint8Array(this.#bytes.subarray(this.#at, end));
    this.#at = end;
    return copy;
  }

  /** The number of the next field and how its value is written. */
  tag(): { readonly number: number; readonly wireType: number } {
    const tag = this.uint32();
    const number = tag >>> 3;
    if (number === 0) throw new WireSyntaxError('a field without a number');
    return { number, wireType: tag & 7 };
  }

  /** Over the value of a field that nobody knows. */
  skip(wireType: number): void {
    if (wireType === WIRE_TYPE.varint) this.uint64();
    else if (wireType === WIRE_TYPE.fixed64) this.#over(8);
    else if (wireType === WIRE_TYPE.delimited) this.#at = this.#skipTo();
    else if (wireType === WIRE_TYPE.fixed32) this.#over(4);
    // 3 and 4 are groups, which proto3 has none of.
    else throw new WireSyntaxError(`wire type ${wireType}, which proto3 does not have`);
  }

  #over(count: number): void {
    if (this.#end - this.#at < count) throw new WireSyntaxError('ends within a number');
    this.#at += count;
  }
}

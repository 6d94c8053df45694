/** Requests and responses: a codec under the name of a message of tetragon.proto. */
import type { Codec, MessageCodec } from '../../events/codec.ts';
import { tetragonMessage } from '../descriptor.ts';
import { type BoundFields, bindFields } from './bind.ts';
import { WireReader } from './reader.ts';
import { WireWriter } from './writer.ts';

export type WireMessage<T> = {
  /** Its JSON, as protojson has it. */
  readonly codec: Codec<T>;
  encode(value: T): Buffer;
  /** @throws WireSyntaxError when the bytes are no such message, or have an enum's number that isn't known */
  decode(bytes: Uint8Array): T;
};

const writer = new WireWriter();

/** Bound to its description at first use. */
export function wireMessage<T extends object>(
  name: string,
  codec: MessageCodec<T>,
): WireMessage<T> {
  let bound: BoundFields | undefined;
  const fields = (): BoundFields => {
    const message = tetragonMessage(name);
    const { shape } = codec;
    bound ??= bindFields(shape.kind === 'message' ? shape.fields : [], message, message.fields);
    return bound;
  };
  return {
    codec,
    encode(value) {
      writer.clear();
      fields().write(writer, value as Readonly<Record<string, unknown>>);
      return writer.take();
    },
    decode(bytes) {
      // What a request says must be understood: of an event an unknown action may be left out, of a filter nothing.
      const reader = new WireReader(bytes, { isStrict: true });
      const target: Record<string, unknown> = {};
      while (!reader.done) {
        const { number, wireType } = reader.tag();
        fields().read(reader, number, wireType, target);
      }
      return fields().complete(target) as T;
    },
  };
}

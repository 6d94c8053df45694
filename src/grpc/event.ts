/** Events to and from GetEventsResponse, Tetragon's protobuf message. */
import { type Codec, EventSyntaxError } from '../events/codec.ts';
import { BODY_CODECS, ENVELOPE_CODEC } from '../events/schema.ts';
import type { Event, EventKind } from '../events/types.ts';
import { tetragonMessage } from './descriptor.ts';
import { type BoundFields, bindFields, bindMembers, type Member } from './wire/bind.ts';
import { within } from './wire/described.ts';
import { WireReader, WireSyntaxError } from './wire/reader.ts';
import { expectWireType, tagOf } from './wire/scalars.ts';
import { WireWriter } from './wire/writer.ts';

type BoundEvent = {
  readonly bodies: ReadonlyMap<number, Member>;
  readonly numbers: ReadonlyMap<string, number>;
  readonly envelope: BoundFields;
};

let bound: BoundEvent | undefined;

/** @throws TypeError when the events of src/events/schema.ts aren't those of tetragon.proto */
function bindEvent(): BoundEvent {
  if (bound !== undefined) return bound;
  const message = tetragonMessage('GetEventsResponse');
  const [oneof] = message.oneofs;
  if (oneof === undefined) throw new TypeError('GetEventsResponse has no oneof');
  // The journal is Trigon's own.
  const { trigon_journal: _, ...codecs } = BODY_CODECS;
  const bodies = bindMembers(codecs as Record<string, Codec<unknown>>, oneof);
  const { shape } = ENVELOPE_CODEC;
  const rest = message.fields.filter(({ oneof: inside }) => inside === undefined);
  bound = {
    bodies,
    numbers: new Map([...bodies].map(([number, { name }]) => [name, number])),
    envelope: bindFields(shape.kind === 'message' ? shape.fields : [], message, rest),
  };
  return bound;
}

/** Does at once what the first event would else wait for: reading the description takes tens of ms. */
export const prepareEventMessages = (): void => void bindEvent();

/** Kept between events: encoding is synchronous. */
const writer = new WireWriter();

/**
 * The bytes of a GetEventsResponse; undefined for kinds that Tetragon's protocol has none of (the
 * journal). What is Trigon's own (`trigon` of events and processes) isn't in it. Other than in JSON,
 * process_loader has its time in the field that all kinds have it in.
 */
export function encodeEventMessage(event: Event): Buffer | undefined {
  const { bodies, numbers, envelope } = bindEvent();
  const number = numbers.get(event.kind);
  const body = number === undefined ? undefined : bodies.get(number);
  if (number === undefined || body === undefined) return undefined;
  writer.clear();
  // From the last field to the first, but for the body: its number needs no place.
  envelope.write(writer, event);
  body.inner.write(writer, event);
  writer.uint32(tagOf(number, body.inner));
  return writer.take();
}

/**
 * The event in the bytes of a GetEventsResponse, as Tetragon or {@link encodeEventMessage} writes
 * them. Fields that this version does not know are read over.
 *
 * @throws EventSyntaxError when the bytes are no such message or have no event that is known
 */
export function decodeEventMessage(bytes: Uint8Array): Event {
  const { bodies, envelope } = bindEvent();
  const reader = new WireReader(bytes);
  let kind: string | undefined;
  let body: object = {};
  const target: Record<string, unknown> = {};
  try {
    while (!reader.done) {
      const { number, wireType } = reader.tag();
      const member = bodies.get(number);
      if (member === undefined) {
        envelope.read(reader, number, wireType, target);
        continue;
      }
      const { name, inner } = member;
      expectWireType(wireType, inner.wireType);
      body = within(name, () => inner.read(reader)) as object;
      kind = name;
    }
  } catch (error) {
    throw error instanceof WireSyntaxError ? new EventSyntaxError(error.reason, error.path) : error;
  }
  if (kind === undefined) throw new EventSyntaxError('no known event in it');
  return { kind: kind as EventKind, ...body, ...envelope.complete(target) } as Event;
}

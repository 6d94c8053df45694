/** Events to and from Tetragon's JSON lines. */
import { asObject, EventSyntaxError, type MessageCodec } from './codec.ts';
import { BODY_CODECS, ENVELOPE_CODEC, EVENT_KINDS } from './schema.ts';
import { escapeText } from './text.ts';
import type { Envelope, Event, EventKind, EventOf } from './types.ts';

export { EventSyntaxError } from './codec.ts';

/**
 * One line of JSON without its line break, as Tetragon's export writes it: keys in declaration
 * order, unset and zero fields left out, 64-bit integers as strings, enums by name. Control,
 * format and separator characters inside strings are `\uXXXX` escapes, so that the line can be
 * printed on a terminal.
 */
export const encodeEvent = (event: Event): string => {
  const body = BODY_CODECS[event.kind] as MessageCodec<unknown>;
  const envelope = ENVELOPE_CODEC.writePairs(
    event.kind === 'process_loader' ? withOwnTime(event) : event,
  );
  return `{"${event.kind}":${body.write(event)}${envelope === '' ? '' : `,${envelope}`}}`;
};

/** Tetragon has no time in process_loader: it stands under `trigon`, out of its consumers' way. */
const withOwnTime = ({ time, ...event }: EventOf<'process_loader'>): EventOf<'process_loader'> =>
  time === undefined ? event : { ...event, trigon: { ...event.trigon, time } };

/** Undoes {@link withOwnTime}. */
const withoutOwnTime = ({ trigon, ...envelope }: Envelope): Envelope => {
  if (trigon?.time === undefined) return trigon ? { ...envelope, trigon } : envelope;
  const { time, ...rest } = trigon;
  return {
    ...envelope,
    time: envelope.time ?? time,
    ...(Object.keys(rest).length > 0 ? { trigon: rest } : {}),
  };
};

const parse = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new EventSyntaxError(`not JSON (${escapeText(detail)})`);
  }
};

/**
 * The event in a line of JSON. Fields that this version does not know are read over and not kept.
 * Throws {@link EventSyntaxError} when the line is no JSON object, has not exactly one event, or
 * has a field of a wrong type.
 */
export const decodeEvent = (line: string): Event => {
  const source = asObject(parse(line), '');
  const [kind, second] = EVENT_KINDS.filter(
    (key) => Object.hasOwn(source, key) && source[key] !== null,
  );
  if (kind === undefined) throw new EventSyntaxError('no known event in it');
  if (second !== undefined) throw new EventSyntaxError(`two events in it: ${kind} and ${second}`);
  return assemble(kind, source);
};

const assemble = (kind: EventKind, source: Readonly<Record<string, unknown>>): Event => {
  const body = BODY_CODECS[kind].read(source[kind], kind);
  const read = ENVELOPE_CODEC.read(source, '');
  const envelope = kind === 'process_loader' && read ? withoutOwnTime(read) : read;
  return { kind, ...body, ...envelope } as Event;
};

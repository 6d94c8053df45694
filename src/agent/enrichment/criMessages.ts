import protobuf from 'protobufjs/minimal.js';
import type { Texts } from './containerFacts.ts';

/** The messages of cri.proto, by its numbers. What is no such message throws. */

export type CriStatus = {
  readonly name: string;
  /** Ns since the epoch; 0n: not started. */
  readonly startedAt: bigint;
  readonly image: string;
  readonly imageRef: string;
  readonly imageId: string;
  readonly labels: Texts;
};

export type CriSandbox = {
  readonly name: string;
  readonly uid: string;
  readonly namespace: string;
  readonly labels: Texts;
};

/** More labels than anybody gives a container are left out. */
const MOST_LABELS = 256;
/** More fields than any of these messages has are an attack. */
const MOST_FIELDS = 20_000;

/** A message whose field 1 is this text: ContainerStatusRequest, PodSandboxStatusRequest, ContainerFilter. */
export const idRequest = (id: string): Buffer => request(Buffer.from(id));

/** ListContainersRequest with a filter by id. */
export const listRequest = (id: string): Buffer => request(idRequest(id));

const request = (content: Buffer): Buffer =>
  Buffer.from(
    protobuf.Writer.create()
      .uint32((1 << 3) | LENGTH_DELIMITED)
      .bytes(content)
      .finish(),
  );

/** Sandbox of the container in a ListContainersResponse; '' where it has none. */
export function readSandboxOf(response: Uint8Array, id: string): string {
  const containers = fieldsOf(response).all(1).map(fieldsOf);
  return containers.find((container) => container.text(1) === id)?.text(2) ?? '';
}

/** A ContainerStatusResponse. */
export function readStatus(response: Uint8Array): CriStatus {
  const status = fieldsOf(response).message(1);
  return {
    name: status.message(2).text(1),
    startedAt: status.number(5),
    image: status.message(8).text(1),
    imageRef: status.text(9),
    imageId: status.text(17),
    labels: labelsOf(status.all(12)),
  };
}

/** A PodSandboxStatusResponse. */
export function readSandbox(response: Uint8Array): CriSandbox {
  const status = fieldsOf(response).message(1);
  const metadata = status.message(2);
  return {
    name: metadata.text(1),
    uid: metadata.text(2),
    namespace: metadata.text(3),
    labels: labelsOf(status.all(7)),
  };
}

/** Entries of a map<string, string>. */
const labelsOf = (entries: readonly Uint8Array[]): Texts =>
  Object.fromEntries(
    entries.slice(0, MOST_LABELS).map((bytes) => {
      const entry = fieldsOf(bytes);
      return [entry.text(1), entry.text(2)];
    }),
  );

const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** A message's fields by their numbers; those that aren't there are empty. */
type Fields = {
  /** As often as it is repeated. */
  all(field: number): readonly Uint8Array[];
  message(field: number): Fields;
  text(field: number): string;
  number(field: number): bigint;
};

function fieldsOf(message: Uint8Array): Fields {
  const texts = new Map<number, Uint8Array[]>();
  const numbers = new Map<number, bigint>();
  const reader = protobuf.Reader.create(message);
  for (let count = 0; reader.pos < reader.len; count++) {
    if (count === MOST_FIELDS) throw new Error('a message with too many fields');
    const tag = reader.uint32();
    const field = tag >>> 3;
    const type = tag & 7;
    if (type === VARINT) {
      numbers.set(field, BigInt(reader.int64().toString()));
    } else if (type === LENGTH_DELIMITED) {
      const known = texts.get(field);
      const bytes = reader.bytes();
      if (known) known.push(bytes);
      else texts.set(field, [bytes]);
    } else {
      reader.skipType(type);
    }
  }
  const last = (field: number) => texts.get(field)?.at(-1) ?? EMPTY;
  return {
    all: (field) => texts.get(field) ?? [],
    message: (field) => fieldsOf(last(field)),
    text: (field) => Buffer.from(last(field)).toString('utf8'),
    number: (field) => numbers.get(field) ?? 0n,
  };
}

const EMPTY = new Uint8Array();

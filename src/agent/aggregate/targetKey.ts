import type { RecordSpan } from '../../events/wire/span.ts';
import { viewOf } from '../../events/wire/view.ts';
import {
  tg_argument as ARGUMENT,
  tg_text_flag as FLAG,
  tg_bpf_program_body as PROGRAM,
  tg_skb_body as SKB,
  tg_sock_body as SOCK,
  tg_type as TYPE,
  tg_bpf_map_body,
  tg_module_body,
  tg_perf_event_body,
} from '../../generated/layouts.ts';
import { hashBytes, isSameBytes, mix } from './hash.ts';

/** What tells the target of an event from others without decoding it: bytes, and numbers. */
export type TargetKey = {
  kind: KeyKind;
  /** Their meaning depends on the kind; 0 where there is none. */
  first: number;
  second: number;
  /** The bytes, where they lie. */
  view: DataView;
  from: number;
  to: number;
};

const KIND = {
  /** `first`: 1 of a file that was deleted. */
  bytes: 0,
  /** A file without a path; `first`: what kind of file. */
  mode: 1,
  /** `first`: the number. */
  number: 2,
  /** An end of a connection; `first`: family and type, `second`: port, the bytes: the address. */
  socket: 3,
  packet: 4,
  /** What others told of. */
  told: 5,
} as const;
type KeyKind = (typeof KIND)[keyof typeof KIND];

/** What of an argument's body is the key. */
type KeyPart = {
  readonly kind: 'bytes' | 'path' | 'number' | 'socket' | 'packet';
  readonly from: number;
  readonly to: number;
};

const part = (kind: KeyPart['kind'], from = 0, to = Number.POSITIVE_INFINITY): KeyPart => ({
  ...{ kind, from, to },
});
const PATH = part('path');
const TEXT = part('bytes');
const NUMBER = part('number');
const SOCKET = part('socket');

const NAME_BYTES = 16;
const namedAt = (at: number): KeyPart => part('bytes', at, at + NAME_BYTES);

/** By tg_type: arguments that can be what an event is about. Numbers that are no names tell nothing. */
const KEY_PARTS: ReadonlyMap<number, KeyPart> = new Map<number, KeyPart>([
  [TYPE.TG_TYPE_FILE, PATH],
  [TYPE.TG_TYPE_FD, PATH],
  [TYPE.TG_TYPE_KIOCB, PATH],
  [TYPE.TG_TYPE_PATH, PATH],
  [TYPE.TG_TYPE_DENTRY, PATH],
  [TYPE.TG_TYPE_LINUX_BINPRM, PATH],
  [TYPE.TG_TYPE_FILENAME, TEXT],
  [TYPE.TG_TYPE_STRING, TEXT],
  [TYPE.TG_TYPE_CONST_BUF, TEXT],
  [TYPE.TG_TYPE_DATA_LOC, TEXT],
  [TYPE.TG_TYPE_NET_DEVICE, TEXT],
  [TYPE.TG_TYPE_SOCK, SOCKET],
  [TYPE.TG_TYPE_SOCKET, SOCKET],
  [TYPE.TG_TYPE_SKB, part('packet')],
  [TYPE.TG_TYPE_SOCKADDR, TEXT],
  [TYPE.TG_TYPE_SOCKADDR_UN, TEXT],
  [TYPE.TG_TYPE_CAPABILITY, NUMBER],
  [TYPE.TG_TYPE_SYSCALL64, NUMBER],
  [TYPE.TG_TYPE_BPF_CMD, NUMBER],
  [TYPE.TG_TYPE_BPF_ATTR, namedAt(PROGRAM.at.name)],
  [TYPE.TG_TYPE_BPF_PROG, namedAt(PROGRAM.at.name)],
  [TYPE.TG_TYPE_BPF_MAP, namedAt(tg_bpf_map_body.at.name)],
  [TYPE.TG_TYPE_PERF_EVENT, part('bytes', tg_perf_event_body.size)],
  [TYPE.TG_TYPE_LOAD_INFO, part('bytes', tg_module_body.size)],
  [TYPE.TG_TYPE_MODULE, part('bytes', tg_module_body.size)],
]);

/** Whether an argument of this type can be what an event is about. */
export const canBeTarget = (type: number): boolean => KEY_PARTS.has(type);

/** To be read into, again and again. */
export const createTargetKey = (): TargetKey => ({
  kind: KIND.bytes,
  first: 0,
  second: 0,
  view: NOTHING,
  from: 0,
  to: 0,
});

const NOTHING = new DataView(new ArrayBuffer(0));

/** Of what others told of: no such key is one of a record. */
export function keyOfText(text: string): TargetKey {
  const view = viewOf(new TextEncoder().encode(text));
  return { kind: KIND.told, first: 0, second: 0, view, from: 0, to: view.byteLength };
}

/** @param at of `findTarget`; below 0: no target, which is the same as an empty name */
export function readTargetKey(key: TargetKey, { view, at: begin }: RecordSpan, at: number): void {
  key.view = view;
  setKey(key, KIND.bytes, 0);
  if (at < 0) return;
  const argument = begin + at;
  const wanted = KEY_PARTS.get(view.getUint32(argument + ARGUMENT.at.type, true)) ?? TEXT;
  const body = argument + ARGUMENT.size;
  const size = view.getUint32(argument + ARGUMENT.at.size, true);
  switch (wanted.kind) {
    case 'bytes':
      key.from = body + Math.min(wanted.from, size);
      key.to = body + Math.min(wanted.to, size);
      break;
    case 'path':
      // Pipes and sockets have no path, and are told apart by their kind.
      if (size === 0)
        setKey(key, KIND.mode, view.getUint16(argument + ARGUMENT.at.number, true) >> 12);
      else {
        const isDeleted = view.getUint32(argument + ARGUMENT.at.flags, true) & FLAG.TG_PATH_DELETED;
        setKey(key, KIND.bytes, isDeleted === 0 ? 0 : 1);
        key.from = body;
        key.to = body + size;
      }
      break;
    case 'number':
      setKey(key, KIND.number, view.getUint32(argument + ARGUMENT.at.number, true));
      break;
    case 'socket':
      if (size < SOCK.size) break;
      // With the type, which stands behind the family.
      setKey(key, KIND.socket, view.getInt32(body + SOCK.at.family, true));
      setEnd(key, body, SOCK.at);
      break;
    case 'packet':
      if (size < SKB.size) break;
      setKey(key, KIND.packet, view.getUint16(body + SKB.at.family, true));
      setEnd(key, body, SKB.at);
      break;
  }
}

/** Without a second number, and without bytes. */
function setKey(key: TargetKey, kind: KeyKind, first: number): void {
  key.kind = kind;
  key.first = first;
  key.second = 0;
  key.from = 0;
  key.to = 0;
}

type Ends = Readonly<Record<'source' | 'source_port' | 'destination' | 'destination_port', number>>;

const ADDRESS_BYTES = 16;

/** The other end, or the own one of a socket that has no other. */
function setEnd(key: TargetKey, body: number, at: Ends): void {
  const port = key.view.getUint16(body + at.destination_port, true);
  key.second = port === 0 ? key.view.getUint16(body + at.source_port, true) : port;
  key.from = body + (port === 0 ? at.source : at.destination);
  key.to = key.from + ADDRESS_BYTES;
}

/** A copy that needs no record. */
export function keepKey(key: TargetKey): TargetKey {
  const { view, from, to } = key;
  const start = view.byteOffset + from;
  const kept = new DataView(view.buffer.slice(start, start + to - from));
  return { ...key, view: kept, from: 0, to: kept.byteLength };
}

export const hashKey = (hash: number, { kind, first, second, view, from, to }: TargetKey): number =>
  hashBytes(mix(mix(mix(hash, kind), first), second), view, from, to);

export const isSameKey = (one: TargetKey, other: TargetKey): boolean =>
  one.kind === other.kind &&
  one.first === other.first &&
  one.second === other.second &&
  one.to - one.from === other.to - other.from &&
  isSameBytes(one.view, one.from, other.view, other.from, one.to - one.from);

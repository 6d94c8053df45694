import { argumentText, endpoint, unnamedFile } from '../../events/compactArguments.ts';
import type { KprobeArgument, SkbArgument, SockArgument } from '../../events/types.ts';
import { readArgument } from '../../events/wire/argument.ts';
import {
  tg_argument as ARGUMENT,
  tg_value_error as ERROR,
  tg_text_flag as FLAG,
  tg_policy_record as POLICY,
  tg_bpf_program_body as PROGRAM,
  tg_skb_body as SKB,
  tg_sock_body as SOCK,
  tg_type as TYPE,
  tg_bpf_map_body,
  tg_module_body,
  tg_perf_event_body,
} from '../../generated/layouts.ts';

/** What of an argument's body tells one target from another. */
type KeyPart = { readonly kind: KeyKind; readonly from: number; readonly to: number };
type KeyKind = 'bytes' | 'path' | 'number' | 'socket' | 'packet';

const part = (kind: KeyKind, from = 0, to = Number.POSITIVE_INFINITY): KeyPart => ({
  kind,
  from,
  to,
});
const PATH = part('path');
const TEXT = part('bytes');
const NUMBER = part('number');

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
  [TYPE.TG_TYPE_SOCK, part('socket')],
  [TYPE.TG_TYPE_SOCKET, part('socket')],
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

const NO_TARGET = -1;

/**
 * Where in a policy record the argument stands that the event is about: the first that names something (a path, a text, an
 * address, a capability); NO_TARGET: none does. Args that are read when the call returns stand behind the return value.
 */
export function findTarget(view: DataView): number {
  const count = view.getUint32(POLICY.at.argument_count, true);
  const returned = view.getUint32(POLICY.at.has_return, true) === 0 ? -1 : count;
  let at: number = POLICY.size;
  for (let position = 0; at + ARGUMENT.size <= view.byteLength; position++) {
    const size = view.getUint32(at + ARGUMENT.at.size, true);
    if (at + ARGUMENT.size + size > view.byteLength) return NO_TARGET;
    if (
      position !== returned &&
      view.getUint32(at + ARGUMENT.at.error, true) === ERROR.TG_ERROR_NONE &&
      KEY_PARTS.has(view.getUint32(at + ARGUMENT.at.type, true))
    )
      return at;
    at += (ARGUMENT.size + size + 7) & ~7;
  }
  return NO_TARGET;
}

/** All records of the ring come in one buffer: its bytes are wrapped once. */
let wrapped: Buffer = Buffer.alloc(0);

function latin1(view: DataView, from: number, to: number): string {
  if (wrapped.buffer !== view.buffer) wrapped = Buffer.from(view.buffer);
  const start = view.byteOffset - wrapped.byteOffset;
  return wrapped.toString('latin1', start + from, start + to);
}

/** What tells the target from others without decoding it: its bytes, one character each. @param at of `findTarget` */
export function targetKey(view: DataView, at: number): string {
  if (at === NO_TARGET) return '';
  const wanted = KEY_PARTS.get(view.getUint32(at + ARGUMENT.at.type, true)) ?? TEXT;
  const body = at + ARGUMENT.size;
  const size = view.getUint32(at + ARGUMENT.at.size, true);
  switch (wanted.kind) {
    case 'bytes':
      return latin1(view, body + Math.min(wanted.from, size), body + Math.min(wanted.to, size));
    case 'path': {
      // Pipes and sockets have no path, and are told apart by their kind.
      if (size === 0) return `mode ${view.getUint16(at + ARGUMENT.at.number, true) >> 12}`;
      const isDeleted = view.getUint32(at + ARGUMENT.at.flags, true) & FLAG.TG_PATH_DELETED;
      const path = latin1(view, body, body + size);
      return isDeleted ? `${path}\0` : path;
    }
    case 'number':
      return String(view.getUint32(at + ARGUMENT.at.number, true));
    case 'socket':
      return size < SOCK.size ? '' : endKey(view, body, SOCK.at, SOCK.at.family, SOCK.at.protocol);
    case 'packet':
      return size < SKB.size ? '' : endKey(view, body, SKB.at, SKB.at.family, SKB.at.protocol);
  }
}

type Ends = Readonly<Record<'source' | 'source_port' | 'destination' | 'destination_port', number>>;

const ADDRESS_BYTES = 16;

/** The other end, or the own one of a socket that has no other. */
function endKey(view: DataView, body: number, at: Ends, from: number, to: number): string {
  const port = view.getUint16(body + at.destination_port, true);
  const address = body + (port === 0 ? at.source : at.destination);
  const kind = latin1(view, body + from, body + to);
  const shown = port === 0 ? view.getUint16(body + at.source_port, true) : port;
  return `${kind}${shown} ${latin1(view, address, address + ADDRESS_BYTES)}`;
}

/** Longer texts are cut: a list shows no more, and there may be thousands of them. */
const MOST_CHARACTERS = 512;

/** The target as a compact line shows it, but as it is: hostile text. '' without one. @param at of `findTarget` */
export function readTarget(view: DataView, at: number): string {
  if (at === NO_TARGET) return '';
  const start = view.byteOffset + at + ARGUMENT.size;
  const argument = readArgument(
    {
      type: view.getUint32(at + ARGUMENT.at.type, true),
      number: view.getBigInt64(at + ARGUMENT.at.number, true),
      flags: view.getUint32(at + ARGUMENT.at.flags, true),
      error: ERROR.TG_ERROR_NONE,
      body: new Uint8Array(view.buffer, start, view.getUint32(at + ARGUMENT.at.size, true)),
    },
    { hostUserNamespace: 0 },
  );
  return textOf(argument).slice(0, MOST_CHARACTERS);
}

function textOf(argument: KprobeArgument): string {
  switch (argument.kind) {
    case 'file_arg':
    case 'path_arg':
    case 'linux_binprm_arg':
      return argument.value.path || unnamedFile(argument.value);
    case 'string_arg':
      return argument.value;
    case 'sockaddrun_arg':
      return argument.value.path;
    case 'sock_arg':
    case 'skb_arg':
      return endText(argument.value) ?? argumentText(argument);
    case 'bpf_attr_arg':
    case 'bpf_prog_arg':
      return argument.value.progName;
    case 'bpf_map_arg':
      return argument.value.mapName;
    case 'perf_event_arg':
      return argument.value.kprobeFunc;
    case 'module_arg':
      return argument.value.name;
    default:
      return argumentText(argument);
  }
}

/** undefined: not of the internet's families. */
function endText({ family, saddr, sport, daddr, dport }: SockArgument | SkbArgument) {
  if (!/^AF_INET6?$/.test(family)) return undefined;
  return dport === 0 ? endpoint(saddr, sport) : endpoint(daddr, dport);
}

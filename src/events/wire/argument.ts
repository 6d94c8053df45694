import {
  tg_value_error as ERROR,
  tg_text_flag as FLAG,
  tg_type as TYPE,
  tg_address_body,
  tg_bpf_map_body,
  tg_bpf_program_body,
  tg_cred_body,
  tg_module_body,
  tg_perf_event_body,
  tg_skb_body,
  tg_sock_body,
  tg_user_namespace_body,
} from '../../generated/layouts.ts';
import { formatAddress } from '../address.ts';
import { mapTypeName, perfTypeName, programTypeName } from '../bpfNames.ts';
import { CAPABILITIES, capabilitiesFromMask, formatCapabilityMask } from '../capabilities.ts';
import { BPF_COMMANDS, secureBitNames, taintNames } from '../enums.ts';
import { familyName, protocolName, socketTypeName, tcpStateName } from '../networkNames.ts';
import { decodeUtf8 } from '../text.ts';
import type {
  BpfProgArgument,
  Capabilities,
  KprobeArgument,
  ModuleArgument,
  PathArgument,
  UserNamespace,
} from '../types.ts';
import { formatPermission } from './permission.ts';
import type { WireValue } from './values.ts';
import { viewOf } from './view.ts';

/** What a value alone doesn't tell: the inode number of the host's user namespace. */
export type ArgumentContext = { readonly hostUserNamespace: number };

type Reader = (value: WireValue, context: ArgumentContext) => KprobeArgument;
type BodyReader = (view: DataView, value: WireValue, context: ArgumentContext) => KprobeArgument;

/** A shape that this version doesn't know keeps its place. */
const UNKNOWN: KprobeArgument = { kind: 'unknown' };

/** A value as Tetragon's argument, without its label. */
export function readArgument(value: WireValue, context: ArgumentContext): KprobeArgument {
  if (value.error !== ERROR.TG_ERROR_NONE) return readError(value);
  return READERS.get(value.type)?.(value, context) ?? UNKNOWN;
}

const BUFFERS: ReadonlySet<number> = new Set([
  TYPE.TG_TYPE_CHAR_BUF,
  TYPE.TG_TYPE_CHAR_IOVEC,
  TYPE.TG_TYPE_IOV_ITER,
]);

/** Messages are Tetragon's. It tells errors of buffers in place of their bytes. */
function readError({ type, number, error }: WireValue): KprobeArgument {
  if (error === ERROR.TG_ERROR_RESOLVE)
    return errorArgument(
      `Bad address encountered during resolve dereference at depth ${BigInt.asUintN(32, number)}`,
    );
  if (!BUFFERS.has(type)) return errorArgument('Bad address for basic type');
  const text =
    error === ERROR.TG_ERROR_TOO_LARGE ? 'CharBufErrorBufTooLarge' : 'CharBufErrorPageFault';
  return { kind: 'bytes_arg', value: new TextEncoder().encode(text) };
}

const errorArgument = (message: string): KprobeArgument => ({
  kind: 'error_arg',
  value: { message },
});

/** The text up to its NUL, if it has one: fixed arrays are filled up with them. */
function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decodeUtf8(end < 0 ? bytes : bytes.subarray(0, end));
}

const readString: Reader = ({ body }) => ({ kind: 'string_arg', value: textOf(body) });

const readSigned =
  (bits: number): Reader =>
  ({ number }) => ({ kind: 'int_arg', value: Number(BigInt.asIntN(bits, number)) });

const readUnsigned =
  (bits: number): Reader =>
  ({ number }) => ({ kind: 'uint_arg', value: Number(BigInt.asUintN(bits, number)) });

const readSize: Reader = ({ number }) => ({
  kind: 'size_arg',
  value: BigInt.asUintN(64, number),
});

/** Copied: the event may outlive the batch of records that it came in. */
const readBytes: Reader = ({ body, number }) => {
  const origSize = BigInt.asUintN(64, number);
  return origSize > BigInt(body.length)
    ? { kind: 'truncated_bytes_arg', value: { bytesArg: body.slice(), origSize } }
    : { kind: 'bytes_arg', value: body.slice() };
};

const readPath =
  (kind: 'file_arg' | 'path_arg' | 'linux_binprm_arg'): Reader =>
  ({ body, flags, number }) => {
    const deleted = flags & FLAG.TG_PATH_DELETED ? ' (deleted)' : '';
    const value: PathArgument = {
      path: decodeUtf8(body) + deleted,
      ...(flags & FLAG.TG_PATH_PARTIAL ? { flags: 'unresolvedPathComponents' } : {}),
      permission: formatPermission(Number(BigInt.asUintN(16, number))),
    };
    return { kind, value };
  };

const readMask =
  (
    kind: 'kernel_cap_t_arg' | 'cap_inheritable_arg' | 'cap_permitted_arg' | 'cap_effective_arg',
  ): Reader =>
  ({ number }) => ({ kind, value: formatCapabilityMask(number) });

/** A capability that this version doesn't know has no name. */
const readCapability: Reader = ({ number }) => {
  const value = Number(BigInt.asIntN(32, number));
  return { kind: 'capability_arg', value: { value, name: CAPABILITIES[value] ?? '' } };
};

/** A command that this version doesn't know stays a number. */
const readBpfCommand: Reader = ({ number }) => {
  const command = Number(BigInt.asIntN(32, number));
  const name = BPF_COMMANDS[command];
  return name === undefined
    ? { kind: 'int_arg', value: command }
    : { kind: 'bpf_cmd_arg', value: name };
};

/** Marks a call of the 32-bit interface, as policies mark it too. */
const IS_32_BIT = 0x8000_0000n;
const ABIS = process.arch === 'arm64' ? (['arm64', 'arm32'] as const) : (['x64', 'i386'] as const);

const readSyscall: Reader = ({ number }) => ({
  kind: 'syscall_id',
  value: {
    id: Number(BigInt.asUintN(31, number)),
    abi: ABIS[number & IS_32_BIT ? 1 : 0],
  },
});

/** sun_path of unix(7): a name in the abstract namespace begins with NUL and may hold more of them. */
const readUnixAddress: Reader = ({ body, number }) => {
  const path =
    body[0] === 0 && body.length > 1 ? `@${decodeUtf8(body.filter((byte) => byte !== 0))}` : '';
  return {
    kind: 'sockaddrun_arg',
    value: { family: familyName(Number(BigInt.asUintN(16, number))), path: path || textOf(body) },
  };
};

/** Reads a body of at least so many bytes; a shorter one is a shape that this version doesn't know. */
const bodyOf =
  (size: number, read: BodyReader): Reader =>
  (value, context) =>
    value.body.length < size ? UNKNOWN : read(viewOf(value.body), value, context);

const bytesAt = (view: DataView, at: number, length: number): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset + at, length);

const ADDRESS_BYTES = 16;
const NAME_BYTES = 16;

const readSock: BodyReader = (view) => {
  const { at } = tg_sock_body;
  const family = view.getUint16(at.family, true);
  const mark = view.getUint32(at.mark, true);
  const priority = view.getUint32(at.priority, true);
  const cookie = view.getBigUint64(at.cookie, true);
  return {
    kind: 'sock_arg',
    value: {
      family: familyName(family),
      type: socketTypeName(view.getUint16(at.type, true)),
      protocol: protocolName(view.getUint16(at.protocol, true)),
      ...(mark === 0 ? {} : { mark }),
      ...(priority === 0 ? {} : { priority }),
      saddr: formatAddress(bytesAt(view, at.source, ADDRESS_BYTES), family),
      daddr: formatAddress(bytesAt(view, at.destination, ADDRESS_BYTES), family),
      sport: view.getUint16(at.source_port, true),
      dport: view.getUint16(at.destination_port, true),
      ...(cookie === 0n ? {} : { cookie }),
      state: tcpStateName(view.getUint16(at.state, true)),
    },
  };
};

const readSkb: BodyReader = (view) => {
  const { at } = tg_skb_body;
  const family = view.getUint16(at.family, true);
  const protocol = view.getUint16(at.protocol, true);
  return {
    kind: 'skb_arg',
    value: {
      hash: view.getUint32(at.hash, true),
      len: view.getUint32(at.length, true),
      priority: view.getUint32(at.priority, true),
      mark: view.getUint32(at.mark, true),
      saddr: formatAddress(bytesAt(view, at.source, ADDRESS_BYTES), family),
      daddr: formatAddress(bytesAt(view, at.destination, ADDRESS_BYTES), family),
      sport: view.getUint16(at.source_port, true),
      dport: view.getUint16(at.destination_port, true),
      proto: protocol,
      secPathLen: view.getUint32(at.sec_path_length, true),
      secPathOlen: view.getUint32(at.sec_path_outer_length, true),
      protocol: protocolName(protocol),
      family: familyName(family),
    },
  };
};

const readAddress: BodyReader = (view) => {
  const { at } = tg_address_body;
  const family = view.getUint16(at.family, true);
  return {
    kind: 'sockaddr_arg',
    value: {
      family: familyName(family),
      addr: formatAddress(bytesAt(view, at.address, ADDRESS_BYTES), family),
      port: view.getUint16(at.port, true),
    },
  };
};

const userNamespaceAt = (
  view: DataView,
  base: number,
  { hostUserNamespace }: ArgumentContext,
): UserNamespace => {
  const { at } = tg_user_namespace_body;
  const inum = view.getUint32(base + at.inode, true);
  return {
    level: view.getInt32(base + at.level, true),
    uid: view.getUint32(base + at.owner, true),
    gid: view.getUint32(base + at.group, true),
    ns: { inum, isHost: inum === hostUserNamespace },
  };
};

const readUserNamespace: BodyReader = (view, _value, context) => ({
  kind: 'user_ns_arg',
  value: userNamespaceAt(view, 0, context),
});

const readCredentials: BodyReader = (view, _value, context) => {
  const { at } = tg_cred_body;
  const id = (offset: number) => view.getUint32(offset, true);
  const securebits = secureBitNames(id(at.securebits));
  const set = (name: keyof Capabilities) => {
    const names = capabilitiesFromMask(view.getBigUint64(at[name], true));
    return names.length > 0 ? { [name]: names } : {};
  };
  return {
    kind: 'process_credentials_arg',
    value: {
      uid: id(at.uid),
      gid: id(at.gid),
      euid: id(at.euid),
      egid: id(at.egid),
      suid: id(at.suid),
      sgid: id(at.sgid),
      fsuid: id(at.fsuid),
      fsgid: id(at.fsgid),
      ...(securebits.length > 0 ? { securebits } : {}),
      caps: { ...set('permitted'), ...set('effective'), ...set('inheritable') },
      userNs: userNamespaceAt(view, at.user_namespace.level, context),
    },
  };
};

const readProgram =
  (kind: 'bpf_attr_arg' | 'bpf_prog_arg'): BodyReader =>
  (view) => {
    const { at } = tg_bpf_program_body;
    const value: BpfProgArgument = {
      progType: programTypeName(view.getUint32(at.type, true)),
      insnCnt: view.getUint32(at.instructions, true),
      progName: textOf(bytesAt(view, at.name, NAME_BYTES)),
    };
    return { kind, value };
  };

const readMap: BodyReader = (view) => {
  const { at } = tg_bpf_map_body;
  return {
    kind: 'bpf_map_arg',
    value: {
      mapType: mapTypeName(view.getUint32(at.type, true)),
      keySize: view.getUint32(at.key_size, true),
      valueSize: view.getUint32(at.value_size, true),
      maxEntries: view.getUint32(at.max_entries, true),
      mapName: textOf(bytesAt(view, at.name, NAME_BYTES)),
    },
  };
};

const readPerfEvent: BodyReader = (view, { body }) => {
  const { at, size } = tg_perf_event_body;
  return {
    kind: 'perf_event_arg',
    value: {
      kprobeFunc: textOf(body.subarray(size)),
      type: perfTypeName(view.getUint32(at.type, true)),
      config: view.getBigUint64(at.config, true),
      probeOffset: view.getBigUint64(at.probe_offset, true),
    },
  };
};

const readModule: BodyReader = (view, { body }) => {
  const { at, size } = tg_module_body;
  const tainted = taintNames(Number(BigInt.asUintN(32, view.getBigUint64(at.taints, true))));
  const knowsSignature = view.getUint32(at.has_signature, true) !== 0;
  const value: ModuleArgument = {
    name: textOf(body.subarray(size)),
    ...(knowsSignature ? { signatureOk: view.getUint32(at.signature_ok, true) !== 0 } : {}),
    ...(tainted.length > 0 ? { tainted } : {}),
  };
  return { kind: 'module_arg', value };
};

/** By tg_type. */
const READERS: ReadonlyMap<number, Reader> = new Map<number, Reader>([
  [TYPE.TG_TYPE_INT, readSigned(32)],
  [TYPE.TG_TYPE_S32, readSigned(32)],
  [TYPE.TG_TYPE_S16, readSigned(16)],
  [TYPE.TG_TYPE_S8, readSigned(8)],
  [TYPE.TG_TYPE_U32, readUnsigned(32)],
  [TYPE.TG_TYPE_U16, readUnsigned(16)],
  [TYPE.TG_TYPE_U8, readUnsigned(8)],
  [TYPE.TG_TYPE_S64, ({ number }) => ({ kind: 'long_arg', value: number })],
  [TYPE.TG_TYPE_U64, readSize],
  [TYPE.TG_TYPE_SIZE, readSize],
  [TYPE.TG_TYPE_STRING, readString],
  [TYPE.TG_TYPE_FILENAME, readString],
  [TYPE.TG_TYPE_CONST_BUF, readString],
  [TYPE.TG_TYPE_DATA_LOC, readString],
  [TYPE.TG_TYPE_NET_DEVICE, readString],
  [TYPE.TG_TYPE_CHAR_BUF, readBytes],
  [TYPE.TG_TYPE_CHAR_IOVEC, readBytes],
  [TYPE.TG_TYPE_IOV_ITER, readBytes],
  [TYPE.TG_TYPE_FILE, readPath('file_arg')],
  [TYPE.TG_TYPE_FD, readPath('file_arg')],
  [TYPE.TG_TYPE_KIOCB, readPath('file_arg')],
  [TYPE.TG_TYPE_PATH, readPath('path_arg')],
  [TYPE.TG_TYPE_DENTRY, readPath('path_arg')],
  [TYPE.TG_TYPE_LINUX_BINPRM, readPath('linux_binprm_arg')],
  [TYPE.TG_TYPE_SOCK, bodyOf(tg_sock_body.size, readSock)],
  [TYPE.TG_TYPE_SOCKET, bodyOf(tg_sock_body.size, readSock)],
  [TYPE.TG_TYPE_SKB, bodyOf(tg_skb_body.size, readSkb)],
  [TYPE.TG_TYPE_SOCKADDR, bodyOf(tg_address_body.size, readAddress)],
  [TYPE.TG_TYPE_SOCKADDR_UN, readUnixAddress],
  [TYPE.TG_TYPE_CRED, bodyOf(tg_cred_body.size, readCredentials)],
  [TYPE.TG_TYPE_USER_NAMESPACE, bodyOf(tg_user_namespace_body.size, readUserNamespace)],
  [TYPE.TG_TYPE_CAPABILITY, readCapability],
  [TYPE.TG_TYPE_KERNEL_CAP, readMask('kernel_cap_t_arg')],
  [TYPE.TG_TYPE_CAP_INHERITABLE, readMask('cap_inheritable_arg')],
  [TYPE.TG_TYPE_CAP_PERMITTED, readMask('cap_permitted_arg')],
  [TYPE.TG_TYPE_CAP_EFFECTIVE, readMask('cap_effective_arg')],
  [TYPE.TG_TYPE_BPF_ATTR, bodyOf(tg_bpf_program_body.size, readProgram('bpf_attr_arg'))],
  [TYPE.TG_TYPE_BPF_PROG, bodyOf(tg_bpf_program_body.size, readProgram('bpf_prog_arg'))],
  [TYPE.TG_TYPE_BPF_MAP, bodyOf(tg_bpf_map_body.size, readMap)],
  [TYPE.TG_TYPE_BPF_CMD, readBpfCommand],
  [TYPE.TG_TYPE_PERF_EVENT, bodyOf(tg_perf_event_body.size, readPerfEvent)],
  [TYPE.TG_TYPE_LOAD_INFO, bodyOf(tg_module_body.size, readModule)],
  [TYPE.TG_TYPE_MODULE, bodyOf(tg_module_body.size, readModule)],
  [TYPE.TG_TYPE_SYSCALL64, readSyscall],
]);

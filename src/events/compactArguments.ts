/** What a hook saw, for lines of hooks that tetra shows by name only. */
import { type CompactField, own } from './compactSegments.ts';
import { syscallName } from './syscallNumbers.ts';
import { decodeUtf8, escapeText, joinSafe, quote, quoteIfNeeded, type SafeText } from './text.ts';
import type {
  BpfProgArgument,
  Envelope,
  KprobeArgument,
  ModuleArgument,
  PathArgument,
  ProcessCredentials,
  SkbArgument,
  SockArgument,
  SyscallIdArgument,
  UserNamespace,
} from './types.ts';

/**
 * The values that the line of an event of ours shows: args, data, and behind `=` what the call returned. A line of Tetragon's own
 * log must equal what tetra makes of it, which is none of them.
 */
export const valueFields = ({ trigon, ...event }: Envelope & Values): CompactField[] => {
  if (trigon === undefined) return [];
  const seen = [...event.args, ...(event.data ?? [])];
  const returned = event.return ?? trigon.return;
  return [
    ...seen.map((argument) => own('value', argumentText(argument))),
    ...(returned === undefined ? [] : [own('plain', '='), own('value', argumentText(returned))]),
  ];
};

type Values = {
  readonly args: readonly KprobeArgument[];
  readonly data?: readonly KprobeArgument[];
  readonly return?: KprobeArgument;
};

/** Characters and bytes of one argument that a line shows. */
const MOST_CHARACTERS = 256;
const MOST_BYTES = 64;

/** An argument in one short piece, behind its label: `/etc/shadow`, `fd=3`, `tcp 10.0.0.1:1000 -> 10.0.0.2:80`. */
export const argumentText = (argument: KprobeArgument): SafeText => {
  const text = valueText(argument);
  return argument.label === undefined || argument.label === ''
    ? text
    : joinSafe([quoteIfNeeded(argument.label), text], escapeText('='));
};

const clipped = (text: string): SafeText => {
  if (text === '') return escapeText('""');
  if (text.length <= MOST_CHARACTERS) return quoteIfNeeded(text);
  return joinSafe([quoteIfNeeded(text.slice(0, MOST_CHARACTERS)), escapeText('…')]);
};

const valueText = (argument: KprobeArgument): SafeText => {
  switch (argument.kind) {
    case 'string_arg':
      return clipped(argument.value);
    case 'int_arg':
    case 'uint_arg':
    case 'long_arg':
    case 'size_arg':
      return escapeText(String(argument.value));
    case 'file_arg':
    case 'path_arg':
    case 'linux_binprm_arg':
      return pathText(argument.value);
    case 'bytes_arg':
      return bytesText(argument.value, BigInt(argument.value.length));
    case 'truncated_bytes_arg':
      return bytesText(argument.value.bytesArg, argument.value.origSize);
    case 'sock_arg':
      return sockText(argument.value);
    case 'skb_arg':
      return noted(escapeText(connectionText(argument.value)), `${argument.value.len} bytes`);
    case 'sockaddr_arg':
      return escapeText(endpoint(argument.value.addr, argument.value.port));
    case 'sockaddrun_arg':
      return clipped(argument.value.path);
    case 'process_credentials_arg':
      return credentialsText(argument.value);
    case 'cred_arg':
      return noted(NOTHING, `${argument.value.effective?.length ?? 0} effective capabilities`);
    case 'user_ns_arg':
    case 'user_namespace_arg':
      return userNamespaceText(argument.value);
    case 'capability_arg':
      return clipped(argument.value.name || String(argument.value.value ?? 0));
    case 'kernel_cap_t_arg':
    case 'cap_inheritable_arg':
    case 'cap_permitted_arg':
    case 'cap_effective_arg':
      return escapeText(`0x${argument.value.replace(/^0+(?=.)/, '')}`);
    case 'bpf_attr_arg':
    case 'bpf_prog_arg':
      return programText(argument.value);
    case 'bpf_map_arg':
      return noted(clipped(argument.value.mapName), argument.value.mapType);
    case 'perf_event_arg':
      return noted(clipped(argument.value.kprobeFunc), argument.value.type);
    case 'module_arg':
      return moduleText(argument.value);
    case 'net_dev_arg':
      return clipped(argument.value.name);
    case 'bpf_cmd_arg':
      return escapeText(argument.value);
    case 'syscall_id':
      return syscallIdText(argument.value);
    case 'error_arg':
      return noted(NOTHING, argument.value.message);
    case 'unknown':
      return escapeText('?');
  }
};

const NOTHING = escapeText('');

/** Notes stand in parentheses behind the value, so that one sees where each value ends. */
const noted = (text: SafeText, ...notes: readonly string[]): SafeText =>
  notes.length === 0 ? text : joinSafe([text, escapeText(`(${notes.join(', ')})`)]);

/** Files without a path, by the first letter of their permission. */
const UNNAMED: Readonly<Record<string, string>> = { p: '(pipe)', s: '(socket)' };

/** What stands in the place of a path that is empty. */
export const unnamedFile = ({ permission = '' }: PathArgument): string =>
  UNNAMED[permission.charAt(0)] ?? '(no path)';

const pathText = (file: PathArgument): SafeText =>
  file.path === '' ? escapeText(unnamedFile(file)) : clipped(file.path);

const bytesText = (bytes: Uint8Array, size: bigint): SafeText => {
  const text = quote(decodeUtf8(bytes.subarray(0, MOST_BYTES)));
  return size <= MOST_BYTES ? text : noted(joinSafe([text, escapeText('…')]), `${size} bytes`);
};

/** `1.2.3.4:80`, `[::1]:80` */
export const endpoint = (address: string, port: number): string =>
  `${address.includes(':') ? `[${address}]` : address}:${port}`;

const connectionText = ({ protocol, saddr, sport, daddr, dport }: SockArgument | SkbArgument) =>
  `${protocol.replace(/^IPPROTO_/, '').toLowerCase()} ${endpoint(saddr, sport)} -> ${endpoint(daddr, dport)}`;

/** Addresses mean something for the internet's families only. */
const sockText = (sock: SockArgument): SafeText =>
  escapeText(
    /^AF_INET6?$/.test(sock.family) ? connectionText(sock) : `${sock.family} ${sock.type}`,
  );

/** The real ids, and the effective ones where they differ. */
const credentialsText = ({ uid, gid, euid, egid }: ProcessCredentials): SafeText => {
  const real = `uid ${uid ?? 0} gid ${gid ?? 0}`;
  const isSame = uid === euid && gid === egid;
  return noted(NOTHING, isSame ? real : `${real} euid ${euid ?? 0} egid ${egid ?? 0}`);
};

const userNamespaceText = ({ level, ns }: Pick<UserNamespace, 'level' | 'ns'>): SafeText =>
  noted(escapeText(`user:[${ns?.inum ?? 0}]`), ns?.isHost ? 'host' : `level ${level ?? 0}`);

const programText = ({ progType, progName, insnCnt }: BpfProgArgument): SafeText =>
  noted(clipped(progName), progType, `${insnCnt} instructions`);

const moduleText = ({ name, signatureOk, tainted = [] }: ModuleArgument): SafeText =>
  noted(clipped(name), ...(signatureOk === false ? ['not signed'] : []), ...tainted);

const syscallIdText = ({ id, abi }: SyscallIdArgument): SafeText => {
  const name = syscallName(abi, id);
  return name === undefined ? clipped(`${abi}/${id}`) : escapeText(name);
};

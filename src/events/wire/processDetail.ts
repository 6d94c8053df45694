import { tg_exec_record as EXEC, tg_text_flag as FLAG } from '../../generated/layouts.ts';
import { capabilitiesFromMask } from '../capabilities.ts';
import { type PrivilegesChanged, secureBitNames } from '../enums.ts';
import { decodeUtf8 } from '../text.ts';
import type {
  BinaryProperties,
  Capabilities,
  EnvironmentVariable,
  Namespaces,
  Process,
  ProcessCredentials,
} from '../types.ts';

/** Inode numbers of PID 1's namespaces; `isHost` compares with them. */
export type HostNamespaces = Readonly<Record<NamespaceField, number>>;
type NamespaceField = keyof typeof EXEC.at.namespaces;

const NAMESPACE_FIELDS = Object.keys(EXEC.at.namespaces) as NamespaceField[];

/** The namespaces of the process that an exec record is about. */
export function namespacesOf(record: Uint8Array): HostNamespaces {
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  const entries = NAMESPACE_FIELDS.map((name) => [
    name,
    view.getUint32(EXEC.at.namespaces[name], true),
  ]);
  return Object.fromEntries(entries) as HostNamespaces;
}

/** Parts of a process message that Tetragon has only when it is asked for them. */
export type ProcessDetail = {
  /** Tetragon's --enable-process-cred: `cap`, `processCredentials`, `binaryProperties`. */
  credentials: boolean;
  /** Tetragon's --enable-process-ns; undefined: not wanted. */
  namespaces: HostNamespaces | undefined;
  /** Tetragon's --username-metadata=unix. */
  userName: ((uid: number) => string | undefined) | undefined;
};

export const NO_DETAIL: ProcessDetail = {
  credentials: false,
  namespaces: undefined,
  userName: undefined,
};

export type DetailFields = Pick<
  Process,
  'cap' | 'ns' | 'processCredentials' | 'binaryProperties' | 'user'
>;

/** Whether any of them is wanted. */
export const wantsDetail = ({ credentials, namespaces, userName }: ProcessDetail): boolean =>
  credentials || namespaces !== undefined || userName !== undefined;

/** The optional parts of a process message, from the fixed part of its exec record. */
export function readDetail(view: DataView, exe: string, wanted: ProcessDetail): DetailFields {
  const name = wanted.userName?.(view.getUint32(EXEC.at.euid, true));
  const properties = wanted.credentials ? readBinaryProperties(view, exe) : undefined;
  return {
    ...(wanted.credentials
      ? { cap: readCapabilities(view), processCredentials: readCredentials(view) }
      : {}),
    ...(properties ? { binaryProperties: properties } : {}),
    ...(wanted.namespaces ? { ns: readNamespaces(view, wanted.namespaces) } : {}),
    ...(name === undefined ? {} : { user: { name } }),
  };
}

function readCapabilities(view: DataView): Capabilities {
  const names = (at: number) => capabilitiesFromMask(view.getBigUint64(at, true));
  const permitted = names(EXEC.at.cap_permitted);
  const effective = names(EXEC.at.cap_effective);
  const inheritable = names(EXEC.at.cap_inheritable);
  return {
    ...(permitted.length > 0 ? { permitted } : {}),
    ...(effective.length > 0 ? { effective } : {}),
    ...(inheritable.length > 0 ? { inheritable } : {}),
  };
}

function readCredentials(view: DataView): ProcessCredentials {
  const id = (at: number) => view.getUint32(at, true);
  const bits = secureBitNames(id(EXEC.at.securebits));
  return {
    uid: id(EXEC.at.uid),
    gid: id(EXEC.at.gid),
    euid: id(EXEC.at.euid),
    egid: id(EXEC.at.egid),
    suid: id(EXEC.at.suid),
    sgid: id(EXEC.at.sgid),
    fsuid: id(EXEC.at.fsuid),
    fsgid: id(EXEC.at.fsgid),
    ...(bits.length > 0 ? { securebits: bits } : {}),
  };
}

function readNamespaces(view: DataView, host: HostNamespaces): Namespaces {
  const one = (name: NamespaceField) => {
    const inum = view.getUint32(EXEC.at.namespaces[name], true);
    return { inum, isHost: inum !== 0 && inum === host[name] };
  };
  return {
    uts: one('uts'),
    ipc: one('ipc'),
    mnt: one('mnt'),
    pid: one('pid'),
    pidForChildren: one('pid_for_children'),
    net: one('net'),
    time: one('time'),
    timeForChildren: one('time_for_children'),
    cgroup: one('cgroup'),
    user: one('user'),
  };
}

const S_ISUID = 0o4000;
const S_ISGID = 0o2000;
const S_IXGRP = 0o0010;

/**
 * What the executable file did to the process's privileges, worked out from the result (security/commoncap.c,
 * bprm_fill_uid() in fs/exec.c): a set-user-id file shows in an effective id that is the file's owner's and not the real one;
 * capabilities beyond the ambient ones, of a process that root's rules don't cover, can only come from the file.
 */
function readBinaryProperties(view: DataView, exe: string): BinaryProperties | undefined {
  const id = (at: number) => view.getUint32(at, true);
  const mode = id(EXEC.at.exe_mode);
  const euid = id(EXEC.at.euid);
  const egid = id(EXEC.at.egid);
  const setuid = (mode & S_ISUID) !== 0 && euid === id(EXEC.at.exe_uid) && euid !== id(EXEC.at.uid);
  const setgid =
    (mode & (S_ISGID | S_IXGRP)) === (S_ISGID | S_IXGRP) &&
    egid === id(EXEC.at.exe_gid) &&
    egid !== id(EXEC.at.gid);
  const permitted = view.getBigUint64(EXEC.at.cap_permitted, true);
  const ambient = view.getBigUint64(EXEC.at.cap_ambient, true);
  const fileCaps = euid !== 0 && id(EXEC.at.uid) !== 0 && (permitted & ~ambient) !== 0n;
  const raised: PrivilegesChanged[] = [
    ...(fileCaps ? (['PRIVILEGES_RAISED_EXEC_FILE_CAP'] as const) : []),
    ...(setuid ? (['PRIVILEGES_RAISED_EXEC_FILE_SETUID'] as const) : []),
    ...(setgid ? (['PRIVILEGES_RAISED_EXEC_FILE_SETGID'] as const) : []),
  ];
  const isLive = (id(EXEC.at.flags) & FLAG.TG_SNAPSHOT) === 0;
  const links = id(EXEC.at.exe_links);
  // Unlinked or in memory only: the path says nothing, the inode is all there is.
  const file =
    isLive && links === 0
      ? { inode: { number: view.getBigUint64(EXEC.at.exe_inode, true), links }, path: exe }
      : undefined;
  if (raised.length === 0 && !file) return undefined;
  return {
    ...(setuid ? { setuid: euid } : {}),
    ...(setgid ? { setgid: egid } : {}),
    ...(raised.length > 0 ? { privilegesChanged: raised } : {}),
    ...(file ? { file } : {}),
  };
}

/** `NAME=value` strings, each ended by NUL; those without `=` have an empty value. */
export function readEnvironment(bytes: Uint8Array): EnvironmentVariable[] {
  const variables: EnvironmentVariable[] = [];
  for (let start = 0; start < bytes.length; ) {
    const nul = bytes.indexOf(0, start);
    const end = nul < 0 ? bytes.length : nul;
    const text = decodeUtf8(bytes.subarray(start, end));
    const equals = text.indexOf('=');
    variables.push(
      equals < 0
        ? { key: text, value: '' }
        : { key: text.slice(0, equals), value: text.slice(equals + 1) },
    );
    start = end + 1;
  }
  return variables;
}

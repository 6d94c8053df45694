/** What the functions that tetra knows show in a compact line. */
import { valueFields } from './compactArguments.ts';
import {
  argumentValue,
  type CompactField,
  type CompactShape,
  foreign,
  head,
  own,
} from './compactSegments.ts';
import { setnsNamespace } from './namespaces.ts';
import { quoteIfNeeded } from './text.ts';
import type { EventOf, KprobeArgument } from './types.ts';

type Arguments = readonly KprobeArgument[];

const filePath = (argument: KprobeArgument | undefined): CompactField => {
  const file = argumentValue(argument, 'file_arg');
  return file && foreign('path', file.path);
};

/** An argument that is there but is no string shows as an empty one. */
const stringPath = (argument: KprobeArgument | undefined): CompactField =>
  argument && foreign('path', argumentValue(argument, 'string_arg') ?? '');

/** `N bytes`; a third argument that is no size counts as 0. */
const byteCount = (argument: KprobeArgument | undefined): CompactField =>
  argument && own('detail', `${argumentValue(argument, 'size_arg') ?? 0n} bytes`);

const endpoints = (argument: KprobeArgument | undefined): CompactField => {
  const sock = argumentValue(argument, 'sock_arg');
  if (sock === undefined) return undefined;
  const source = `${quoteIfNeeded(sock.saddr)}:${sock.sport}`;
  const destination = `${quoteIfNeeded(sock.daddr)}:${sock.dport}`;
  return own('endpoint', `tcp ${source} -> ${destination}`);
};

const transfer =
  (emoji: string, verb: string) =>
  (args: Arguments): CompactShape => ({
    head: head(emoji, verb),
    fields: [filePath(args[0]), byteCount(args[2])],
  });

const fileOnly =
  (emoji: string, verb: string, position: number) =>
  (args: Arguments): CompactShape => ({
    head: head(emoji, verb),
    fields: [filePath(args[position])],
  });

const secondString =
  (emoji: string, verb: string) =>
  (args: Arguments): CompactShape => ({
    head: head(emoji, verb),
    fields: [stringPath(args[1])],
  });

const twoPaths =
  (emoji: string, verb: string) =>
  (args: Arguments): CompactShape => ({
    head: head(emoji, verb),
    fields: [stringPath(args[0]), stringPath(args[1])],
  });

const connection =
  (emoji: string, verb: string) =>
  (args: Arguments): CompactShape => ({
    head: head(emoji, verb),
    fields: [endpoints(args[0])],
  });

const nothing = (emoji: string, verb: string) => (): CompactShape => ({
  head: head(emoji, verb),
  fields: [],
});

const setuid = ([uid]: Arguments): CompactShape => ({
  head: head('🔑 ', 'setuid'),
  fields: [uid && own('detail', String(argumentValue(uid, 'int_arg') ?? 0))],
});

const setns = ([, flag]: Arguments): CompactShape => ({
  head: head('🔧 ', 'setns'),
  fields: [flag && own('plain', setnsNamespace(argumentValue(flag, 'int_arg') ?? 0))],
});

const sendmsg = ([sock, size]: Arguments): CompactShape => ({
  head: head('📤 ', 'sendmsg'),
  fields: [endpoints(sock), own('plain', `bytes ${argumentValue(size, 'int_arg') ?? 0}`)],
});

const bpfLoad = ([attributes]: Arguments): CompactShape => {
  const program = argumentValue(attributes, 'bpf_attr_arg');
  const names = program && `${quoteIfNeeded(program.progType)} ${quoteIfNeeded(program.progName)}`;
  return {
    head: head('🐝 ', 'bpf_load'),
    fields: [program && own('detail', `${names} instruction count ${program.insnCnt}`)],
  };
};

const perfEvent = ([event]: Arguments): CompactShape => {
  const perf = argumentValue(event, 'perf_event_arg');
  const names = perf && `${quoteIfNeeded(perf.type)} ${quoteIfNeeded(perf.kprobeFunc)}`;
  return {
    head: head('🐝 ', 'perf_event_alloc'),
    fields: [names === undefined ? undefined : own('detail', names)],
  };
};

const bpfMap = ([argument]: Arguments): CompactShape => {
  const map = argumentValue(argument, 'bpf_map_arg');
  const names = map && `${quoteIfNeeded(map.mapType)} ${quoteIfNeeded(map.mapName)}`;
  const sizes =
    map && `key size ${map.keySize} value size ${map.valueSize} max entries ${map.maxEntries}`;
  return {
    head: head('🗺 ', 'bpf_map_create'),
    fields: [map && own('detail', `${names} ${sizes}`)],
  };
};

/** MAY_WRITE and MAY_READ of the kernel's permission masks (linux/fs.h). */
const MAY_WRITE = 2;
const MAY_READ = 4;

const filePermission = (args: Arguments): CompactShape => {
  const unknown = head('❓ ', 'security_file_permission');
  if (args.length < 2) return { head: unknown, fields: [undefined] };
  const mask = argumentValue(args[1], 'int_arg');
  if (mask === MAY_WRITE) return { head: head('📝 ', 'write'), fields: [filePath(args[0])] };
  if (mask === MAY_READ) return { head: head('📚 ', 'read'), fields: [filePath(args[0])] };
  return { head: unknown, fields: [filePath(args[0])] };
};

/** PROT_* of mmap(2), each with its letter. */
const PROTECTIONS = [
  [1, 'r'],
  [2, 'w'],
  [4, 'x'],
] as const;

const mmapFile = (args: Arguments): CompactShape => {
  if (args.length < 2) return { head: head('❓ ', 'security_mmap_file'), fields: [undefined] };
  const protection = argumentValue(args[1], 'uint_arg') ?? 0;
  const letters = PROTECTIONS.filter(([bit]) => (protection & bit) !== 0).map(
    ([, letter]) => letter,
  );
  return { head: head('📝 ', `mmap-${letters.join('')}`), fields: [filePath(args[0])] };
};

const pathTruncate = ([path]: Arguments): CompactShape => {
  if (path === undefined) {
    return { head: head('❓ ', 'security_path_truncate'), fields: [undefined] };
  }
  const value = argumentValue(path, 'path_arg');
  return { head: head('📝 ', 'truncate'), fields: [value && foreign('path', value.path)] };
};

const fileTruncate = ([file]: Arguments): CompactShape =>
  file === undefined
    ? { head: head('❓ ', 'security_file_truncate'), fields: [undefined] }
    : { head: head('📝 ', 'truncate'), fields: [filePath(file)] };

/** By function name without the architecture's syscall prefix. */
const SHAPES: ReadonlyMap<string, (args: Arguments) => CompactShape> = new Map([
  ['sys_write', transfer('📝 ', 'write')],
  ['sys_read', transfer('📚 ', 'read')],
  ['fd_install', fileOnly('📬 ', 'open', 1)],
  ['sys_openat', secondString('📬\ufe0f ', 'openat')],
  // Upstream shows argument 1 here too, although the path of open(2) is argument 0.
  ['sys_open', secondString('📬\ufe0f ', 'open')],
  ['sys_close', fileOnly('📪 ', 'close', 0)],
  ['sys_mount', twoPaths('💾 ', 'mount')],
  ['sys_setuid', setuid],
  ['sys_clock_settime', nothing('⏰ ', 'clock_settime')],
  ['sys_pivot_root', twoPaths('💾 ', 'pivot_root')],
  ['proc_exec_connector', nothing('🔧 ', 'proc_exec_connector')],
  ['sys_setns', setns],
  ['tcp_connect', connection('🔌 ', 'connect')],
  ['tcp_close', connection('🧹 ', 'close')],
  ['tcp_sendmsg', sendmsg],
  ['bpf_check', bpfLoad],
  ['security_perf_event_alloc', perfEvent],
  ['security_bpf_map_alloc', bpfMap],
  ['security_bpf_map_create', bpfMap],
  ['security_file_permission', filePermission],
  ['security_mmap_file', mmapFile],
  ['security_path_truncate', pathTruncate],
  ['security_file_truncate', fileTruncate],
]);

const SYSCALL_PREFIX = /^__(?:x64|arm64|ia32)_/;

/** Verb and fields of a kprobe event; a function that is not in the table shows its name. */
export const kprobeShape = (event: EventOf<'process_kprobe'>): CompactShape =>
  SHAPES.get(event.functionName.replace(SYSCALL_PREFIX, ''))?.(event.args) ?? {
    head: head('❓ ', 'syscall'),
    fields: [foreign('function', event.functionName), ...valueFields(event)],
  };

import { describe, expect, test } from 'vitest';
import { decodeEvent, encodeEvent } from '../../../src/events/json.ts';
import type { KprobeArgument } from '../../../src/events/types.ts';
import { readArgument } from '../../../src/events/wire/argument.ts';
import { readValues } from '../../../src/events/wire/values.ts';
import {
  tg_address_body as ADDRESS,
  tg_cred_body as CRED,
  tg_text_flag as FLAG,
  tg_bpf_map_body as MAP,
  tg_module_body as MODULE,
  tg_user_namespace_body as NAMESPACE,
  tg_perf_event_body as PERF,
  tg_bpf_program_body as PROGRAM,
  tg_skb_body as SKB,
  tg_sock_body as SOCK,
  tg_type as TYPE,
} from '../../../src/generated/layouts.ts';
import { kprobe } from '../events/helpers.ts';
import { address, join, policyRecord, struct, type ValueFields, value } from './records.ts';

type TypeName = keyof typeof TYPE;

const HOST_USER_NAMESPACE = 4026531837;

const read = (type: TypeName, fields: ValueFields): KprobeArgument => {
  const [first] = readValues(policyRecord([value(type, fields)])).args;
  if (!first) throw new Error('no value');
  return readArgument(first, { hostUserNamespace: HOST_USER_NAMESPACE });
};

/** An argument as it stands in JSON. */
const jsonOf = (argument: KprobeArgument): unknown => {
  const event = encodeEvent(kprobe('f', [argument]));
  // What can't be read back is no Tetragon event.
  expect(decodeEvent(event)).toMatchObject({ args: [argument] });
  return (JSON.parse(event) as { process_kprobe: { args: unknown[] } }).process_kprobe.args[0];
};

const ALL_ONES = -1n;
const V4 = { source: address(10, 0, 0, 1), destination: address(10, 0, 0, 2) };
const V6 = {
  source: address(0xfe80, 0, 0, 0, 1, 0, 0, 1),
  destination: address(0, 0, 0, 0, 0, 0xffff, 0x0102, 0x0304),
};
const sock = (fields: Parameters<typeof struct>[1]) => struct(SOCK, fields);
const name = (body: Uint8Array, text: string) => join([body, Buffer.from(text)]);

const CASES: [TypeName, string, ValueFields, unknown][] = [
  ['TG_TYPE_INT', 'negative', { number: -100n }, { int_arg: -100 }],
  [
    'TG_TYPE_INT',
    'of a 64-bit register',
    { number: 0xffff_ffff_8000_0000n },
    { int_arg: -(2 ** 31) },
  ],
  ['TG_TYPE_INT', 'zero', {}, { int_arg: 0 }],
  ['TG_TYPE_S32', 'largest', { number: 0x7fff_ffffn }, { int_arg: 2 ** 31 - 1 }],
  ['TG_TYPE_S16', 'negative', { number: -2n }, { int_arg: -2 }],
  ['TG_TYPE_S16', 'cut', { number: 0x1_8000n }, { int_arg: -32768 }],
  ['TG_TYPE_S8', 'negative', { number: -128n }, { int_arg: -128 }],
  ['TG_TYPE_U32', 'largest', { number: ALL_ONES }, { uint_arg: 2 ** 32 - 1 }],
  ['TG_TYPE_U16', 'largest', { number: ALL_ONES }, { uint_arg: 65535 }],
  ['TG_TYPE_U8', 'largest', { number: ALL_ONES }, { uint_arg: 255 }],
  ['TG_TYPE_S64', 'smallest', { number: 1n << 63n }, { long_arg: '-9223372036854775808' }],
  ['TG_TYPE_U64', 'largest', { number: ALL_ONES }, { size_arg: '18446744073709551615' }],
  ['TG_TYPE_SIZE', 'zero', {}, { size_arg: '0' }],
  ['TG_TYPE_STRING', 'text', { body: 'ümlaut' }, { string_arg: 'ümlaut' }],
  ['TG_TYPE_STRING', 'empty', {}, { string_arg: '' }],
  [
    'TG_TYPE_STRING',
    'not UTF-8',
    { body: Uint8Array.of(0x61, 0xff, 0x62) },
    { string_arg: 'a\ufffdb' },
  ],
  ['TG_TYPE_FILENAME', 'text', { body: '/etc/x' }, { string_arg: '/etc/x' }],
  ['TG_TYPE_CONST_BUF', 'filled up', { body: 'bash\0\0\0\0' }, { string_arg: 'bash' }],
  ['TG_TYPE_DATA_LOC', 'text', { body: 'a line' }, { string_arg: 'a line' }],
  ['TG_TYPE_NET_DEVICE', 'name', { body: 'eth0' }, { string_arg: 'eth0' }],
  ['TG_TYPE_CHAR_BUF', 'whole', { body: 'hi\0', number: 3n }, { bytes_arg: 'aGkA' }],
  ['TG_TYPE_CHAR_BUF', 'empty', {}, { bytes_arg: '' }],
  [
    'TG_TYPE_CHAR_BUF',
    'cut',
    { body: 'hi', number: 5000n },
    { truncated_bytes_arg: { bytes_arg: 'aGk=', orig_size: '5000' } },
  ],
  ['TG_TYPE_CHAR_IOVEC', 'whole', { body: 'hi', number: 2n }, { bytes_arg: 'aGk=' }],
  [
    'TG_TYPE_IOV_ITER',
    'cut',
    { body: 'hi', number: 3n },
    { truncated_bytes_arg: { bytes_arg: 'aGk=', orig_size: '3' } },
  ],
  [
    'TG_TYPE_FILE',
    'regular',
    { body: '/a', number: 0o100640n },
    { file_arg: { path: '/a', permission: '-rw-r-----' } },
  ],
  [
    'TG_TYPE_FD',
    'deleted',
    { body: '/a', number: 0o100600n, flags: FLAG.TG_PATH_DELETED },
    { file_arg: { path: '/a (deleted)', permission: '-rw-------' } },
  ],
  [
    'TG_TYPE_KIOCB',
    'partial',
    { body: '/b', flags: FLAG.TG_PATH_PARTIAL },
    { file_arg: { path: '/b', flags: 'unresolvedPathComponents', permission: '----------' } },
  ],
  ['TG_TYPE_FILE', 'a pipe', { number: 0o10600n }, { file_arg: { permission: 'prw-------' } }],
  [
    'TG_TYPE_PATH',
    'folder',
    { body: '/tmp', number: 0o41777n },
    { path_arg: { path: '/tmp', permission: 'drwxrwxrwt' } },
  ],
  [
    'TG_TYPE_DENTRY',
    'link',
    { body: '/l', number: 0o120777n },
    { path_arg: { path: '/l', permission: 'lrwxrwxrwx' } },
  ],
  [
    'TG_TYPE_LINUX_BINPRM',
    'set-user-id',
    { body: '/usr/bin/su', number: 0o104755n },
    { linux_binprm_arg: { path: '/usr/bin/su', permission: '-rwsr-xr-x' } },
  ],
  [
    'TG_TYPE_SOCK',
    'IPv4',
    {
      body: sock({
        ...V4,
        ...{ cookie: 0xffff_8880_0000_0001n, family: 2, type: 1, protocol: 6, state: 2 },
        ...{ mark: 7, priority: 3, source_port: 1000, destination_port: 65535 },
      }),
    },
    {
      sock_arg: {
        ...{
          family: 'AF_INET',
          type: 'SOCK_STREAM',
          protocol: 'IPPROTO_TCP',
          mark: 7,
          priority: 3,
        },
        ...{ saddr: '10.0.0.1', daddr: '10.0.0.2', sport: 1000, dport: 65535 },
        ...{ cookie: '18446612682070032385', state: 'TCP_SYN_SENT' },
      },
    },
  ],
  [
    'TG_TYPE_SOCKET',
    'IPv6',
    { body: sock({ ...V6, family: 10, type: 2, protocol: 17, state: 7, destination_port: 53 }) },
    {
      sock_arg: {
        ...{ family: 'AF_INET6', type: 'SOCK_DGRAM', protocol: 'IPPROTO_UDP' },
        ...{ saddr: 'fe80::1:0:0:1', daddr: '::ffff:1.2.3.4', dport: 53, state: 'TCP_CLOSE' },
      },
    },
  ],
  [
    'TG_TYPE_SOCK',
    'neither',
    { body: sock({ family: 99, type: 11, protocol: 262, state: 99 }) },
    {
      sock_arg: {
        ...{ family: '99', type: '11', protocol: 'IPPROTO_MPTCP', state: '99' },
        ...{ saddr: 'invalid IP', daddr: 'invalid IP' },
      },
    },
  ],
  [
    'TG_TYPE_SKB',
    'UDP',
    {
      body: struct(SKB, {
        ...V4,
        ...{ hash: 1, length: 120, priority: 2, mark: 3, family: 2, protocol: 17 },
        ...{ source_port: 40000, destination_port: 53 },
        ...{ sec_path_length: 4, sec_path_outer_length: 5, ether_protocol: 0x800 },
      }),
    },
    {
      skb_arg: {
        ...{ hash: 1, len: 120, priority: 2, mark: 3, saddr: '10.0.0.1', daddr: '10.0.0.2' },
        ...{ sport: 40000, dport: 53, proto: 17, sec_path_len: 4, sec_path_olen: 5 },
        ...{ protocol: 'IPPROTO_UDP', family: 'AF_INET' },
      },
    },
  ],
  [
    'TG_TYPE_SOCKADDR',
    'IPv4',
    { body: struct(ADDRESS, { family: 2, port: 53, address: address(8, 8, 4, 4) }) },
    { sockaddr_arg: { family: 'AF_INET', addr: '8.8.4.4', port: 53 } },
  ],
  [
    'TG_TYPE_SOCKADDR_UN',
    'path',
    { body: '/run/x\0\0', number: 1n },
    { sockaddrun_arg: { family: 'AF_UNIX', path: '/run/x' } },
  ],
  [
    'TG_TYPE_SOCKADDR_UN',
    'abstract',
    { body: '\0na\0me\0', number: 1n },
    { sockaddrun_arg: { family: 'AF_UNIX', path: '@name' } },
  ],
  ['TG_TYPE_SOCKADDR_UN', 'unnamed', { number: 1n }, { sockaddrun_arg: { family: 'AF_UNIX' } }],
  [
    'TG_TYPE_CRED',
    'of root in the host',
    {
      body: struct(CRED, {
        ...{ securebits: 17, permitted: 0b11n, effective: 1n << 21n },
        ...{ 'user_namespace.inode': HOST_USER_NAMESPACE },
      }),
    },
    {
      process_credentials_arg: {
        ...{ uid: 0, gid: 0, euid: 0, egid: 0, suid: 0, sgid: 0, fsuid: 0, fsgid: 0 },
        securebits: ['SecBitNoRoot', 'SecBitKeepCaps'],
        caps: { permitted: ['CAP_CHOWN', 'DAC_OVERRIDE'], effective: ['CAP_SYS_ADMIN'] },
        user_ns: { level: 0, uid: 0, gid: 0, ns: { inum: HOST_USER_NAMESPACE, is_host: true } },
      },
    },
  ],
  [
    'TG_TYPE_CRED',
    'each id in its place',
    {
      body: struct(CRED, {
        ...{ uid: 1, gid: 2, euid: 3, egid: 4, suid: 5, sgid: 6, fsuid: 7, fsgid: 8 },
        ...{ inheritable: 1n << 40n, 'user_namespace.level': 2, 'user_namespace.owner': 9 },
        ...{ 'user_namespace.group': 10, 'user_namespace.inode': 11 },
      }),
    },
    {
      process_credentials_arg: {
        ...{ uid: 1, gid: 2, euid: 3, egid: 4, suid: 5, sgid: 6, fsuid: 7, fsgid: 8 },
        caps: { inheritable: ['CAP_CHECKPOINT_RESTORE'] },
        user_ns: { level: 2, uid: 9, gid: 10, ns: { inum: 11 } },
      },
    },
  ],
  [
    'TG_TYPE_USER_NAMESPACE',
    'a container’s',
    { body: struct(NAMESPACE, { level: 1, owner: 1000, group: 1001, inode: 5 }) },
    { user_ns_arg: { level: 1, uid: 1000, gid: 1001, ns: { inum: 5 } } },
  ],
  [
    'TG_TYPE_CAPABILITY',
    'known',
    { number: 21n },
    { capability_arg: { value: 21, name: 'CAP_SYS_ADMIN' } },
  ],
  ['TG_TYPE_CAPABILITY', 'unknown', { number: 63n }, { capability_arg: { value: 63 } }],
  ['TG_TYPE_KERNEL_CAP', 'bits', { number: 0x1ffn }, { kernel_cap_t_arg: '00000000000001ff' }],
  ['TG_TYPE_CAP_INHERITABLE', 'none', {}, { cap_inheritable_arg: '0000000000000000' }],
  ['TG_TYPE_CAP_PERMITTED', 'all', { number: ALL_ONES }, { cap_permitted_arg: 'ffffffffffffffff' }],
  [
    'TG_TYPE_CAP_EFFECTIVE',
    'bits',
    { number: 1n << 40n },
    { cap_effective_arg: '0000010000000000' },
  ],
  [
    'TG_TYPE_BPF_ATTR',
    'kprobe',
    { body: struct(PROGRAM, { type: 2, instructions: 40, name: 'probe' }) },
    { bpf_attr_arg: { ProgType: 'BPF_PROG_TYPE_KPROBE', InsnCnt: 40, ProgName: 'probe' } },
  ],
  [
    'TG_TYPE_BPF_PROG',
    'of a later kernel, the name without room for a NUL',
    { body: struct(PROGRAM, { type: 77, name: '0123456789abcdef' }) },
    { bpf_prog_arg: { ProgType: '77', ProgName: '0123456789abcdef' } },
  ],
  [
    'TG_TYPE_BPF_MAP',
    'ring buffer',
    {
      body: struct(MAP, { type: 27, key_size: 4, value_size: 8, max_entries: 4096, name: 'ring' }),
    },
    {
      bpf_map_arg: {
        ...{ MapType: 'BPF_MAP_TYPE_RINGBUF', KeySize: 4, ValueSize: 8 },
        ...{ MaxEntries: 4096, MapName: 'ring' },
      },
    },
  ],
  ['TG_TYPE_BPF_CMD', 'known', { number: 5n }, { bpf_cmd_arg: 'BPF_PROG_LOAD' }],
  ['TG_TYPE_BPF_CMD', 'of a later kernel', { number: 99n }, { int_arg: 99 }],
  [
    'TG_TYPE_PERF_EVENT',
    'tracepoint',
    { body: name(struct(PERF, { type: 2, config: 1n << 40n, probe_offset: 16n }), 'commit_creds') },
    {
      perf_event_arg: {
        ...{ KprobeFunc: 'commit_creds', Type: 'PERF_TYPE_TRACEPOINT' },
        ...{ Config: '1099511627776', ProbeOffset: '16' },
      },
    },
  ],
  [
    'TG_TYPE_MODULE',
    'tainted',
    { body: name(struct(MODULE, { taints: 4097n }), 'nvidia') },
    {
      module_arg: {
        name: 'nvidia',
        tainted: ['TAINT_PROPRIETARY_MODULE', 'TAINT_OUT_OF_TREE_MODULE'],
      },
    },
  ],
  [
    'TG_TYPE_LOAD_INFO',
    'not signed',
    { body: name(struct(MODULE, { has_signature: 1 }), 'dm_mod\0') },
    { module_arg: { name: 'dm_mod', signature_ok: false } },
  ],
  [
    'TG_TYPE_LOAD_INFO',
    'signed',
    { body: name(struct(MODULE, { has_signature: 1, signature_ok: 1 }), 'x') },
    { module_arg: { name: 'x', signature_ok: true } },
  ],
  [
    'TG_TYPE_SYSCALL64',
    'native',
    { number: 59n },
    { syscall_id: { id: 59, abi: process.arch === 'arm64' ? 'arm64' : 'x64' } },
  ],
  [
    'TG_TYPE_SYSCALL64',
    '32 bits',
    { number: 0x8000_000bn },
    { syscall_id: { id: 11, abi: process.arch === 'arm64' ? 'arm32' : 'i386' } },
  ],
];

test.each(CASES)('%s, %s', (type, _, fields, expected) => {
  expect(jsonOf(read(type, fields))).toEqual(expected);
});

test('no type is left out', () => {
  const tried = new Set(CASES.map(([type]) => type));
  const besides = [
    'TG_TYPE_KERNEL_STACK',
    'TG_TYPE_USER_STACK',
    'TG_TYPE_IMA_HASH',
    'TG_TYPE_BUILD_ID',
  ];
  expect(Object.keys(TYPE).filter((type) => !tried.has(type as TypeName))).toEqual(besides);
});

describe('what could not be read', () => {
  test.each<[TypeName, ValueFields, unknown]>([
    [
      'TG_TYPE_STRING',
      { error: 'TG_ERROR_FAULT' },
      { error_arg: { Message: 'Bad address for basic type' } },
    ],
    [
      'TG_TYPE_FILE',
      { error: 'TG_ERROR_FAULT' },
      { error_arg: { Message: 'Bad address for basic type' } },
    ],
    [
      'TG_TYPE_U64',
      { error: 'TG_ERROR_RESOLVE', number: 3n },
      { error_arg: { Message: 'Bad address encountered during resolve dereference at depth 3' } },
    ],
    [
      'TG_TYPE_CHAR_BUF',
      { error: 'TG_ERROR_RESOLVE', number: 1n },
      { error_arg: { Message: 'Bad address encountered during resolve dereference at depth 1' } },
    ],
    ['TG_TYPE_CHAR_BUF', { error: 'TG_ERROR_FAULT' }, { bytes_arg: btoa('CharBufErrorPageFault') }],
    [
      'TG_TYPE_CHAR_IOVEC',
      { error: 'TG_ERROR_TOO_LARGE' },
      { bytes_arg: btoa('CharBufErrorBufTooLarge') },
    ],
  ])('%s: %o', (type, fields, expected) => {
    expect(jsonOf(read(type, fields))).toEqual(expected);
  });
});

test('a body that is too short, and a type of a later version, are unknown', () => {
  for (const type of ['TG_TYPE_SOCK', 'TG_TYPE_SKB', 'TG_TYPE_CRED', 'TG_TYPE_MODULE'] as const)
    expect(read(type, { body: 'short' })).toEqual({ kind: 'unknown' });
  const later = { type: 99, number: 0n, flags: 0, error: 0, body: new Uint8Array(8) };
  expect(readArgument(later, { hostUserNamespace: 0 })).toEqual({ kind: 'unknown' });
});

test('bytes are a copy: they must not keep the batch that they came in', () => {
  const record = policyRecord([value('TG_TYPE_CHAR_BUF', { body: 'secret', number: 6n })]);
  const [first] = readValues(record).args;
  const argument = first && readArgument(first, { hostUserNamespace: 0 });
  record.fill(0);
  expect(argument).toEqual({ kind: 'bytes_arg', value: new TextEncoder().encode('secret') });
});

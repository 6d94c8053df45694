import { describe, expect, it } from 'vitest';
import { CAPABILITIES } from '../../../src/events/capabilities.ts';
import { compactLine, formatCompact } from '../../../src/events/compact.ts';
import type { Event, KprobeArgument } from '../../../src/events/types.ts';
import { colored, file, int, kprobe, line, process, size, sock, string, uint } from './helpers.ts';

const curl = process({ binary: '/usr/bin/curl', arguments: 'cilium.io' });
const inPod = { ...curl, pod: { namespace: 'kube-system', name: 'tetragon' } };
const exec = (fields: Parameters<typeof process>[0]): Event => ({
  kind: 'process_exec',
  nodeName: 'n',
  process: process({ binary: '/b', ...fields }),
});
const noPolicy = { policyName: '', action: 'KPROBE_ACTION_POST' } as const;

describe('golden lines of the reference', () => {
  it('exec', () => {
    expect(line({ kind: 'process_exec', nodeName: 'my-node', process: curl })).toBe(
      '🚀 process my-node /usr/bin/curl cilium.io',
    );
  });
  it('exit in a pod', () => {
    const event: Event = {
      kind: 'process_exit',
      nodeName: 'my-node',
      process: inPod,
      signal: 'SIGKILL',
      status: 0,
    };
    expect(line(event)).toBe('💥 exit    kube-system/tetragon /usr/bin/curl cilium.io SIGKILL');
  });
  it('timestamp', () => {
    const event: Event = { kind: 'process_exec', nodeName: 'my-node', process: inPod };
    const segments = compactLine(event, { timestamps: true });
    expect(formatCompact(segments, { color: false })).toBe(
      '1970-01-01T00:00:00.000000000Z 🚀 process kube-system/tetragon /usr/bin/curl cilium.io',
    );
  });
});

const bpfMap: KprobeArgument = {
  kind: 'bpf_map_arg',
  value: {
    mapType: 'BPF_MAP_TYPE_HASH',
    keySize: 8,
    valueSize: 16,
    maxEntries: 1024,
    mapName: 'amazing-map',
  },
};
const bpfAttr: KprobeArgument = {
  kind: 'bpf_attr_arg',
  value: { progType: 'BPF_PROG_TYPE_KPROBE', insnCnt: 2048, progName: 'amazing-program' },
};
const perf: KprobeArgument = {
  kind: 'perf_event_arg',
  value: { type: 'PERF_TYPE_TRACEPOINT', kprobeFunc: 'commit_creds', config: 0n, probeOffset: 0n },
};
const path = (value: string): KprobeArgument => ({ kind: 'path_arg', value: { path: value } });

describe('kprobe functions', () => {
  it.each<[string, KprobeArgument[], string]>([
    ['__x64_sys_write', [file('/f'), int(0), size(1234n)], '📝 write   n /b /f 1234 bytes'],
    ['__x64_sys_write', [file('/f'), int(0), int(7)], '📝 write   n /b /f 0 bytes'],
    ['__x64_sys_write', [], '📝 write   n /b  '],
    ['__arm64_sys_read', [file('/a b'), int(0), size(1n)], '📚 read    n /b "/a b" 1 bytes'],
    ['__x64_sys_read', [file('/f')], '📚 read    n /b /f '],
    ['fd_install', [int(3), file('/f')], '📬 open    n /b /f'],
    ['fd_install', [int(3)], '📬 open    n /b '],
    ['__x64_sys_openat', [int(-100), string('/f')], '📬\ufe0f openat  n /b /f'],
    ['__ia32_sys_open', [string('/no'), string('/f')], '📬\ufe0f open    n /b /f'],
    ['__x64_sys_open', [string('/no'), int(1)], '📬\ufe0f open    n /b '],
    ['__x64_sys_close', [file('/f')], '📪 close   n /b /f'],
    ['__x64_sys_close', [], '📪 close   n /b '],
    ['__x64_sys_mount', [string('none'), string('/m')], '💾 mount   n /b none /m'],
    ['__x64_sys_mount', [], '💾 mount   n /b  '],
    ['__x64_sys_setuid', [int(1000)], '🔑 setuid  n /b 1000'],
    ['__x64_sys_setuid', [], '🔑 setuid  n /b '],
    ['__x64_sys_clock_settime', [int(1)], '⏰ clock_settime n /b'],
    ['__x64_sys_pivot_root', [string('/new'), string('/old')], '💾 pivot_root n /b /new /old'],
    ['proc_exec_connector', [], '🔧 proc_exec_connector n /b'],
    ['__x64_sys_setns', [int(3), int(0x40000000)], '🔧 setns   n /b net'],
    ['__x64_sys_setns', [int(3), int(0)], '🔧 setns   n /b any'],
    ['__x64_sys_setns', [int(3), int(5)], '🔧 setns   n /b '],
    ['__x64_sys_setns', [], '🔧 setns   n /b '],
    ['tcp_connect', [sock()], '🔌 connect n /b tcp 10.0.0.1:1000 -> 10.0.0.2:80'],
    ['tcp_connect', [], '🔌 connect n /b '],
    [
      'tcp_connect',
      [sock({ saddr: '::1', daddr: 'fe80::1' })],
      '🔌 connect n /b tcp ::1:1000 -> fe80::1:80',
    ],
    ['tcp_close', [sock({ sport: 0 })], '🧹 close   n /b tcp 10.0.0.1:0 -> 10.0.0.2:80'],
    ['tcp_sendmsg', [sock(), int(42)], '📤 sendmsg n /b tcp 10.0.0.1:1000 -> 10.0.0.2:80 bytes 42'],
    ['tcp_sendmsg', [], '📤 sendmsg n /b  bytes 0'],
    [
      'bpf_check',
      [bpfAttr],
      '🐝 bpf_load n /b BPF_PROG_TYPE_KPROBE amazing-program instruction count 2048',
    ],
    [
      'security_perf_event_alloc',
      [perf],
      '🐝 perf_event_alloc n /b PERF_TYPE_TRACEPOINT commit_creds',
    ],
    ['security_perf_event_alloc', [], '🐝 perf_event_alloc n /b '],
    [
      'security_bpf_map_alloc',
      [bpfMap],
      '🗺 bpf_map_create n /b BPF_MAP_TYPE_HASH amazing-map key size 8 value size 16 max entries 1024',
    ],
    [
      'security_bpf_map_create',
      [bpfMap],
      '🗺 bpf_map_create n /b BPF_MAP_TYPE_HASH amazing-map key size 8 value size 16 max entries 1024',
    ],
    ['security_file_permission', [file('/f'), int(2)], '📝 write   n /b /f'],
    ['security_file_permission', [file('/f'), int(4)], '📚 read    n /b /f'],
    ['security_file_permission', [file('/f'), int(1)], '❓ security_file_permission n /b /f'],
    ['security_file_permission', [file('/f')], '❓ security_file_permission n /b '],
    ['security_mmap_file', [file('/f'), uint(0)], '📝 mmap-   n /b /f'],
    ['security_mmap_file', [file('/f'), uint(1)], '📝 mmap-r  n /b /f'],
    ['security_mmap_file', [file('/f'), uint(7)], '📝 mmap-rwx n /b /f'],
    ['security_mmap_file', [file('/f'), uint(5), uint(2)], '📝 mmap-rx n /b /f'],
    ['security_mmap_file', [file('/f')], '❓ security_mmap_file n /b '],
    ['security_path_truncate', [path('/f')], '📝 truncate n /b /f'],
    ['security_path_truncate', [], '❓ security_path_truncate n /b '],
    ['security_file_truncate', [file('/f')], '📝 truncate n /b /f'],
    ['security_file_truncate', [], '❓ security_file_truncate n /b '],
    ['__x64_sys_unlink', [string('/f')], '❓ syscall n /b __x64_sys_unlink'],
    ['commit_creds', [], '❓ syscall n /b commit_creds'],
  ])('%# %s', (functionName, args, expected) => {
    expect(line(kprobe(functionName, args))).toBe(expected);
  });
});

describe('exec and exit', () => {
  it('keep the separator of empty arguments', () => {
    expect(line(exec({}))).toBe('🚀 process n /b ');
    expect(
      line({ kind: 'process_exit', nodeName: 'n', process: process({ binary: '/b' }), status: 3 }),
    ).toBe('💥 exit    n /b  3');
  });
  it('quote arguments as a whole', () => {
    expect(line(exec({ arguments: '-c "echo x"' }))).toBe('🚀 process n /b "-c \\"echo x\\""');
  });
  it('name a node when the event does not', () => {
    const event: Event = { kind: 'process_exec', nodeName: '', process: curl };
    const text = formatCompact(compactLine(event, { node: 'here' }), { color: false });
    expect(text).toBe('🚀 process here /usr/bin/curl cilium.io');
  });
});

describe('other events', () => {
  const common = { nodeName: 'n', process: process({ binary: '/b' }), args: [], ...noPolicy };
  it.each<[string, Event, string]>([
    [
      'loader',
      { ...common, kind: 'process_loader', path: '/lib/a.so' },
      '🧬 loader  n /b /lib/a.so',
    ],
    [
      'loader with build id',
      { ...common, kind: 'process_loader', path: '/a', buildid: Uint8Array.of(0, 171, 255) },
      '🧬 loader  n /b 00abff /a',
    ],
    [
      'uprobe',
      { ...common, kind: 'process_uprobe', path: '/bin/bash', symbol: 'main' },
      '🕵\ufe0f uprobe  n /b /bin/bash main',
    ],
    [
      'usdt',
      { ...common, kind: 'process_usdt', path: '/p', provider: 'pr', name: 'nm' },
      '🕵\ufe0f usdt    n /b /p pr nm',
    ],
    [
      'lsm',
      { ...common, kind: 'process_lsm', functionName: 'file_open' },
      '🔒 LSM     n /b file_open',
    ],
    [
      'tracepoint',
      { ...common, kind: 'process_tracepoint', subsys: 'sched', event: 'sched_switch' },
      '⁉\ufe0f tracepoint n /b sched sched_switch',
    ],
    ['test', { kind: 'test', nodeName: 'n', arg0: 1n, arg1: 2n, arg2: 3n, arg3: 4n }, 'TEST EVENT'],
    [
      'throttle start',
      { kind: 'process_throttle', nodeName: 'n', type: 'THROTTLE_START', cgroup: 'session-1' },
      '🧬 throttle START session-1',
    ],
    [
      'throttle stop',
      { kind: 'process_throttle', nodeName: 'n', type: 'THROTTLE_STOP', cgroup: 'c' },
      '🧬 throttle STOP  c',
    ],
    [
      'rate limit (ours)',
      { kind: 'rate_limit_info', nodeName: 'n', numberOfDroppedProcessEvents: 12n },
      '🚧 limited n 12 events dropped',
    ],
    ['event without process (ours)', { ...exec({ binary: '' }) }, '🚀 process n  '],
  ])('%s', (_, event, expected) => {
    expect(line(event)).toBe(expected);
  });
});

describe('values of hooks that tetra shows by name only', () => {
  const ours = (args: KprobeArgument[], fields = {}) =>
    line(kprobe('f', args, { trigon: { mode: 'monitor' }, ...fields })).replace(
      '❓ syscall n /b ',
      '',
    );

  it('are on our own lines, and not on those of a Tetragon log', () => {
    expect(line(kprobe('f', [int(1)]))).toBe('❓ syscall n /b f');
    expect(ours([int(1)])).toBe('f 1');
  });
  it('do not change what tetra knows how to show', () => {
    const event = kprobe('tcp_connect', [sock(), int(1)], { trigon: { mode: 'monitor' } });
    expect(line(event)).toBe('🔌 connect n /b tcp 10.0.0.1:1000 -> 10.0.0.2:80');
  });
  it('data and the return value follow', () => {
    expect(ours([int(1)], { data: [{ ...uint(2), label: 'uid' }], return: int(-1) })).toBe(
      'f 1 uid=2 = -1',
    );
    expect(ours([], { trigon: { return: size(7n) } })).toBe('f = 7');
  });
  it.each<[string, KprobeArgument[], string]>([
    ['with a space', [string('a b')], '"a b"'],
    ['empty', [string('')], '""'],
    ['hostile', [string('\u001b[2J\u202e')], '"\\x1b[2J\\u202e"'],
    ['hostile label', [{ ...int(1), label: 'a\n' }], '"a\\n"=1'],
    ['too long', [string('x'.repeat(5000))], `${'x'.repeat(256)}…`],
    ['pipe', [file('', { permission: 'prw-------' })], '(pipe)'],
    ['socket', [file('', { permission: 'srw-------' })], '(socket)'],
    ['no path', [file('')], '(no path)'],
    ['bytes', [{ kind: 'bytes_arg', value: Uint8Array.of(0x61, 0, 0xff) }], '"a\\x00\ufffd"'],
    [
      'many bytes',
      [{ kind: 'bytes_arg', value: new Uint8Array(65).fill(97) }],
      `"${'a'.repeat(64)}"…(65 bytes)`,
    ],
    [
      'IPv6',
      [sock({ saddr: '::1', daddr: 'fe80::1', protocol: 'IPPROTO_UDP', family: 'AF_INET6' })],
      'udp [::1]:1000 -> [fe80::1]:80',
    ],
    ['other sockets', [sock({ family: 'AF_NETLINK', type: 'SOCK_RAW' })], 'AF_NETLINK SOCK_RAW'],
  ])('%s', (_, args, expected) => {
    expect(ours(args)).toBe(`f ${expected}`);
  });
  it('can be told apart by their role', () => {
    const event = kprobe('f', [int(1)], { trigon: {} });
    expect(compactLine(event).map(({ role }) => role)).toContain('value');
  });
});

describe('raw_syscalls/sys_enter', () => {
  const call = (args: KprobeArgument[]): Event => ({
    kind: 'process_tracepoint',
    nodeName: 'n',
    process: process({ binary: '/b' }),
    subsys: 'raw_syscalls',
    event: 'sys_enter',
    args,
    ...noPolicy,
  });
  const id = (number: number, abi: string): KprobeArgument => ({
    kind: 'syscall_id',
    value: { id: number, abi },
  });
  it.each<[string, KprobeArgument[], string]>([
    [
      'arguments',
      [id(1, 'x64'), size(1n), size(0x7fffn), size(3n)],
      'write(unsigned int fd=1, const char *buf=0x7fff, size_t count=3)',
    ],
    [
      'number only',
      [{ kind: 'long_arg', value: 0n }],
      'read(unsigned int fd=?, char * buf=?, size_t count=?)',
    ],
    ['none to show', [id(39, 'x64')], 'getpid()'],
    ['no parameters known', [id(24, 'x64'), size(1n)], 'sched_yield()'],
    ['not in the table', [id(156, 'x64')], '_sysctl'],
    ['other ABI', [id(5, 'i386'), size(1n)], 'i386/open'],
    ['unknown number', [id(9999, 'x64')], 'unknown'],
    ['unknown ABI', [id(1, 'vax')], 'unknown'],
    ['no argument', [], 'unknown'],
  ])('%s', (_, args, expected) => {
    expect(line(call(args))).toBe(`☎  syscall n /b ${expected}`);
  });
  it('follows the host ABI', () => {
    const segments = compactLine(call([{ kind: 'long_arg', value: 172n }]), { abi: 'arm64' });
    expect(formatCompact(segments, { color: false })).toBe('☎  syscall n /b getpid()');
  });
});

describe('capability suffix', () => {
  const withCaps = (count: number, args = 'x'): string =>
    line(exec({ arguments: args, cap: { effective: CAPABILITIES.slice(0, count) } }));

  it('appears from 22 effective capabilities on, whichever they are', () => {
    expect(withCaps(21)).toBe('🚀 process n /b x');
    expect(withCaps(22)).toMatch(/ 🛑 CAP_SYS_ADMIN$/);
    expect(line(exec({ arguments: 'x', cap: {} }))).toBe('🚀 process n /b x');
  });
  it('is aligned by the bytes of the line and the characters of the suffix', () => {
    const text = withCaps(41);
    expect(Buffer.byteLength(text)).toBe(124);
    const bare = '🚀 process n /b x';
    const width = 120 - Buffer.byteLength(bare);
    expect(text).toBe(`${bare} ${' '.repeat(width - 15)}🛑 CAP_SYS_ADMIN`);
  });
  it('follows a long line after one space', () => {
    expect(withCaps(41, 'y'.repeat(200))).toBe(
      `🚀 process n /b ${'y'.repeat(200)} 🛑 CAP_SYS_ADMIN`,
    );
  });
});

describe('further lines', () => {
  const traced = kprobe('f', [], {
    kernelStackTrace: [{ address: 0xffffffffn, offset: 16n, symbol: 'sys_x' }, { symbol: 'y' }],
    userStackTrace: [
      { address: 4096n, offset: 31n, module: '/lib/libc.so' },
      { offset: 1n, symbol: 'main', module: '/a b' },
    ],
  });
  it('stack traces', () => {
    expect(line(traced)).toBe(
      [
        '❓ syscall n /b f',
        'Kernel:',
        '   0xffffffff: sys_x+0x10',
        '   0x0: y+0x0',
        'User:',
        '   0x1000: (/lib/libc.so+0x1f)',
        '   0x0: main ("/a b"+0x1)',
      ].join('\n'),
    );
    const without = compactLine(traced, { stackTraces: false });
    expect(formatCompact(without, { color: false })).toBe('❓ syscall n /b f');
    expect(colored(traced)).toContain(
      '\u001b[32m   0xffffffff:\u001b[0m\u001b[34m sys_x\u001b[0m+',
    );
  });

  const hashed = (functionName: string, args: KprobeArgument[]): Event => ({
    kind: 'process_lsm',
    nodeName: 'n',
    process: process({ binary: '/b' }),
    functionName,
    args,
    imaHash: 'sha256:ab',
    ...noPolicy,
  });
  it('IMA hashes', () => {
    const head = '🔒 LSM     n /b ';
    expect(line(hashed('file_open', [file('/f')]))).toBe(`${head}file_open\n   /f sha256:ab`);
    const binprm: KprobeArgument = { kind: 'linux_binprm_arg', value: { path: '/x' } };
    expect(line(hashed('bprm_check_security', [binprm]))).toBe(
      `${head}bprm_check_security\n   /x sha256:ab`,
    );
    expect(line(hashed('file_open', []))).toBe(`${head}file_open`);
    expect(line(hashed('task_kill', [file('/f')]))).toBe(`${head}task_kill`);
    const without = compactLine(hashed('file_open', [file('/f')]), { imaHash: false });
    expect(formatCompact(without, { color: false })).toBe(`${head}file_open`);
  });
});

describe('colours', () => {
  const ESC = '\u001b';
  /** In colour even an empty suffix is padded and painted. */
  const suffix = (text: string): string =>
    ` ${' '.repeat(Math.max(0, 120 - Buffer.byteLength(text) - 9))}${ESC}[35m${ESC}[0m`;

  it('exec', () => {
    const text = `${ESC}[34m🚀 process${ESC}[0m ${ESC}[32mn${ESC}[0m ${ESC}[35m/b${ESC}[0m ${ESC}[36mx${ESC}[0m`;
    expect(colored(exec({ arguments: 'x' }))).toBe(text + suffix(text));
  });
  it('exec with the suffix', () => {
    const text = `${ESC}[34m🚀 process${ESC}[0m ${ESC}[32mn${ESC}[0m ${ESC}[35m/b${ESC}[0m ${ESC}[36m${ESC}[0m`;
    const pad = ' '.repeat(120 - Buffer.byteLength(text) - 24);
    expect(colored(exec({ cap: { effective: CAPABILITIES } }))).toBe(
      `${text} ${pad}${ESC}[35m🛑 CAP_SYS_ADMIN${ESC}[0m`,
    );
  });
  it('throttle', () => {
    const event: Event = {
      kind: 'process_throttle',
      nodeName: '',
      type: 'THROTTLE_STOP',
      cgroup: 'c',
    };
    expect(colored(event)).toBe(`${ESC}[31m🧬 throttle${ESC}[0m ${ESC}[32mSTOP ${ESC}[0m c`);
  });
  it('a missing field has no colour, an uncoloured one neither', () => {
    const text = `${ESC}[34m📤 sendmsg${ESC}[0m ${ESC}[32mn${ESC}[0m ${ESC}[35m/b${ESC}[0m  bytes 0`;
    expect(colored(kprobe('tcp_sendmsg'))).toBe(text + suffix(text));
  });
});

it('segments tell their roles', () => {
  expect(compactLine(exec({ arguments: 'x' })).map(({ role }) => role)).toEqual([
    'emoji',
    'verb',
    'plain',
    'source',
    'plain',
    'binary',
    'plain',
    'arguments',
    'capabilities',
  ]);
});

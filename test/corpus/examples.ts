import type { ExpectedEvent, NoTrigger, Trigger } from './trigger.ts';

export const told = (
  call: string,
  args: readonly unknown[] = [],
  returns?: unknown,
): ExpectedEvent => ({
  call,
  args,
  returns,
});

export const isPort = (value: unknown): boolean =>
  typeof value === 'number' && value > 0 && value < 65_536;
const isSome = (value: unknown): boolean => value !== undefined;

const READ = 4;
const WRITE = 2;
const PROT_READ = 1;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const ALL_IDS = [
  ['setuid', [0]],
  ['setgid', [0]],
  ['setreuid', [0, 0]],
  ['setregid', [0, 0]],
  ['setresuid', [0, 0, 0]],
  ['setresgid', [0, 0, 0]],
  ['setfsuid', [0]],
  ['setfsgid', [0]],
] as const;

const BPF_EVENTS = [
  told('bpf_check', [
    { progType: 'BPF_PROG_TYPE_SOCKET_FILTER', insnCnt: 2, progName: 'trigger_prog' },
  ]),
  told('security_perf_event_alloc', [{ type: 'PERF_TYPE_SOFTWARE', config: 1 }]),
  told('security_bpf_map_create', [
    { mapType: 'BPF_MAP_TYPE_ARRAY', keySize: 4, valueSize: 8, maxEntries: 3 },
  ]),
];

/** A connection on loopback whose ports the trigger printed. */
export const connection = ([client, server]: readonly string[]) => ({
  family: 'AF_INET',
  type: 'SOCK_STREAM',
  protocol: 'IPPROTO_TCP',
  saddr: '127.0.0.1',
  daddr: '127.0.0.1',
  sport: Number(client),
  dport: Number(server),
});

const TALK: Trigger = {
  deeds: ['talk 127.0.0.1'],
  expects: ({ output }) => [
    told('tcp_connect', [connection(output)]),
    told('tcp_close', [connection(output)]),
    told('tcp_sendmsg', [connection(output), 5]),
  ],
};

const EGRESS: Trigger = {
  deeds: ['network-namespace connect 192.0.2.1 40123'],
  expects: () => [told('tcp_connect', [{ daddr: '192.0.2.1', dport: 40_123, sport: isPort }])],
};

/** Files below folders of this process alone: nothing of the host is written. */
const FILES: Trigger = {
  deeds: [
    'private /etc create /etc/shadow write /etc/shadow read /etc/shadow map /etc/shadow r map /etc/shadow w truncate /etc/shadow',
    'read {folder}/.bashrc',
  ],
  expects: ({ folder }) => [
    told('security_file_permission', [{ path: '/etc/shadow' }, WRITE], 0),
    told('security_file_permission', [{ path: '/etc/shadow' }, READ], 0),
    told('security_file_permission', [{ path: `${folder}/.bashrc` }, READ], 0),
    told('security_mmap_file', [{ path: '/etc/shadow' }, PROT_READ, MAP_SHARED], 0),
    told('security_mmap_file', [{ path: '/etc/shadow' }, PROT_READ_WRITE, MAP_SHARED], 0),
    told('security_path_truncate', [{ path: '/etc/shadow' }], 0),
  ],
};

const PASSWD_WRITES: Trigger = {
  deeds: [
    'private /etc create /etc/passwd write /etc/passwd map /etc/passwd w truncate /etc/passwd',
  ],
  expects: () => [
    told('security_file_permission', [{ path: '/etc/passwd' }, WRITE], 0),
    told('security_mmap_file', [{ path: '/etc/passwd' }, PROT_READ_WRITE], 0),
    told('security_path_truncate', [{ path: '/etc/passwd' }], 0),
  ],
};

const MODULE: Trigger = {
  deeds: ['module {folder}/module.ko'],
  expects: ({ folder }) => [
    told('security_kernel_read_file', [{ path: `${folder}/module.ko` }, 2]),
  ],
};

const installs = (deeds: string): Trigger => ({
  deeds: [deeds],
  expects: ({ folder }) => [
    told('fd_install', [(fd: number) => fd > 2, { path: `${folder}/.bashrc` }]),
  ],
});

const PASSWD_OPENED: Trigger = {
  deeds: ['read /etc/passwd'],
  expects: () => [told('fd_install', [(fd: number) => fd > 2, { path: '/etc/passwd' }])],
};

const UDP_PACKET = {
  protocol: 'IPPROTO_UDP',
  saddr: '127.0.0.1',
  daddr: '127.0.0.1',
  dport: 40_123,
  sport: isPort,
};
const DATAGRAM = 'datagram 127.0.0.1 40123';
const packet = (call: string, args: readonly unknown[]): ExpectedEvent => ({
  ...told(call, args),
  ofAnyProcess: true,
});

const TRACKING = 'sockets are followed from their making on, which no tracepoint tells of';

const USER_NAMESPACE: Trigger = {
  deeds: ['nobody new-user-namespace', 'pid-namespace nobody new-user-namespace'],
  expects: () => [told('create_user_ns')],
};

/** More generations below PID 1 than followForks looks back. */
const DEEP = 'deep 33';

/** By the file's path below the corpus. */
export const EXAMPLES: Readonly<Record<string, Trigger | NoTrigger>> = {
  'policylibrary/bpf.yaml': {
    deeds: ['bpf perf-event list /sys/fs/bpf map /sys/fs/bpf r'],
    expects: () => [
      ...BPF_EVENTS,
      told('security_file_permission', [{ path: '/sys/fs/bpf' }, READ], 0),
      // A folder can't be mapped: ENODEV.
      told('security_mmap_file', [{ path: '/sys/fs/bpf' }, PROT_READ, MAP_SHARED], -19),
    ],
  },
  'policylibrary/egress.yaml': EGRESS,
  'policylibrary/modules.yaml': MODULE,
  'policylibrary/privileges/privileges-raise.yaml': {
    deeds: ['capset set-ids', 'nobody new-user-namespace'],
    expects: () => [
      told('security_capset', [{ uid: 0, euid: 0 }, /[1-9a-f]/, /^0+$/, /[1-9a-f]/]),
      told('create_user_ns'),
      ...ALL_IDS.map(([name, args]) => told(`__sys_${name}`, args)),
    ],
  },
  'policylibrary/privileges/privileges-setuid-root.yaml': {
    deeds: ['set-ids'],
    expects: () => ALL_IDS.map(([name, args]) => told(`__sys_${name}`, args, 0)),
  },
  'policylibrary/sshd.yaml': {
    deeds: ['private /usr/sbin as /usr/sbin/sshd talk 127.0.0.1'],
    expects: ({ output }) => [told('tcp_close', [connection(output)])],
    quiet: {
      tcp_set_state:
        'the change from SYN_RECV comes in an interrupt, and its event has no process, so that matchBinaries can’t hold; without matchBinaries it is told',
      tcp_create_openreq_child: TRACKING,
    },
  },
  'quickstart/file_monitoring.yaml': FILES,
  'quickstart/file_monitoring_enforce.yaml': FILES,
  'quickstart/network_egress_cluster.yaml': EGRESS,
  'quickstart/network_egress_cluster_enforce.yaml': EGRESS,
  'tracingpolicy/bpf.yaml': { deeds: ['bpf perf-event'], expects: () => BPF_EVENTS },
  'tracingpolicy/cves/cve-2024-3094-xz-ssh.yaml': {
    deeds: ['private /usr/sbin as /usr/sbin/sshd map-code {folder}/liblzma.so.5.6.1'],
    expects: ({ folder }) => [
      told('security_mmap_file', [{ path: `${folder}/liblzma.so.5.6.1` }, 5], 0),
    ],
  },
  'tracingpolicy/datagram-with-selectors.yaml': {
    deeds: [DATAGRAM],
    expects: () => [packet('__cgroup_bpf_run_filter_skb', [undefined, UDP_PACKET])],
  },
  'tracingpolicy/datagram-with-sock-tracking.yaml': {
    deeds: [DATAGRAM],
    expects: () => [packet('__cgroup_bpf_run_filter_skb', [undefined, UDP_PACKET])],
    quiet: { sk_alloc: TRACKING, __sk_free: TRACKING },
  },
  'tracingpolicy/datagram.yaml': {
    deeds: [DATAGRAM],
    expects: () => [packet('__cgroup_bpf_run_filter_skb', [undefined, UDP_PACKET])],
  },
  'tracingpolicy/datagram_518.yaml': {
    deeds: [DATAGRAM, 'datagram ::1 40123'],
    expects: () => [
      packet('sk_filter_trim_cap', [UDP_PACKET]),
      packet('ip_output', [undefined, UDP_PACKET]),
      packet('ip6_output', [undefined, { daddr: '::1', dport: 40_123, protocol: 'IPPROTO_UDP' }]),
    ],
  },
  'tracingpolicy/dev_hard_start_xmit.yaml': {
    deeds: [DATAGRAM],
    expects: () => [packet('dev_hard_start_xmit', ['lo'])],
  },
  'tracingpolicy/dev_queue_xmit.yaml': {
    deeds: [DATAGRAM],
    expects: () => [packet('dev_queue_xmit', [UDP_PACKET])],
  },
  'tracingpolicy/dns-only-specified-servers.yaml': {
    deeds: ['datagram 127.0.0.1 53'],
    expects: () => [packet('ip_output', [{ ...UDP_PACKET, dport: 53 }])],
  },
  'tracingpolicy/fd_install_cap_changes.yaml': installs(
    'user-namespace drop-net-raw read {folder}/.bashrc',
  ),
  'tracingpolicy/fd_install_caps.yaml': installs('user-namespace read {folder}/.bashrc'),
  'tracingpolicy/fd_install_ns.yaml': {
    ...installs('read {folder}/.bashrc'),
    // The author's numbers are those of pid, cgroup and time namespaces: no mount namespace has them.
    edits: ({ namespaces }) => [['4026531834', namespaces.mnt]],
  },
  'tracingpolicy/fd_install_ns_host.yaml': installs('read {folder}/.bashrc'),
  'tracingpolicy/filename_monitoring.yaml': {
    deeds: ['private /etc create /etc/a write /etc/a read /etc/a map /etc/a r truncate /etc/a'],
    expects: () => [
      told('security_file_permission', [{ path: '/etc/a' }, WRITE], 0),
      told('security_file_permission', [{ path: '/etc/a' }, READ], 0),
      told('security_mmap_file', [{ path: '/etc/a' }, PROT_READ], 0),
      told('security_path_truncate', [{ path: '/etc/a' }], 0),
    ],
  },
  'tracingpolicy/filename_monitoring_filtered.yaml': PASSWD_WRITES,
  'tracingpolicy/hardlink-observe.yaml': {
    deeds: ['hardlink'],
    expects: () => [told('sys_linkat', [-100, '/etc/passwd', -100, '/proc/trigger-link', 0])],
  },
  'tracingpolicy/host-changes/monitor-kernel-modules.yaml': MODULE,
  'tracingpolicy/host-changes/monitor-signed-kernel-modules.yaml': MODULE,
  'tracingpolicy/kprobe_commit_creds.yaml': {
    deeds: ['setuid 65534'],
    expects: () => [told('commit_creds', [{ uid: 65_534, euid: 65_534, gid: 0 }])],
  },
  'tracingpolicy/list-generated-ftrace.yaml': {
    deeds: ['exec /usr/bin/kill -l'],
    expects: () => [told('ksys_write')],
  },
  'tracingpolicy/list-syscalls-generated.yaml': {
    deeds: ['exec /usr/bin/kill -l'],
    expects: () => [told('sys_write'), told('sys_exit_group')],
  },
  'tracingpolicy/list-syscalls.yaml': {
    deeds: ['dup'],
    expects: () => [told('sys_dup'), told('sys_dup2')],
  },
  'tracingpolicy/lsm_file_open.yaml': {
    deeds: ['exec /usr/bin/cat /etc/passwd'],
    expects: () => [told('file_open', [{ path: '/etc/passwd' }])],
  },
  'tracingpolicy/lsm_track_grandparent.yml': {
    deeds: ['exec /bin/true'],
    expects: () => [
      told('bprm_check_security', [(name: unknown) => typeof name === 'string' && name !== '']),
    ],
  },
  'tracingpolicy/open_dnsrequest.yaml': PASSWD_OPENED,
  'tracingpolicy/open_geturl.yaml': PASSWD_OPENED,
  'tracingpolicy/openat_write.yaml': {
    deeds: ['private /etc open-passwd'],
    expects: () => [told('sys_openat', [-100, '/etc/passwd', 0o102], (fd: number) => fd > 0)],
  },
  'tracingpolicy/process-credentials/creds-capability-usage.yaml': {
    deeds: ['pid-namespace chroot'],
    expects: () => [told('cap_capable', [{ level: 0 }, { value: 18, name: 'CAP_SYS_CHROOT' }], 0)],
  },
  'tracingpolicy/process-credentials/process-creds-changed.yaml': {
    deeds: ['pid-namespace setuid 65534'],
    expects: () => [told('commit_creds', [{ uid: 65_534 }])],
  },
  'tracingpolicy/process-credentials/process-creds-installed.yaml': {
    deeds: ['pid-namespace setuid 65534'],
    expects: () => [told('commit_creds', [{ uid: 65_534 }])],
  },
  'tracingpolicy/process-credentials/process.credentials.changes.at.syscalls.yaml': {
    deeds: ['pid-namespace set-ids'],
    expects: () => ALL_IDS.map(([name, args]) => told(`sys_${name}`, args)),
  },
  'tracingpolicy/process-exec/process-exec-elf-begin.yaml': {
    deeds: ['getppid'],
    expects: ({ folder }) => [
      told('security_bprm_creds_from_file', [{ path: `${folder}/trigger` }]),
    ],
  },
  'tracingpolicy/raw_syscalls.yaml': {
    deeds: ['getppid'],
    expects: () => [
      told('raw_syscalls:sys_enter', [
        process.arch === 'x64' ? { id: 110, abi: 'x64' } : { id: 173, abi: 'arm64' },
      ]),
    ],
  },
  'tracingpolicy/rawtp.yaml': {
    deeds: ['getppid'],
    expects: ({ folder }) => [told('sched:sched_process_exec', [{ path: `${folder}/trigger` }])],
  },
  'tracingpolicy/sandbox/linux-namespaces/kill_unprivileged_user_namespace.yaml': USER_NAMESPACE,
  'tracingpolicy/sandbox/linux-namespaces/kill_unprivileged_user_namespace_in_pid_namespace.yaml':
    USER_NAMESPACE,
  'tracingpolicy/security-socket-connect-block-others.yaml': {
    deeds: ['exec /usr/bin/curl -s --max-time 5 http://127.0.0.1:40123/ -o /dev/null'],
    expects: () => [
      told('security_socket_connect', [
        { family: 'AF_INET', protocol: 'IPPROTO_TCP' },
        { family: 'AF_INET', addr: '127.0.0.1', port: 40_123 },
        16,
      ]),
    ],
  },
  'tracingpolicy/security-socket-connect.yaml': {
    deeds: ['connect 127.0.0.1 40123', 'connect ::1 40124'],
    expects: () => [
      told('security_socket_connect', [{ family: 'AF_INET', addr: '127.0.0.1', port: 40_123 }, 16]),
      told('security_socket_connect', [{ family: 'AF_INET6', addr: '::1', port: 40_124 }, 28]),
    ],
  },
  'tracingpolicy/security_bprm_check.yaml': {
    deeds: ['private /usr/bin as /usr/bin/sample-exec getppid'],
    expects: () => [told('security_bprm_check', [{ path: '/usr/bin/sample-exec' }])],
  },
  'tracingpolicy/stack_traces.yaml': {
    deeds: [DATAGRAM],
    expects: () => [packet('kfree_skb_reason', [UDP_PACKET, (reason: number) => reason > 0])],
  },
  'tracingpolicy/symlink-observe.yaml': {
    deeds: ['symlink {folder}/mount'],
    expects: () => [told('sys_symlinkat', ['/etc/passwd', (fd: number) => fd > 2, 'trigger-link'])],
  },
  'tracingpolicy/sys_clock_settime.yaml': {
    deeds: [`${DEEP} clock 999`],
    expects: () => [told('sys_clock_settime', [999])],
  },
  'tracingpolicy/sys_mount.yaml': {
    deeds: ['mount {folder}/mount'],
    expects: ({ folder }) => [told('sys_mount', ['none', `${folder}/mount`])],
  },
  'tracingpolicy/sys_pivot_root.yaml': {
    deeds: [`${DEEP} pivot-root {folder}/none {folder}/neither`],
    expects: ({ folder }) => [told('sys_pivot_root', [`${folder}/none`, `${folder}/neither`])],
  },
  'tracingpolicy/sys_ptrace.yaml': {
    deeds: ['ptrace 42'],
    expects: () => [told('sys_ptrace', [42])],
  },
  'tracingpolicy/sys_setuid.yaml': {
    deeds: ['setuid 65534'],
    expects: () => [told('sys_setuid', [65_534])],
  },
  'tracingpolicy/tcp-accept.yaml': {
    deeds: ['talk 127.0.0.1'],
    expects: ({ output }) => [
      packet('tcp_set_state', [{ sport: Number(output[1]) }, 1]),
      told('tcp_close', [connection(output)]),
    ],
  },
  'tracingpolicy/tcp-connect-only-local-addrs.yaml': {
    deeds: [
      'network-namespace exec /usr/bin/curl -s --max-time 5 http://192.0.2.1:40123/ -o /dev/null',
    ],
    expects: EGRESS.expects,
  },
  'tracingpolicy/tcp-connect-only-private-addrs.yaml': EGRESS,
  'tracingpolicy/tcp-connect-with-selectors.yaml': TALK,
  'tracingpolicy/tcp-connect.yaml': TALK,
  'tracingpolicy/tcp-listen.yaml': {
    deeds: ['network-namespace listen 127.0.0.1 31337'],
    expects: () => [told('inet_csk_listen_start', [{ saddr: '127.0.0.1', sport: 31_337 }])],
    quiet: { sk_alloc: TRACKING, __sk_free: TRACKING },
  },
  'tracingpolicy/tty.yaml': {
    deeds: ['terminal hello'],
    expects: () => [told('tty_write', [{ path: /^\/(?:dev\/pts\/)?\d+$/ }, isSome])],
  },
  'tracingpolicy/tty_54.yaml': {
    deeds: ['terminal hello'],
    expects: () => [told('tty_write', [{ path: /^\/(?:dev\/pts\/)?\d+$/ }, isSome, 5])],
  },
  'tracingpolicy/uprobe-binaries.yaml': {
    deeds: ['exec /usr/bin/bash -c :'],
    expects: () => [told('malloc')],
  },
  'tracingpolicy/uprobe-pid.yaml': {
    deeds: ['shell /bin/bash'],
    expects: () => [told('readline')],
    edits: ({ pid }) => [['61697', String(pid)]],
  },
  'tracingpolicy/uprobe.yaml': {
    deeds: ['shell /bin/bash'],
    expects: () => [told('readline'), told('main')],
  },
  'tracingpolicy/write.yaml': {
    deeds: [`${DEEP} print hello`],
    expects: () => [told('sys_write', [1, isSome, 5])],
  },
};

/** What a kernel without kprobes, trampolines and LSM programs must be able to tell all the same. */
export const MUST_FIRE: readonly string[] = [
  'policylibrary/bpf.yaml',
  'policylibrary/egress.yaml',
  'policylibrary/privileges/privileges-raise.yaml',
  'policylibrary/privileges/privileges-setuid-root.yaml',
  'quickstart/file_monitoring.yaml',
  'quickstart/network_egress_cluster.yaml',
  'tracingpolicy/fd_install_cap_changes.yaml',
  'tracingpolicy/fd_install_caps.yaml',
  'tracingpolicy/fd_install_ns.yaml',
  'tracingpolicy/fd_install_ns_host.yaml',
  'tracingpolicy/hardlink-observe.yaml',
  'tracingpolicy/kprobe_commit_creds.yaml',
  'tracingpolicy/list-syscalls.yaml',
  'tracingpolicy/openat_write.yaml',
  'tracingpolicy/process-credentials/creds-capability-usage.yaml',
  'tracingpolicy/process-credentials/process.credentials.changes.at.syscalls.yaml',
  'tracingpolicy/raw_syscalls.yaml',
  'tracingpolicy/rawtp.yaml',
  'tracingpolicy/security-socket-connect.yaml',
  'tracingpolicy/security_bprm_check.yaml',
  'tracingpolicy/symlink-observe.yaml',
  'tracingpolicy/sys_mount.yaml',
  'tracingpolicy/sys_pivot_root.yaml',
  'tracingpolicy/sys_ptrace.yaml',
  'tracingpolicy/sys_setuid.yaml',
  'tracingpolicy/tcp-connect-with-selectors.yaml',
  'tracingpolicy/tcp-connect.yaml',
  'tracingpolicy/uprobe-binaries.yaml',
  'tracingpolicy/uprobe.yaml',
  'tracingpolicy/write.yaml',
];

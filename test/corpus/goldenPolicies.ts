import { connection, isPort, told } from './examples.ts';
import type { NoTrigger, Trigger } from './trigger.ts';

const WRITE = 2;

/** What makes the policies that golden tests are made of tell of something, by the file's name. */
export const GOLDEN_POLICIES: Readonly<Record<string, Trigger | NoTrigger>> = {
  'binaries.yaml': { deeds: ['setuid 0'], expects: () => [told('sys_setuid', [0])] },
  'buffers.yaml': {
    deeds: ['read {folder}/.bashrc print-parts hello terminal hello'],
    expects: () => [
      told('sys_read', [isDescriptor, holds('.bashrc\n'), 16], 8),
      told('sys_writev', [holds('hello\n')]),
      told('tty_write', [undefined, holds('hello')]),
    ],
  },
  'changes.yaml': {
    deeds: ['user-namespace private {folder}/mount drop-net-raw list {folder}'],
    expects: () => [told('fd_install', [isDescriptor])],
  },
  'current-task.yaml': {
    deeds: ['setuid 1000 unlink {folder}/none'],
    expects: ({ folder }) => [told('sys_unlinkat', [-100, `${folder}/none`])],
  },
  'fentry.yaml': {
    deeds: ['talk 127.0.0.1'],
    expects: ({ output }) => [told('tcp_close', [connection(output)])],
  },
  'file-writes.yaml': {
    deeds: ['private /etc create /etc/a write /etc/a'],
    expects: () => [told('security_file_permission', [{ path: '/etc/a' }, WRITE], 0)],
  },
  'lists.yaml': {
    deeds: ['dup', 'exec /usr/bin/kill -l'],
    expects: () => [told('sys_dup'), told('ksys_read'), told('sys_write')],
  },
  'macros.yaml': {
    deeds: ['private /usr/bin as /usr/bin/bash ptrace 42'],
    expects: () => [told('sys_ptrace', [3])],
  },
  'namespaced.yaml': { never: 'it is for pods of Kubernetes, and none runs here' },
  'openat-return.yaml': {
    deeds: ['private /etc open-passwd'],
    expects: () => [told('sys_openat', [-100, '/etc/passwd', 0o102], isDescriptor)],
  },
  'pids-namespaces.yaml': { never: 'it is for the processes 4711 and 4712' },
  'raw-tracepoint.yaml': {
    deeds: ['exec /bin/bash {folder}/script'],
    expects: () => [told('sched:sched_process_exec', ['bash', undefined, { path: /\/true$/ }])],
  },
  'socket-addresses.yaml': {
    deeds: ['network-namespace connect 192.168.1.1 80'],
    expects: () => [
      told('security_socket_connect', [
        { protocol: 'IPPROTO_TCP' },
        { family: 'AF_INET', addr: '192.168.1.1', port: 80 },
      ]),
    ],
  },
  'sockets.yaml': {
    deeds: ['network-namespace connect 192.0.2.1 8080 datagram 192.0.2.1 9'],
    expects: () => [
      told('tcp_connect', [{ daddr: '192.0.2.1', dport: 8080, sport: isPort }]),
      told('ip_output', [{ daddr: '192.0.2.1', dport: 9, protocol: 'IPPROTO_UDP' }]),
    ],
  },
  'texts.yaml': {
    deeds: ['create {folder}/new put {folder}/new #!hello'],
    expects: ({ folder }) => [told('sys_write', [{ path: `${folder}/new` }, holds('#!hello'), 7])],
  },
  'tracepoint-auto.yaml': {
    deeds: ['private /etc create /etc/shadow'],
    expects: () => [told('syscalls:sys_enter_openat', [undefined, '/etc/shadow'])],
  },
  'tracepoint-syscalls.yaml': {
    deeds: ['dup'],
    expects: () => [told('raw_syscalls:sys_enter', [{ id: process.arch === 'x64' ? 32 : 23 }])],
  },
  'workloads.yaml': { never: 'it is for containers of pods, and none runs here' },
};

function isDescriptor(value: unknown): boolean {
  return (typeof value === 'number' || typeof value === 'bigint') && value > 2;
}

/** The bytes of a buffer. */
function holds(text: string): (value: unknown) => boolean {
  return (value) => value instanceof Uint8Array && Buffer.from(value).toString('latin1') === text;
}

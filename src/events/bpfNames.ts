/**
 * Names of what bpf(2) and perf_event_open(2) deal with (linux/bpf.h, linux/perf_event.h), by number. A number without a name
 * stands as a decimal number, as in Tetragon's events; it knows fewer of them.
 */

const namesOf = (prefix: string, words: string): readonly string[] =>
  words
    .trim()
    .split(/\s+/)
    .map((word) => `${prefix}${word}`);

const PROGRAM_TYPES = namesOf(
  'BPF_PROG_TYPE_',
  `UNSPEC SOCKET_FILTER KPROBE SCHED_CLS SCHED_ACT TRACEPOINT XDP PERF_EVENT CGROUP_SKB CGROUP_SOCK LWT_IN LWT_OUT LWT_XMIT
   SOCK_OPS SK_SKB CGROUP_DEVICE SK_MSG RAW_TRACEPOINT CGROUP_SOCK_ADDR LWT_SEG6LOCAL LIRC_MODE2 SK_REUSEPORT FLOW_DISSECTOR
   CGROUP_SYSCTL RAW_TRACEPOINT_WRITABLE CGROUP_SOCKOPT TRACING STRUCT_OPS EXT LSM SK_LOOKUP SYSCALL NETFILTER`,
);

const MAP_TYPES = namesOf(
  'BPF_MAP_TYPE_',
  `UNSPEC HASH ARRAY PROG_ARRAY PERF_EVENT_ARRAY PERCPU_HASH PERCPU_ARRAY STACK_TRACE CGROUP_ARRAY LRU_HASH LRU_PERCPU_HASH
   LPM_TRIE ARRAY_OF_MAPS HASH_OF_MAPS DEVMAP SOCKMAP CPUMAP XSKMAP SOCKHASH CGROUP_STORAGE REUSEPORT_SOCKARRAY
   PERCPU_CGROUP_STORAGE QUEUE STACK SK_STORAGE DEVMAP_HASH STRUCT_OPS RINGBUF INODE_STORAGE TASK_STORAGE BLOOM_FILTER
   USER_RINGBUF CGRP_STORAGE ARENA`,
);

const PERF_TYPES = namesOf(
  'PERF_TYPE_',
  'HARDWARE SOFTWARE TRACEPOINT HW_CACHE RAW BREAKPOINT MAX',
);

const nameIn =
  (names: readonly string[]) =>
  (number: number): string =>
    names[number] ?? String(number);

export const programTypeName = nameIn(PROGRAM_TYPES);
export const mapTypeName = nameIn(MAP_TYPES);
/** Types from 6 on belong to drivers, which register them at run time: kprobe, uprobe, … */
export const perfTypeName = nameIn(PERF_TYPES);

/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The wire: records as they lie in the ring buffer. This file is the only place where their layout is written down; the
 * decoder's offsets are generated from the BTF of the compiled objects (scripts/layouts.mjs -> src/generated/layouts.ts).
 * All numbers little-endian; times in nanoseconds of CLOCK_BOOTTIME; text is bytes as the kernel has them, no NUL at the end.
 */
#ifndef TRIGON_EVENTS_H
#define TRIGON_EVENTS_H

#include <linux/types.h>

/* Longest text that a record carries; longer ones are cut and flagged. */
enum tg_text_limit {
	TG_PATH_MAX = 4096,
	TG_ARGS_MAX = 8192,
	TG_CGROUP_MAX = 256,
	TG_ENVIRONMENT_MAX = 8192,
	TG_DNS_MAX = 1232, /* what resolvers ask for at most since 2020's "DNS flag day": a packet that no network cuts */
};

enum tg_record_kind {
	TG_RECORD_FORK = 1,
	TG_RECORD_EXEC = 2,
	TG_RECORD_EXIT = 3,
	TG_RECORD_POLICY = 4,
	TG_RECORD_THROTTLE = 5,
};

/* What is special about a record or its texts (bits of tg_exec_record.flags and tg_file_argument.flags). */
enum tg_text_flag {
	TG_FILENAME_ERROR = 1,
	TG_ARGS_TRUNCATED = 2,
	TG_ARGS_ERROR = 4,
	TG_CWD_PARTIAL = 8,
	TG_EXE_PARTIAL = 16,
	TG_EXE_DELETED = 32,
	TG_PATH_PARTIAL = 64,
	TG_PATH_DELETED = 128,
	TG_SNAPSHOT = 256, /* not a live exec: the process ran before us, its texts come from /proc */
	TG_KERNEL_THREAD = 512,
	TG_ENVIRONMENT_TRUNCATED = 1024,
	TG_ENVIRONMENT_ERROR = 2048,
	TG_PATH_NO_FOLDER = 4096, /* a pipe, a socket, a memfd */
};

/* Head of every record. `tgid` is the process in the host's pid namespace, `tid` the thread that ran the hook. */
struct tg_record {
	enum tg_record_kind kind;
	__u32 size; /* bytes of the whole record, head included */
	__u64 ktime;
	__u32 tgid;
	__u32 tid;
};

/* The creator is the parent too, unless it asked for another one (CLONE_PARENT). */
struct tg_fork_record {
	struct tg_record head;
	__u32 parent_tgid;
	__u32 creator_tgid;
	__u64 parent_ktime; /* of the parent's exec id, 0: not known */
	__u64 creator_ktime;
	__u64 start; /* of the process, CLOCK_BOOTTIME ns; execs don't change it */
};

/* Inode numbers of the process's namespaces; 0: the kernel has no such namespace. */
struct tg_namespaces {
	__u32 uts;
	__u32 ipc;
	__u32 mnt;
	__u32 pid;
	__u32 pid_for_children;
	__u32 net;
	__u32 time;
	__u32 time_for_children;
	__u32 cgroup;
	__u32 user;
};

/* Text follows in this order: filename, exe, cwd, arguments (each ended by NUL, as in the process's stack), cgroup name,
 * environment (as the arguments; only when asked for). */
struct tg_exec_record {
	struct tg_record head;
	__u64 parent_ktime; /* of the parent's exec id, 0: not known */
	__u64 cap_permitted;
	__u64 cap_effective;
	__u64 cap_inheritable;
	__u64 cap_ambient;
	__u64 cgroup_id;
	__u64 exe_inode;
	__u64 start; /* of the process itself, CLOCK_BOOTTIME ns; execs don't change it */
	__u32 exe_links;
	__u32 exe_mode;
	__u32 exe_uid, exe_gid; /* the file's owner */
	__u32 parent_tgid;
	__u32 namespace_tgid; /* in the process's own pid namespace */
	__u32 uid, gid, euid, egid, suid, sgid, fsuid, fsgid;
	__u32 auid;
	__u32 securebits;
	__u32 flags; /* tg_text_flag */
	__u32 cloned; /* 1: the first exec after a fork */
	struct tg_namespaces namespaces;
	__u16 filename_length;
	__u16 exe_length;
	__u16 cwd_length;
	__u16 args_length;
	__u16 cgroup_length;
	__u16 environment_length;
	/* With exe_inode they tell one content of a file from another; all 0 in a snapshot. */
	__u32 exe_dev; /* the kernel's number: major << 20 | minor */
	__u64 exe_size;
	__u64 exe_ctime; /* ns since 1970: every change of the file moves it, and nobody sets it */
	__u64 program; /* tg_process.program; 0: nobody counts by it */
};

struct tg_exit_record {
	struct tg_record head;
	__u64 process_ktime; /* of the exec id of the process that ends, 0: not known */
	__u64 program; /* tg_process.program */
	__u32 code; /* as wait(2) gives it: status << 8 | signal */
	__u32 pad;
};

enum tg_throttle_type {
	TG_THROTTLE_START = 1,
	TG_THROTTLE_STOP = 2, /* made by the agent, from the record of the start */
};

/* A cgroup's fork, exec and exit records are held back from now on, or no longer. The head is that of the thread that was one too
 * many. */
struct tg_throttle_record {
	struct tg_record head;
	__u64 cgroup_id;
	enum tg_throttle_type type;
	__u32 cgroup_length;
	char cgroup[TG_CGROUP_MAX]; /* its name, as in tg_exec_record; what follows it means nothing */
};

/* Types of values, with the numbers that Tetragon gives its argument types. `body` is what follows struct tg_argument. */
enum tg_type {
	TG_TYPE_INT = 1, /* number: 32 bits, signed */
	TG_TYPE_CHAR_BUF = 2, /* body: the bytes; number: how many there were */
	TG_TYPE_CHAR_IOVEC = 3, /* the same */
	TG_TYPE_SIZE = 4, /* number: 64 bits, unsigned */
	TG_TYPE_SKB = 5, /* body: tg_skb_body; number: TCP state of its socket */
	TG_TYPE_STRING = 6, /* body: the text */
	TG_TYPE_SOCK = 7, /* body: tg_sock_body */
	TG_TYPE_CRED = 8, /* body: tg_cred_body */
	TG_TYPE_S64 = 10,
	TG_TYPE_U64 = 11,
	TG_TYPE_S32 = 12,
	TG_TYPE_U32 = 13,
	TG_TYPE_FILENAME = 14, /* struct filename; body: the text */
	TG_TYPE_PATH = 15, /* body: the path; number: inode mode; flags: tg_text_flag */
	TG_TYPE_FILE = 16, /* the same */
	TG_TYPE_FD = 17, /* the same */
	TG_TYPE_CONST_BUF = 18, /* char[N] in place; body: the text */
	TG_TYPE_BPF_ATTR = 19, /* body: tg_bpf_program_body */
	TG_TYPE_PERF_EVENT = 20, /* body: tg_perf_event_body, then the function's name */
	TG_TYPE_BPF_MAP = 21, /* body: tg_bpf_map_body */
	TG_TYPE_USER_NAMESPACE = 22, /* body: tg_user_namespace_body */
	TG_TYPE_CAPABILITY = 23, /* number */
	TG_TYPE_KIOCB = 24, /* as FILE */
	TG_TYPE_IOV_ITER = 25, /* as CHAR_BUF */
	TG_TYPE_LOAD_INFO = 26, /* body: tg_module_body, then the name */
	TG_TYPE_MODULE = 27, /* the same */
	TG_TYPE_SYSCALL64 = 28, /* number: bit 31 set: of the 32-bit interface */
	TG_TYPE_S16 = 29,
	TG_TYPE_U16 = 30,
	TG_TYPE_S8 = 31,
	TG_TYPE_U8 = 32,
	TG_TYPE_KERNEL_CAP = 33, /* number: the bits */
	TG_TYPE_CAP_INHERITABLE = 34,
	TG_TYPE_CAP_PERMITTED = 35,
	TG_TYPE_CAP_EFFECTIVE = 36,
	TG_TYPE_LINUX_BINPRM = 37, /* as FILE */
	TG_TYPE_DATA_LOC = 38, /* body: the text */
	TG_TYPE_NET_DEVICE = 39, /* body: its name */
	TG_TYPE_SOCKADDR = 40, /* body: tg_address_body */
	TG_TYPE_SOCKET = 41, /* as SOCK */
	TG_TYPE_DENTRY = 42, /* as PATH */
	TG_TYPE_BPF_PROG = 43, /* as BPF_ATTR */
	TG_TYPE_SOCKADDR_UN = 44, /* body: sun_path; number: the family */
	TG_TYPE_BPF_CMD = 45, /* ours: upstream prints it in user space. number */
	/* not types of arguments: what an event carries besides */
	TG_TYPE_KERNEL_STACK = 100, /* body: __u64 addresses, innermost first */
	TG_TYPE_USER_STACK = 101,
	TG_TYPE_IMA_HASH = 102, /* body: the digest and what follows it up to 64 bytes; number: its algorithm, enum hash_algo */
	TG_TYPE_BUILD_ID = 103, /* of a mapped file, put in by the agent; body: the id */
};

/* Why a value could not be read. */
enum tg_value_error {
	TG_ERROR_NONE = 0,
	TG_ERROR_FAULT = 1, /* bad address, or memory that was not there */
	TG_ERROR_RESOLVE = 2, /* bad address on the way; number: the step, from 1 */
	TG_ERROR_TOO_LARGE = 3, /* a buffer whose size makes no sense */
};

/* One value of a policy event, in the order of the hook's args, then the return value, then stack traces; `size` bytes of body
 * follow, padded to 8. */
struct tg_argument {
	enum tg_type type;
	__u32 size;
	__s64 number;
	__u32 flags; /* tg_text_flag */
	enum tg_value_error error;
};

/* Addresses are 16 bytes, IPv4 as ::ffff:a.b.c.d; ports in host order. */
struct tg_sock_body {
	__u64 cookie; /* where the sock lies: it is the same in all events of a socket. Few have one of bpf_get_socket_cookie */
	__u16 family;
	__u16 type;
	__u16 protocol;
	__u16 state;
	__u32 mark;
	__u32 priority;
	__u8 source[16];
	__u8 destination[16];
	__u16 source_port;
	__u16 destination_port;
	__u32 pad;
};

struct tg_skb_body {
	__u32 hash;
	__u32 length;
	__u32 priority;
	__u32 mark;
	__u16 family;
	__u16 protocol; /* of the transport: IPPROTO_* */
	__u16 source_port;
	__u16 destination_port;
	__u8 source[16];
	__u8 destination[16];
	__u32 sec_path_length;
	__u32 sec_path_outer_length;
	__u16 ether_protocol; /* host order: ETH_P_IP … */
	__u16 pad[3];
};

struct tg_address_body {
	__u16 family;
	__u16 port; /* host order */
	__u32 pad;
	__u8 address[16];
};

struct tg_user_namespace_body {
	__s32 level;
	__u32 owner;
	__u32 group;
	__u32 inode;
};

struct tg_cred_body {
	__u32 uid, gid, euid, egid, suid, sgid, fsuid, fsgid;
	__u32 securebits;
	__u32 pad;
	__u64 permitted;
	__u64 effective;
	__u64 inheritable;
	struct tg_user_namespace_body user_namespace;
};

struct tg_bpf_program_body {
	__u32 type;
	__u32 instructions;
	char name[16];
};

struct tg_bpf_map_body {
	__u32 type;
	__u32 key_size;
	__u32 value_size;
	__u32 max_entries;
	char name[16];
};

struct tg_perf_event_body {
	__u32 type;
	__u32 pad;
	__u64 config;
	__u64 probe_offset;
};

struct tg_module_body {
	__u64 taints;
	__u32 signature_ok;
	__u32 has_signature; /* 1: load_info, which knows */
};

/* What became of a selector's enforcing actions. */
enum tg_outcome {
	TG_OUTCOME_OBSERVED = 0, /* the selector has no enforcing action */
	TG_OUTCOME_WOULD_ACT = 1, /* monitor mode */
	TG_OUTCOME_KILLED = 2, /* the kernel took the signal */
	TG_OUTCOME_SIGNALLED = 3,
	TG_OUTCOME_OVERRIDDEN = 4, /* the call was refused; no signal asked for */
	TG_OUTCOME_PROTECTED = 5, /* spared: a process that Trigon never kills */
	TG_OUTCOME_EXPIRED = 6, /* spared: the dead-man deadline or the arming time is over */
	TG_OUTCOME_FUSED = 7, /* spared: the policy's fuse has blown */
	TG_OUTCOME_WRONG_CONTEXT = 8, /* not acted on: the current task is not the one that the event is about */
	TG_OUTCOME_FAILED = 9, /* the kernel refused the signal, or the call went on without passing where it could be refused */
	TG_OUTCOME_MOOT = 10, /* the call failed by itself before it came to where it would have been refused */
};

/* Values follow: argument_count args, the return value if has_return, and stack traces up to the end of the record. */
struct tg_policy_record {
	struct tg_record head;
	__u64 process_ktime; /* of the exec id of the process, 0: not known */
	__u64 program; /* tg_process.program, 0: not known */
	__u32 policy;
	__u32 hook;
	__u32 selector; /* position in the hook */
	__u32 actions; /* tg_action bits of the selector, those added by arming included */
	enum tg_outcome outcome;
	__u32 mode; /* tg_mode in force */
	__u32 syscall; /* number, where there is one */
	__u32 argument_count;
	__u32 has_return;
	__u32 return_actions;
};

/* An answer of a DNS server, in a ring of its own. What lies behind its `length` bytes means nothing. */
struct tg_dns_answer {
	__u32 length;
	__u8 bytes[TG_DNS_MAX]; /* the message, without headers of the network */
};

/* Answers that the agent doesn't get to see. */
struct tg_dns_counts {
	__u64 window_begin; /* of the rate limit */
	__u64 window_count;
	__u64 too_many;
	__u64 too_long;
	__u64 no_room;
};

#endif

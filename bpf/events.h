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
};

enum tg_record_kind {
	TG_RECORD_FORK = 1,
	TG_RECORD_EXEC = 2,
	TG_RECORD_EXIT = 3,
	TG_RECORD_POLICY = 4,
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
};

struct tg_exit_record {
	struct tg_record head;
	__u64 process_ktime; /* of the exec id of the process that ends, 0: not known */
	__u32 code; /* as wait(2) gives it: status << 8 | signal */
	__u32 pad;
};

enum tg_argument_type {
	TG_ARGUMENT_INT = 1, /* value: __s64 */
	TG_ARGUMENT_FILE = 2, /* value: __u32 inode mode, __u32 tg_text_flag, then the path */
};

/* One argument of a policy event; `size` bytes of value follow, padded to 8. */
struct tg_argument {
	enum tg_argument_type type;
	__u32 size;
};

struct tg_file_argument {
	struct tg_argument head;
	__u32 mode;
	__u32 flags; /* tg_text_flag */
};

struct tg_int_argument {
	struct tg_argument head;
	__s64 value;
};

/* What became of a selector's action. */
enum tg_outcome {
	TG_OUTCOME_OBSERVED = 0, /* the selector has no enforcing action */
	TG_OUTCOME_WOULD_KILL = 1, /* monitor mode */
	TG_OUTCOME_KILLED = 2, /* the kernel took the signal */
	TG_OUTCOME_PROTECTED = 3, /* spared: a process that Trigon never kills */
	TG_OUTCOME_EXPIRED = 4, /* spared: the dead-man deadline or the arming time is over */
	TG_OUTCOME_FUSED = 5, /* spared: the policy's fuse has blown */
	TG_OUTCOME_FAILED = 6, /* the kernel refused the signal */
};

/* Arguments follow, in the order of the policy's args. */
struct tg_policy_record {
	struct tg_record head;
	__u64 process_ktime; /* of the exec id of the process, 0: not known */
	__u32 policy;
	__u32 hook;
	__u32 selector;
	__u32 actions; /* tg_action bits of the selector */
	enum tg_outcome outcome;
	__u32 mode; /* tg_mode in force */
	__u32 syscall;
	__u32 argument_count;
};

#endif

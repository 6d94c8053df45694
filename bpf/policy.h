/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Policies as the kernel side sees them: what the agent writes into maps, and the counters it reads back. Layouts go to the
 * agent the same way as those of the records (scripts/layouts.mjs).
 *
 * A policy has hooks; a hook has up to five selectors, tried in order, the first that matches wins; all filters of a
 * selector must hold. Large value sets (paths, binaries) lie in shared maps under a set number of their own.
 */
#ifndef TRIGON_POLICY_H
#define TRIGON_POLICY_H

#include <linux/types.h>

/* An enum, so that the agent's generated layouts have the same numbers. */
enum tg_limit {
	TG_MAX_POLICIES = 128,
	TG_MAX_HOOKS = 256, /* of all policies together; hook numbers begin at 1 */
	TG_MAX_HOOKS_PER_POINT = 64,
	TG_MAX_SELECTORS = 5,
	TG_MAX_FILTERS = 5,
	TG_MAX_ARGS = 5,
	TG_MAX_NUMBERS = 4,
	TG_EXACT_MAX = 256, /* longest value of Equal and matchBinaries, terminating NUL included */
	TG_PREFIX_MAX = 252, /* longest value of Prefix: a trie key holds 256 bytes, 4 of them the set's number */
	TG_SYSCALLS = 512, /* above the highest number of x86-64 and arm64 */
};

enum tg_mode {
	TG_MODE_OFF = 0,
	TG_MODE_MONITOR = 1,
	TG_MODE_ENFORCE = 2,
};

enum tg_action {
	TG_ACTION_NOPOST = 1,
	TG_ACTION_SIGKILL = 2,
};

enum tg_operator {
	TG_OPERATOR_NONE = 0,
	TG_OPERATOR_EQUAL = 1,
	TG_OPERATOR_PREFIX = 2,
};

/* Where a hook gets an argument from, in the terms of its hook point. */
enum tg_source {
	TG_SOURCE_NONE = 0,
	TG_SOURCE_FILE = 1, /* the file that is accessed */
	TG_SOURCE_ACCESS = 2, /* MAY_READ (4) or MAY_WRITE (2) */
};

enum tg_point {
	TG_POINT_FILE_ACCESS = 0,
	TG_POINT_COUNT = 1,
};

struct tg_filter {
	enum tg_operator operator;
	enum tg_source source;
	__u32 negated;
	__u32 set; /* for texts */
	__u32 number_count;
	__u32 pad;
	__s64 numbers[TG_MAX_NUMBERS];
};

struct tg_selector {
	__u32 actions; /* tg_action bits */
	enum tg_operator binaries; /* EQUAL: matchBinaries is In (or NotIn when negated) */
	__u32 binaries_negated;
	__u32 binaries_set;
	__u32 filter_count;
	__u32 pad;
	struct tg_filter filters[TG_MAX_FILTERS];
};

struct tg_hook {
	__u32 policy;
	__u32 selector_count; /* 0: every call posts */
	__u32 argument_count;
	enum tg_source arguments[TG_MAX_ARGS];
	struct tg_selector selectors[TG_MAX_SELECTORS];
};

/* The hooks that listen at one hook point: numbers of tg_hook, 0 is an empty slot. */
struct tg_point_hooks {
	enum tg_point point;
	__u32 hooks[TG_MAX_HOOKS_PER_POINT];
};

/* A policy's switch and its fuse. `armed_until` and the fuse belong to enforce mode only. */
struct tg_policy {
	enum tg_mode mode;
	enum tg_action armed_actions; /* tg_action bits, for selectors that have no enforcing action of their own */
	__u64 armed_until; /* CLOCK_BOOTTIME ns; past it the policy is in monitor mode */
	__u64 fuse_window; /* ns */
	__u64 fuse_started; /* kernel side: when the current window began */
	__u32 fuse_limit; /* actions a window may see; one more blows the fuse; 0: no fuse */
	__u32 fuse_count; /* kernel side: actions in the current window */
	__u32 fuse_blown; /* kernel side; arming again resets it */
	__u32 pad;
};

/* Gates every action: past `deadline`, which the agent's heartbeat renews, all policies are in monitor mode. */
struct tg_control {
	__u64 deadline; /* CLOCK_BOOTTIME ns */
};

/* What a selector did; per CPU, index hook * TG_MAX_SELECTORS + selector. */
struct tg_counts {
	__u64 matched;
	__u64 posted;
	__u64 would_kill;
	__u64 killed;
	__u64 spared_protected;
	__u64 spared_expired;
	__u64 spared_fused;
	__u64 failed;
};

/* How a system call leads to a hook point: which of its arguments is the file descriptor, and the kind of access. */
struct tg_fd_access {
	__u8 argument;
	__u8 mask; /* MAY_READ 4, MAY_WRITE 2, 0: unused entry */
};

struct tg_syscall_access {
	struct tg_fd_access accesses[2];
};

/* Keys of the shared value sets. */
struct tg_exact_key {
	__u32 set;
	__u32 length;
	char text[TG_EXACT_MAX]; /* padded with NUL */
};

struct tg_prefix_key {
	__u32 bits; /* 32 for the set's number + 8 for each byte of text */
	__u32 set;
	char text[TG_PREFIX_MAX];
};

/* A process as the kernel side knows it: identity, and the executable's path for matchBinaries. */
struct tg_process {
	__u64 start; /* task_struct.start_boottime of the group leader: tells a reused pid */
	__u64 ktime; /* of its exec id: when it was forked or last called exec */
	__u32 cloned; /* 1: forked, no exec since */
	__u32 exe_length;
	char exe[TG_EXACT_MAX]; /* padded with NUL; cut when longer (exe_length tells) */
};

/* Why the agent doesn't get a record; per CPU. */
struct tg_lost {
	__u64 process_ring; /* no room in the ring: fork, exec, exit */
	__u64 policy_ring; /* no room in the ring: policy events */
	__u64 process_table; /* the kernel-side process table was full */
};

#endif

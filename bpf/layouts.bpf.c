// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Never loaded. Compilers leave out of BTF what only lives on a program's stack, so this object names every type that the
 * agent shares with the kernel side: scripts/layouts.mjs reads their layouts from here.
 */
#include "events.h"
#include "policy.h"

struct layouts {
	struct tg_record record;
	struct tg_fork_record fork;
	struct tg_exec_record exec;
	struct tg_exit_record exit;
	struct tg_policy_record policy_record;
	struct tg_argument argument;
	struct tg_file_argument file_argument;
	struct tg_int_argument int_argument;
	enum tg_text_flag text_flag;
	enum tg_text_limit text_limit;
	enum tg_limit limit;
	struct tg_hook hook;
	struct tg_point_hooks point_hooks;
	struct tg_policy policy;
	struct tg_control control;
	struct tg_counts counts;
	struct tg_syscall_access syscall_access;
	struct tg_exact_key exact_key;
	struct tg_prefix_key prefix_key;
	struct tg_process process;
	struct tg_lost lost;
} layouts;

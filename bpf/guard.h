/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Who no action may hit, whatever a policy says: PID 1, kernel threads, and the agent's list (Trigon, its guardian, all their
 * ancestors, clients of the tmux or screen it runs in); and every process on Trigon's terminal, from its first moment on.
 */
#ifndef TRIGON_GUARD_H
#define TRIGON_GUARD_H

#include "maps.h"

/* USER_HZ is 100 on every architecture we run on: the unit in which /proc/PID/stat tells a start time. */
#define NS_PER_USER_TICK (1000000000ull / 100)

static __always_inline bool is_protected(struct task_struct *task)
{
	__u64 terminal = (__u64)task->signal->tty;
	__u32 tgid = task->tgid;
	__u64 *start;

	if (tgid <= 1 || (task->flags & PF_KTHREAD))
		return true;
	if (terminal && bpf_map_lookup_elem(&own_terminals, &terminal))
		return true;
	start = bpf_map_lookup_elem(&protected_processes, &tgid);
	return start && *start == task->group_leader->start_boottime / NS_PER_USER_TICK;
}

/* Past the deadline nobody watches over the policies any more: Trigon is stopped, hung or cut off. */
static __always_inline bool agent_is_alive(__u64 now)
{
	__u32 zero = 0;
	struct tg_control *c = bpf_map_lookup_elem(&control, &zero);

	return c && now < c->deadline;
}

#endif

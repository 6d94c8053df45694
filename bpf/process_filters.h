/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Filters on the process that the call is about: executable, ancestors, pid, namespaces, capabilities, workload.
 */
#ifndef TRIGON_PROCESS_FILTERS_H
#define TRIGON_PROCESS_FILTERS_H

#include "numbers.h"
#include "texts.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TG_MAX_FILTERS);
	__type(key, __u32);
	__type(value, struct tg_filter);
} filters SEC(".maps");

/* Cgroups of containers, by the set of the selector that means them; kept by the agent. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct tg_workload_key);
	__type(value, __u8);
} workloads SEC(".maps");

/* Whether the executable of a process is in an exact set. */
static __always_inline bool exe_is_in_set(struct call *call, struct tg_process *process, __u32 set)
{
	if (!process->exe_length || process->exe_length >= TG_EXACT_MAX)
		return false;
	call->exact.set = set;
	call->exact.length = process->exe_length;
	__builtin_memcpy(call->exact.text, process->exe, TG_EXACT_MAX);
	return bpf_map_lookup_elem(&exact_values, &call->exact);
}

/* Whether the process (`of_parent`: its parent) or one of its ancestors runs a binary of the set, or ran one when it forked: what was
 * found is noted in the process's entry, which its children inherit. */
__noinline int tg_follow_binary(__u32 level, __u32 set, __u32 bit, __u32 of_parent)
{
	struct call *call = get_call(level);
	struct tg_process *process, *ancestor;
	__u64 mask = 1ull << (bit & 63);

	if (!call)
		return -1;
	process = process_of(call);
	if (process && of_parent)
		process = find_process(process->parent, process->parent_start);
	if (!process)
		return -1;
	if (process->followed & mask)
		return 1;
	ancestor = process;
	for (__u32 i = 0; i < TG_MAX_ANCESTORS; i++) {
		if (ancestor->followed & mask || exe_is_in_set(call, ancestor, set)) {
			process->followed |= mask;
			return 1;
		}
		ancestor = find_process(ancestor->parent, ancestor->parent_start);
		if (!ancestor)
			break;
	}
	return 0;
}

/* The same for pids. */
__noinline int tg_follow_pid(__u32 level, __u32 filter_number)
{
	struct tg_filter *filter = bpf_map_lookup_elem(&filters, &filter_number);
	struct call *call = get_call(level);
	struct tg_process *ancestor;
	__u32 tgid;

	if (!call || !filter)
		return -1;
	ancestor = process_of(call);
	if (!ancestor)
		return -1;
	tgid = call->tgid;
	for (__u32 i = 0; i < TG_MAX_ANCESTORS; i++) {
		if (is_in_ranges(call, filter, filter->flags & TG_FILTER_NAMESPACE_PID ? ancestor->namespace_tgid : tgid))
			return 1;
		tgid = ancestor->parent;
		ancestor = find_process(tgid, ancestor->parent_start);
		if (!ancestor)
			break;
	}
	return 0;
}

static __always_inline int exe_matches(struct call *call, __u32 level, const struct tg_filter *filter)
{
	struct tg_process *process = process_of(call);
	struct text text;

	if (process && filter->argument == TG_SUBJECT_PARENT_EXE)
		process = find_process(process->parent, process->parent_start);
	if (!process || !process->exe_length)
		return -1;
	if (filter->operator == TG_OPERATOR_EQUAL)
		return exe_is_in_set(call, process, filter->set);
	text.address = (__u64)process->exe;
	text.length = process->exe_length;
	if (filter->operator == TG_OPERATOR_PREFIX)
		return is_in_prefix_set(call, filter->set, &text);
	/* The end of a longer path is not known. */
	if (process->exe_length >= TG_EXACT_MAX)
		return -1;
	return is_in_postfix_set(call, filter->set, &text);
}

/* Capabilities of the process at hand: as they are, or in an interrupt as they were at its last fork or exec. */
static __always_inline __u64 capabilities_of(struct call *call, struct tg_process *process, __u32 set)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (!call->in_task)
		return process->capabilities[set < 3 ? set : 0];
	if (set == TG_CAPABILITY_INHERITABLE)
		return read_capabilities(&task->cred->cap_inheritable);
	if (set == TG_CAPABILITY_PERMITTED)
		return read_capabilities(&task->cred->cap_permitted);
	return read_capabilities(&task->cred->cap_effective);
}

/* The namespaces of the process at hand, in the order of tg_namespace_kind. */
static __always_inline void namespaces_of(struct call *call, struct tg_process *process, struct tg_namespaces *to)
{
	struct task_struct *task = bpf_get_current_task_btf();

	__builtin_memcpy(to, process->namespaces, sizeof(*to));
	if (!call->in_task)
		return;
	read_namespaces(task, to);
	read_pid_namespace(task, &to->pid);
}

/* PROC_USER_INIT_INO, include/linux/proc_ns.h: the inode number of the host's user namespace. */
#define HOST_USER_NAMESPACE 0xEFFFFFFDu

__noinline int tg_namespace_matches(__u32 level, __u32 filter_number)
{
	struct tg_filter *filter = bpf_map_lookup_elem(&filters, &filter_number);
	struct call *call = get_call(level);
	struct tg_process *process;
	struct tg_namespaces now = {};
	__u32 *numbers = (__u32 *)&now;

	if (!filter || !call)
		return -1;
	process = process_of(call);
	if (!process)
		return -1;
	namespaces_of(call, process, &now);
	if (filter->operator == TG_OPERATOR_NAMESPACE_CHANGES) {
		__u32 changed = 0;

		for (__u32 i = 0; i < sizeof(now) / sizeof(__u32); i++)
			if (numbers[i] != process->namespaces[i])
				changed |= 1u << i;
		if (!(changed & filter->numbers[0]))
			return 0;
		/* One event a change. */
		__builtin_memcpy(process->namespaces, &now, sizeof(now));
		return 1;
	}
	for (__u32 i = 0; i < sizeof(now) / sizeof(__u32); i++)
		if (i == filter->field)
			return is_in_ranges(call, filter, numbers[i]);
	return -1;
}

__noinline int tg_capabilities_match(__u32 level, __u32 filter_number)
{
	struct tg_filter *filter = bpf_map_lookup_elem(&filters, &filter_number);
	struct task_struct *task = bpf_get_current_task_btf();
	struct call *call = get_call(level);
	struct tg_process *process;
	__u64 now, before;
	__u32 set;

	if (!filter || !call)
		return -1;
	process = process_of(call);
	if (!process)
		return -1;
	if (filter->numbers[1] && (!call->in_task || task->cred->user_ns->ns.inum == HOST_USER_NAMESPACE))
		return -1;
	now = capabilities_of(call, process, filter->field);
	if (filter->operator == TG_OPERATOR_CAPABILITIES)
		return !!(now & filter->numbers[0]);
	set = filter->field < 3 ? filter->field : 0;
	before = process->capabilities[set];
	if (!((now ^ before) & filter->numbers[0]))
		return 0;
	process->capabilities[set] = now;
	return 1;
}

static __always_inline int workload_matches(struct tg_process *process, const struct tg_filter *filter)
{
	struct tg_workload_key key = { .set = filter->set };

	if (!process)
		return -1;
	key.cgroup = process->cgroup;
	return !!bpf_map_lookup_elem(&workloads, &key);
}

#endif

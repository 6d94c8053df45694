/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What the kernel knows of a task: its identity, capabilities and namespaces.
 */
#ifndef TRIGON_TASK_H
#define TRIGON_TASK_H

#include "memory.h"
#include "events.h"
#include "policy.h"

static __always_inline __u64 start_of(struct task_struct *task)
{
	return task->group_leader->start_boottime;
}

/* Not bpf_get_current_pid_tgid(), which older kernels refuse to some kinds of program. */
static __always_inline __u32 current_tid(void)
{
	__u32 tid = bpf_get_current_task_btf()->pid;

	/* Loaded here and nowhere else: clang would join the load with one of another kind of pointer. */
	KEEP_RANGE(tid);
	return tid;
}

/* Whether the thread is inside a 32-bit system call: its number means another call, and none is better than the wrong one. */
static __always_inline bool is_compat(void)
{
#ifdef __TARGET_ARCH_x86
	return bpf_get_current_task_btf()->thread_info.status & TS_COMPAT;
#else
	return bpf_get_current_task_btf()->thread_info.flags & TIF_32BIT;
#endif
}

static __always_inline __u64 read_capabilities(const kernel_cap_t *set)
{
	return READ_AT((const __u64 *)set);
}

/* The number of the task's process in the pid namespace it lives in, and that namespace: the last of the numbers that its
 * struct pid holds. */
static __always_inline __u32 read_pid_namespace(struct task_struct *task, __u32 *inode)
{
	struct pid *pid = READ_FIELD(task, group_leader, thread_pid);
	struct upid *last;

	*inode = 0;
	if (!pid)
		return 0;
	last = (void *)pid + bpf_core_field_offset(struct pid, numbers) + READ_FIELD(pid, level) * bpf_core_type_size(struct upid);
	*inode = READ_FIELD(last, ns, ns.inum);
	return READ_FIELD(last, nr);
}

/* All namespaces of a task but its pid namespace; those it has given up, as an ending process does, stay 0. */
static __always_inline void read_namespaces(struct task_struct *task, struct tg_namespaces *to)
{
	struct nsproxy *from = task->nsproxy;

	to->user = task->cred->user_ns->ns.inum;
	if (!from)
		return;
	to->uts = READ_FIELD(from, uts_ns, ns.inum);
	to->ipc = READ_FIELD(from, ipc_ns, ns.inum);
	to->mnt = READ_FIELD(from, mnt_ns, ns.inum);
	to->pid_for_children = READ_FIELD(from, pid_ns_for_children, ns.inum);
	to->net = READ_FIELD(from, net_ns, ns.inum);
	to->cgroup = READ_FIELD(from, cgroup_ns, ns.inum);
	/* Since 5.6 (769071ac9f20), and only with CONFIG_TIME_NS. */
	if (bpf_core_field_exists(from->time_ns)) {
		to->time = READ_FIELD(from, time_ns, ns.inum);
		to->time_for_children = READ_FIELD(from, time_ns_for_children, ns.inum);
	}
}

/*
 * The cgroup that names the process's container: that of the unified hierarchy; on hosts that still mount v1 hierarchies and
 * leave the unified one empty, that of the memory controller.
 */
static __always_inline struct kernfs_node *cgroup_node(struct task_struct *task)
{
	struct css_set *set = READ_FIELD(task, cgroups);
	struct kernfs_node *node = READ_FIELD(set, dfl_cgrp, kn);

	if (!READ_AT(READ_FIELD(node, name)) && bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id)) {
		int memory = bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);
		struct cgroup_subsys_state **slot = (void *)set + bpf_core_field_offset(struct css_set, subsys);
		struct cgroup_subsys_state *state = READ_AT(slot + memory);

		if (state)
			return READ_FIELD(state, cgroup, kn);
	}
	return node;
}

#endif

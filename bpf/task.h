/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What the kernel knows of a task: its identity, capabilities and namespaces.
 */
#ifndef TRIGON_TASK_H
#define TRIGON_TASK_H

#include "kernel.h"
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
	return false;
#endif
}

static __always_inline __u64 read_capabilities(const kernel_cap_t *set)
{
	__u64 bits = 0;

	bpf_core_read(&bits, sizeof(bits), set);
	return bits;
}

/* The number of the task's process in the pid namespace it lives in, and that namespace: the last of the numbers that its
 * struct pid holds. */
static __always_inline __u32 read_pid_namespace(struct task_struct *task, __u32 *inode)
{
	/* Read as a number: the verifier lets nobody count on from a typed pointer. */
	struct pid *pid = BPF_CORE_READ(task, group_leader, thread_pid);
	struct upid number = {};
	__u64 last;

	*inode = 0;
	if (!pid)
		return 0;
	last = (__u64)pid + bpf_core_field_offset(struct pid, numbers) + BPF_CORE_READ(pid, level) * bpf_core_type_size(struct upid);
	bpf_core_read(&number, sizeof(number), (struct upid *)last);
	*inode = BPF_CORE_READ(number.ns, ns.inum);
	return number.nr;
}

/* All namespaces of a task but its pid namespace; those it has given up, as an ending process does, stay 0. */
static __always_inline void read_namespaces(struct task_struct *task, struct tg_namespaces *to)
{
	struct nsproxy *from = task->nsproxy;

	to->user = task->cred->user_ns->ns.inum;
	if (!from)
		return;
	to->uts = BPF_CORE_READ(from, uts_ns, ns.inum);
	to->ipc = BPF_CORE_READ(from, ipc_ns, ns.inum);
	to->mnt = BPF_CORE_READ(from, mnt_ns, ns.inum);
	to->pid_for_children = BPF_CORE_READ(from, pid_ns_for_children, ns.inum);
	to->net = BPF_CORE_READ(from, net_ns, ns.inum);
	to->cgroup = BPF_CORE_READ(from, cgroup_ns, ns.inum);
	/* Since 5.6 (769071ac9f20), and only with CONFIG_TIME_NS. */
	if (bpf_core_field_exists(from->time_ns)) {
		to->time = BPF_CORE_READ(from, time_ns, ns.inum);
		to->time_for_children = BPF_CORE_READ(from, time_ns_for_children, ns.inum);
	}
}

/*
 * The cgroup that names the process's container: that of the unified hierarchy; on hosts that still mount v1 hierarchies and
 * leave the unified one empty, that of the memory controller.
 */
static __always_inline struct kernfs_node *cgroup_node(struct task_struct *task)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct kernfs_node *node = BPF_CORE_READ(set, dfl_cgrp, kn);
	char first = 0;

	bpf_probe_read_kernel(&first, 1, BPF_CORE_READ(node, name));
	if (!first && bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id)) {
		int memory = bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);
		struct cgroup_subsys_state *state = 0;
		__u64 slot = (__u64)set + bpf_core_field_offset(struct css_set, subsys) + memory * sizeof(state);

		bpf_probe_read_kernel(&state, sizeof(state), (void *)slot);
		if (state)
			return BPF_CORE_READ(state, cgroup, kn);
	}
	return node;
}

#endif

/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The kernel-side process table: identity, executable and credentials of each process as of its last fork or exec, for exec ids
 * and for selectors on processes.
 */
#ifndef TRIGON_PROCESS_TABLE_H
#define TRIGON_PROCESS_TABLE_H

#include "maps.h"
#include "path.h"
#include "task.h"

/* Entries are built here, 450 bytes are too many for the stack. Indexed as `walks`. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TG_LEVELS);
	__type(key, __u32);
	__type(value, struct tg_process);
} process_scratch SEC(".maps");

static __always_inline struct tg_process *get_process_scratch(__u32 level)
{
	return bpf_map_lookup_elem(&process_scratch, &level);
}

/* One more word into a number that tells programs apart. */
static __always_inline __u64 stir(__u64 number, __u64 word)
{
	number = (number ^ word) * 0x9e3779b97f4a7c15ull;
	return (number ^ number >> 32) * 0xd6e8feb86659fd93ull;
}

/* Never 0, which is no program, and of few enough bits for a number of JavaScript. */
static __always_inline __u64 program_number(__u64 stirred)
{
	return stirred >> 12 | 1;
}

/* What a process runs that ran before us: nobody has seen what it was executed by, so it is told from all others. */
static __always_inline __u64 number_of_old(__u32 tgid, __u64 start)
{
	return program_number(stir(stir(0, tgid), start));
}

/* The entry of a process, or 0 when there is none or it belongs to a former owner of the pid. */
static __always_inline struct tg_process *find_process(__u32 tgid, __u64 start)
{
	struct tg_process *process = bpf_map_lookup_elem(&processes, &tgid);

	return process && process->start == start ? process : 0;
}

static __always_inline void store_process(__u32 tgid, struct tg_process *process)
{
	if (bpf_map_update_elem(&processes, &tgid, process, BPF_ANY))
		count_lost(LOSS_PROCESS_TABLE);
}

/* Writes the path that a finished walk found into `process`. */
static __always_inline void set_exe(struct tg_process *process, struct walk *walk, __u32 length)
{
	__builtin_memset(process->exe, 0, sizeof(process->exe));
	process->exe_length = length;
	if (length > TG_EXACT_MAX - 1)
		length = TG_EXACT_MAX - 1;
	/* Says it again in a way that older verifiers follow (seen on 6.1). */
	KEEP_RANGE(length);
	length &= TG_EXACT_MAX - 1;
	copy_walk(process->exe, length, walk);
}

/* What selectors compare later changes with, and whom they find when they look for ancestors. */
static __always_inline void set_standing(struct tg_process *process, struct task_struct *task)
{
	struct task_struct *parent = task->group_leader->real_parent;
	const struct cred *cred = task->cred;
	/* In place: the stack is short here. */
	struct tg_namespaces *namespaces = (struct tg_namespaces *)process->namespaces;

	process->parent = parent->tgid;
	process->parent_start = start_of(parent);
	process->cgroup = READ_FIELD(cgroup_node(task), id);
	process->capabilities[TG_CAPABILITY_EFFECTIVE] = read_capabilities(&cred->cap_effective);
	process->capabilities[TG_CAPABILITY_INHERITABLE] = read_capabilities(&cred->cap_inheritable);
	process->capabilities[TG_CAPABILITY_PERMITTED] = read_capabilities(&cred->cap_permitted);
	__builtin_memset(namespaces, 0, sizeof(*namespaces));
	read_namespaces(task, namespaces);
	process->namespace_tgid = read_pid_namespace(task, &namespaces->pid);
}

/* The same for the current task and the entry that is being built at a level. A function of its own, which the verifier checks once
 * and not for each way that leads to it. */
__noinline int tg_set_standing(__u32 level)
{
	struct tg_process *process = get_process_scratch(level);

	if (process)
		set_standing(process, UNTRUSTED(task_struct, bpf_get_current_task_btf()));
	return 0;
}

/* The current process, with an entry made on the spot for one that ran before us: its executable is that of its mm, its
 * exec id is dated by its start. Returns 0 for a process without an executable. Uses the walk of the level. */
static __always_inline struct tg_process *current_process(struct task_struct *task, __u32 level)
{
	__u32 tgid = task->tgid;
	__u64 start = start_of(task);
	struct tg_process *process = find_process(tgid, start);

	if (process && process->exe_length)
		return process;

	struct mm_struct *mm = task->mm;
	struct file *exe = mm ? mm->exe_file : 0;
	struct walk *walk = get_walk(level);
	struct tg_process *fresh = get_process_scratch(level);

	/* The entry of a process that ends is gone for good: handle_exit has seen it off. */
	if (!exe || !walk || !fresh || task->flags & PF_EXITING)
		return process;
	fresh->start = start;
	fresh->ktime = process ? process->ktime : start;
	fresh->cloned = process ? process->cloned : 0;
	fresh->followed = process ? process->followed : 0;
	fresh->program = process ? process->program : number_of_old(tgid, start);
	tg_set_standing(level);
	start_walk(walk, exe->f_path.dentry, exe->f_path.mnt, task);
	set_exe(fresh, walk, finish_walk(walk, level));
	store_process(tgid, fresh);
	return find_process(tgid, start);
}

#endif

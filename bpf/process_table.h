/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The kernel-side process table: identity and executable of each process, for exec ids and matchBinaries.
 */
#ifndef TRIGON_PROCESS_TABLE_H
#define TRIGON_PROCESS_TABLE_H

#include "maps.h"
#include "path.h"

/* Entries are built here, 300 bytes are too many for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tg_process);
} process_scratch SEC(".maps");

static __always_inline struct tg_process *get_process_scratch(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&process_scratch, &zero);
}

/* The entry of a process, or 0 when there is none or it belongs to a former owner of the pid. */
static __always_inline struct tg_process *find_process(__u32 tgid, __u64 start)
{
	struct tg_process *process = bpf_map_lookup_elem(&processes, &tgid);

	return process && process->start == start ? process : 0;
}

static __always_inline __u64 start_of(struct task_struct *task)
{
	return task->group_leader->start_boottime;
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
	bpf_probe_read_kernel(process->exe, length, &walk->text[walk->offset & (TG_PATH_MAX - 1)]);
}

/* The current process, with an entry made on the spot for one that ran before us: its executable is that of its mm, its
 * exec id is dated by its start. Returns 0 for a process without an executable. Uses the per-CPU walk. */
static __always_inline struct tg_process *current_process(struct task_struct *task)
{
	__u32 tgid = task->tgid;
	__u64 start = start_of(task);
	struct tg_process *process = find_process(tgid, start);

	if (process && process->exe_length)
		return process;

	struct mm_struct *mm = task->mm;
	struct file *exe = mm ? mm->exe_file : 0;
	struct walk *walk = get_walk();
	struct tg_process *fresh = get_process_scratch();

	if (!exe || !walk || !fresh)
		return process;
	fresh->start = start;
	fresh->ktime = process ? process->ktime : start;
	fresh->cloned = process ? process->cloned : 0;
	start_walk(walk, exe->f_path.dentry, exe->f_path.mnt, task);
	set_exe(fresh, walk, finish_walk(walk));
	store_process(tgid, fresh);
	return find_process(tgid, start);
}

#endif

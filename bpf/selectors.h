/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Which selector of a hook matches, if any. What the hook point knows about the call lies in `struct call`.
 *
 * Filters are read from maps, not from constants of a program per policy: adding a policy then costs no verifier run and
 * touches no running program, and a call resolves its file's path once, however many policies ask for it.
 */
#ifndef TRIGON_SELECTORS_H
#define TRIGON_SELECTORS_H

#include "process_table.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TG_MAX_HOOKS);
	__type(key, __u32);
	__type(value, struct tg_hook);
} hooks SEC(".maps");

/* Values of Equal on texts, and of matchBinaries. Keys are all that counts. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct tg_exact_key);
	__type(value, __u8);
} exact_values SEC(".maps");

/* Values of Prefix. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct tg_prefix_key);
	__type(value, __u8);
} prefix_values SEC(".maps");

/* The call at hand. One per CPU is enough: a program doesn't run on a CPU on which it is already running (the kernel skips
 * the second run and counts it as a recursion miss, which the agent reports as lost). */
struct call {
	struct file *file;
	__u32 access; /* MAY_READ or MAY_WRITE */
	__u32 syscall;
	__u32 path_resolved; /* 1: `walks` holds the file's path */
	__u32 path_length; /* 0: the file has no path */
	__u32 file_mode; /* the inode's */
	__u32 pad;
	struct tg_exact_key exact;
	struct tg_prefix_key prefix;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct call);
} calls SEC(".maps");

static __always_inline struct call *get_call(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&calls, &zero);
}

/* Resolves the path of the call's file into `walks`, once a call, when the first filter or event asks for it. */
__noinline int tg_resolve_path(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct call *call = get_call();
	struct walk *walk = get_walk();
	struct dentry *dentry;
	struct vfsmount *mnt;

	if (!call || !walk || call->path_resolved)
		return 0;
	call->path_resolved = 1;
	if (bpf_rdonly_cast) {
		struct file *file = KERNEL_CAST(struct file, call->file);

		call->file_mode = file->f_inode->i_mode;
		dentry = file->f_path.dentry;
		mnt = file->f_path.mnt;
	} else {
		struct file *file = call->file;

		call->file_mode = BPF_CORE_READ(file, f_inode, i_mode);
		dentry = BPF_CORE_READ(file, f_path.dentry);
		mnt = BPF_CORE_READ(file, f_path.mnt);
	}
	start_walk(walk, dentry, mnt, task);
	call->path_length = finish_walk(walk);
	if (walk->flags & TG_PATH_NO_FOLDER)
		call->path_length = 0;
	return 0;
}

static __always_inline bool path_is_in_exact_set(struct call *call, struct walk *walk, __u32 set)
{
	__u32 length = call->path_length;

	if (length >= TG_EXACT_MAX)
		return false;
	call->exact.set = set;
	call->exact.length = length;
	__builtin_memset(call->exact.text, 0, TG_EXACT_MAX);
	bpf_probe_read_kernel(call->exact.text, length, &walk->text[walk->offset & (TG_PATH_MAX - 1)]);
	return bpf_map_lookup_elem(&exact_values, &call->exact);
}

static __always_inline bool path_is_in_prefix_set(struct call *call, struct walk *walk, __u32 set)
{
	__u32 length = call->path_length;

	if (length > TG_PREFIX_MAX)
		length = TG_PREFIX_MAX;
	call->prefix.set = set;
	call->prefix.bits = 32 + length * 8;
	bpf_probe_read_kernel(call->prefix.text, length, &walk->text[walk->offset & (TG_PATH_MAX - 1)]);
	return bpf_map_lookup_elem(&prefix_values, &call->prefix);
}

static __always_inline bool file_matches(struct call *call, const struct tg_filter *filter)
{
	struct walk *walk = get_walk();
	bool found;

	tg_resolve_path();
	/* A file without a path matches no filter on paths, NotPrefix neither: "outside /x" means other files, not pipes. */
	if (!walk || !call->path_length)
		return false;
	if (filter->operator == TG_OPERATOR_EQUAL)
		found = path_is_in_exact_set(call, walk, filter->set);
	else
		found = path_is_in_prefix_set(call, walk, filter->set);
	return found != !!filter->negated;
}

static __always_inline bool number_matches(__s64 number, const struct tg_filter *filter)
{
	bool found = false;

	for (int i = 0; i < TG_MAX_NUMBERS; i++)
		if ((__u32)i < filter->number_count && filter->numbers[i] == number)
			found = true;
	return found != !!filter->negated;
}

static __always_inline bool binary_matches(struct call *call, const struct tg_selector *selector)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct tg_process *process = find_process(task->tgid, start_of(task));
	bool found = false;

	if (process && process->exe_length && process->exe_length < TG_EXACT_MAX) {
		call->exact.set = selector->binaries_set;
		call->exact.length = process->exe_length;
		__builtin_memcpy(call->exact.text, process->exe, TG_EXACT_MAX);
		found = bpf_map_lookup_elem(&exact_values, &call->exact);
	}
	return found != !!selector->binaries_negated;
}

/* Whether all filters of one selector hold for the call at hand: 1 or 0. Cheap ones first: numbers, then the binary, then
 * the path. A function of its own, which the verifier checks once and not for each hook and selector. */
__noinline int tg_selector_matches(__u32 hook_number, __u32 index)
{
	struct tg_hook *hook = bpf_map_lookup_elem(&hooks, &hook_number);
	struct call *call = get_call();

	if (!hook || !call || index >= TG_MAX_SELECTORS)
		return 0;

	struct tg_selector *selector = &hook->selectors[index];

	for (__u32 i = 0; i < TG_MAX_FILTERS && i < selector->filter_count; i++)
		if (selector->filters[i].source == TG_SOURCE_ACCESS && !number_matches(call->access, &selector->filters[i]))
			return 0;
	if (selector->binaries && !binary_matches(call, selector))
		return 0;
	for (__u32 i = 0; i < TG_MAX_FILTERS && i < selector->filter_count; i++)
		if (selector->filters[i].source == TG_SOURCE_FILE && !file_matches(call, &selector->filters[i]))
			return 0;
	return 1;
}

#endif

// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Hook points at the entry of system calls, for kernels in which functions can't be probed: one dispatcher on the raw
 * sys_enter tracepoint, and a tail call to the handler of the system call at hand. A system call that no policy asks for
 * costs one failed lookup, however many handlers there are.
 */
#include "actions.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, TG_SYSCALLS);
	__type(key, __u32);
	__type(value, __u32);
} syscall_handlers SEC(".maps");

/* Index: system call number. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TG_SYSCALLS);
	__type(key, __u32);
	__type(value, struct tg_syscall_access);
} syscall_accesses SEC(".maps");

/* Index: tg_point. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TG_POINT_COUNT);
	__type(key, __u32);
	__type(value, struct tg_point_hooks);
} point_hooks SEC(".maps");

SEC("tp_btf/sys_enter")
int BPF_PROG(dispatch_syscall, struct pt_regs *regs, long number)
{
#ifdef __TARGET_ARCH_x86
	/* The numbers of 32-bit system calls mean other calls: none is better than the wrong one. */
	if (bpf_get_current_task_btf()->thread_info.status & TS_COMPAT)
		return 0;
#endif
	bpf_tail_call(ctx, &syscall_handlers, (__u32)number);
	return 0;
}

/* An argument of the system call by its position. */
static __always_inline __u64 syscall_argument(struct pt_regs *regs, __u32 position)
{
	switch (position) {
	case 0:
		return regs->di;
	case 1:
		return regs->si;
	case 2:
		return regs->dx;
	case 3:
		return regs->r10;
	default:
		return regs->r8;
	}
}

/* The file behind a descriptor of the current task, 0 if there is none. As files_lookup_fd_raw(), include/linux/fdtable.h. */
static __always_inline struct file *file_of(struct task_struct *task, __u32 fd)
{
	struct fdtable *table = task->files->fdt;
	struct file *file = 0;

	if (fd >= table->max_fds)
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), &table->fd[fd]);
	return file;
}

static __always_inline unsigned int open_mode(struct file *file)
{
	if (bpf_rdonly_cast)
		return KERNEL_CAST(struct file, file)->f_mode;
	return BPF_CORE_READ(file, f_mode);
}

/* Runs the hooks of the file access point on the call at hand. */
static __always_inline void run_file_hooks(void)
{
	__u32 point = TG_POINT_FILE_ACCESS;
	struct tg_point_hooks *list = bpf_map_lookup_elem(&point_hooks, &point);

	if (!list)
		return;
	for (int i = 0; i < TG_MAX_HOOKS_PER_POINT; i++)
		if (list->hooks[i])
			tg_run_hook(list->hooks[i]);
}

/*
 * Stands in for security_file_permission(): that function is called by rw_verify_area() and iterate_dir() on the way of these
 * system calls, after the check of the descriptor's open mode, which is repeated here.
 */
SEC("tp_btf/sys_enter")
int BPF_PROG(handle_file_access, struct pt_regs *regs, long number)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct call *call = get_call();
	__u32 key = number;
	struct tg_syscall_access *access = bpf_map_lookup_elem(&syscall_accesses, &key);

	if (!call || !access)
		return 0;
	/* First of all, because it may use the walk that the file's path needs later. */
	current_process(task);
	call->syscall = number;
	for (int i = 0; i < 2; i++) {
		__u32 mask = access->accesses[i].mask;
		struct file *file;

		if (!mask)
			break;
		file = file_of(task, syscall_argument(regs, access->accesses[i].argument));
		if (!file || !(open_mode(file) & (mask == MAY_WRITE ? FMODE_WRITE : FMODE_READ)))
			continue;
		call->file = file;
		call->access = mask;
		call->path_resolved = 0;
		run_file_hooks();
	}
	return 0;
}

// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Sites at the entry of system calls: one dispatcher for all of them, which costs the calls that nobody asks for one lookup,
 * however many sites there are.
 */
#include "passed.h"
#include "syscall.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/*
 * Stands in for security_file_permission(): that function is called by rw_verify_area() and iterate_dir() on the way of these
 * system calls, after the check of the descriptor's open mode, which is repeated here.
 */
static __always_inline void run_file_site(struct call *call, __u32 level, struct tg_syscall_sites *at)
{
	struct task_struct *task = bpf_get_current_task_btf();

	/* A full barrier: the agent changes the hooks first. */
	call->generation = __sync_fetch_and_or(&at->generation, 0);
	for (int i = 0; i < 2; i++) {
		__u32 mask = at->accesses[i].mask;
		struct file *file;

		if (!mask)
			break;
		file = file_of(task, call->inputs[at->accesses[i].argument & 7]);
		if (!file || !(READ_FIELD(file, f_mode) & (mask == MAY_WRITE ? FMODE_WRITE : FMODE_READ)))
			continue;
		call->inputs[TG_INPUT_FILE] = (__u64)file;
		call->inputs[TG_INPUT_ACCESS] = mask;
		call->access = mask;
		run_site(call, level, at->file);
		if (level == PASSED_LEVEL && !call->wanted)
			tg_keep_passed();
	}
}

/* The usual call: on one file, the first argument, about which the hooks have nothing to say. */
static __always_inline bool is_passed(struct tg_syscall_sites *at, __u32 level, __u32 fd)
{
	return level == PASSED_LEVEL && !at->enter && !at->accesses[0].argument && !at->accesses[1].mask &&
	       tg_is_passed(fd, at->accesses[0].mask, at->generation);
}

SEC("tp_btf/sys_enter")
int BPF_PROG(enter_syscall, struct pt_regs *regs, long number)
{
	__u32 key = number, level;
	struct tg_syscall_sites *at = bpf_map_lookup_elem(&syscall_sites, &key);
	struct call *call;

	if (!at || !(at->enter | at->file) || is_compat())
		return 0;
	level = take_level();
	call = get_call(level);
	if (!call)
		return 0;
	if (!is_passed(at, level, first_argument(regs))) {
		begin_syscall(call, level, regs, number);
		if (at->enter)
			run_site(call, level, at->enter);
		if (at->file)
			run_file_site(call, level, at);
	}
	give_level(level);
	return 0;
}

// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Sites at the return of system calls.
 */
#include "syscall.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline __u32 syscall_number(struct pt_regs *regs)
{
#ifdef __TARGET_ARCH_x86
	return regs->orig_ax;
#else
	return regs->syscallno;
#endif
}

/* Completes what waits for the accesses of run_file_site(). The file is looked up again: the one of the entry may be gone. */
static __always_inline void run_file_returns(struct call *call, __u32 level, struct tg_syscall_sites *at)
{
	struct task_struct *task = bpf_get_current_task_btf();

	for (int i = 0; i < 2; i++) {
		__u32 mask = at->accesses[i].mask;

		if (!mask)
			break;
		call->inputs[TG_INPUT_FILE] = (__u64)file_of(task, call->inputs[at->accesses[i].argument & 7]);
		call->inputs[TG_INPUT_ACCESS] = mask;
		call->access = mask;
		run_site(call, level, at->file_return);
	}
}

SEC("tp_btf/sys_exit")
int BPF_PROG(exit_syscall, struct pt_regs *regs, long result)
{
	__u32 key = syscall_number(regs), level;
	struct tg_syscall_sites *at = bpf_map_lookup_elem(&syscall_sites, &key);
	struct call *call;

	if (!at || !(at->exit | at->file_return) || is_compat()) {
		clear_mark();
		return 0;
	}
	level = take_level();
	call = get_call(level);
	if (!call) {
		clear_mark();
		return 0;
	}
	begin_syscall(call, level, regs, key);
	call->at_return = 1;
	call->inputs[TG_INPUT_RETURN] = result;
	if (at->exit)
		run_site(call, level, at->exit);
	if (at->file_return)
		run_file_returns(call, level, at);
	give_level(level);
	clear_mark();
	return 0;
}

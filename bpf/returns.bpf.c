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

SEC("tp_btf/sys_exit")
int BPF_PROG(exit_syscall, struct pt_regs *regs, long result)
{
	__u32 key = syscall_number(regs), level;
	struct tg_syscall_sites *at = bpf_map_lookup_elem(&syscall_sites, &key);
	struct call *call;

	if (!at || !at->exit || is_compat())
		return 0;
	level = take_level();
	call = get_call(level);
	if (!call)
		return 0;
	begin_call(call, level, 0);
	read_arguments_of_syscall(call, regs);
	call->is_syscall = 1;
	call->syscall = key;
	call->at_return = 1;
	call->inputs[TG_INPUT_SYSCALL] = key;
	call->inputs[TG_INPUT_RETURN] = result;
	run_site(call, level, at->exit);
	give_level(level);
	return 0;
}

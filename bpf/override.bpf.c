// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Sites at the functions of system calls whose result a kprobe can replace: kernels with CONFIG_BPF_KPROBE_OVERRIDE, which those of
 * distributions mostly lack. The cookie of the attachment is the site.
 */
#include "refusal.h"
#include "syscall.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("kprobe")
int refuse_syscall(struct pt_regs *ctx)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	__u32 site = bpf_get_attach_cookie(ctx), level;
	struct call *call;
	int error;

	if (is_compat())
		return 0;
	level = take_level();
	call = get_call(level);
	if (!call)
		return 0;
	begin_syscall(call, level, regs, current_syscall());
	run_site(call, level, site);
	error = call->override;
	give_level(level);
	if (error)
		bpf_override_return(ctx, refusal(error));
	return 0;
}

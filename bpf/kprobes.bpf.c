// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Sites at the entry and return of kernel functions: one program for all of them, told by the cookie of its attachment which site it
 * stands at. The agent loads the object once for single kprobes and once for kprobe.multi, which takes programs of its own kind.
 */
#include "hooks.h"
#include "registers.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Begins the call at a level. The stack pointer tells whether an interrupt is at work: the function's own, not the program's, which
 * may have a stack elsewhere. */
static __always_inline void begin_kprobe(struct call *call, __u32 level, struct pt_regs *ctx)
{
	begin_call(call, level, (const void *)PT_REGS_SP(ctx));
	/* By way of memory the pointer becomes a number. */
	*(volatile __u64 *)&call->inputs[TG_INPUT_REGISTERS] = (__u64)ctx;
}

SEC("kprobe")
int enter_kernel_function(struct pt_regs *ctx)
{
	__u32 site = bpf_get_attach_cookie(ctx);
	__u32 level = take_level();
	struct call *call = get_call(level);

	if (!call)
		return 0;
	begin_kprobe(call, level, ctx);
	read_registers(call, ctx);
	run_site(call, level, site);
	give_level(level);
	return 0;
}

SEC("kretprobe")
int leave_kernel_function(struct pt_regs *ctx)
{
	__u32 site = bpf_get_attach_cookie(ctx);
	__u32 level = take_level();
	struct call *call = get_call(level);

	if (!call)
		return 0;
	begin_kprobe(call, level, ctx);
	read_returned_registers(call, ctx);
	run_site(call, level, site);
	give_level(level);
	return 0;
}

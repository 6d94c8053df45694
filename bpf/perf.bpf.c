// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Sites at tracepoints as tracefs describes them: the program sees the event's record, whose fields the agent knows from the
 * event's format file. The cookie of the attachment is the site.
 */
#include "hooks.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("tracepoint")
int trace_event(void *ctx)
{
	__u32 site = bpf_get_attach_cookie(ctx);
	__u32 level = take_level();
	struct call *call = get_call(level);
	struct pt_regs *regs;
	const void *stack;

	if (!call)
		return 0;
	/* perf_trace_run_bpf_submit() (kernel/events/core.c) puts a pointer to the caller's registers over the record's head. */
	bpf_probe_read_kernel(&regs, sizeof(regs), ctx);
	/* Older kernels put those of the program that made a system call there (seen on 6.1): no interrupt is at work then. */
	stack = (const void *)READ_FIELD(regs, sp);
	begin_call(call, level, is_kernel_address(stack) ? stack : 0);
	call->inputs[0] = (__u64)ctx;
	/* The record's words, for fields that are pointers, sizes or descriptors. What lies behind the last one is never asked for. */
	bpf_probe_read_kernel(&call->inputs[1], TG_RECORD_WORDS * sizeof(__u64), ctx + sizeof(__u64));
	run_site(call, level, site);
	give_level(level);
	return 0;
}

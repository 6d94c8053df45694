// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Sites at raw tracepoints: one program for all of them, told by the cookie of its attachment which site it stands at.
 */
#include "hooks.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Kernels before 6.10 know no cookies here (68ca5d4eebb8): the agent loads the object once a site and says which. */
const volatile __u32 fixed_site = 0;

SEC("raw_tp")
int raw_tracepoint(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 site = fixed_site ? fixed_site : (__u32)bpf_get_attach_cookie(ctx);
	__u32 level = take_level();
	struct call *call = get_call(level);

	if (!call)
		return 0;
	begin_call(call, level, ctx);
	/* Not by ctx->args[]: the verifier would then refuse tracepoints that have fewer. What lies behind the last one is never
	 * asked for. */
	read_small(call->inputs, TG_MAX_TRACEPOINT_ARGS * sizeof(__u64), (void *)call->on_stack);
	run_site(call, level, site);
	give_level(level);
	return 0;
}

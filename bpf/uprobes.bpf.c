// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Sites in programs and libraries: at the entry and return of functions, and at USDT probes. The cookie of the attachment is the
 * site.
 */
#define TG_SETS
#include "hooks.h"
#include "registers.h"

/* libbpf reads the registers of the context by a helper that may not be had. */
#define bpf_probe_read_kernel read_small
#include <bpf/usdt.bpf.h>
#undef bpf_probe_read_kernel

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("uprobe")
int enter_function(struct pt_regs *ctx)
{
	__u32 site = bpf_get_attach_cookie(ctx);
	__u32 level = take_level();
	struct call *call = get_call(level);

	if (!call)
		return 0;
	begin_call(call, level, 0);
	call->is_user_function = 1;
	read_registers(call, ctx);
	run_site(call, level, site);
	give_level(level);
	return 0;
}

SEC("uretprobe")
int leave_function(struct pt_regs *ctx)
{
	__u32 site = bpf_get_attach_cookie(ctx);
	__u32 level = take_level();
	struct call *call = get_call(level);

	if (!call)
		return 0;
	begin_call(call, level, 0);
	call->is_user_function = 1;
	read_returned_registers(call, ctx);
	run_site(call, level, site);
	give_level(level);
	return 0;
}

/* Arguments whose notes say "4 bytes in memory at a register and an offset" (BPF_USDT_ARG_REG_DEREF of bpf/usdt.bpf.h). */
static __noinline int find_places(struct call *call, struct pt_regs *ctx)
{
	int number = __bpf_usdt_spec_id(ctx);
	struct __bpf_usdt_spec *spec = bpf_map_lookup_elem(&__bpf_usdt_specs, &number);

	for (int i = 0; i < TG_MAX_ARGS; i++) {
		__u64 base = 0;

		call->places[i] = 0;
		if (!spec || i >= spec->arg_cnt || spec->args[i].arg_type != BPF_USDT_ARG_REG_DEREF ||
		    spec->args[i].arg_bitshift != 32)
			continue;
		read_small(&base, sizeof(base), (void *)ctx + spec->args[i].reg_off);
		call->places[i] = base + spec->args[i].val_off;
	}
	return 0;
}

SEC("usdt")
int enter_usdt(struct pt_regs *ctx)
{
	__u32 site = bpf_usdt_cookie(ctx);
	__u32 level = take_level();
	struct call *call = get_call(level);
	long argument;

	if (!call)
		return 0;
	begin_call(call, level, 0);
	call->is_user_function = 1;
	for (int i = 0; i < TG_MAX_ARGS; i++) {
		argument = 0;
		bpf_usdt_arg(ctx, i, &argument);
		call->inputs[i] = argument;
	}
	if (may_write_user)
		find_places(call, ctx);
	run_site(call, level, site);
	give_level(level);
	return 0;
}

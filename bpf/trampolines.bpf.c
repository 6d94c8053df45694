// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Sites at kernel functions by trampolines, and at LSM hooks. The kernel binds such a program to one function when it loads it, so
 * the agent loads the object once a site and says which. However many policies watch a function, it has one program of each kind:
 * the kernel takes 38 (BPF_MAX_TRAMP_LINKS).
 */
#define TG_HASHES
#include "hashed.h"
#include "refusal.h"
#include "syscall.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile __u32 fixed_site = 0;
/* The number of the system call whose function it is, which has struct pt_regs as its one argument; -1: an ordinary function. */
const volatile __s32 fixed_syscall = -1;

/* Arguments of a function that a trampoline hands on. */
#define MAX_ARGUMENTS 6

/* The arguments that the function has; the helper leaves what it hasn't at 0. Since 5.17 (f92c1e183604). */
static __always_inline void read_function_arguments(struct call *call, void *ctx)
{
	for (__u32 i = 0; i < MAX_ARGUMENTS; i++) {
		__u64 argument = 0;

		bpf_get_func_arg(ctx, i, &argument);
		call->inputs[i] = argument;
	}
}

static __always_inline void begin_trampoline(struct call *call, __u32 level, void *ctx)
{
	begin_call(call, level, ctx);
	read_function_arguments(call, ctx);
}

SEC("fentry")
int enter_traced(void *ctx)
{
	__u32 level = take_level();
	struct call *call = get_call(level);

	if (!call)
		return 0;
	begin_trampoline(call, level, ctx);
	run_site(call, level, fixed_site);
	give_level(level);
	return 0;
}

SEC("fexit")
int leave_traced(void *ctx)
{
	__u32 level = take_level();
	struct call *call = get_call(level);
	__u64 result = 0;

	if (!call)
		return 0;
	begin_trampoline(call, level, ctx);
	call->at_return = 1;
	bpf_get_func_ret(ctx, &result);
	call->inputs[TG_INPUT_RETURN] = result;
	run_site(call, level, fixed_site);
	give_level(level);
	return 0;
}

SEC("fmod_ret")
long refuse_function(void *ctx)
{
	__u32 level = take_level();
	struct call *call = get_call(level);
	long answer;

	if (!call)
		return 0;
	if (fixed_syscall < 0) {
		begin_trampoline(call, level, ctx);
	} else {
		if (is_compat()) {
			give_level(level);
			return 0;
		}
		begin_syscall(call, level, (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf()), fixed_syscall);
	}
	run_site(call, level, fixed_site);
	answer = refusal(call->override);
	give_level(level);
	return answer;
}

/* Leaves the events that wait for a hash to the program that makes it. */
static __always_inline void hand_on(void *ctx)
{
	struct tg_hashed *left;

	left = bpf_task_storage_get(&hashed, bpf_get_current_task_btf(), 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!left)
		return;
	left->site = fixed_site;
	*(volatile __u64 *)&left->context = (__u64)ctx;
}

SEC("lsm")
long security_hook(void *ctx)
{
	__u32 level = take_level();
	struct call *call = get_call(level);
	long answer;

	if (!call)
		return 0;
	begin_trampoline(call, level, ctx);
	run_site(call, level, fixed_site);
	if (call->is_hashed)
		hand_on(ctx);
	answer = refusal(call->override);
	give_level(level);
	return answer;
}

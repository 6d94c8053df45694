// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Answers marked system calls (marks.h): loaded once for each LSM hook that may have to. Small, because every call of the hook by
 * anybody passes here while a policy with a pending override is on.
 */
#include "guard.h"
#include "marks.h"
#include "refusal.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Number of the hook that this copy stands at: a bit of tg_mark.hooks. */
const volatile __u32 hook_number = 0;

static __always_inline long answer_mark(void)
{
	struct tg_mark *mark = current_mark();

	if (!mark || !(mark->hooks[(hook_number >> 6) & 1] & (1ull << (hook_number & 63))))
		return 0;
	if (mark->generation != mark_generation() || mark->syscall != current_syscall())
		return 0;
	/* The call may have waited long since it was marked. */
	if (!agent_is_alive(bpf_ktime_get_boot_ns()))
		return 0;
	mark->answered = 1;
	return refusal(mark->error);
}

SEC("lsm")
long answer(void *ctx)
{
	return answer_mark();
}

/* Where BPF is none of the active security modules: the function that calls their hooks. */
SEC("fmod_ret")
long answer_function(void *ctx)
{
	return answer_mark();
}

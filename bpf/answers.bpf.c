// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Answers marked system calls (marks.h): loaded once for each LSM hook that may have to. Small, because every call of the hook by
 * anybody passes here while a policy with a pending override is on.
 */
#include "marks.h"
#include "refusal.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Number of the hook that this copy stands at: a bit of tg_mark.hooks. */
const volatile __u32 hook_number = 0;

SEC("lsm")
long answer(void *ctx)
{
	struct tg_mark *mark = current_mark();

	if (!mark || !(mark->hooks[(hook_number >> 6) & 1] & (1ull << (hook_number & 63))))
		return 0;
	if (mark->generation != mark_generation() || mark->syscall != current_syscall())
		return 0;
	mark->answered = 1;
	return refusal(mark->error);
}

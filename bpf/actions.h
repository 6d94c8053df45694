/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What a matching selector does to the process: decides whether its action may run, runs it, and counts it.
 *
 * Define TG_NO_SIGNALS before including this in objects whose kind of program may not send signals.
 */
#ifndef TRIGON_ACTIONS_H
#define TRIGON_ACTIONS_H

#include "filters.h"
#include "guard.h"

#define SIGKILL 9

#define TG_ENFORCING (TG_ACTION_SIGKILL | TG_ACTION_SIGNAL | TG_ACTION_OVERRIDE)

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TG_MAX_POLICIES);
	__type(key, __u32);
	__type(value, struct tg_policy);
} policies SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TG_MAX_POLICIES);
	__type(key, __u32);
	__type(value, struct tg_policy_counts);
} policy_counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TG_MAX_SELECTORS);
	__type(key, __u32);
	__type(value, struct tg_selector);
} selectors SEC(".maps");

/* Index: number of the selector. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TG_MAX_SELECTORS);
	__type(key, __u32);
	__type(value, struct tg_counts);
} counts SEC(".maps");

/* Counts one action against the policy's fuse; false when the fuse has blown. The count is shared by all CPUs, a window that
 * two CPUs start at once is counted a little generously. */
static __always_inline bool fuse_holds(struct tg_policy *policy, __u64 now)
{
	if (policy->fuse_blown)
		return false;
	if (!policy->fuse_limit)
		return true;
	if (now - policy->fuse_started > policy->fuse_window) {
		policy->fuse_started = now;
		policy->fuse_count = 0;
	}
	if (__sync_fetch_and_add(&policy->fuse_count, 1) < policy->fuse_limit)
		return true;
	policy->fuse_blown = 1;
	return false;
}

static __always_inline bool send_signal(__u32 signal)
{
#ifdef TG_NO_SIGNALS
	return false;
#else
	return !bpf_send_signal(signal);
#endif
}

/* Acts on the current process as the selector says, if everything allows it, and tells what became of it: a tg_outcome. */
__noinline int tg_enforce(__u32 level, __u32 hook_number, __u32 selector_number, __u32 bits)
{
	struct tg_selector *selector = bpf_map_lookup_elem(&selectors, &selector_number);
	struct tg_hook *hook = bpf_map_lookup_elem(&hooks, &hook_number);
	enum tg_outcome outcome = TG_OUTCOME_OVERRIDDEN;
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 now = bpf_ktime_get_boot_ns();
	struct call *call = get_call(level);
	const struct tg_actions *actions;
	struct tg_policy *policy;

	if (!selector || !hook || !call)
		return TG_OUTCOME_FAILED;
	policy = bpf_map_lookup_elem(&policies, &hook->policy);
	if (!policy)
		return TG_OUTCOME_FAILED;
	if (policy->mode != TG_MODE_ENFORCE)
		return TG_OUTCOME_WOULD_ACT;
	if (!call->in_task)
		return TG_OUTCOME_WRONG_CONTEXT;
	if (is_protected(task))
		return TG_OUTCOME_PROTECTED;
	if (!agent_is_alive(now) || now >= policy->armed_until)
		return TG_OUTCOME_EXPIRED;
	if (!fuse_holds(policy, now))
		return TG_OUTCOME_FUSED;
	actions = hook->flags & TG_HOOK_AT_RETURN ? &selector->return_actions : &selector->actions;
	if (bits & TG_ACTION_OVERRIDE)
		call->override = actions->error;
	if (bits & TG_ACTION_SIGNAL)
		outcome = send_signal(actions->signal) ? TG_OUTCOME_SIGNALLED : TG_OUTCOME_FAILED;
	if (bits & TG_ACTION_SIGKILL)
		outcome = send_signal(SIGKILL) ? TG_OUTCOME_KILLED : TG_OUTCOME_FAILED;
	return outcome;
}

static __always_inline void count_outcome(struct tg_counts *count, enum tg_outcome outcome)
{
	switch (outcome) {
	case TG_OUTCOME_WOULD_ACT:
		count->would_act++;
		break;
	case TG_OUTCOME_KILLED:
		count->killed++;
		break;
	case TG_OUTCOME_SIGNALLED:
		count->signalled++;
		break;
	case TG_OUTCOME_OVERRIDDEN:
		count->overridden++;
		break;
	case TG_OUTCOME_PROTECTED:
		count->spared_protected++;
		break;
	case TG_OUTCOME_EXPIRED:
		count->spared_expired++;
		break;
	case TG_OUTCOME_FUSED:
		count->spared_fused++;
		break;
	case TG_OUTCOME_WRONG_CONTEXT:
		count->wrong_context++;
		break;
	case TG_OUTCOME_FAILED:
		count->failed++;
		break;
	default:
		break;
	}
}

#endif

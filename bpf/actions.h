/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What a matching selector does to the process: decides whether its action may run, runs it, and counts it.
 *
 * Define TG_NO_SIGNALS before including this in objects whose kind of program may not send signals, TG_SETS in those that may write
 * to the program at hand.
 */
#ifndef TRIGON_ACTIONS_H
#define TRIGON_ACTIONS_H

#include "filters.h"
#include "guard.h"
#ifndef TG_NO_SIGNALS
#include "hashed.h"
#include "marks.h"
#endif

#define SIGKILL 9

#define TG_ENFORCING (TG_ACTION_SIGKILL | TG_ACTION_SIGNAL | TG_ACTION_OVERRIDE | TG_ACTION_NOTIFY_ENFORCER | TG_ACTION_SET)

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

/* Refuses the call: at once, or by a mark that an LSM hook of the same system call answers. When it returns it is too late. */
static __always_inline bool refuse_call(struct call *call, const struct tg_actions *actions)
{
#ifndef TG_NO_SIGNALS
	struct tg_answers *found;
	__u32 syscall;
#endif

	if (call->at_return)
		return false;
#ifndef TG_NO_SIGNALS
	if (actions->answers) {
		syscall = current_syscall();
		found = answers_for(actions->answers, syscall);
		return found && mark_call(found, actions->answers, syscall, actions->error);
	}
#endif
	call->override = actions->error;
	return true;
}

#ifdef TG_SETS
/* The kernel may forbid it: lockdown does. */
const volatile bool may_write_user = false;
#endif

/* Writes to an argument of the USDT probe. */
static __always_inline bool set_argument(struct call *call, const struct tg_actions *actions)
{
#ifdef TG_SETS
	__u32 argument = actions->set_argument;
	__u32 number = actions->set_value;
	__u64 place;

	if (!may_write_user || argument >= TG_MAX_ARGS)
		return false;
	place = call->places[argument];
	return place && !bpf_probe_write_user((void *)place, &number, sizeof(number));
#else
	return false;
#endif
}

/* Whether NotifyEnforcer means the system call at hand: one that the policy's enforcer has. */
static __always_inline bool is_enforced(const struct tg_actions *actions)
{
#ifndef TG_NO_SIGNALS
	return answers_for(actions->answers, current_syscall());
#else
	return false;
#endif
}

/* Acts on the current process as the selector says, if everything allows it, and tells what became of it: a tg_outcome.
 * `is_late`: its actions for the return of a call that has been waited for. */
__noinline int tg_enforce(__u32 level, __u32 hook_number, __u32 selector_number, __u32 bits, __u32 is_late)
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
	actions = is_late ? &selector->return_actions : &selector->actions;
	if (bits & TG_ACTION_NOTIFY_ENFORCER) {
		if (is_enforced(actions))
			bits |= (actions->error ? TG_ACTION_OVERRIDE : 0) | (actions->signal ? TG_ACTION_SIGNAL : 0);
		else if (!(bits & ~TG_ACTION_NOTIFY_ENFORCER & TG_ENFORCING))
			return TG_OUTCOME_OBSERVED;
	}
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
	if (bits & TG_ACTION_OVERRIDE && !refuse_call(call, actions))
		outcome = TG_OUTCOME_FAILED;
	if (bits & TG_ACTION_SET && !set_argument(call, actions))
		outcome = TG_OUTCOME_FAILED;
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
	case TG_OUTCOME_MOOT:
		count->moot++;
		break;
	default:
		break;
	}
}

#endif

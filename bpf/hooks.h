/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Runs the hooks of a site on the call at hand: finds the selector that matches, acts, and posts the event, now or when the call
 * returns.
 */
#ifndef TRIGON_HOOKS_H
#define TRIGON_HOOKS_H

#include "pending.h"
#include "rates.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TG_MAX_SITES);
	__type(key, __u32);
	__type(value, struct tg_site);
} sites SEC(".maps");

/* Whether filters `first` .. `first + count` all hold. */
static __always_inline bool all_hold(__u32 level, __u32 hook_number, __u32 first, __u32 count)
{
	for (__u32 i = 0; i < TG_FILTERS_PER_SELECTOR; i++) {
		if (i >= count)
			break;
		if (!tg_filter_matches(level, hook_number, first + i))
			return false;
	}
	return true;
}

/* The first selector of the hook that matches, as its position; TG_SELECTORS_PER_HOOK: none. */
__noinline __u32 tg_find_selector(__u32 level, __u32 hook_number)
{
	struct tg_hook *hook = bpf_map_lookup_elem(&hooks, &hook_number);

	if (!hook)
		return TG_SELECTORS_PER_HOOK;
	if (hook->workload && !tg_filter_matches(level, hook_number, hook->workload))
		return TG_SELECTORS_PER_HOOK;
	if (!hook->selector_count)
		return 0;
	for (__u32 i = 0; i < TG_SELECTORS_PER_HOOK; i++) {
		__u32 number = hook->first_selector + i;
		struct tg_selector *selector;

		if (i >= hook->selector_count)
			break;
		selector = bpf_map_lookup_elem(&selectors, &number);
		if (selector && all_hold(level, hook_number, selector->first_filter, selector->filter_count))
			return i;
	}
	return TG_SELECTORS_PER_HOOK;
}

/* Whether the filters on the return value of a hook's selector hold: 1 or 0. */
__noinline int tg_return_holds(__u32 level, __u32 hook_number, __u32 position)
{
	struct tg_hook *hook = bpf_map_lookup_elem(&hooks, &hook_number);
	struct tg_selector *selector;
	__u32 number;

	if (!hook)
		return 0;
	number = hook->first_selector + position;
	selector = bpf_map_lookup_elem(&selectors, &number);
	return selector && all_hold(level, hook_number, selector->first_return_filter, selector->return_filter_count);
}

/* What a selector asks for and its hook can do. */
static __always_inline __u32 bits_in_force(struct tg_policy *policy, struct tg_hook *hook, const struct tg_actions *actions)
{
	__u32 bits = actions->bits;

	/* In monitor mode they are told all the same: another point sends them when the policy enforces. */
	if (policy->mode == TG_MODE_ENFORCE && hook->flags & TG_HOOK_NO_SIGNAL)
		bits &= ~(TG_ACTION_SIGKILL | TG_ACTION_SIGNAL);
	return bits;
}

/* The mode that led to the outcome: the policy's own may be another by now. */
static __always_inline __u32 mode_in_force(struct tg_policy *policy, enum tg_outcome outcome)
{
	switch (outcome) {
	case TG_OUTCOME_OBSERVED:
		return policy->mode;
	case TG_OUTCOME_WOULD_ACT:
	case TG_OUTCOME_EXPIRED:
	case TG_OUTCOME_FUSED:
		return TG_MODE_MONITOR;
	default:
		return TG_MODE_ENFORCE;
	}
}

/* Whether the return value is still to come. It isn't at the return site, nor where the point itself tells it (no pair). */
static __always_inline bool is_to_wait(struct call *call, struct tg_hook *hook)
{
	return hook->flags & TG_HOOK_RETURN && hook->pair && !call->at_return;
}

/* A mark has been set, and only the call's return tells whether it was answered. */
static __always_inline bool is_marked(struct call *call, struct tg_hook *hook, const struct tg_actions *actions, enum tg_outcome outcome)
{
	return outcome == TG_OUTCOME_OVERRIDDEN && actions->answers && hook->pair && call->is_syscall;
}

/* What became of the mark that the call has got. */
static __always_inline enum tg_outcome outcome_of_mark(struct call *call)
{
#ifndef TG_NO_SIGNALS
	struct tg_mark *mark = current_mark();

	if (mark && mark->answered)
		return TG_OUTCOME_OVERRIDDEN;
#endif
	return (__s64)call->inputs[TG_INPUT_RETURN] < 0 ? TG_OUTCOME_MOOT : TG_OUTCOME_FAILED;
}

/* The call that has got a mark at its entry has returned: its event, which lies at `level`, now tells what became of it. */
__noinline int tg_settle(__u32 level, __u32 hook_number, __u32 position)
{
	struct tg_hook *hook = bpf_map_lookup_elem(&hooks, &hook_number);
	struct event *event = bpf_map_lookup_elem(&events, &level);
	struct call *call = get_call(level);
	struct tg_selector *chosen;
	struct tg_counts *count;
	__u32 number;

	if (!hook || !event || !call || event->record.outcome != TG_OUTCOME_OVERRIDDEN)
		return 0;
	number = hook->first_selector + position;
	chosen = bpf_map_lookup_elem(&selectors, &number);
	count = bpf_map_lookup_elem(&counts, &number);
	if (!chosen || !count || !chosen->actions.answers)
		return 0;
	event->record.outcome = outcome_of_mark(call);
	count_outcome(count, event->record.outcome);
	return 0;
}

/* TrackSock and UntrackSock: remembers, or forgets, whose socket this is, for events of interrupts that work for it. */
__noinline int tg_track_socket(__u32 level, __u32 number, __u32 forget)
{
	struct call *call = get_call(level);
	struct tg_value_spec *spec;
	__u64 sock;

	if (!call || number >= TG_VALUES_PER_SITE)
		return 0;
	spec = get_value_spec(call, number);
	/* Only a socket that the call itself hands on: see planning/actions.ts. */
	if (!spec || spec->type != TG_TYPE_SOCK || spec->step_count)
		return 0;
	sock = input_of(call, spec);
	if (forget)
		bpf_map_delete_elem(&socket_owners, &sock);
	else if (call->tgid) /* In an interrupt the owner of the socket that it works for: an accepted socket is its listener's. */
		set_owner(call, sock);
	return 0;
}

static __always_inline void track_socket(__u32 level, struct tg_hook *hook, const struct tg_actions *actions)
{
	if (actions->bits & (TG_ACTION_TRACK_SOCK | TG_ACTION_UNTRACK_SOCK) && actions->sock <= TG_SUBJECT_RETURN)
		tg_track_socket(level, hook->values[actions->sock], actions->bits & TG_ACTION_UNTRACK_SOCK);
}

/* CleanupEnforcerNotification. */
static __always_inline void forget_mark(const struct tg_actions *actions)
{
#ifndef TG_NO_SIGNALS
	if (actions->bits & TG_ACTION_CLEANUP_ENFORCER)
		take_back_mark(actions->answers);
#endif
}

/* Whether the event waits for the hash of its file. Not when the call is refused: that can't be left to another program, and ends the
 * hook's. */
static __always_inline bool wants_hash(__u32 bits, enum tg_outcome outcome)
{
#ifdef TG_HASHES
	return bits & TG_ACTION_IMA_HASH && outcome != TG_OUTCOME_OVERRIDDEN;
#else
	return false;
#endif
}

/* The values of the event, read before anything is done: what is missing then may be there when the call returns. */
static __always_inline void read_arguments(struct call *call, __u32 level, struct tg_hook *hook)
{
	for (__u32 i = 0; i < TG_MAX_ARGS && i < hook->argument_count; i++)
		if (!is_late(call, hook, i))
			tg_read_value(level, hook->values[i]);
}

/* A selector has matched at the call's entry, or at the hook's only point. */
__noinline int tg_act(__u32 level, __u32 hook_number, __u32 selector)
{
	struct tg_hook *hook = bpf_map_lookup_elem(&hooks, &hook_number);
	struct event *event = bpf_map_lookup_elem(&events, &level);
	struct call *call = get_call(level);
	struct tg_policy *policy;
	struct tg_selector *chosen;
	struct tg_counts *count;
	enum tg_outcome outcome = TG_OUTCOME_OBSERVED;
	__u32 number, bits, at;
	bool waits, returned, marked, ended, hashed;

	if (!hook || !event || !call)
		return 0;
	number = hook->first_selector + selector;
	policy = bpf_map_lookup_elem(&policies, &hook->policy);
	chosen = bpf_map_lookup_elem(&selectors, &number);
	count = bpf_map_lookup_elem(&counts, &number);
	if (!policy || !chosen || !count)
		return 0;

	bits = bits_in_force(policy, hook, &chosen->actions);
	if (hook->flags & TG_HOOK_RETRY && !call->at_return && !(bits & TG_ENFORCING)) {
		read_arguments(call, level, hook);
		if (call->faulted) {
			tg_keep(level, hook_number, 0, 0);
			return 0;
		}
	}
	if (bits & TG_ENFORCING)
		outcome = tg_enforce(level, hook_number, number, bits, 0);
	count->matched++;
	if (policy->mode == TG_MODE_ENFORCE)
		forget_mark(&chosen->actions);
	track_socket(level, hook, &chosen->actions);
	marked = is_marked(call, hook, &chosen->actions, outcome);
	if (!marked)
		count_outcome(count, outcome);
	ended = call->is_user_function && (outcome == TG_OUTCOME_KILLED || outcome == TG_OUTCOME_SIGNALLED);
	waits = marked || (is_to_wait(call, hook) && !ended);
	returned = hook->flags & TG_HOOK_RETURN && !waits && !ended;
	if (!waits) {
		if (bits & TG_ACTION_NOPOST)
			return 0;
		if (chosen->actions.rate_window && tg_is_repeat(level, hook_number, number)) {
			count->rate_limited++;
			return 0;
		}
	}
	at = compose(event, call, level, hook_number, hook, selector, bits, mode_in_force(policy, outcome), outcome);
	hashed = wants_hash(bits, outcome);
	call->is_hashed |= hashed;
	if (waits || hashed) {
		set_event_size(event, at);
		tg_keep(level, hook_number, selector, 1);
		return 0;
	}
	if (returned) {
		event->record.has_return = 1;
		at = tg_append_value(level, hook->values[TG_SUBJECT_RETURN], at);
	}
	at = append_stacks(level, bits, at);
	emit_event(event, level, at, count);
	return 0;
}

/* Completes the event that lies at `level`: with the return value, and what was to be read at return. */
__noinline int tg_complete(__u32 level, __u32 hook_number, __u32 position)
{
	struct tg_hook *hook = bpf_map_lookup_elem(&hooks, &hook_number);
	struct event *event = bpf_map_lookup_elem(&events, &level);
	struct tg_policy *policy;
	struct tg_selector *chosen;
	struct tg_counts *count;
	enum tg_outcome outcome;
	__u32 number, at, bits;

	if (!hook || !event)
		return 0;
	number = hook->first_selector + position;
	policy = bpf_map_lookup_elem(&policies, &hook->policy);
	chosen = bpf_map_lookup_elem(&selectors, &number);
	count = bpf_map_lookup_elem(&counts, &number);
	if (!policy || !chosen || !count)
		return 0;
	bits = chosen->return_actions.bits;
	track_socket(level, hook, &chosen->return_actions);
	if (bits & TG_ENFORCING) {
		outcome = tg_enforce(level, hook_number, number, bits, 1);
		count_outcome(count, outcome);
		event->record.outcome = outcome;
		event->record.mode = mode_in_force(policy, outcome);
	}
	if ((event->record.actions | bits) & TG_ACTION_NOPOST)
		return 0;
	if (chosen->actions.rate_window && tg_is_repeat(level, hook_number, number)) {
		count->rate_limited++;
		return 0;
	}
	at = event->record.head.size - sizeof(event->record);
	event->record.return_actions = bits;
	/* Else it has waited to know what became of its mark. */
	if (hook->flags & TG_HOOK_RETURN) {
		event->record.has_return = 1;
		at = tg_append_value(level, hook->values[TG_SUBJECT_RETURN], at);
	}
	for (__u32 i = 0; i < TG_MAX_ARGS && i < hook->argument_count; i++)
		if (hook->late & (1u << i))
			at = tg_append_value(level, hook->values[i], at);
	at = append_stacks(level, event->record.actions, at);
	emit_event(event, level, at, count);
	return 0;
}

/* An interrupt or a kernel thread works for a socket: the event is its owner's, who was noted when it used the socket itself. */
static __always_inline void find_owner(struct call *call, __u32 level, struct tg_hook *hook)
{
	for (__u32 i = 0; i < TG_MAX_ARGS && i < hook->argument_count; i++) {
		struct value *value = read_value(level, hook->values[i]);

		if (value && value->head.type == TG_TYPE_SOCK)
			break;
	}
	if (call->owner_tgid) {
		call->tgid = call->owner_tgid;
		call->start = call->owner_start;
	}
}

static __always_inline void run_hook(__u32 level, __u32 hook_number, struct tg_hook *hook)
{
	struct call *call = get_call(level);
	struct tg_policy_counts *count;
	__u32 selector;

	if (!call)
		return;
	if (hook->flags & TG_HOOK_AT_RETURN) {
		selector = tg_take_waiting(level, hook_number);
		if (selector < TG_SELECTORS_PER_HOOK)
			tg_settle(level, hook_number, selector);
		if (selector < TG_SELECTORS_PER_HOOK && tg_return_holds(level, hook_number, selector))
			tg_complete(level, hook_number, selector);
		if (selector != WAITED_UNDECIDED)
			return;
	}
	if (!call->tgid)
		find_owner(call, level, hook);
	call->faulted = 0;
	selector = tg_find_selector(level, hook_number);
	if (selector < TG_SELECTORS_PER_HOOK)
		call->wanted = 1;
	if (call->faulted && hook->flags & TG_HOOK_RETRY && !call->at_return) {
		/* Perhaps an earlier selector than the one found is the one that matches: an exception, even. */
		tg_keep(level, hook_number, 0, 0);
	} else if (selector < TG_SELECTORS_PER_HOOK) {
		if (!(hook->flags & TG_HOOK_RETURN) || is_to_wait(call, hook) || tg_return_holds(level, hook_number, selector))
			tg_act(level, hook_number, selector);
	}
	/* A fault at entry that was made good at return has been counted there. */
	if (!call->faulted || call->at_return)
		return;
	count = bpf_map_lookup_elem(&policy_counts, &hook->policy);
	if (count)
		count->argument_faults++;
}

/* Whether the hook runs in its policy's mode. */
static __always_inline bool is_in_force(struct tg_policy *policy, struct tg_hook *hook)
{
	if (hook->flags & TG_HOOK_ONLY_MONITOR && policy->mode == TG_MODE_ENFORCE)
		return false;
	if (hook->flags & TG_HOOK_ONLY_ENFORCE && policy->mode != TG_MODE_ENFORCE)
		return false;
	return policy->mode != TG_MODE_OFF;
}

/* Every so many runs of a policy's hooks one is timed. */
#define TG_TIMED_RUNS 64

__noinline int tg_run_hook(__u32 level, __u32 hook_number)
{
	struct tg_hook *hook = bpf_map_lookup_elem(&hooks, &hook_number);
	struct tg_policy_counts *count;
	struct tg_policy *policy;
	__u64 started;

	if (!hook)
		return 0;
	policy = bpf_map_lookup_elem(&policies, &hook->policy);
	count = bpf_map_lookup_elem(&policy_counts, &hook->policy);
	if (!policy || !count)
		return 0;
	if (!is_in_force(policy, hook)) {
		/* With the policy's next mode it may. */
		want_call(level);
		return 0;
	}
	if (count->runs++ % TG_TIMED_RUNS) {
		run_hook(level, hook_number, hook);
		return 0;
	}
	started = bpf_ktime_get_ns();
	run_hook(level, hook_number, hook);
	count->run_time += (bpf_ktime_get_ns() - started) * TG_TIMED_RUNS;
	return 0;
}

/* Runs all hooks of a site on the call that lies at `level`. */
static __always_inline void run_site(struct call *call, __u32 level, __u32 number)
{
	struct tg_site *site = bpf_map_lookup_elem(&sites, &number);

	if (!site)
		return;
	call->site = number;
	call->wanted = 0;
	call->file_value = 0;
	call->read = 0;
	call->missing = 0;
	for (__u32 i = 0; i < TG_HOOKS_PER_SITE; i++) {
		if (i >= site->hook_count)
			break;
		/* 0: a hook that is gone. */
		if (site->hooks[i])
			tg_run_hook(level, site->hooks[i]);
	}
}

#endif

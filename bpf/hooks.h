/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Runs the hooks of a site on the call at hand: finds the selector that matches, acts, and posts the event, now or when the call
 * returns.
 */
#ifndef TRIGON_HOOKS_H
#define TRIGON_HOOKS_H

#include <linux/errno.h>

#include "actions.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TG_MAX_SITES);
	__type(key, __u32);
	__type(value, struct tg_site);
} sites SEC(".maps");

struct event {
	struct tg_policy_record record;
	char text[TG_EVENT_TEXT_MAX];
};

/* Events are put together here. Index: level. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TG_LEVELS);
	__type(key, __u32);
	__type(value, struct event);
} events SEC(".maps");

struct pending_key {
	__u32 tid;
	__u32 hook; /* at entry */
	__u32 access; /* of struct call: a system call may wait for both */
};

/* A call that a hook waits for. */
struct pending {
	__u32 size; /* of the event so far; 0: nothing matched yet, the selectors are tried again (TG_HOOK_RETRY) */
	__u32 selector;
	char event[TG_PENDING_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct pending_key);
	__type(value, struct pending);
} pending SEC(".maps");

/* Entries are built here. Index: level. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TG_LEVELS);
	__type(key, __u32);
	__type(value, struct pending);
} pending_scratch SEC(".maps");

/* What counts as a repeat for a rate limit. */
struct rate_key {
	__u32 selector;
	__u32 id; /* thread, process, or 0 */
	__u64 arguments; /* hash of the first bytes of each */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct rate_key);
	__type(value, __u64); /* when it was last posted, CLOCK_BOOTTIME ns */
} rates SEC(".maps");

/* Bytes of a value that tell repeats apart. */
#define TG_RATE_BYTES 40

/* FNV-1a, eight bytes at a time. */
static __always_inline __u64 mix(__u64 hash, __u64 word)
{
	return (hash ^ word) * 0x100000001b3ull;
}

static __always_inline bool is_late(struct call *call, struct tg_hook *hook, __u32 argument)
{
	return !call->at_return && hook->late & (1u << argument);
}

/* 1 when an event like this one was posted within the selector's window. */
__noinline int tg_is_repeat(__u32 level, __u32 hook_number, __u32 selector_number)
{
	struct rate_key key = { .selector = selector_number, .arguments = 0xcbf29ce484222325ull };
	struct tg_selector *selector = bpf_map_lookup_elem(&selectors, &selector_number);
	struct tg_hook *hook = bpf_map_lookup_elem(&hooks, &hook_number);
	struct call *call = get_call(level);
	__u64 now = bpf_ktime_get_boot_ns();
	const struct tg_actions *actions;
	__u64 before, *last;

	if (!selector || !hook || !call)
		return 0;
	actions = &selector->actions;
	if (actions->rate_scope == TG_RATE_THREAD)
		key.id = current_tid();
	else if (actions->rate_scope == TG_RATE_PROCESS)
		key.id = call->tgid;
	for (__u32 i = 0; i < TG_MAX_ARGS && i < hook->argument_count; i++) {
		struct value *value = is_late(call, hook, i) ? 0 : read_value(level, hook->values[i]);
		__u64 *words = (__u64 *)call->exact.text;
		__u32 size;

		if (!value)
			continue;
		size = value->head.size < TG_RATE_BYTES ? value->head.size : TG_RATE_BYTES;
		KEEP_RANGE(size);
		if (size > TG_RATE_BYTES)
			continue;
		__builtin_memset(words, 0, TG_RATE_BYTES);
		bpf_probe_read_kernel(words, size, value->body);
		key.arguments = mix(key.arguments, value->head.number);
		for (__u32 j = 0; j < TG_RATE_BYTES / sizeof(__u64); j++)
			key.arguments = mix(key.arguments, words[j]);
	}
	/* Of several processors that come here at once one posts. */
	last = bpf_map_lookup_elem(&rates, &key);
	if (!last)
		return bpf_map_update_elem(&rates, &key, &now, BPF_NOEXIST) == -EEXIST;
	before = *last;
	if (now < before || now - before < actions->rate_window)
		return 1;
	return __sync_val_compare_and_swap(last, before, now) != before;
}

/* A value that the kernel side reads only when the call returns; its place among the args is kept. */
#define TG_NO_VALUE TG_VALUES_PER_SITE

/* Appends a value to the event's texts at `at`; returns their new end. */
__noinline __u32 tg_append_value(__u32 level, __u32 number, __u32 at)
{
	struct event *event = bpf_map_lookup_elem(&events, &level);
	struct value *value;
	__u32 size;

	if (!event || at > TG_EVENT_TEXT_MAX - sizeof(struct value))
		return at;
	if (number >= TG_VALUES_PER_SITE) {
		__builtin_memset(&event->text[at], 0, sizeof(struct tg_argument));
		return at + sizeof(struct tg_argument);
	}
	value = read_value(level, number);
	if (!value)
		return at;
	size = value->head.size;
	if (size > TG_BODY_MAX)
		size = TG_BODY_MAX;
	KEEP_RANGE(size);
	if (size > TG_BODY_MAX)
		return at;
	bpf_probe_read_kernel(&event->text[at], sizeof(struct tg_argument) + size, value);
	return at + ((sizeof(struct tg_argument) + size + 7) & ~7u);
}

#ifndef TG_NO_SIGNALS
/* Appends a stack trace of the current task. The same kinds of program that may send signals may take one. */
__noinline __u32 tg_append_stack(__u32 level, __u32 type, __u32 at)
{
	struct event *event = bpf_map_lookup_elem(&events, &level);
	struct task_struct *task = bpf_get_current_task_btf();
	struct tg_argument *head;
	long size;

	if (!event || at > TG_EVENT_TEXT_MAX - sizeof(*head) - TG_MAX_FRAMES * sizeof(__u64))
		return at;
	head = (struct tg_argument *)&event->text[at];
	__builtin_memset(head, 0, sizeof(*head));
	head->type = type;
	size = bpf_get_task_stack(task, &event->text[at + sizeof(*head)], TG_MAX_FRAMES * sizeof(__u64),
				  type == TG_TYPE_USER_STACK ? BPF_F_USER_STACK : 0);
	if (size < 0) {
		head->error = TG_ERROR_FAULT;
		size = 0;
	}
	if (size > (long)(TG_MAX_FRAMES * sizeof(__u64)))
		size = TG_MAX_FRAMES * sizeof(__u64);
	head->size = size;
	return at + sizeof(*head) + ((__u32)size & ~7u);
}
#endif

static __always_inline __u32 append_stacks(__u32 level, __u32 bits, __u32 at)
{
#ifndef TG_NO_SIGNALS
	if (bits & TG_ACTION_KERNEL_STACK)
		at = tg_append_stack(level, TG_TYPE_KERNEL_STACK, at);
	if (bits & TG_ACTION_USER_STACK)
		at = tg_append_stack(level, TG_TYPE_USER_STACK, at);
#endif
	return at;
}

static __always_inline void set_event_size(struct event *event, __u32 at)
{
	event->record.head.size = sizeof(event->record) + at;
}

static __always_inline bool emit_event(struct event *event, __u32 at)
{
	if (at > TG_EVENT_TEXT_MAX)
		return false;
	set_event_size(event, at);
	return emit(event, sizeof(event->record) + at, LOSS_POLICY_RING);
}

/* Puts the event's head and args together; returns the end of its texts. */
static __always_inline __u32 compose(struct event *event, struct call *call, __u32 level, __u32 hook_number, struct tg_hook *hook,
				     __u32 selector, __u32 bits, __u32 mode, enum tg_outcome outcome)
{
	struct tg_process *process = process_of(call);
	struct tg_policy_record *record = &event->record;
	__u32 at = 0;

	record->head.kind = TG_RECORD_POLICY;
	record->head.ktime = bpf_ktime_get_boot_ns();
	record->head.tgid = call->tgid;
	record->head.tid = call->in_task ? current_tid() : call->tgid;
	record->process_ktime = process ? process->ktime : 0;
	record->policy = hook->policy;
	record->hook = hook_number;
	record->selector = selector;
	record->actions = bits;
	record->outcome = outcome;
	record->mode = mode;
	record->syscall = call->syscall;
	record->argument_count = hook->argument_count;
	record->has_return = 0;
	record->return_actions = 0;
	for (__u32 i = 0; i < TG_MAX_ARGS && i < hook->argument_count; i++)
		at = tg_append_value(level, is_late(call, hook, i) ? TG_NO_VALUE : hook->values[i], at);
	return at;
}

static __always_inline void count_pending_lost(struct tg_hook *hook)
{
	struct tg_policy_counts *count = bpf_map_lookup_elem(&policy_counts, &hook->policy);

	if (count)
		count->pending_lost++;
}

/* Keeps the event of `level` until the call returns; without has_event only the call is remembered. */
__noinline int tg_keep(__u32 level, __u32 hook_number, __u32 selector, __u32 has_event)
{
	struct pending_key key = { .tid = current_tid(), .hook = hook_number };
	struct tg_hook *hook = bpf_map_lookup_elem(&hooks, &hook_number);
	struct pending *fresh = bpf_map_lookup_elem(&pending_scratch, &level);
	struct event *event = bpf_map_lookup_elem(&events, &level);
	struct call *call = get_call(level);
	__u32 size = 0;

	if (!fresh || !event || !hook || !call)
		return 0;
	key.access = call->access;
	if (has_event) {
		size = event->record.head.size;
		if (size >= TG_PENDING_MAX) {
			count_pending_lost(hook);
			return 0;
		}
		KEEP_RANGE(size);
		size &= TG_PENDING_MAX - 1;
		bpf_probe_read_kernel(fresh->event, size, event);
	}
	fresh->size = size;
	fresh->selector = selector;
	if (bpf_map_update_elem(&pending, &key, fresh, BPF_ANY))
		count_pending_lost(hook);
	return 0;
}

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

/* What a selector asks for, with what arming adds to it. A selector that says NoPost and nothing else makes an exception: arming
 * must not turn it into a silent kill. */
static __always_inline __u32 bits_in_force(struct tg_policy *policy, struct tg_hook *hook, const struct tg_actions *actions)
{
	__u32 bits = actions->bits;

	if (policy->mode == TG_MODE_ENFORCE && !(bits & (TG_ACTION_NOPOST | TG_ENFORCING)))
		bits |= policy->armed_actions;
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
	bool waits, returned;

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
		outcome = tg_enforce(level, hook_number, number, bits);
	count->matched++;
	count_outcome(count, outcome);
	waits = is_to_wait(call, hook);
	returned = hook->flags & TG_HOOK_RETURN && !waits;
	if (!waits) {
		if (bits & TG_ACTION_NOPOST)
			return 0;
		if (chosen->actions.rate_window && tg_is_repeat(level, hook_number, number)) {
			count->rate_limited++;
			return 0;
		}
	}
	at = compose(event, call, level, hook_number, hook, selector, bits, mode_in_force(policy, outcome), outcome);
	if (waits) {
		set_event_size(event, at);
		tg_keep(level, hook_number, selector, 1);
		return 0;
	}
	if (returned) {
		event->record.has_return = 1;
		at = tg_append_value(level, hook->values[TG_SUBJECT_RETURN], at);
	}
	at = append_stacks(level, bits, at);
	if (emit_event(event, at))
		count->posted++;
	return 0;
}

/* What is known of a call that has returned. */
enum waited {
	WAITED_NOT = TG_SELECTORS_PER_HOOK, /* nothing matched at entry */
	WAITED_UNDECIDED, /* the memory that the selectors look at was not there; it is now, if ever */
};

/* Takes the event that waits for the return of this call back into the level's event. Returns the position of its selector, or
 * `waited`. */
__noinline __u32 tg_take_waiting(__u32 level, __u32 hook_number)
{
	struct tg_hook *hook = bpf_map_lookup_elem(&hooks, &hook_number);
	struct event *event = bpf_map_lookup_elem(&events, &level);
	struct pending_key key = { .tid = current_tid() };
	struct call *call = get_call(level);
	struct pending *before;
	__u32 size, position;

	if (!hook || !event || !call)
		return WAITED_NOT;
	key.hook = hook->pair;
	key.access = call->access;
	before = bpf_map_lookup_elem(&pending, &key);
	if (!before)
		return WAITED_NOT;
	size = before->size;
	position = before->selector;
	if (size >= sizeof(event->record)) {
		KEEP_RANGE(size);
		size &= TG_PENDING_MAX - 1;
		bpf_probe_read_kernel(event, size, before->event);
	} else {
		position = WAITED_UNDECIDED;
	}
	bpf_map_delete_elem(&pending, &key);
	return position;
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
	if (bits & TG_ENFORCING) {
		outcome = tg_enforce(level, hook_number, number, bits);
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
	event->record.has_return = 1;
	at = tg_append_value(level, hook->values[TG_SUBJECT_RETURN], at);
	for (__u32 i = 0; i < TG_MAX_ARGS && i < hook->argument_count; i++)
		if (hook->late & (1u << i))
			at = tg_append_value(level, hook->values[i], at);
	at = append_stacks(level, event->record.actions, at);
	if (emit_event(event, at))
		count->posted++;
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
		if (selector < TG_SELECTORS_PER_HOOK && tg_return_holds(level, hook_number, selector))
			tg_complete(level, hook_number, selector);
		if (selector != WAITED_UNDECIDED)
			return;
	}
	if (!call->tgid)
		find_owner(call, level, hook);
	call->faulted = 0;
	selector = tg_find_selector(level, hook_number);
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
	if (!policy || policy->mode == TG_MODE_OFF)
		return 0;
	if (hook->flags & TG_HOOK_ONLY_MONITOR && policy->mode == TG_MODE_ENFORCE)
		return 0;
	if (hook->flags & TG_HOOK_ONLY_ENFORCE && policy->mode != TG_MODE_ENFORCE)
		return 0;
	count = bpf_map_lookup_elem(&policy_counts, &hook->policy);
	if (!count)
		return 0;
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

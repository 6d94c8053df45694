/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What a matching selector does: decides whether its action may run, runs it, counts it, and posts the event.
 */
#ifndef TRIGON_ACTIONS_H
#define TRIGON_ACTIONS_H

#include "guard.h"
#include "selectors.h"

#define SIGKILL 9

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TG_MAX_POLICIES);
	__type(key, __u32);
	__type(value, struct tg_policy);
} policies SEC(".maps");

/* Index: hook * TG_MAX_SELECTORS + selector. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TG_MAX_HOOKS * TG_MAX_SELECTORS);
	__type(key, __u32);
	__type(value, struct tg_counts);
} counts SEC(".maps");

#define TG_POLICY_TEXT_MAX (TG_MAX_ARGS * (sizeof(struct tg_file_argument) + TG_PATH_MAX))

struct policy_scratch {
	struct tg_policy_record record;
	char text[TG_POLICY_TEXT_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct policy_scratch);
} policy_scratches SEC(".maps");

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

/* Kills the current process if everything allows it, and tells what became of it. */
static __always_inline enum tg_outcome kill_current(struct tg_policy *policy)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 now = bpf_ktime_get_boot_ns();

	if (policy->mode != TG_MODE_ENFORCE)
		return TG_OUTCOME_WOULD_KILL;
	if (is_protected(task))
		return TG_OUTCOME_PROTECTED;
	if (!agent_is_alive(now) || now >= policy->armed_until)
		return TG_OUTCOME_EXPIRED;
	if (!fuse_holds(policy, now))
		return TG_OUTCOME_FUSED;
	return bpf_send_signal(SIGKILL) ? TG_OUTCOME_FAILED : TG_OUTCOME_KILLED;
}

static __always_inline void count_outcome(struct tg_counts *count, enum tg_outcome outcome)
{
	count->matched++;
	switch (outcome) {
	case TG_OUTCOME_WOULD_KILL:
		count->would_kill++;
		break;
	case TG_OUTCOME_KILLED:
		count->killed++;
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
	case TG_OUTCOME_FAILED:
		count->failed++;
		break;
	default:
		break;
	}
}

/* Appends the file argument; returns the new end of the texts. */
static __always_inline __u32 append_file(struct policy_scratch *scratch, __u32 at)
{
	struct call *call = get_call();
	struct walk *walk = get_walk();
	struct tg_file_argument *argument;
	__u32 length;

	tg_resolve_path();
	if (!call || !walk || at > TG_POLICY_TEXT_MAX - sizeof(*argument) - TG_PATH_MAX)
		return at;
	length = call->path_length;
	if (length > TG_PATH_MAX)
		length = TG_PATH_MAX;
	argument = (struct tg_file_argument *)&scratch->text[at];
	argument->head.type = TG_ARGUMENT_FILE;
	argument->head.size = sizeof(*argument) - sizeof(argument->head) + length;
	argument->mode = call->file_mode;
	argument->flags = walk->flags;
	bpf_probe_read_kernel(&scratch->text[at + sizeof(*argument)], length, &walk->text[walk->offset & (TG_PATH_MAX - 1)]);
	return at + ((sizeof(*argument) + length + 7) & ~7u);
}

static __always_inline __u32 append_number(struct policy_scratch *scratch, __u32 at, __s64 value)
{
	struct tg_int_argument *argument;

	if (at > TG_POLICY_TEXT_MAX - sizeof(*argument))
		return at;
	argument = (struct tg_int_argument *)&scratch->text[at];
	argument->head.type = TG_ARGUMENT_INT;
	argument->head.size = sizeof(argument->value);
	argument->value = value;
	return at + sizeof(*argument);
}

static __always_inline bool post(__u32 hook_number, struct tg_hook *hook, __u32 selector, __u32 actions, __u32 mode,
				 enum tg_outcome outcome)
{
	__u32 zero = 0, at = 0;
	struct policy_scratch *scratch = bpf_map_lookup_elem(&policy_scratches, &zero);
	struct task_struct *task = bpf_get_current_task_btf();
	struct tg_process *process = find_process(task->tgid, start_of(task));
	struct call *call = get_call();

	if (!scratch || !call)
		return false;

	struct tg_policy_record *record = &scratch->record;

	record->head.kind = TG_RECORD_POLICY;
	record->head.ktime = bpf_ktime_get_boot_ns();
	record->head.tgid = task->tgid;
	record->head.tid = task->pid;
	record->process_ktime = process ? process->ktime : 0;
	record->policy = hook->policy;
	record->hook = hook_number;
	record->selector = selector;
	record->actions = actions;
	record->outcome = outcome;
	record->mode = mode;
	record->syscall = call->syscall;
	record->argument_count = hook->argument_count;
	for (__u32 i = 0; i < TG_MAX_ARGS && i < hook->argument_count; i++) {
		if (hook->arguments[i] == TG_SOURCE_FILE)
			at = append_file(scratch, at);
		else
			at = append_number(scratch, at, call->access);
	}
	if (at > TG_POLICY_TEXT_MAX)
		return false;
	record->head.size = sizeof(*record) + at;
	return emit(scratch, sizeof(*record) + at, LOSS_POLICY_RING);
}

static __always_inline void act(__u32 hook_number, struct tg_hook *hook, __u32 selector, struct tg_policy *policy)
{
	__u32 index = hook_number * TG_MAX_SELECTORS + selector;
	struct tg_counts *count = bpf_map_lookup_elem(&counts, &index);
	__u32 mode = policy->mode, actions = 0;
	enum tg_outcome outcome = TG_OUTCOME_OBSERVED;

	if (!count)
		return;
	if (selector < hook->selector_count && selector < TG_MAX_SELECTORS)
		actions = hook->selectors[selector].actions;
	/* A selector that says NoPost and nothing else makes an exception: arming must not turn it into a silent kill. */
	if (mode == TG_MODE_ENFORCE && !(actions & TG_ACTION_NOPOST))
		actions |= policy->armed_actions;
	if (actions & TG_ACTION_SIGKILL)
		outcome = kill_current(policy);
	if (outcome == TG_OUTCOME_EXPIRED || outcome == TG_OUTCOME_FUSED)
		mode = TG_MODE_MONITOR;
	count_outcome(count, outcome);
	if (!(actions & TG_ACTION_NOPOST) && post(hook_number, hook, selector, actions, mode, outcome))
		count->posted++;
}

/* Runs one hook on the call at hand. The first selector that matches acts; a hook without selectors posts every call. */
__noinline int tg_run_hook(__u32 hook_number)
{
	struct tg_hook *hook = bpf_map_lookup_elem(&hooks, &hook_number);
	struct tg_policy *policy;
	__u32 i;

	if (!hook)
		return 0;
	policy = bpf_map_lookup_elem(&policies, &hook->policy);
	if (!policy || policy->mode == TG_MODE_OFF)
		return 0;
	if (!hook->selector_count) {
		act(hook_number, hook, 0, policy);
		return 0;
	}
	for (i = 0; i < TG_MAX_SELECTORS && i < hook->selector_count; i++)
		if (tg_selector_matches(hook_number, i))
			break;
	if (i < TG_MAX_SELECTORS && i < hook->selector_count)
		act(hook_number, hook, i, policy);
	return 0;
}

#endif

/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Puts the event of a hook together, and sends it.
 */
#ifndef TRIGON_POSTING_H
#define TRIGON_POSTING_H

#include "actions.h"
#include "untold.h"

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

static __always_inline bool is_late(struct call *call, struct tg_hook *hook, __u32 argument)
{
	return !call->at_return && hook->late & (1u << argument);
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
	copy(&event->text[at], sizeof(struct tg_argument) + size, value, sizeof(*value), 0);
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

#define TG_BIT(type) (1ull << (type))
/* As the agent has them (hit.ts): types of arguments that say what an event is about. */
#define TG_FILE_TYPES                                                                                                        \
	(TG_BIT(TG_TYPE_FILE) | TG_BIT(TG_TYPE_FD) | TG_BIT(TG_TYPE_KIOCB) | TG_BIT(TG_TYPE_PATH) | TG_BIT(TG_TYPE_DENTRY) | \
	 TG_BIT(TG_TYPE_FILENAME) | TG_BIT(TG_TYPE_LINUX_BINPRM))
#define TG_NETWORK_TYPES                                                                                         \
	(TG_BIT(TG_TYPE_SOCK) | TG_BIT(TG_TYPE_SOCKET) | TG_BIT(TG_TYPE_SKB) | TG_BIT(TG_TYPE_SOCKADDR) | \
	 TG_BIT(TG_TYPE_NET_DEVICE))

/* What an event is about, of tg_untold_kind: the first argument that tells decides. `text`: the event's, `room` bytes long. */
static __always_inline __u32 subject_of(const struct tg_policy_record *record, const char *text, __u32 room)
{
	__u32 at = 0;

	for (__u32 i = 0; i < TG_MAX_ARGS; i++) {
		const struct tg_argument *argument;

		KEEP_RANGE(at);
		if (i >= record->argument_count || at > room - sizeof(*argument))
			break;
		argument = (const struct tg_argument *)(text + at);
		if (argument->type < 64 && TG_FILE_TYPES & TG_BIT(argument->type))
			return TG_UNTOLD_FILE;
		if (argument->type < 64 && TG_NETWORK_TYPES & TG_BIT(argument->type))
			return TG_UNTOLD_NETWORK;
		at += (sizeof(*argument) + argument->size + 7) & ~7u;
	}
	return 0;
}

/* An event that found no room in the ring. */
static __always_inline void count_untold_event(const struct tg_policy_record *record, const char *text, __u32 room)
{
	__u32 what = TG_UNTOLD_HIT | subject_of(record, text, room);

	if (record->outcome == TG_OUTCOME_KILLED)
		what |= TG_UNTOLD_KILL;
	if (record->outcome == TG_OUTCOME_OVERRIDDEN)
		what |= TG_UNTOLD_DENIAL;
	tg_count_untold(record->program, what);
}

/* The same for the event at a level. A function of its own, which the verifier checks once. */
__noinline int tg_lose_event(__u32 level)
{
	struct event *event = bpf_map_lookup_elem(&events, &level);

	if (event)
		count_untold_event(&event->record, event->text, sizeof(event->text));
	return 0;
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
	record->program = process ? process->program : 0;
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

/* Sends the event of a level, whose texts end at `at`. */
static __always_inline void emit_event(struct event *event, __u32 level, __u32 at, struct tg_counts *count)
{
	if (at > TG_EVENT_TEXT_MAX)
		return;
	set_event_size(event, at);
	if (emit(event, sizeof(event->record) + at, LOSS_POLICY_RING)) {
		count->posted++;
		return;
	}
	count->lost++;
	tg_lose_event(level);
}

#endif

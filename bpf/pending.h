/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Events that wait for the return of their call.
 */
#ifndef TRIGON_PENDING_H
#define TRIGON_PENDING_H

#include "posting.h"

struct pending_key {
	__u32 tid;
	__u32 hook; /* at entry */
	__u32 access; /* of struct call: a system call may wait for both */
};

#define TG_KEPT_INPUTS 6

/* A call that a hook waits for. */
struct pending {
	__u32 size; /* of the event so far; 0: nothing matched yet, the selectors are tried again (TG_HOOK_RETRY) */
	__u32 selector;
	/* The arguments of the call: registers of a function hold something else when it returns. */
	__u64 inputs[TG_KEPT_INPUTS];
	/* Whom the call is about: in an interrupt an argument has told it. */
	__u32 tgid;
	__u64 process_start;
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
		copy(fresh->event, size, event, sizeof(*event), 0);
	}
	fresh->size = size;
	fresh->selector = selector;
	fresh->tgid = call->tgid;
	fresh->process_start = call->start;
	__builtin_memcpy(fresh->inputs, call->inputs, sizeof(fresh->inputs));
	/* A function may call itself, as files of one filesystem do that lie on another: the inner call is kept. */
	if (!call->is_syscall && bpf_map_lookup_elem(&pending, &key))
		count_pending_lost(hook);
	if (bpf_map_update_elem(&pending, &key, fresh, BPF_ANY))
		count_pending_lost(hook);
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
	if (!call->is_syscall)
		__builtin_memcpy(call->inputs, before->inputs, sizeof(before->inputs));
	if (!call->in_task) {
		call->tgid = before->tgid;
		call->start = before->process_start;
	}
	if (size >= sizeof(event->record)) {
		KEEP_RANGE(size);
		size &= TG_PENDING_MAX - 1;
		copy(event, size, before->event, sizeof(before->event), 0);
	} else {
		position = WAITED_UNDECIDED;
	}
	bpf_map_delete_elem(&pending, &key);
	return position;
}

#endif

/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Rate limits: whether an event like this one was posted a short while ago.
 */
#ifndef TRIGON_RATES_H
#define TRIGON_RATES_H

#include <linux/errno.h>

#include "posting.h"

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

/* A word of a value's body; what lies behind its end counts as zeros. */
static __always_inline __u64 word_of(const struct value *value, __u32 index)
{
	__u32 at = index * sizeof(__u64);
	__u32 size = value->head.size;
	__u64 word = ((const __u64 *)value->body)[index];

	if (size <= at)
		return 0;
	return size - at < sizeof(word) ? word & ((1ull << (size - at) * 8) - 1) : word;
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

		if (!value)
			continue;
		key.arguments = mix(key.arguments, value->head.number);
		for (__u32 j = 0; j < TG_RATE_BYTES / sizeof(__u64); j++)
			key.arguments = mix(key.arguments, word_of(value, j));
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

#endif

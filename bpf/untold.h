/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What the agent doesn't get to see, counted by program: a record that finds no room in the ring, or is held back, is still an event
 * of somebody's. The agent adds these numbers to what it was told, so that each event counts once. Nothing of this costs anything while
 * nothing is lost.
 */
#ifndef TRIGON_UNTOLD_H
#define TRIGON_UNTOLD_H

#include "maps.h"

/* By tg_process.program. Shared with the policies' objects. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, TG_MAX_UNTOLD);
	__type(key, __u64);
	__type(value, struct tg_untold);
} untold SEC(".maps");

/* Of all programs for which the map above had no room. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tg_untold);
} untold_others SEC(".maps");

/* In read-only memory: there is no room for one on the stack of those who count policy events. */
static const struct tg_untold nothing_untold;

static __always_inline struct tg_untold *untold_of(__u64 program)
{
	struct tg_untold *known = bpf_map_lookup_elem(&untold, &program);
	__u32 zero = 0;

	if (known)
		return known;
	/* Of two processors that come here at once, one finds it there. */
	bpf_map_update_elem(&untold, &program, &nothing_untold, BPF_NOEXIST);
	known = bpf_map_lookup_elem(&untold, &program);
	return known ? known : bpf_map_lookup_elem(&untold_others, &zero);
}

/* Counts an event that is not told. `what`: bits of tg_untold_kind. Events of no program (0) count nowhere, told or not. */
__noinline int tg_count_untold(__u64 program, __u32 what)
{
	__u64 now = bpf_ktime_get_boot_ns();
	struct tg_untold *counts;

	if (!program)
		return 0;
	counts = untold_of(program);
	if (!counts)
		return 0;
	if (what & TG_UNTOLD_EXEC)
		__sync_fetch_and_add(&counts->execs, 1);
	if (what & TG_UNTOLD_EXIT)
		__sync_fetch_and_add(&counts->exits, 1);
	if (what & TG_UNTOLD_FAILURE)
		__sync_fetch_and_add(&counts->failures, 1);
	if (what & TG_UNTOLD_HIT)
		__sync_fetch_and_add(&counts->hits, 1);
	if (what & TG_UNTOLD_FILE)
		__sync_fetch_and_add(&counts->files, 1);
	if (what & TG_UNTOLD_NETWORK)
		__sync_fetch_and_add(&counts->network, 1);
	if (what & TG_UNTOLD_KILL)
		__sync_fetch_and_add(&counts->kills, 1);
	if (what & TG_UNTOLD_DENIAL)
		__sync_fetch_and_add(&counts->denials, 1);
	if (!counts->first)
		counts->first = now;
	counts->last = now;
	return 0;
}

#endif

/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Maps that every object shares: the agent loads the process sensor first and lets the others reuse these by name.
 */
#ifndef TRIGON_MAPS_H
#define TRIGON_MAPS_H

#include "kernel.h"
#include "events.h"
#include "policy.h"

/* All records, from all programs. The agent sets the size before loading. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 << 20);
} records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tg_lost);
} lost SEC(".maps");

/* tgid -> process. Entries are made by fork and exec, or on first need, and dropped at exit. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, __u32);
	__type(value, struct tg_process);
} processes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tg_control);
} control SEC(".maps");

/* tgid -> start time in USER_HZ ticks of the processes that no action may hit, refreshed by the agent from /proc. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u64);
} protected_processes SEC(".maps");

/*
 * Whether the agent has stopped looking at the ring by itself: then the next record wakes it. The agent sets it, and looks once more
 * some milliseconds later, when no program is at work any more that has read it before.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} reader_sleeps SEC(".maps");

/* The terminals of Trigon itself, by the address of their struct tty_struct: tg_on_terminal. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u64);
	__type(value, __u32);
} own_terminals SEC(".maps");

enum loss { LOSS_PROCESS_RING, LOSS_POLICY_RING, LOSS_PROCESS_TABLE, LOSS_NESTED, LOSS_THROTTLED };

static __always_inline void count_lost(enum loss cause)
{
	__u32 zero = 0;
	struct tg_lost *counts = bpf_map_lookup_elem(&lost, &zero);

	if (!counts)
		return;
	if (cause == LOSS_PROCESS_RING)
		counts->process_ring++;
	else if (cause == LOSS_POLICY_RING)
		counts->policy_ring++;
	else if (cause == LOSS_PROCESS_TABLE)
		counts->process_table++;
	else if (cause == LOSS_NESTED)
		counts->nested++;
	else
		counts->throttled++;
}

/*
 * Flags for a record that is about to go into the ring. A wake-up costs the traced process eight times as much as the record itself:
 * an agent that is awake looks at the ring by itself, and one that sleeps is woken by the first record alone. CPUs that come at the
 * same time may wake it twice.
 */
static __always_inline __u64 wake_reader(void)
{
	__u32 zero = 0;
	volatile __u32 *sleeps = bpf_map_lookup_elem(&reader_sleeps, &zero);

	if (!sleeps || !*sleeps)
		return BPF_RB_NO_WAKEUP;
	*sleeps = 0;
	return BPF_RB_FORCE_WAKEUP;
}

/* Puts a finished record into the ring. */
static __always_inline bool emit(void *record, __u32 size, enum loss cause)
{
	if (!bpf_ringbuf_output(&records, record, size, wake_reader()))
		return true;
	count_lost(cause);
	return false;
}

#endif

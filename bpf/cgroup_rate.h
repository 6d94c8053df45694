/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The limit on process records of one cgroup. Counted per cgroup and CPU, so that no CPU waits for another: one that crosses the
 * limit posts no more records of that cgroup and tells the agent, who watches the counts and ends the throttling.
 */
#ifndef TRIGON_CGROUP_RATE_H
#define TRIGON_CGROUP_RATE_H

#include "maps.h"
#include "task.h"

/* So many records a CPU may post of a cgroup in an interval (ns); 0: no limit, and the verifier removes what would check it. Set by
 * the agent before loading. */
const volatile __u32 cgroup_rate_events = 0;
const volatile __u64 cgroup_rate_interval = 1000000000;

/* Made larger by the agent when there is a limit. An entry that is pushed out begins anew, not throttled. One entry for each cgroup
 * and CPU and not a per-CPU map, whose size would grow with the CPUs of the host instead of those that a cgroup uses. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__type(key, struct tg_cgroup_cpu);
	__type(value, struct tg_cgroup_rate);
} cgroup_rates SEC(".maps");

/* Begins a new interval when the running one is over. */
static __always_inline void renew_interval(struct tg_cgroup_rate *rate, __u64 now)
{
	__u64 elapsed = now - rate->begin;

	if (elapsed < cgroup_rate_interval)
		return;
	if (elapsed < 2 * cgroup_rate_interval) {
		rate->before = rate->count;
		rate->begin += cgroup_rate_interval;
	} else {
		rate->before = 0;
		rate->begin = now;
	}
	rate->count = 0;
}

/* Records in the interval that ends now: those of the running one, and of the one before the part that reaches into it, in 1024ths. */
static __always_inline __u64 records_in_interval(struct tg_cgroup_rate *rate, __u64 now)
{
	__u64 part = 1024 - (now - rate->begin) * 1024 / cgroup_rate_interval;

	return rate->count + rate->before * part / 1024;
}

/* The record is put together here. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tg_throttle_record);
} throttle_scratch SEC(".maps");

/* False when there was no room for the record. */
static __always_inline bool tell_throttled(struct task_struct *task, struct kernfs_node *node, __u64 now)
{
	__u32 zero = 0;
	struct tg_throttle_record *record = bpf_map_lookup_elem(&throttle_scratch, &zero);
	long copied;

	if (!record)
		return false;
	record->head.kind = TG_RECORD_THROTTLE;
	record->head.size = sizeof(*record);
	record->head.ktime = now;
	record->head.tgid = task->tgid;
	record->head.tid = task->pid;
	record->cgroup_id = READ_FIELD(node, id);
	record->type = TG_THROTTLE_START;
	copied = read_kernel_text(record->cgroup, sizeof(record->cgroup), READ_FIELD(node, name));
	record->cgroup_length = copied > 0 ? copied - 1 : 0;
	return !bpf_ringbuf_output(&records, record, sizeof(*record), wake_reader());
}

/* Whether a record about the task may be posted. Counts it either way. */
static __always_inline bool is_within_cgroup_rate(struct task_struct *task)
{
	struct tg_cgroup_cpu key = {};
	struct tg_cgroup_rate fresh = {};
	struct tg_cgroup_rate *rate;
	struct kernfs_node *node;
	__u64 now;

	if (!cgroup_rate_events)
		return true;
	now = bpf_ktime_get_boot_ns();
	node = cgroup_node(task);
	key.cgroup = READ_FIELD(node, id);
	key.cpu = bpf_get_smp_processor_id();
	rate = bpf_map_lookup_elem(&cgroup_rates, &key);
	if (!rate) {
		fresh.begin = now;
		fresh.count = 1;
		/* Without an entry nothing is throttled: rather a record too many than one that nobody accounts for. */
		bpf_map_update_elem(&cgroup_rates, &key, &fresh, BPF_NOEXIST);
		return true;
	}
	renew_interval(rate, now);
	rate->count++;
	/* An agent that was not told would never end it: then it is tried again with the next record. */
	if (!rate->throttled && records_in_interval(rate, now) > cgroup_rate_events)
		rate->throttled = tell_throttled(task, node, now);
	if (!rate->throttled)
		return true;
	count_lost(LOSS_THROTTLED);
	return false;
}

#endif

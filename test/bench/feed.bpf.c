// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Puts policy records into the ring of a running agent as fast as it is asked to: what hooks post, without what hooks cost. The
 * loader (feed.c) gives it the agent's own maps.
 */
#include "maps.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* What the loader asks for at a time. */
struct feed_request {
	__u32 count;
	__u32 policy;
	__u32 hook;
};

/* An event of a system call with one number as its argument. */
struct feed_event {
	struct tg_policy_record record;
	struct tg_argument argument;
};

static long post(__u32 index, void *context)
{
	struct feed_event *event = context;

	event->record.head.ktime = bpf_ktime_get_boot_ns();
	emit(event, sizeof(*event), LOSS_POLICY_RING);
	return 0;
}

SEC("syscall")
int feed(struct feed_request *request)
{
	__u64 ids = bpf_get_current_pid_tgid();
	__u32 tgid = ids >> 32;
	struct tg_process *process = bpf_map_lookup_elem(&processes, &tgid);
	struct feed_event event = {};

	/* Without it the agent would take another, shorter way. */
	if (!process)
		return 1;
	event.record.head.kind = TG_RECORD_POLICY;
	event.record.head.size = sizeof(event);
	event.record.head.tgid = tgid;
	event.record.head.tid = ids;
	event.record.process_ktime = process->ktime;
	event.record.policy = request->policy;
	event.record.hook = request->hook;
	event.record.mode = TG_MODE_MONITOR;
	event.record.argument_count = 1;
	event.argument.type = TG_TYPE_INT;
	bpf_loop(request->count, post, &event, 0);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attaching a program for a moment, to learn whether the kernel lets us. Loading tells only half:
 * trampolines and probes are made when a program is attached. Everything here goes by a descriptor
 * that is closed before we return, and the kernel detaches with the last descriptor.
 */
#include "probe_attach.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "uprobe_multi.h"

static int close_at_once(int fd)
{
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* tp_btf, fentry, fexit, fmod_ret and LSM programs: the load has fixed the place already. */
static int attach_tracing(int program, const struct attachment *attachment)
{
	(void)attachment;
	return close_at_once(bpf_raw_tracepoint_open(NULL, program));
}

static int attach_raw_tracepoint(int program, const struct attachment *attachment)
{
	return close_at_once(bpf_raw_tracepoint_open(attachment->target, program));
}

static int attach_iterator(int program, const struct attachment *attachment)
{
	int link = bpf_link_create(program, 0, BPF_TRACE_ITER, NULL);
	int error;

	(void)attachment;
	if (link < 0)
		return -errno;
	error = close_at_once(bpf_iter_create(link));
	close(link);
	return error;
}

static int attach_cgroup(int program, const struct attachment *attachment)
{
	int folder = open(attachment->target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error;

	if (folder < 0)
		return -errno;
	error = close_at_once(bpf_link_create(program, folder, attachment->attach_type, NULL));
	close(folder);
	return error;
}

static int attach_kprobe_multi(int program, const struct attachment *attachment)
{
	const char *functions[] = { attachment->target };
	LIBBPF_OPTS(bpf_link_create_opts, options);

	options.kprobe_multi.syms = functions;
	options.kprobe_multi.cnt = 1;
	return close_at_once(bpf_link_create(program, 0, BPF_TRACE_KPROBE_MULTI, &options));
}

static int attach_uprobe_multi(int program, const struct attachment *attachment)
{
	const uint64_t offset = attachment->offset;
	const struct uprobe_multi target = {
		.path = attachment->target,
		.offsets = &offset,
		.count = 1,
		/* Only in this process: no other one gets a breakpoint. */
		.pid = (uint32_t)getpid(),
	};

	return close_at_once(uprobe_multi_link(program, &target));
}

static int attach_perf(int program, struct perf_event_attr *attr, pid_t pid, int cpu)
{
	int event = (int)syscall(__NR_perf_event_open, attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	int error = 0;

	if (event < 0)
		return -errno;
	if (ioctl(event, PERF_EVENT_IOC_SET_BPF, program) < 0 ||
	    ioctl(event, PERF_EVENT_IOC_ENABLE, 0) < 0)
		error = -errno;
	close(event);
	return error;
}

static struct perf_event_attr perf_event(const struct attachment *attachment)
{
	return (struct perf_event_attr){
		.size = sizeof(struct perf_event_attr),
		.type = attachment->perf_type,
		.config = attachment->perf_config,
		.sample_period = 1,
		.wakeup_events = 1,
	};
}

static int attach_tracepoint(int program, const struct attachment *attachment)
{
	struct perf_event_attr attr = perf_event(attachment);

	return attach_perf(program, &attr, -1, 0);
}

static int attach_kprobe(int program, const struct attachment *attachment)
{
	struct perf_event_attr attr = perf_event(attachment);

	attr.kprobe_func = (uintptr_t)attachment->target;
	return attach_perf(program, &attr, -1, 0);
}

static int attach_uprobe(int program, const struct attachment *attachment)
{
	struct perf_event_attr attr = perf_event(attachment);

	attr.uprobe_path = (uintptr_t)attachment->target;
	attr.probe_offset = attachment->offset;
	/* Only in this thread's process: no other one gets a breakpoint. */
	return attach_perf(program, &attr, 0, -1);
}

static const struct {
	const char *name;
	int (*attach)(int program, const struct attachment *attachment);
} ways[] = {
	{ "tracing", attach_tracing },
	{ "rawTracepoint", attach_raw_tracepoint },
	{ "iterator", attach_iterator },
	{ "cgroup", attach_cgroup },
	{ "kprobeMulti", attach_kprobe_multi },
	{ "uprobeMulti", attach_uprobe_multi },
	{ "tracepoint", attach_tracepoint },
	{ "kprobe", attach_kprobe },
	{ "uprobe", attach_uprobe },
};

int attach_for_a_moment(int program, const struct attachment *attachment)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (!strcmp(ways[i].name, attachment->way))
			return ways[i].attach(program, attachment);
	}
	return -EOPNOTSUPP;
}

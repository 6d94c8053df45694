/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attaching to tracepoints by perf events. libbpf could do it where tracefs is mounted; the number of
 * a tracepoint is all that is needed from there, and we get it also where nobody mounted it.
 */
#include "attach_tracepoint.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arguments.h"
#include "detached.h"
#include "link.h"

#define WHERE_BYTES (2 * NAME_BYTES + 32)

struct tracepoint {
	char category[NAME_BYTES];
	char name[NAME_BYTES];
	uint64_t cookie;
};

/* The number in a file of a few digits, or a negative error. */
static int read_number(int folder, const char *path)
{
	char text[32] = "";
	int fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return -errno;
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	return length > 0 ? atoi(text) : -EIO;
}

/* A name of one folder: what leads out of tracefs is no tracepoint. */
static bool is_plain(const char *name)
{
	return name[0] != '.' && !strchr(name, '/');
}

/* The tracepoint's number in the kernel, or a negative error. */
static int find_id(const struct tracepoint *target)
{
	static const char *const mounts[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	char path[WHERE_BYTES + 64];
	int root, id;

	if (!is_plain(target->category) || !is_plain(target->name))
		return -ENOENT;
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		snprintf(path, sizeof(path), "%s/events/%s/%s/id", mounts[i], target->category,
			 target->name);
		id = read_number(AT_FDCWD, path);
		if (id >= 0)
			return id;
	}
	root = open_detached("tracefs");
	if (root < 0)
		return root;
	snprintf(path, sizeof(path), "events/%s/%s/id", target->category, target->name);
	id = read_number(root, path);
	close(root);
	return id;
}

/* On one CPU: a BPF program of a tracepoint runs on all of them whichever the event is opened for. */
static int open_event(int id)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_TRACEPOINT,
		.config = (uint64_t)id,
		.sample_period = 1,
		.wakeup_events = 1,
	};
	int event = (int)syscall(__NR_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);

	return event < 0 ? -errno : event;
}

static int attach_tracepoint(struct bpf_program *program, const void *data, struct attached *attached)
{
	const struct tracepoint *target = data;
	LIBBPF_OPTS(bpf_perf_event_opts, options, .bpf_cookie = target->cookie);
	int id = find_id(target), event, error;

	if (id < 0)
		return -id;
	event = open_event(id);
	if (event < 0)
		return -event;
	errno = 0;
	error = keep_link(bpf_program__attach_perf_event_opts(program, event, &options), attached);
	/* The link has taken the event over, unless there is none. */
	if (error)
		close(event);
	return error;
}

static napi_value link_attach_tracepoint(napi_env env, napi_callback_info info)
{
	napi_value values[5];
	char program[NAME_BYTES], where[WHERE_BYTES];
	struct tracepoint target;

	if (!read_arguments(env, info, 5, values) ||
	    !read_name(env, values[1], "the program name", program) ||
	    !read_name(env, values[2], "the tracepoint's category", target.category) ||
	    !read_name(env, values[3], "the tracepoint", target.name) ||
	    !read_u64(env, values[4], "the cookie", &target.cookie))
		return NULL;
	snprintf(where, sizeof(where), "tracepoint '%s/%s'", target.category, target.name);
	return link_create(env, values[0], program, attach_tracepoint, &target, where);
}

napi_status attach_tracepoint_define(napi_env env, napi_value exports)
{
	const napi_property_descriptor functions[] = {
		{ .utf8name = "linkAttachTracepoint", .method = link_attach_tracepoint },
	};

	return napi_define_properties(env, exports, sizeof(functions) / sizeof(functions[0]),
				      functions);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Attaching to places in the kernel that are known only at run time: raw tracepoints, functions, cgroups. */
#include "attach.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "arguments.h"
#include "error.h"
#include "link.h"

/* Longest description of a target in a message; longer ones are cut there. */
#define WHERE_BYTES 512

struct raw_tracepoint {
	char name[NAME_BYTES];
	uint64_t cookie;
};

/* The part of union bpf_attr for BPF_RAW_TRACEPOINT_OPEN (include/uapi/linux/bpf.h, Linux 6.10); libbpf 1.1 lacks the cookie. */
struct raw_tracepoint_attr {
	uint64_t name;
	uint32_t prog_fd;
	uint32_t unused;
	uint64_t cookie;
};

/* Older kernels check that what they don't know is zero, so that a cookie of 0 works everywhere. */
static int attach_raw_tracepoint(struct bpf_program *program, const void *data, struct attached *attached)
{
	const struct raw_tracepoint *target = data;
	const struct raw_tracepoint_attr attr = {
		.name = (uintptr_t)target->name,
		.prog_fd = (uint32_t)bpf_program__fd(program),
		.cookie = target->cookie,
	};
	int link = (int)syscall(__NR_bpf, BPF_RAW_TRACEPOINT_OPEN, &attr, sizeof(attr));

	if (link < 0)
		return errno;
	attached->fd = link;
	return 0;
}

static napi_value link_attach_raw_tracepoint(napi_env env, napi_callback_info info)
{
	napi_value values[4];
	char program[NAME_BYTES], where[WHERE_BYTES];
	struct raw_tracepoint target;

	if (!read_arguments(env, info, 4, values) ||
	    !read_name(env, values[1], "the program name", program) ||
	    !read_name(env, values[2], "the tracepoint", target.name) ||
	    !read_u64(env, values[3], "the cookie", &target.cookie))
		return NULL;
	snprintf(where, sizeof(where), "raw tracepoint '%s'%s", target.name,
		 target.cookie ? " with a cookie" : "");
	return link_create(env, values[0], program, attach_raw_tracepoint, &target, where);
}

struct kprobe {
	char function[NAME_BYTES];
	bool returns;
	uint64_t cookie;
};

/* Without perf's kprobes libbpf would try tracefs and fail there with an error that misleads. */
static bool has_kprobes(void)
{
	return !access("/sys/bus/event_source/devices/kprobe/type", F_OK);
}

static int attach_kprobe(struct bpf_program *program, const void *data, struct attached *attached)
{
	const struct kprobe *target = data;
	LIBBPF_OPTS(bpf_kprobe_opts, options, .bpf_cookie = target->cookie, .retprobe = target->returns);

	return keep_link(bpf_program__attach_kprobe_opts(program, target->function, &options), attached);
}

static napi_value link_attach_kprobe(napi_env env, napi_callback_info info)
{
	napi_value values[5];
	char program[NAME_BYTES], where[WHERE_BYTES];
	struct kprobe target;

	if (!read_arguments(env, info, 5, values) ||
	    !read_name(env, values[1], "the program name", program) ||
	    !read_name(env, values[2], "the function", target.function) ||
	    !read_bool(env, values[3], "returns", &target.returns) ||
	    !read_u64(env, values[4], "the cookie", &target.cookie))
		return NULL;
	if (!has_kprobes())
		return throw_failure(env, EOPNOTSUPP, program,
				     "attach program '%s' to kernel function '%s': this kernel has no "
				     "kprobes (CONFIG_KPROBE_EVENTS)",
				     program, target.function);
	snprintf(where, sizeof(where), "%s of kernel function '%s'", target.returns ? "return" : "entry",
		 target.function);
	return link_create(env, values[0], program, attach_kprobe, &target, where);
}

static int attach_cgroup(struct bpf_program *program, const void *folder, struct attached *attached)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error;

	if (fd < 0)
		return errno;
	error = keep_link(bpf_program__attach_cgroup(program, fd), attached);
	close(fd);
	return error;
}

static napi_value link_attach_cgroup(napi_env env, napi_callback_info info)
{
	napi_value values[3];
	char program[NAME_BYTES], folder[PATH_BYTES], where[WHERE_BYTES];

	if (!read_arguments(env, info, 3, values) ||
	    !read_name(env, values[1], "the program name", program) ||
	    !read_path(env, values[2], "the cgroup's folder", folder))
		return NULL;
	snprintf(where, sizeof(where), "cgroup '%s'", folder);
	return link_create(env, values[0], program, attach_cgroup, folder, where);
}

napi_status attach_define(napi_env env, napi_value exports)
{
	const napi_property_descriptor functions[] = {
		{ .utf8name = "linkAttachRawTracepoint", .method = link_attach_raw_tracepoint },
		{ .utf8name = "linkAttachKprobe", .method = link_attach_kprobe },
		{ .utf8name = "linkAttachCgroup", .method = link_attach_cgroup },
	};

	return napi_define_properties(env, exports, sizeof(functions) / sizeof(functions[0]),
				      functions);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Attaching to many functions by one link: kprobe.multi (Linux 5.18) and uprobe.multi (Linux 6.6). */
#include "attach_multi.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "arguments.h"
#include "link.h"
#include "lists.h"
#include "uprobe_multi.h"

#define WHERE_BYTES 1024

struct kprobe_multi {
	const char **functions;
	const uint64_t *cookies;
	size_t count;
	bool returns;
};

static int attach_kprobe_multi(struct bpf_program *program, const void *data, struct attached *attached)
{
	const struct kprobe_multi *target = data;
	LIBBPF_OPTS(bpf_kprobe_multi_opts, options, .syms = target->functions,
		    .cookies = (const __u64 *)target->cookies, .cnt = target->count,
		    .retprobe = target->returns);
	int error = keep_link(bpf_program__attach_kprobe_multi_opts(program, NULL, &options), attached);

	/* So ftrace_lookup_symbols (kernel/trace/ftrace.c) says that it hasn't found them all. */
	return error == ESRCH ? ENOENT : error;
}

static napi_value link_attach_kprobe_multi(napi_env env, napi_callback_info info)
{
	napi_value values[5], link;
	char program[NAME_BYTES], where[WHERE_BYTES];
	struct kprobe_multi target;

	if (!read_arguments(env, info, 5, values) ||
	    !read_name(env, values[1], "the program name", program) ||
	    !read_bool(env, values[3], "returns", &target.returns) ||
	    !read_names(env, values[2], "the functions", &target.functions, &target.count))
		return NULL;
	if (!read_numbers(env, values[4], "the cookies", target.count, &target.cookies)) {
		free(target.functions);
		return NULL;
	}
	snprintf(where, sizeof(where), "%s of %zu kernel functions by kprobe.multi, the first '%s'",
		 target.returns ? "return" : "entry", target.count,
		 target.count ? target.functions[0] : "");
	link = link_create(env, values[0], program, attach_kprobe_multi, &target, where);
	free(target.functions);
	return link;
}

static int attach_uprobe_multi(struct bpf_program *program, const void *data, struct attached *attached)
{
	int link = uprobe_multi_link(bpf_program__fd(program), data);

	if (link < 0)
		return -link;
	attached->fd = link;
	return 0;
}

static napi_value link_attach_uprobe_multi(napi_env env, napi_callback_info info)
{
	napi_value values[8];
	char program[NAME_BYTES], path[PATH_BYTES], where[WHERE_BYTES];
	struct uprobe_multi target = { .path = path };
	size_t count;

	if (!read_arguments(env, info, 8, values) ||
	    !read_name(env, values[1], "the program name", program) ||
	    !read_path(env, values[2], "the executable's path", path) ||
	    !read_all_numbers(env, values[3], "the offsets", &target.offsets, &count) ||
	    !read_numbers(env, values[4], "the reference counters' offsets", count,
			  &target.ref_counters) ||
	    !read_bool(env, values[5], "returns", &target.returns) ||
	    !read_numbers(env, values[6], "the cookies", count, &target.cookies) ||
	    !read_u32(env, values[7], "the process", &target.pid))
		return NULL;
	target.count = (uint32_t)count;
	snprintf(where, sizeof(where), "%s at %zu places of '%s'",
		 target.returns ? "uretprobes" : "uprobes", count, path);
	return link_create(env, values[0], program, attach_uprobe_multi, &target, where);
}

napi_status attach_multi_define(napi_env env, napi_value exports)
{
	const napi_property_descriptor functions[] = {
		{ .utf8name = "linkAttachKprobeMulti", .method = link_attach_kprobe_multi },
		{ .utf8name = "linkAttachUprobeMulti", .method = link_attach_uprobe_multi },
	};

	return napi_define_properties(env, exports, sizeof(functions) / sizeof(functions[0]),
				      functions);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Attaching to places in executables and libraries: uprobes, uretprobes and USDT probes. */
#include "attach_user.h"

#include <errno.h>
#include <stdio.h>

#include "arguments.h"
#include "error.h"
#include "link.h"

#define WHERE_BYTES 1024

/* libbpf's word for "in all processes"; from JS that comes as 0, which no process has. */
#define ALL_PROCESSES (-1)

struct uprobe {
	char path[PATH_BYTES];
	uint64_t offset;
	uint64_t ref_counter;
	bool returns;
	uint64_t cookie;
	uint32_t pid;
};

static pid_t process_of(uint32_t pid)
{
	return pid ? (pid_t)pid : ALL_PROCESSES;
}

static int attach_uprobe(struct bpf_program *program, const void *data, struct attached *attached)
{
	const struct uprobe *target = data;
	LIBBPF_OPTS(bpf_uprobe_opts, options, .ref_ctr_offset = target->ref_counter,
		    .bpf_cookie = target->cookie, .retprobe = target->returns);

	return keep_link(bpf_program__attach_uprobe_opts(program, process_of(target->pid), target->path,
							 target->offset, &options),
			 attached);
}

static napi_value link_attach_uprobe(napi_env env, napi_callback_info info)
{
	napi_value values[8];
	char program[NAME_BYTES], where[WHERE_BYTES];
	struct uprobe target;

	if (!read_arguments(env, info, 8, values) ||
	    !read_name(env, values[1], "the program name", program) ||
	    !read_path(env, values[2], "the executable's path", target.path) ||
	    !read_u64(env, values[3], "the offset", &target.offset) ||
	    !read_u64(env, values[4], "the reference counter's offset", &target.ref_counter) ||
	    !read_bool(env, values[5], "returns", &target.returns) ||
	    !read_u64(env, values[6], "the cookie", &target.cookie) ||
	    !read_u32(env, values[7], "the process", &target.pid))
		return NULL;
	snprintf(where, sizeof(where), "%s of '%s' at offset 0x%llx", target.returns ? "uretprobe" : "uprobe",
		 target.path, (unsigned long long)target.offset);
	return link_create(env, values[0], program, attach_uprobe, &target, where);
}

struct usdt {
	char path[PATH_BYTES];
	char provider[NAME_BYTES];
	char name[NAME_BYTES];
	uint64_t cookie;
	uint32_t pid;
};

static int attach_usdt(struct bpf_program *program, const void *data, struct attached *attached)
{
	const struct usdt *target = data;
	LIBBPF_OPTS(bpf_usdt_opts, options, .usdt_cookie = target->cookie);

	return keep_link(bpf_program__attach_usdt(program, process_of(target->pid), target->path,
						  target->provider, target->name, &options),
			 attached);
}

static napi_value link_attach_usdt(napi_env env, napi_callback_info info)
{
	napi_value values[7];
	char program[NAME_BYTES], where[WHERE_BYTES];
	struct usdt target;

	if (!read_arguments(env, info, 7, values) ||
	    !read_name(env, values[1], "the program name", program) ||
	    !read_path(env, values[2], "the executable's path", target.path) ||
	    !read_name(env, values[3], "the provider", target.provider) ||
	    !read_name(env, values[4], "the probe's name", target.name) ||
	    !read_u64(env, values[5], "the cookie", &target.cookie) ||
	    !read_u32(env, values[6], "the process", &target.pid))
		return NULL;
	snprintf(where, sizeof(where), "USDT probe '%s:%s' of '%s'", target.provider, target.name,
		 target.path);
	return link_create(env, values[0], program, attach_usdt, &target, where);
}

napi_status attach_user_define(napi_env env, napi_value exports)
{
	const napi_property_descriptor functions[] = {
		{ .utf8name = "linkAttachUprobe", .method = link_attach_uprobe },
		{ .utf8name = "linkAttachUsdt", .method = link_attach_usdt },
	};

	return napi_define_properties(env, exports, sizeof(functions) / sizeof(functions[0]),
				      functions);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The programs of an object: which there are, and what the kernel tells of a loaded one. */
#include "program.h"

#include <errno.h>

#include <bpf/bpf.h>

#include "arguments.h"
#include "error.h"
#include "memory.h"
#include "result.h"

/* One translated BPF instruction takes 8 bytes. */
#define INSTRUCTION_BYTES 8

struct bpf_program *program_find(napi_env env, struct object *object, const char *operation,
				 const char *name)
{
	struct bpf_program *program = bpf_object__find_program_by_name(object->bpf, name);

	if (!program)
		throw_failure(env, ENOENT, name, "%s: object '%s' has no program '%s'", operation,
			      object->name, name);
	return program;
}

static napi_value program_list(napi_env env, napi_callback_info info)
{
	napi_value values[1], list, entry;
	struct object *object;
	struct bpf_program *program;
	uint32_t count = 0;

	if (!read_arguments(env, info, 1, values) ||
	    !(object = object_read(env, values[0], "list programs")) ||
	    !succeeded(env, napi_create_array(env, &list)))
		return NULL;

	bpf_object__for_each_program(program, object->bpf) {
		if (!succeeded(env, napi_create_object(env, &entry)) ||
		    !set_text(env, entry, "name", bpf_program__name(program)) ||
		    !set_text(env, entry, "section", bpf_program__section_name(program)) ||
		    !succeeded(env, napi_set_element(env, list, count++, entry)))
			return NULL;
	}
	return list;
}

int program_fd_of(napi_env env, napi_value owner, const char *operation, const char *name)
{
	struct object *object = object_read_loaded(env, owner, operation);
	struct bpf_program *program;
	int fd;

	if (!object || !(program = program_find(env, object, operation, name)))
		return -1;
	fd = bpf_program__fd(program);
	if (fd < 0)
		throw_failure(env, fd, name, "%s: program '%s' was not loaded", operation, name);
	return fd;
}

/* The descriptor of a loaded program named by the second argument, or -1 with an exception pending. */
static int read_program_fd(napi_env env, napi_callback_info info, const char *operation,
			   char name[NAME_BYTES])
{
	napi_value values[2];

	if (!read_arguments(env, info, 2, values) ||
	    !read_name(env, values[1], "the program name", name))
		return -1;
	return program_fd_of(env, values[0], operation, name);
}

static napi_value program_fd(napi_env env, napi_callback_info info)
{
	char name[NAME_BYTES];
	int fd = read_program_fd(env, info, "program fd", name);
	napi_value number;

	if (fd < 0 || !succeeded(env, napi_create_int32(env, fd, &number)))
		return NULL;
	return number;
}

static napi_value program_info(napi_env env, napi_callback_info info)
{
	struct bpf_prog_info program = { 0 };
	__u32 size = sizeof(program);
	char name[NAME_BYTES];
	napi_value result;
	int fd = read_program_fd(env, info, "program info", name);
	uint64_t memory;
	int error;

	if (fd < 0)
		return NULL;
	if (bpf_obj_get_info_by_fd(fd, &program, &size))
		return throw_failure(env, errno, name, "program info of '%s'", name);
	error = kernel_memory(fd, &memory);
	if (error)
		return throw_failure(env, error, name, "memory of program '%s'", name);

	if (!succeeded(env, napi_create_object(env, &result)) ||
	    !set_u32(env, result, "id", program.id) ||
	    !set_bigint(env, result, "runTimeNs", program.run_time_ns) ||
	    !set_bigint(env, result, "runCount", program.run_cnt) ||
	    !set_bigint(env, result, "recursionMisses", program.recursion_misses) ||
	    !set_u32(env, result, "instructions", program.xlated_prog_len / INSTRUCTION_BYTES) ||
	    !set_u32(env, result, "jitedBytes", program.jited_prog_len) ||
	    !set_number(env, result, "memlockBytes", (double)memory))
		return NULL;
	return result;
}

napi_status program_define(napi_env env, napi_value exports)
{
	const napi_property_descriptor functions[] = {
		{ .utf8name = "programList", .method = program_list },
		{ .utf8name = "programFd", .method = program_fd },
		{ .utf8name = "programInfo", .method = program_info },
	};

	return napi_define_properties(env, exports, sizeof(functions) / sizeof(functions[0]),
				      functions);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Running a loaded program once with a context of the caller's choice, without attaching it: BPF_PROG_TEST_RUN. */
#include "test_run.h"

#include <bpf/bpf.h>

#include "arguments.h"
#include "error.h"
#include "program.h"
#include "result.h"

static napi_value program_test_run(napi_env env, napi_callback_info info)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);
	napi_value values[4], result;
	char program[NAME_BYTES];
	struct bytes context;
	uint32_t repeat;
	int fd, error;

	if (!read_arguments(env, info, 4, values) || !read_name(env, values[1], "the program name", program) ||
	    !read_bytes(env, values[2], "the context", &context) ||
	    !read_u32(env, values[3], "the number of runs", &repeat))
		return NULL;
	if (context.length > UINT32_MAX || repeat > INT32_MAX)
		return throw_argument(env, "the context or the number of runs is too large");
	fd = program_fd_of(env, values[0], "test run", program);
	if (fd < 0)
		return NULL;

	options.ctx_in = context.data;
	options.ctx_size_in = (__u32)context.length;
	options.repeat = (int)repeat;
	error = bpf_prog_test_run_opts(fd, &options);
	if (error)
		return throw_failure(env, error, program, "test run of program '%s'", program);
	/* The kernel hands the int of the program's C function out as unsigned. */
	if (!succeeded(env, napi_create_object(env, &result)) ||
	    !set_number(env, result, "result", (int32_t)options.retval) ||
	    !set_u32(env, result, "nanoseconds", options.duration))
		return NULL;
	return result;
}

napi_status test_run_define(napi_env env, napi_value exports)
{
	const napi_property_descriptor functions[] = {
		{ .utf8name = "programTestRun", .method = program_test_run },
	};

	return napi_define_properties(env, exports, sizeof(functions) / sizeof(functions[0]),
				      functions);
}

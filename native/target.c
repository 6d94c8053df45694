/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel wants to know before it loads a program: the function of a trampoline, the kind of link. */
#include "target.h"

#include <errno.h>

#include "arguments.h"
#include "error.h"
#include "object.h"
#include "program.h"

/*
 * libbpf puts the prefix of the program's kind before the name: bpf_lsm_ for LSM programs, none for
 * fentry, fexit and fmod_ret. It looks into the modules' BTF where the kernel's has no such function.
 */
static napi_value program_set_target(napi_env env, napi_callback_info info)
{
	napi_value values[3];
	char name[NAME_BYTES], target[NAME_BYTES];
	struct object *object;
	struct bpf_program *program;
	int error;

	if (!read_arguments(env, info, 3, values) ||
	    !(object = object_read_unloaded(env, values[0], "set attach target")) ||
	    !read_name(env, values[1], "the program name", name) ||
	    !read_name(env, values[2], "the target", target) ||
	    !(program = program_find(env, object, "set attach target", name)))
		return NULL;
	error = bpf_program__set_attach_target(program, 0, target);
	/* libbpf's word for a function that neither the kernel's BTF nor a module's has. */
	if (error == -ESRCH)
		error = -ENOENT;
	if (error)
		return throw_failure(env, error, name, "set attach target of program '%s' (%s) to '%s'",
				     name, bpf_program__section_name(program), target);
	return NULL;
}

static napi_value program_set_attach_type(napi_env env, napi_callback_info info)
{
	napi_value values[3];
	char name[NAME_BYTES];
	struct object *object;
	struct bpf_program *program;
	uint32_t type;
	int error;

	if (!read_arguments(env, info, 3, values) ||
	    !(object = object_read_unloaded(env, values[0], "set attach type")) ||
	    !read_name(env, values[1], "the program name", name) ||
	    !read_u32(env, values[2], "the attach type", &type) ||
	    !(program = program_find(env, object, "set attach type", name)))
		return NULL;
	error = bpf_program__set_expected_attach_type(program, (enum bpf_attach_type)type);
	if (error)
		return throw_failure(env, error, name, "set attach type of program '%s' to %u", name, type);
	return NULL;
}

napi_status target_define(napi_env env, napi_value exports)
{
	const napi_property_descriptor functions[] = {
		{ .utf8name = "programSetTarget", .method = program_set_target },
		{ .utf8name = "programSetAttachType", .method = program_set_attach_type },
	};

	return napi_define_properties(env, exports, sizeof(functions) / sizeof(functions[0]),
				      functions);
}

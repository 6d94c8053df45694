/* SPDX-License-Identifier: Apache-2.0 */
/* Links: an attached program, until it is detached or its object closes. */
#include "link.h"

#include <errno.h>
#include <stdlib.h>

#include "arguments.h"
#include "error.h"
#include "handle.h"
#include "program.h"

struct link {
	struct part part;
	struct bpf_link *bpf;
};

static void link_release(struct part *part)
{
	struct link *link = (struct link *)part;

	bpf_link__destroy(link->bpf);
	link->bpf = NULL;
}

static void link_dispose(void *structure)
{
	struct link *link = structure;

	part_release(&link->part);
	free(link->part.name);
	free(link);
}

static const struct handle_kind link_kind = {
	.tag = { 0x7472696766f5a002, 0x9b1c0b5e2f5d4a02 },
	.what = "BPF link",
	.dispose = link_dispose,
};

static napi_value link_attach(napi_env env, napi_callback_info info)
{
	napi_value values[2];
	char name[NAME_BYTES];
	struct object *object;
	struct bpf_program *program;
	struct link *link;
	int fd;

	if (!read_arguments(env, info, 2, values) ||
	    !(object = object_read_loaded(env, values[0], "attach")) ||
	    !read_name(env, values[1], "the program name", name) ||
	    !(program = program_find(env, object, "attach", name)))
		return NULL;
	fd = bpf_program__fd(program);
	if (fd < 0)
		return throw_failure(env, fd, name, "attach: program '%s' was not loaded", name);

	link = calloc(1, sizeof(*link));
	if (!link || !part_join(&link->part, object, name, link_release)) {
		free(link);
		return throw_failure(env, ENOMEM, name, "attach program '%s'", name);
	}
	errno = 0;
	link->bpf = bpf_program__attach(program);
	if (!link->bpf) {
		int error = errno ? errno : EOPNOTSUPP;

		link_dispose(link);
		return throw_failure(env, error, name, "attach program '%s' (%s)", name,
				     bpf_program__section_name(program));
	}
	return handle_create(env, &link_kind, link, values[0]);
}

static napi_value link_detach(napi_env env, napi_callback_info info)
{
	napi_value values[1];
	struct link *link;

	if (!read_arguments(env, info, 1, values) ||
	    !(link = handle_read(env, values[0], &link_kind)))
		return NULL;
	part_release(&link->part);
	return NULL;
}

napi_status link_define(napi_env env, napi_value exports)
{
	const napi_property_descriptor functions[] = {
		{ .utf8name = "linkAttach", .method = link_attach },
		{ .utf8name = "linkDetach", .method = link_detach },
	};

	return napi_define_properties(env, exports, sizeof(functions) / sizeof(functions[0]),
				      functions);
}

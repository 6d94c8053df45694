/* SPDX-License-Identifier: Apache-2.0 */
/* Links: an attached program, until it is detached or its object closes. */
#include "link.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "arguments.h"
#include "error.h"
#include "handle.h"
#include "program.h"

struct link {
	struct part part;
	struct attached attached;
};

static void link_release(struct part *part)
{
	struct attached *attached = &((struct link *)part)->attached;

	if (attached->bpf)
		bpf_link__destroy(attached->bpf);
	/* The kernel detaches with the last descriptor. */
	if (attached->fd >= 0)
		close(attached->fd);
	attached->bpf = NULL;
	attached->fd = -1;
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

int keep_link(struct bpf_link *link, struct attached *attached)
{
	/* The caller has just called libbpf, which leaves the reason in errno. */
	if (!link)
		return errno ? errno : EOPNOTSUPP;
	attached->bpf = link;
	return 0;
}

napi_value link_create(napi_env env, napi_value owner, const char *program, attach_way attach,
		       const void *target, const char *where)
{
	struct object *object;
	struct bpf_program *bpf;
	struct link *link;
	int error;

	if (program_fd_of(env, owner, "attach", program) < 0 ||
	    !(object = object_read_loaded(env, owner, "attach")) ||
	    !(bpf = program_find(env, object, "attach", program)))
		return NULL;
	link = calloc(1, sizeof(*link));
	if (!link || !part_join(&link->part, object, program, link_release)) {
		free(link);
		return throw_failure(env, ENOMEM, program, "attach program '%s'", program);
	}
	link->attached.fd = -1;
	errno = 0;
	error = attach(bpf, target, &link->attached);
	if (error) {
		link_dispose(link);
		return throw_failure(env, error, program, "attach program '%s' (%s)", program,
				     where ? where : bpf_program__section_name(bpf));
	}
	return handle_create(env, &link_kind, link, owner);
}

static int attach_by_section(struct bpf_program *program, const void *target, struct attached *attached)
{
	(void)target;
	return keep_link(bpf_program__attach(program), attached);
}

static napi_value link_attach(napi_env env, napi_callback_info info)
{
	napi_value values[2];
	char program[NAME_BYTES];

	if (!read_arguments(env, info, 2, values) ||
	    !read_name(env, values[1], "the program name", program))
		return NULL;
	return link_create(env, values[0], program, attach_by_section, NULL, NULL);
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

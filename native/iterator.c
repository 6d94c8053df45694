/* SPDX-License-Identifier: Apache-2.0 */
/* BPF iterators: run a program over all kernel objects of a kind (tasks, files …) and take what it writes. */
#include "iterator.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "arguments.h"
#include "error.h"
#include "object.h"
#include "program.h"

/* Enough for a record of every process a host can have; what is more is refused, not cut. */
#define ITERATOR_BYTES_MAX (64u << 20)
#define ITERATOR_BYTES_FIRST (64u << 10)

struct output {
	uint8_t *data;
	size_t length, capacity;
};

/* Reads an iterator to its end. Returns 0 or a positive error number. */
static int read_all(int fd, struct output *output)
{
	for (;;) {
		ssize_t count;

		if (output->length == output->capacity) {
			size_t capacity = output->capacity ? output->capacity * 2 : ITERATOR_BYTES_FIRST;
			uint8_t *data = capacity > ITERATOR_BYTES_MAX ? NULL : realloc(output->data, capacity);

			if (!data)
				return capacity > ITERATOR_BYTES_MAX ? E2BIG : ENOMEM;
			output->data = data;
			output->capacity = capacity;
		}
		count = read(fd, output->data + output->length, output->capacity - output->length);
		if (count == 0)
			return 0;
		if (count > 0)
			output->length += (size_t)count;
		else if (errno != EINTR && errno != EAGAIN)
			return errno;
	}
}

static int run_iterator(struct bpf_program *program, struct output *output)
{
	struct bpf_link *link;
	int fd, error;

	errno = 0;
	link = bpf_program__attach_iter(program, NULL);
	if (!link)
		return errno ? errno : EOPNOTSUPP;
	fd = bpf_iter_create(bpf_link__fd(link));
	if (fd < 0) {
		error = errno;
	} else {
		error = read_all(fd, output);
		close(fd);
	}
	bpf_link__destroy(link);
	return error;
}

static napi_value iterator_read(napi_env env, napi_callback_info info)
{
	struct output output = { 0 };
	napi_value values[2], result = NULL;
	char name[NAME_BYTES];
	struct object *object;
	struct bpf_program *program;
	int error;

	if (!read_arguments(env, info, 2, values) ||
	    !(object = object_read_loaded(env, values[0], "read iterator")) ||
	    !read_name(env, values[1], "the program name", name) ||
	    !(program = program_find(env, object, "read iterator", name)))
		return NULL;
	if (bpf_program__fd(program) < 0)
		return throw_failure(env, -bpf_program__fd(program), name,
				     "read iterator: program '%s' was not loaded", name);

	error = run_iterator(program, &output);
	if (error)
		throw_failure(env, error, name, "read iterator '%s'", name);
	else if (!succeeded(env, napi_create_buffer_copy(env, output.length, output.data, NULL, &result)))
		result = NULL;
	free(output.data);
	return result;
}

napi_status iterator_define(napi_env env, napi_value exports)
{
	const napi_property_descriptor functions[] = {
		{ .utf8name = "iteratorRead", .method = iterator_read },
	};

	return napi_define_properties(env, exports, sizeof(functions) / sizeof(functions[0]),
				      functions);
}

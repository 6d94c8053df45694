/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lock on an open file (flock(2)), which goes with its last descriptor, whatever ends the process.
 * It is asked for in libuv's threads: on a network's file system even a lock that doesn't wait for
 * other holders waits for the server.
 */
#include "filelock.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/file.h>

#include "arguments.h"
#include "error.h"

struct request {
	napi_async_work work;
	napi_deferred deferred;
	int fd;
	int error;
};

static void ask(napi_env env, void *data)
{
	struct request *request = data;

	(void)env;
	do {
		request->error = flock(request->fd, LOCK_EX | LOCK_NB) ? errno : 0;
	} while (request->error == EINTR);
}

static void answer(napi_env env, napi_status status, void *data)
{
	struct request *request = data;
	const int error = status == napi_cancelled ? ECANCELED : request->error;
	napi_value number;

	if (napi_create_int32(env, error, &number) == napi_ok)
		napi_resolve_deferred(env, request->deferred, number);
	napi_delete_async_work(env, request->work);
	free(request);
}

/* A promise of 0 or the number of the error: EWOULDBLOCK when somebody else has the lock. */
static napi_value lock_file(napi_env env, napi_callback_info info)
{
	napi_value value, name, promise = NULL;
	struct request *request;
	uint32_t fd;

	if (!read_arguments(env, info, 1, &value) || !read_u32(env, value, "the descriptor", &fd))
		return NULL;
	request = calloc(1, sizeof(*request));
	if (!request)
		return throw_failure(env, -ENOMEM, NULL, "lock descriptor %u", fd);
	request->fd = (int)fd;
	if (succeeded(env, napi_create_string_latin1(env, "flock", NAPI_AUTO_LENGTH, &name)) &&
	    succeeded(env, napi_create_async_work(env, NULL, name, ask, answer, request,
						  &request->work))) {
		if (succeeded(env, napi_create_promise(env, &request->deferred, &promise)) &&
		    succeeded(env, napi_queue_async_work(env, request->work)))
			return promise;
		napi_delete_async_work(env, request->work);
	}
	free(request);
	return NULL;
}

napi_status filelock_define(napi_env env, napi_value exports)
{
	const napi_property_descriptor functions[] = {
		{ .utf8name = "lockFile", .method = lock_file },
	};

	return napi_define_properties(env, exports, sizeof(functions) / sizeof(functions[0]),
				      functions);
}

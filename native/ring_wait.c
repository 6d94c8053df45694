/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting for a ring: its map's descriptor is readable as long as the producers are ahead of the reader, and somebody who waits
 * for it is woken by a producer that asks for it (BPF_RB_FORCE_WAKEUP). libuv watches the descriptor for us.
 */
#include "ring_wait.h"

#include <errno.h>
#include <stdlib.h>

#include <uv.h>

#include "error.h"

struct ring_wait {
	uv_poll_t poll;
	napi_env env;
	napi_ref act;
	napi_async_context context;
	/* The thread may end while we wait: its loop must be rid of us before. */
	napi_async_cleanup_hook_handle hook;
	struct ring_wait **slot;
};

static void on_closed(uv_handle_t *handle)
{
	struct ring_wait *wait = handle->data;

	napi_remove_async_cleanup_hook(wait->hook);
	free(wait);
}

void ring_wait_close(struct ring_wait **slot)
{
	struct ring_wait *wait = *slot;

	if (!wait)
		return;
	*slot = NULL;
	wait->slot = NULL;
	if (wait->act)
		napi_delete_reference(wait->env, wait->act);
	napi_async_destroy(wait->env, wait->context);
	uv_close((uv_handle_t *)&wait->poll, on_closed);
}

static void on_thread_end(napi_async_cleanup_hook_handle hook, void *data)
{
	struct ring_wait *wait = data;

	(void)hook;
	/* Without a slot it is closing already. */
	if (wait->slot)
		ring_wait_close(wait->slot);
}

/* What `act` throws is thrown at the thread, as by any callback of an event loop. */
static void call(const struct ring_wait *wait)
{
	napi_handle_scope scope;
	napi_value act, global, error;

	if (napi_open_handle_scope(wait->env, &scope) != napi_ok)
		return;
	if (napi_get_reference_value(wait->env, wait->act, &act) == napi_ok &&
	    napi_get_global(wait->env, &global) == napi_ok &&
	    napi_make_callback(wait->env, wait->context, global, act, 0, NULL, NULL) ==
		    napi_pending_exception &&
	    napi_get_and_clear_last_exception(wait->env, &error) == napi_ok)
		napi_fatal_exception(wait->env, error);
	napi_close_handle_scope(wait->env, scope);
}

/* Errors of the descriptor end the wait as well: whoever looks at the ring then finds out. */
static void on_readable(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	uv_poll_stop(poll);
	call(poll->data);
}

static struct ring_wait *wait_open(napi_env env, struct ring_wait **slot, int fd)
{
	struct ring_wait *wait = calloc(1, sizeof(*wait));
	uv_loop_t *loop;
	napi_value name;
	int error;

	if (!wait) {
		throw_failure(env, ENOMEM, NULL, "wait for a ring");
		return NULL;
	}
	wait->env = env;
	wait->poll.data = wait;
	if (!succeeded(env, napi_get_uv_event_loop(env, &loop)) ||
	    !succeeded(env, napi_create_string_utf8(env, "ring", NAPI_AUTO_LENGTH, &name)) ||
	    !succeeded(env, napi_async_init(env, NULL, name, &wait->context)))
		goto free;
	if (!succeeded(env, napi_add_async_cleanup_hook(env, on_thread_end, wait, &wait->hook)))
		goto destroy;
	/* libuv's errors are the system's. */
	error = uv_poll_init(loop, &wait->poll, fd);
	if (error) {
		throw_failure(env, error, NULL, "wait for a ring");
		goto remove;
	}
	/* Who waits for events must not keep a thread alive that has nothing else to do. */
	uv_unref((uv_handle_t *)&wait->poll);
	wait->slot = slot;
	*slot = wait;
	return wait;

remove:
	napi_remove_async_cleanup_hook(wait->hook);
destroy:
	napi_async_destroy(env, wait->context);
free:
	free(wait);
	return NULL;
}

bool ring_wait_start(napi_env env, struct ring_wait **slot, int fd, napi_value act)
{
	struct ring_wait *wait = *slot ? *slot : wait_open(env, slot, fd);
	int error;

	if (!wait)
		return false;
	if (wait->act) {
		napi_delete_reference(env, wait->act);
		wait->act = NULL;
	}
	if (!succeeded(env, napi_create_reference(env, act, 1, &wait->act)))
		return false;
	error = uv_poll_start(&wait->poll, UV_READABLE, on_readable);
	if (error)
		throw_failure(env, error, NULL, "wait for a ring");
	return !error;
}

void ring_wait_stop(struct ring_wait *wait)
{
	if (wait)
		uv_poll_stop(&wait->poll);
}

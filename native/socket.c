/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a socket says of itself: its protocol (the tables in /proc/net are text, which whoever names
 * a Unix socket can write into), and who is at its other end.
 */
#include "socket.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/xattr.h>

#include "arguments.h"
#include "error.h"

/* struct proto's name in the kernel: 32 bytes with its end. */
#define PROTOCOL_BYTES 64

static napi_value socket_protocol(napi_env env, napi_callback_info info)
{
	char path[32], protocol[PROTOCOL_BYTES + 1] = "";
	napi_value value, text;
	uint32_t fd;

	if (!read_arguments(env, info, 1, &value) || !read_u32(env, value, "the descriptor", &fd))
		return NULL;
	/* By path: one that was opened with O_PATH is not asked directly (open(2)). */
	snprintf(path, sizeof(path), "/proc/self/fd/%" PRIu32, fd);
	if (getxattr(path, "system.sockprotoname", protocol, PROTOCOL_BYTES) < 0)
		return throw_failure(env, -errno, NULL, "ask descriptor %" PRIu32 " for its protocol",
				     fd);
	return succeeded(env, napi_create_string_latin1(env, protocol, NAPI_AUTO_LENGTH, &text))
		       ? text
		       : NULL;
}

/*
 * { pid, uid, gid } of whoever connected, as it was then (unix(7), SO_PEERCRED). pid 0: a process
 * that has no number in our PID namespace.
 */
static napi_value peer_process(napi_env env, napi_callback_info info)
{
	struct ucred peer = { 0 };
	socklen_t size = sizeof(peer);
	napi_value value, result, pid, uid, gid;
	uint32_t fd;

	if (!read_arguments(env, info, 1, &value) || !read_u32(env, value, "the descriptor", &fd))
		return NULL;
	if (getsockopt((int)fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return throw_failure(env, -errno, NULL, "ask descriptor %" PRIu32 " for its peer",
				     fd);
	if (!succeeded(env, napi_create_int32(env, peer.pid, &pid)) ||
	    !succeeded(env, napi_create_uint32(env, peer.uid, &uid)) ||
	    !succeeded(env, napi_create_uint32(env, peer.gid, &gid)) ||
	    !succeeded(env, napi_create_object(env, &result)) ||
	    !succeeded(env, napi_set_named_property(env, result, "pid", pid)) ||
	    !succeeded(env, napi_set_named_property(env, result, "uid", uid)) ||
	    !succeeded(env, napi_set_named_property(env, result, "gid", gid)))
		return NULL;
	return result;
}

napi_status socket_define(napi_env env, napi_value exports)
{
	const napi_property_descriptor functions[] = {
		{ .utf8name = "socketProtocol", .method = socket_protocol },
		{ .utf8name = "peerProcess", .method = peer_process },
	};

	return napi_define_properties(env, exports, sizeof(functions) / sizeof(functions[0]),
				      functions);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading tracefs and securityfs on hosts where nobody mounted them, without mounting them for
 * anybody: fsmount(2) makes a mount that is in no mount namespace and ends with its descriptor.
 */
#include "detached.h"

#include <errno.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arguments.h"
#include "error.h"

int open_detached(const char *type)
{
	int context = (int)syscall(__NR_fsopen, type, FSOPEN_CLOEXEC);
	int root = -1, error;

	if (context < 0)
		return -errno;
	if (!syscall(__NR_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		root = (int)syscall(__NR_fsmount, context, FSMOUNT_CLOEXEC,
				    MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	error = errno;
	close(context);
	return root < 0 ? -error : root;
}

static napi_value filesystem_open(napi_env env, napi_callback_info info)
{
	napi_value values[1], result;
	char type[NAME_BYTES];
	int root;

	if (!read_arguments(env, info, 1, values) ||
	    !read_name(env, values[0], "the filesystem's type", type))
		return NULL;
	root = open_detached(type);
	if (root < 0)
		return throw_failure(env, root, NULL, "open filesystem '%s'", type);
	if (!succeeded(env, napi_create_int32(env, root, &result))) {
		close(root);
		return NULL;
	}
	return result;
}

napi_status detached_define(napi_env env, napi_value exports)
{
	const napi_property_descriptor functions[] = {
		{ .utf8name = "filesystemOpen", .method = filesystem_open },
	};

	return napi_define_properties(env, exports, sizeof(functions) / sizeof(functions[0]),
				      functions);
}

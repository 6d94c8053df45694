/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files as another user: for what we do as root where somebody else names the path. While the
 * callback runs, this thread's file system user and groups are theirs, those that the group database
 * gives them included; with that the kernel also takes root's rights over files away
 * (credentials(7), capabilities(7)). The system calls are made directly: libc's setgroups would tell
 * all threads.
 */
#include "fsuser.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arguments.h"
#include "error.h"

struct identity {
	int uid, gid, group_count;
	gid_t *groups;
};

/* setfsuid and setfsgid tell nothing but who one was: asked for nobody (-1) they change nothing. */
static int wear(int uid, int gid, int group_count, const gid_t *groups)
{
	if (syscall(SYS_setgroups, group_count, groups))
		return -errno;
	setfsgid((gid_t)gid);
	setfsuid((uid_t)uid);
	return setfsgid((gid_t)-1) == gid && setfsuid((uid_t)-1) == uid ? 0 : -EPERM;
}

static int remember(struct identity *before)
{
	before->uid = setfsuid((uid_t)-1);
	before->gid = setfsgid((gid_t)-1);
	before->group_count = getgroups(0, NULL);
	if (before->group_count < 0)
		return -errno;
	before->groups = malloc((size_t)before->group_count * sizeof(gid_t) + 1);
	if (!before->groups)
		return -ENOMEM;
	if (getgroups(before->group_count, before->groups) != before->group_count)
		return -EAGAIN;
	return 0;
}

/* Groups that a user can be in (NGROUPS_MAX of linux/limits.h), and room for a line of passwd(5). */
#define MOST_GROUPS 65536
#define PASSWD_BYTES (64 << 10)

/*
 * The groups that login(1) would give the user; one that no database knows is in the given one only.
 * free them. -ENOMEM: nothing to free.
 */
static int find_groups(uint32_t uid, uint32_t gid, struct identity *user)
{
	struct passwd entry, *found = NULL;
	char *text = malloc(PASSWD_BYTES);
	int count = MOST_GROUPS;

	user->groups = malloc(MOST_GROUPS * sizeof(gid_t));
	if (!text || !user->groups) {
		free(text);
		free(user->groups);
		user->groups = NULL;
		return -ENOMEM;
	}
	user->uid = (int)uid;
	user->gid = (int)gid;
	user->group_count = 0;
	if (!getpwuid_r((uid_t)uid, &entry, text, PASSWD_BYTES, &found) && found &&
	    getgrouplist(found->pw_name, (gid_t)gid, user->groups, &count) >= 0)
		user->group_count = count;
	free(text);
	return 0;
}

/* A thread that can't become itself again must not go on. */
static void restore(const struct identity *before)
{
	if (wear(before->uid, before->gid, before->group_count, before->groups))
		abort();
}

static napi_value with_user_files(napi_env env, napi_callback_info info)
{
	napi_value values[3], undefined, result = NULL;
	struct identity before = { 0 }, user = { 0 };
	uint32_t uid, gid;
	int error;

	if (!read_arguments(env, info, 3, values) || !read_u32(env, values[0], "the user", &uid) ||
	    !read_u32(env, values[1], "the group", &gid) ||
	    !succeeded(env, napi_get_undefined(env, &undefined)))
		return NULL;
	error = find_groups(uid, gid, &user);
	if (!error)
		error = remember(&before);
	if (!error) {
		error = wear(user.uid, user.gid, user.group_count, user.groups);
		/* What it throws stays pending, and is thrown where we return to. */
		if (!error)
			napi_call_function(env, undefined, values[2], 0, NULL, &result);
		restore(&before);
	}
	free(user.groups);
	free(before.groups);
	if (error)
		return throw_failure(env, error, NULL, "reach for files as user %u", uid);
	return result;
}

napi_status fsuser_define(napi_env env, napi_value exports)
{
	const napi_property_descriptor functions[] = {
		{ .utf8name = "withUserFiles", .method = with_user_files },
	};

	return napi_define_properties(env, exports, sizeof(functions) / sizeof(functions[0]),
				      functions);
}

// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Folders that can be written to: what is written goes to memory. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "act.h"

/* Makes the folder and those above it. */
static int make_folders(const char *folder)
{
	char path[4096];

	if (snprintf(path, sizeof(path), "%s", folder) >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (char *at = path + 1; (at = strchr(at, '/')) != NULL; at++) {
		*at = '\0';
		if (mkdir(path, 0755) && errno != EEXIST)
			return -1;
		*at = '/';
	}
	return mkdir(path, 0755) && errno != EEXIST ? -1 : 0;
}

/* Makes what a folder shows changeable: changes go to memory. */
static void cover(const char *folder)
{
	char options[4096 * 2 + 128], upper[4096 + 8], work[4096 + 8];
	int below = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);

	snprintf(upper, sizeof(upper), "%s/upper", folder);
	snprintf(work, sizeof(work), "%s/work", folder);
	snprintf(options, sizeof(options), "lowerdir=/proc/self/fd/%d,upperdir=%s,workdir=%s", below, upper, work);
	if (below < 0 || mount("act", folder, "tmpfs", 0, "mode=0755,size=" MEMORY_LIMIT) || mkdir(upper, 0755) || mkdir(work, 0755) ||
	    mount("act", folder, "overlay", 0, options))
		fail("a changeable view of %s", folder);
	close(below);
}

/* For a folder that isn't there, in a file system that may not be changed. */
static void cover_above(const char *folder)
{
	char path[4096];
	struct stat found;

	snprintf(path, sizeof(path), "%s", folder);
	do
		*strrchr(path, '/') = '\0';
	while (*path && stat(path, &found));
	if (!*path)
		fail_plainly("%s: there is no folder above it but /", folder);
	cover(path);
}

void make_private(const char *folder)
{
	struct stat found;

	if (*folder != '/')
		fail_plainly("%s: must begin with /", folder);
	if (stat(folder, &found) && make_folders(folder)) {
		if (errno != EROFS)
			fail("%s", folder);
		cover_above(folder);
		if (make_folders(folder))
			fail("%s", folder);
	}
	if (mount("act", folder, "tmpfs", 0, "mode=1777,size=" MEMORY_LIMIT))
		fail("%s", folder);
}

// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The deeds see the host's files, but can't change them: all mounts are read-only, in a mount namespace of their own. Their
 * network has every address there is on its loopback device, so that whatever they connect to is this process's, or nobody's. They
 * have their own host name and System V IPC. Process numbers are the host's.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act.h"
#include "loopback.h"

static bool refuse(const char *what)
{
	fprintf(stderr, "act: %s: %s (the sandbox needs root with CAP_SYS_ADMIN and CAP_NET_ADMIN)\n", what, strerror(errno));
	return false;
}

/* Of what /proc has to write to, only what is a process's own may be. */
static const char *const kept_readonly[] = { "/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus" };

static bool make_readonly(void)
{
	struct mount_attr readonly = { .attr_set = MOUNT_ATTR_RDONLY };
	struct mount_attr writable = { .attr_clr = MOUNT_ATTR_RDONLY };

	if (mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &readonly, sizeof(readonly)))
		return refuse("read-only mounts");
	if (mount_setattr(AT_FDCWD, "/proc", 0, &writable, sizeof(writable)))
		return refuse("/proc");
	for (size_t i = 0; i < DEED_COUNT(kept_readonly); i++) {
		const char *path = kept_readonly[i];

		if (mount(path, path, NULL, MS_BIND, NULL) == 0 &&
		    mount_setattr(AT_FDCWD, path, 0, &readonly, sizeof(readonly)))
			return refuse(path);
	}
	return true;
}

bool make_sandbox(void)
{
	if (unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS))
		return refuse("namespaces");
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return refuse("private mounts");
	if (!make_readonly())
		return false;
	return start_loopback() || refuse("loopback device");
}

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
	if (below < 0 || mount("act", folder, "tmpfs", 0, "mode=0755") || mkdir(upper, 0755) || mkdir(work, 0755) ||
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
	if (mount("act", folder, "tmpfs", 0, "mode=1777"))
		fail("%s", folder);
}

void end_with_parent(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(TIME_LIMIT);
}

void end_all_below(void)
{
	/* This process is the parent of all that lost theirs: what ends leaves its children here. */
	while (waitpid(-1, NULL, WNOHANG) >= 0) {
		FILE *children = fopen("/proc/thread-self/children", "re");
		int pid;

		while (children && fscanf(children, "%d", &pid) == 1)
			kill(pid, SIGKILL);
		if (children)
			fclose(children);
		if (!children || waitpid(-1, NULL, 0) < 0)
			return;
	}
}

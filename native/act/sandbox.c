// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The deeds see the host's files, but can't change them: all mounts are read-only and without devices, in a mount namespace of their
 * own. They see no process of the host: their /proc is that of a pid namespace of their own, since /proc/PID/root, cwd and fd of a
 * process of the host lead to its mounts, which can be written to. Their network has every address there is on its loopback device,
 * so that whatever they connect to is this process's, or nobody's. They have their own host name and System V IPC.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <mntent.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "act.h"
#include "loopback.h"

static bool refuse(const char *what)
{
	fprintf(stderr, "act: %s: %s (the sandbox needs root with CAP_SYS_ADMIN and CAP_NET_ADMIN)\n", what, strerror(errno));
	return false;
}

/* Wherever the host has it mounted, a chroot's too; the innermost first. */
static bool unmount_proc(void)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	char **folders = NULL;
	size_t count = 0;
	struct mntent *entry;
	bool done = true;

	if (!mounts)
		return false;
	while ((entry = getmntent(mounts)) != NULL) {
		if (strcmp(entry->mnt_type, "proc"))
			continue;
		folders = reallocarray(folders, count + 1, sizeof(*folders));
		if (!folders || !(folders[count++] = strdup(entry->mnt_dir)))
			abort();
	}
	endmntent(mounts);
	while (count > 0) {
		/* One below another mount can't be reached, and stays so: nothing is moved away here (namespaces.c). */
		if (umount2(folders[--count], MNT_DETACH | UMOUNT_NOFOLLOW) && errno != ENOENT && errno != EINVAL)
			done = false;
		free(folders[count]);
	}
	free(folders);
	return done;
}

/* What lies below the mount that is gone may be anything, only no process file system. */
static bool has_proc(void)
{
	struct statfs found;

	return statfs("/proc", &found) == 0 && found.f_type == PROC_SUPER_MAGIC;
}

static bool is_of_a_process(const struct dirent *entry)
{
	return isdigit((unsigned char)entry->d_name[0]) || entry->d_type == DT_LNK;
}

/* Of what /proc has to write to, only what is a process's own may be: the rest is the host's. */
static bool mount_proc(void)
{
	struct mount_attr readonly = { .attr_set = MOUNT_ATTR_RDONLY };
	struct dirent *entry;
	DIR *proc;

	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) || !(proc = opendir("/proc")))
		return false;
	while ((entry = readdir(proc)) != NULL) {
		char path[sizeof("/proc/") + sizeof(entry->d_name)];

		if (entry->d_name[0] == '.' || is_of_a_process(entry))
			continue;
		snprintf(path, sizeof(path), "/proc/%s", entry->d_name);
		/* What has gone meanwhile, with its module, needs nothing. */
		if ((mount(path, path, NULL, MS_BIND, NULL) ||
		     mount_setattr(AT_FDCWD, path, 0, &readonly, sizeof(readonly))) && errno != ENOENT)
			return false;
	}
	closedir(proc);
	return true;
}

/* Terminals of their own: there are none but those that the deeds make. */
static bool mount_terminals(void)
{
	if (mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "ptmxmode=0666") == 0 &&
	    mount("/dev/pts/ptmx", "/dev/ptmx", NULL, MS_BIND, NULL) == 0)
		return true;
	/* A host may be without. */
	return errno == ENOENT || errno == ENODEV;
}

void forget_starter(void)
{
	/* A program that crashes leaves no dump: the kernel takes 1 byte for none, even where a program of the host is given it. */
	struct rlimit dump = { 1, 1 };

	syscall(SYS_close_range, STDERR_FILENO + 1, ~0u, 0);
	umask(0);
	setrlimit(RLIMIT_CORE, &dump);
}

bool make_sandbox(void)
{
	struct mount_attr harmless = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV };

	if (unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID))
		return refuse("namespaces");
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return refuse("private mounts");
	if (mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &harmless, sizeof(harmless)))
		return refuse("read-only mounts");
	if (!unmount_proc())
		return refuse("without the host's /proc");
	if (has_proc()) {
		errno = EBUSY;
		return refuse("without the host's /proc");
	}
	if (!mount_terminals())
		return refuse("terminals");
	if (chdir("/"))
		return refuse("/");
	return start_loopback() || refuse("loopback device");
}

bool enter_sandbox(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return mount_proc() || refuse("/proc of the sandbox");
}

void end_with_parent(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(TIME_LIMIT);
}

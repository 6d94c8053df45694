// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Deeds with mounts, namespaces and names: all that changes is the sandbox's. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "act.h"

/* Only what is new, or there already: a disk would be written to, a remount could make the host's files writable, and a move could
 * show what the sandbox covers. */
static void try_mount(char **argv)
{
	long flags = number(argv[3]);

	if (flags & (MS_REMOUNT | MS_MOVE) || (strcmp(argv[2], "tmpfs") && strcmp(argv[2], "none")))
		fail_plainly("only tmpfs and none are mounted here, and nothing is remounted or moved");
	mount(argv[0], argv[1], argv[2], flags, strcmp(argv[2], "tmpfs") ? NULL : "size=" MEMORY_LIMIT);
}

/* A mount that is nowhere yet, and would be put at the path: the first descriptor is none. */
static void try_move_mount(char **argv)
{
	must_fail(syscall(SYS_move_mount, -1, "", AT_FDCWD, argv[0], MOVE_MOUNT_F_EMPTY_PATH), "move_mount");
}

/* With a flag that is none: what is mounted there may be what keeps the host's files from being changed. */
static void try_unmount(char **argv)
{
	must_fail(umount2(argv[0], 1 << 16), "umount with an unknown flag");
}

static void try_pivot_root(char **argv)
{
	must_fail(syscall(SYS_pivot_root, argv[0], argv[1]), "pivot_root");
}

static const struct {
	const char *name;
	int flag;
} namespaces[] = {
	{ "mnt", CLONE_NEWNS },
	{ "uts", CLONE_NEWUTS },
	{ "ipc", CLONE_NEWIPC },
	{ "net", CLONE_NEWNET },
	{ "files", CLONE_FILES },
};

static int namespace_flag(const char *name)
{
	for (size_t i = 0; i < DEED_COUNT(namespaces); i++)
		if (!strcmp(namespaces[i].name, name))
			return namespaces[i].flag;
	fail_plainly("%s is no namespace that this program knows", name);
}

/* The one that the process is in already. */
static void enter_namespace(char **argv)
{
	char path[64] = "/proc/self/ns/";
	int flag = namespace_flag(argv[0]), fd;

	strncat(path, argv[0], sizeof(path) - strlen(path) - 1);
	fd = open_file(path, O_RDONLY);
	if (setns(fd, flag))
		fail("setns");
	close(fd);
}

static void leave_namespace(char **argv)
{
	if (unshare(namespace_flag(argv[0])))
		fail("unshare");
}

/* Of a child, made in the two ways there are. */
static void child_in_namespace(char **argv)
{
	struct clone_args arguments = { .flags = namespace_flag(argv[0]), .exit_signal = SIGCHLD };
	pid_t child = syscall(SYS_clone, namespace_flag(argv[0]) | SIGCHLD, 0, 0, 0, 0);

	if (child == 0)
		_exit(0);
	if (child < 0 || !part_succeeded(child))
		fail("clone");
	child = syscall(SYS_clone3, &arguments, sizeof(arguments));
	if (child == 0)
		_exit(0);
	if (child < 0 || !part_succeeded(child))
		fail("clone3");
}

static void try_chroot(char **argv)
{
	pid_t part = fork_part();

	if (part == 0)
		_exit(chroot(argv[0]) != 0);
	part_succeeded(part);
}

static void set_host_name(char **argv)
{
	if (sethostname(argv[0], strlen(argv[0])))
		fail("sethostname");
}

static void set_domain_name(char **argv)
{
	if (setdomainname(argv[0], strlen(argv[0])))
		fail("setdomainname");
}

const struct deed namespace_deeds[] = {
	{ "mount", 4, 4, try_mount, "SOURCE TARGET TYPE FLAGS", "mount tmpfs, or change a mount, in the sandbox" },
	{ "move-mount", 1, 1, try_move_mount, "PATH", "ask to put a mount that is none at a path" },
	{ "unmount", 1, 1, try_unmount, "PATH", "ask to unmount, with a flag that is none" },
	{ "pivot-root", 2, 2, try_pivot_root, "NEW OLD", "ask for another root, of which one path is none" },
	{ "enter-namespace", 1, 1, enter_namespace, "KIND", "join the namespace that the process is in" },
	{ "leave-namespace", 1, 1, leave_namespace, "KIND", "make a namespace for the process, or a table of files" },
	{ "child-in-namespace", 1, 1, child_in_namespace, "KIND", "make children in a namespace of their own" },
	{ "chroot", 1, 1, try_chroot, "FOLDER", "change the root of a child" },
	{ "host-name", 1, 1, set_host_name, "NAME", "set the sandbox's host name" },
	{ "domain-name", 1, 1, set_domain_name, "NAME", "set the sandbox's domain name" },
};
const size_t namespace_deed_count = DEED_COUNT(namespace_deeds);

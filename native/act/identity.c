// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Deeds with the identity and the capabilities of a process. */
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "act.h"

/* CAP_NET_RAW, effective as soon as the program runs. */
static void give_file_capability(char **argv)
{
	struct vfs_cap_data data = {
		.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
		.data[0].permitted = 1u << CAP_NET_RAW,
	};

	if (setxattr(argv[0], "security.capability", &data, XATTR_CAPS_SZ_2, 0))
		fail("%s", argv[0]);
}

static void get_capabilities(struct __user_cap_data_struct sets[2])
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };

	if (syscall(SYS_capget, &header, sets))
		fail("capget");
}

static void set_capabilities(const struct __user_cap_data_struct sets[2])
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };

	if (syscall(SYS_capset, &header, sets))
		fail("capset");
}

static void keep_capabilities(char **argv)
{
	struct __user_cap_data_struct sets[2];

	(void)argv;
	get_capabilities(sets);
	set_capabilities(sets);
}

static void drop_capabilities(char **argv)
{
	static const struct __user_cap_data_struct none[2];

	(void)argv;
	set_capabilities(none);
}

/* The child begins without effective capabilities, takes back what it is permitted, and starts a program of the deed `program`. */
static void execute_raised(char **argv)
{
	struct __user_cap_data_struct all[2], lowered[2];
	pid_t part;

	check_is_copy(argv[0]);
	get_capabilities(all);
	memcpy(lowered, all, sizeof(all));
	lowered[0].effective = lowered[1].effective = 0;
	set_capabilities(lowered);
	part = fork_part();
	if (part == 0) {
		set_capabilities(all);
		execl(argv[0], "trial", "list", NULL);
		fail("%s", argv[0]);
	}
	set_capabilities(all);
	if (!part_succeeded(part))
		fail_plainly("%s did not run to its end", argv[0]);
}

/* Who may not is refused: asking for it is the deed. */
static void ask_for_ids(char **argv)
{
	long id = number(argv[0]);

	syscall(SYS_setfsuid, id);
	syscall(SYS_setfsgid, id);
	syscall(SYS_setregid, -1, id);
	syscall(SYS_setresgid, id, id, -1);
	syscall(SYS_setgid, id);
	syscall(SYS_setreuid, id, -1);
	syscall(SYS_setresuid, -1, id, -1);
	syscall(SYS_setuid, id);
}

static void make_user_namespace(char **argv)
{
	pid_t part = fork_part();

	(void)argv;
	if (part == 0)
		_exit(unshare(CLONE_NEWUSER) && errno != EPERM && errno != ENOSPC);
	if (!part_succeeded(part))
		fail_plainly("unshare");
}

const struct deed identity_deeds[] = {
	{ "exec-raised", 1, 1, execute_raised, "PATH", "run a program from a process that has raised its capabilities" },
	{ "file-capability", 1, 1, give_file_capability, "FILE", "give a program the capability NET_RAW" },
	{ "capset", 0, 0, keep_capabilities, "", "set the capabilities that the process has" },
	{ "drop-capabilities", 0, 0, drop_capabilities, "", "give up all capabilities" },
	{ "set-ids", 1, 1, ask_for_ids, "ID", "ask to be a user and group, with each of the eight calls" },
	{ "user-namespace", 0, 0, make_user_namespace, "", "ask for a user namespace" },
};
const size_t identity_deed_count = DEED_COUNT(identity_deeds);

// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Deeds that change where and as whom the others are done. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act.h"

static void private_folder(char **argv)
{
	make_private(argv[0]);
}

static void as_program(char **argv)
{
	int to = open(argv[0], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);

	if (to < 0)
		fail("%s", argv[0]);
	copy_program(to);
	close(to);
	go_on_as(argv[0]);
}

static void become_user(char **argv)
{
	uid_t uid = number(argv[0]);

	if (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		fail("user %s", argv[0]);
	/* The kernel forgets it with the identity. */
	end_with_parent();
}

static void in_child(char **argv)
{
	pid_t child = fork();
	int status;

	(void)argv;
	if (child < 0)
		fail("fork");
	if (child == 0) {
		end_with_parent();
		return;
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : SOMETHING_FAILED);
}

const struct deed setting_deeds[] = {
	{ "private", 1, 1, private_folder, "FOLDER", "what is written below the folder, which is empty now, goes to memory" },
	{ "as", 1, 1, as_program, "PATH", "go on as a copy of the program at the path, below a private folder" },
	{ "user", 1, 1, become_user, "UID", "go on as the user, without capabilities" },
	{ "child", 0, 0, in_child, "", "go on in a child" },
};
const size_t setting_deed_count = DEED_COUNT(setting_deeds);

// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Deeds with programs. The programs are copies of this one that list their deeds to nowhere, and end. */
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act.h"

static char *const harmless[] = { "trial", "list", NULL };

/* program PATH [MODE] */
static void make_program(char **argv)
{
	int to = open_file(argv[0], O_WRONLY | O_CREAT | O_EXCL);

	copy_program(to);
	if (fchmod(to, argv[1] ? strtol(argv[1], NULL, 8) : 0755))
		fail("%s", argv[0]);
	close(to);
}

static void make_if_absent(char *path)
{
	char *argv[] = { path, NULL };

	if (access(path, F_OK))
		make_program(argv);
	else
		check_is_copy(path);
}

static void end_part(pid_t part, const char *path)
{
	if (!part_succeeded(part))
		fail_plainly("%s did not run to its end", path);
}

/* In a child, which has the descriptor as its standard input. */
static void run_with_input(char *path, int input)
{
	pid_t part;

	make_if_absent(path);
	part = fork_part();
	if (part == 0) {
		if (dup2(input, STDIN_FILENO) < 0)
			fail("standard input");
		execv(path, harmless);
		fail("%s", path);
	}
	end_part(part, path);
}

static void execute(char **argv)
{
	run_with_input(argv[0], STDIN_FILENO);
}

/* A script of which the interpreter is a copy of this program. */
static void execute_script(char **argv)
{
	pid_t part;
	int fd = open_file(argv[0], O_WRONLY | O_CREAT | O_EXCL);

	/* Behind a blank the kernel reads an argument, and runs the program before it. */
	if (strpbrk(argv[1], " \t\n"))
		fail_plainly("%s: an interpreter's path has no blanks", argv[1]);
	make_if_absent(argv[1]);
	if (dprintf(fd, "#!%s\n", argv[1]) < 0 || fchmod(fd, 0755))
		fail("%s", argv[0]);
	close(fd);
	part = fork_part();
	if (part == 0) {
		execv(argv[0], harmless);
		fail("%s", argv[0]);
	}
	/* The interpreter is given the path of the script, and refuses it. */
	waitpid(part, NULL, 0);
}

static void execute_descriptor(int fd, const char *what)
{
	pid_t part = fork_part();

	if (part == 0) {
		fexecve(fd, harmless, environ);
		fail("%s", what);
	}
	end_part(part, what);
	close(fd);
}

static void execute_memory(char **argv)
{
	int fd = memfd_create(argv[0] ? argv[0] : "trial", MFD_CLOEXEC);

	if (fd < 0)
		fail("memfd_create");
	copy_program(fd);
	execute_descriptor(fd, "a program in memory");
}

static void execute_deleted(char **argv)
{
	int fd;

	make_program(argv);
	fd = open_file(argv[0], O_RDONLY);
	if (unlink(argv[0]))
		fail("%s", argv[0]);
	execute_descriptor(fd, argv[0]);
}

/* Connected to a listener of its own on the loopback device. */
static int connected_socket(void)
{
	struct sockaddr_in there = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(there);
	int listener = open_socket(AF_INET, SOCK_STREAM, 0), client = open_socket(AF_INET, SOCK_STREAM, 0);

	if (bind(listener, (struct sockaddr *)&there, size) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&there, &size) || connect(client, (struct sockaddr *)&there, size))
		fail("a connection to oneself");
	close(listener);
	return client;
}

static void execute_on_connection(char **argv)
{
	int fd = connected_socket();

	run_with_input(argv[0], fd);
	close(fd);
}

static void execute_on_local_socket(char **argv)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		fail("socketpair");
	run_with_input(argv[0], pair[0]);
	close(pair[0]);
	close(pair[1]);
}

const struct deed exec_deeds[] = {
	{ "program", 1, 2, make_program, "PATH [MODE]", "make a program, with a mode in octal" },
	{ "exec", 1, 1, execute, "PATH", "run a program, which is made if it isn't there" },
	{ "exec-script", 2, 2, execute_script, "PATH INTERPRETER", "run a script" },
	{ "exec-memory", 0, 1, execute_memory, "[NAME]", "run a program that is in memory only" },
	{ "exec-deleted", 1, 1, execute_deleted, "PATH", "run a program that has been removed" },
	{ "exec-on-connection", 1, 1, execute_on_connection, "PATH", "run a program that reads from a TCP connection" },
	{ "exec-on-local-socket", 1, 1, execute_on_local_socket, "PATH", "run a program that reads from a Unix socket" },
};
const size_t exec_deed_count = DEED_COUNT(exec_deeds);

// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Deeds of the labs (src/labs) that no policy's trigger needs. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "act.h"

#define NOBODY 65534

/* With root kept as the saved user id, as a set-uid program keeps it. */
static void regain_root(char **argv)
{
	(void)argv;
	if (setresuid(NOBODY, NOBODY, 0))
		fail("user %d", NOBODY);
	if (setresuid(0, 0, 0))
		fail("back to root");
	/* The kernel forgets it with the identity. */
	end_with_parent();
}

/* As nsenter(1) does with the host of a container: process 1 is the sandbox's. */
static void enter_namespaces(char **argv)
{
	static const char *const kinds[] = { "uts", "ipc", "net", "mnt" };

	(void)argv;
	if (unshare(CLONE_NEWUTS | CLONE_NEWIPC))
		fail("a container's namespaces");
	for (size_t i = 0; i < DEED_COUNT(kinds); i++) {
		char path[64];
		int fd;

		snprintf(path, sizeof(path), "/proc/1/ns/%s", kinds[i]);
		fd = open_file(path, O_RDONLY);
		if (setns(fd, 0))
			fail("%s", path);
		close(fd);
	}
}

/* The copy is a file in memory, which no folder holds. */
static void go_on_from_memory(char **argv)
{
	int to = memfd_create(argv[0], 0);
	char path[64];

	if (to < 0)
		fail("a program in memory");
	copy_program(to);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", to);
	go_on_as(path);
}

/* To a listener of this process's own: nothing else is there. */
static void upload(char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(number(argv[2])) };
	int listener = open_socket(AF_INET, SOCK_STREAM, 0), client = open_socket(AF_INET, SOCK_STREAM, 0);
	int file = open_file(argv[0], O_RDONLY);
	char text[4096];
	ssize_t size;

	if (inet_pton(AF_INET, argv[1], &address.sin_addr) != 1)
		fail_plainly("%s is no IPv4 address", argv[1]);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 1))
		fail("a listener at %s", argv[1]);
	if (connect(client, (struct sockaddr *)&address, sizeof(address)))
		fail("connect to %s", argv[1]);
	size = read(file, text, sizeof(text));
	if (size < 0 || send(client, text, size, MSG_NOSIGNAL) != size)
		fail("%s", argv[0]);
	close(file);
	close(client);
	close(listener);
}

static void rest(char **argv)
{
	sleep(number(argv[0]));
}

const struct deed lab_deeds[] = {
	{ "from-memory", 1, 1, go_on_from_memory, "NAME", "go on as a copy of the program that is in memory only" },
	{ "regain-root", 0, 0, regain_root, "", "give up root, and take it back" },
	{ "nsenter", 0, 0, enter_namespaces, "", "leave a container for its neighbour's namespaces, as nsenter does" },
	{ "rest", 1, 1, rest, "SECONDS", "do nothing for a while" },
	{ "upload", 3, 3, upload, "FILE ADDRESS PORT", "send a file to a listener of its own" },
};
const size_t lab_deed_count = DEED_COUNT(lab_deeds);

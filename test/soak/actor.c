/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Those whom the soak is about: one program under several names.
 *
 *   brief CODE [TEXT…]                   exits with that code
 *   linger                               until it is killed
 *   victim write PATH | connect PORT | call | probe
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"

#define REFUSED 7

__attribute__((noinline)) int probed(int number)
{
	__asm__ volatile("" : "+r"(number));
	return number;
}

static int be_victim(const char *deed, const char *what)
{
	struct sockaddr_in address;
	int fd, failed = 0;

	if (!strcmp(deed, "write")) {
		fd = open(what, O_WRONLY | O_APPEND);
		failed = fd < 0 || write(fd, "x", 1) != 1;
	} else if (!strcmp(deed, "connect")) {
		address = loopback(atoi(what));
		fd = socket(AF_INET, SOCK_STREAM, 0);
		failed = fd < 0 || connect(fd, (void *)&address, sizeof(address));
	} else if (!strcmp(deed, "call")) {
		failed = setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0));
	} else if (!strcmp(deed, "probe")) {
		failed = probed(0);
	} else {
		errx(2, "no deed %s", deed);
	}
	if (!failed)
		return 0;
	return errno == EPERM ? REFUSED : 1;
}

int main(int count, char **args)
{
	if (count == 4 && !strcmp(args[1], "victim"))
		return be_victim(args[2], args[3]);
	be_mortal();
	if (count < 2)
		for (;;)
			pause();
	return atoi(args[1]);
}

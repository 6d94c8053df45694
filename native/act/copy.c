// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Copies of this program: the only programs that deeds run. */
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "act.h"

void copy_program(int to)
{
	int from = open_file("/proc/self/exe", O_RDONLY);
	struct stat stat;

	if (fstat(from, &stat) || sendfile(to, from, NULL, stat.st_size) != stat.st_size)
		fail("a copy of the program");
	close(from);
}

static bool have_same_content(int one, int other)
{
	char here[4096], there[4096];
	ssize_t got;

	do {
		got = read(one, here, sizeof(here));
		if (got < 0 || read(other, there, sizeof(there)) != got || memcmp(here, there, got))
			return false;
	} while (got > 0);
	return true;
}

void check_is_copy(const char *path)
{
	int program = open_file("/proc/self/exe", O_RDONLY), file = open_file(path, O_RDONLY);

	if (!have_same_content(program, file))
		fail_plainly("%s is a program of the host: only those that the script makes are run", path);
	close(program);
	close(file);
}

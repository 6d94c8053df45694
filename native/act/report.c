// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* What act tells of its work: lines on what was its standard output. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "act.h"

static int descriptor = -1;

void open_report(void)
{
	int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* High, so that deeds that count on the first free numbers get them. */
	descriptor = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 100);
	if (nowhere < 0 || descriptor < 0) {
		perror("act: /dev/null");
		exit(NO_SANDBOX);
	}
	dup2(nowhere, STDIN_FILENO);
	dup2(nowhere, STDOUT_FILENO);
	close(nowhere);
}

void take_report(int fd)
{
	descriptor = fd;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
}

int report_fd(void)
{
	return descriptor;
}

static char *put_escaped(char *at, const char *end, const char *text)
{
	for (; *text && at + 2 < end; text++) {
		switch (*text) {
		case '\t':
			*at++ = '\\';
			*at++ = 't';
			break;
		case '\n':
			*at++ = '\\';
			*at++ = 'n';
			break;
		case '\\':
			*at++ = '\\';
			*at++ = '\\';
			break;
		default:
			*at++ = *text;
		}
	}
	return at;
}

void report(const char *what, long number, const char *text)
{
	/* One write: processes that report at the same time don't mix their lines. */
	char line[2048];
	char *at = line + snprintf(line, 128, "%s\t%ld\t", what, number);

	at = put_escaped(at, line + sizeof(line) - 1, text);
	*at++ = '\n';
	if (write(descriptor, line, at - line) < 0)
		_exit(SOMETHING_FAILED);
}

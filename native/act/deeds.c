// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Does deeds, and what all of them use. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act.h"

/* Of the deed that is being done. */
static int current;
static const struct script *whole;
static jmp_buf next_deed;
static bool is_part;

enum exit_code do_deeds(const struct script *script, int first)
{
	/* Kept over longjmp(). */
	static enum exit_code result;
	static int at;

	result = ALL_DONE;
	whole = script;
	for (at = first; at < script->count; at++) {
		const struct deed *deed = find_deed(script->deeds[at][0]);

		current = at;
		if (setjmp(next_deed) == 0) {
			deed->run(script->deeds[at] + 1);
			continue;
		}
		result = SOMETHING_FAILED;
		if (is_setting(find_deed(script->deeds[at][0])))
			break;
	}
	return result;
}

static _Noreturn void end_deed(const char *text)
{
	report("failed", current, text);
	if (is_part)
		_exit(1);
	longjmp(next_deed, 1);
}

void fail(const char *format, ...)
{
	char what[1024], text[1200];
	int error = errno;
	va_list values;

	va_start(values, format);
	vsnprintf(what, sizeof(what), format, values);
	va_end(values);
	snprintf(text, sizeof(text), "%s: %s", what, strerror(error));
	end_deed(text);
}

void fail_plainly(const char *format, ...)
{
	char text[1200];
	va_list values;

	va_start(values, format);
	vsnprintf(text, sizeof(text), format, values);
	va_end(values);
	end_deed(text);
}

pid_t fork_part(void)
{
	pid_t part = fork();

	if (part < 0)
		fail("fork");
	if (part == 0) {
		is_part = true;
		end_with_parent();
	}
	return part;
}

bool part_succeeded(pid_t part)
{
	int status;

	while (waitpid(part, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int open_file(const char *path, int flags)
{
	struct stat found;
	int fd;

	/* Before it is opened: that alone can wake up whoever waits at the other end of a pipe. */
	if (stat(path, &found) == 0 && !S_ISREG(found.st_mode) && !S_ISDIR(found.st_mode))
		fail_plainly("%s is no regular file, which is all that is opened", path);
	fd = open(path, flags | O_CLOEXEC, 0644);
	if (fd < 0)
		fail("%s", path);
	return fd;
}

void must_fail(long result, const char *what)
{
	if (result >= 0)
		fail_plainly("%s was not refused", what);
}

long number(const char *text)
{
	char *end;
	long value = strtol(text, &end, 0);

	if (end == text || *end)
		fail_plainly("%s is no number", text);
	return value;
}

void go_on_as(const char *path)
{
	char script[16], output[16], next[16];
	char *argv[] = { (char *)path, "go-on", script, output, next, NULL };

	snprintf(script, sizeof(script), "%d", whole->fd);
	snprintf(output, sizeof(output), "%d", report_fd());
	snprintf(next, sizeof(next), "%d", current + 1);
	fcntl(whole->fd, F_SETFD, 0);
	fcntl(report_fd(), F_SETFD, 0);
	execv(path, argv);
	fail("%s", path);
}

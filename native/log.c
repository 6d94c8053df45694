/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libbpf has to say about a failure.
 *
 * libbpf prints to one callback for the whole process, while several workers may use the addon at
 * once, so each thread collects into a buffer of its own. The buffer keeps the end of the text, not
 * its start: a verifier log can have megabytes and its reason stands in the last lines.
 */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#define LOG_BYTES (64 * 1024)

static _Thread_local char text[LOG_BYTES];
static _Thread_local size_t used;

static void append(const char *message, size_t length)
{
	const size_t room = LOG_BYTES - 1;

	if (length > room) {
		message += length - room;
		length = room;
	}
	if (used + length > room) {
		size_t excess = used + length - room;

		memmove(text, text + excess, used - excess);
		used -= excess;
	}
	memcpy(text + used, message, length);
	used += length;
	text[used] = '\0';
}

static int collect(enum libbpf_print_level level, const char *format, va_list arguments)
{
	char *message;
	int length;

	if (level == LIBBPF_DEBUG)
		return 0;

	length = vasprintf(&message, format, arguments);
	if (length < 0)
		return 0;
	append(message, (size_t)length);
	free(message);
	return length;
}

void log_install(void)
{
	libbpf_set_print(collect);
}

void log_reset(void)
{
	used = 0;
	text[0] = '\0';
}

const char *log_tail(unsigned int lines)
{
	size_t start = used;

	while (used > 0 && start > 0) {
		/* The newline that ends the last line opens no further one. */
		if (text[start - 1] == '\n' && start != used && lines-- <= 1)
			break;
		start--;
	}
	return text + start;
}

bool log_program(char *name, size_t size)
{
	static const char mark[] = "prog '";
	const char *last = NULL;
	const char *next = text;
	size_t length;

	if (!used)
		return false;
	while ((next = strstr(next, mark))) {
		next += sizeof(mark) - 1;
		last = next;
	}
	if (!last)
		return false;

	length = strcspn(last, "'\n");
	if (last[length] != '\'' || length >= size)
		return false;
	memcpy(name, last, length);
	name[length] = '\0';
	return true;
}

// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* A script: one deed a line, its words parted by tabs; in words `\t`, `\n` and `\\` stand for tab, line end and backslash. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "act.h"

static void *grow(void *old, size_t size)
{
	void *memory = realloc(old, size);

	if (!memory)
		abort();
	return memory;
}

/* In place: the result is never longer. */
static char *unescape(char *word)
{
	char *to = word;

	for (char *from = word; *from; from++) {
		if (*from != '\\' || !from[1])
			*to++ = *from;
		else if (*++from == 't')
			*to++ = '\t';
		else
			*to++ = *from == 'n' ? '\n' : *from;
	}
	*to = '\0';
	return word;
}

static char **split(char *line)
{
	char **words = NULL, *word;
	size_t count = 0;

	do {
		word = strsep(&line, "\t");
		words = grow(words, (count + 2) * sizeof(*words));
		words[count++] = unescape(word);
	} while (line);
	words[count] = NULL;
	return words;
}

/* From its beginning, where the file has one; the script's text stays in a file in memory. */
struct script read_script(int fd)
{
	struct script script = { .fd = memfd_create("act", MFD_CLOEXEC) };
	char *text = NULL, *line;
	size_t size = 0;
	ssize_t got;

	lseek(fd, 0, SEEK_SET);
	do {
		text = grow(text, size + 4097);
		got = read(fd, text + size, 4096);
		size += got > 0 ? got : 0;
	} while (got > 0 && size <= SCRIPT_LIMIT);
	script.size = size;
	text[size] = '\0';
	if (script.fd < 0 || write(script.fd, text, size) != (ssize_t)size)
		abort();
	while ((line = strsep(&text, "\n")) != NULL) {
		if (!*line)
			continue;
		script.deeds = grow(script.deeds, (script.count + 1) * sizeof(*script.deeds));
		script.deeds[script.count++] = split(line);
	}
	return script;
}

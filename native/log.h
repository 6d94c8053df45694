/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_LOG_H
#define TRIGON_LOG_H

#include <stdbool.h>
#include <stddef.h>

/* Collects libbpf's messages per thread instead of on stderr, where they would tear the screen. */
void log_install(void);

/* Forgets what this thread's libbpf calls said so far; called before each operation that may fail. */
void log_reset(void);

/*
 * The last `lines` lines libbpf printed in this thread, "" when it said nothing. Valid until the
 * next libbpf call.
 */
const char *log_tail(unsigned int lines);

/* Copies the name of the program the log mentions last; false when it mentions none. */
bool log_program(char *name, size_t size);

#endif

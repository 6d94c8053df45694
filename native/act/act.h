// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * act: does the deeds of a policy's trigger, none of which changes anything of the host, whoever wrote the script. main.c says how
 * it is told which; the deeds are in tables, one a file. A deed calls fail() when it can't be done. All it sees of the host is
 * read-only (sandbox.c): what it writes, it writes below a folder that the script made private before (private.c).
 */
#ifndef TRIGON_ACT_H
#define TRIGON_ACT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct deed {
	const char *name;
	/* How many arguments it takes, from least to most. */
	int least, most;
	/* argv holds the arguments, NULL behind them. */
	void (*run)(char **argv);
	/* For people: `FILE [TEXT]`, and what it does. */
	const char *arguments, *help;
};

/* Where and as whom the deeds behind are done. When one fails, those are left undone. */
extern const struct deed setting_deeds[];
extern const size_t setting_deed_count;
extern const struct deed file_deeds[];
extern const size_t file_deed_count;
extern const struct deed exec_deeds[];
extern const size_t exec_deed_count;
extern const struct deed identity_deeds[];
extern const size_t identity_deed_count;
extern const struct deed network_deeds[];
extern const size_t network_deed_count;
extern const struct deed kernel_deeds[];
extern const size_t kernel_deed_count;
extern const struct deed bpf_deeds[];
extern const size_t bpf_deed_count;
extern const struct deed namespace_deeds[];
extern const size_t namespace_deed_count;
extern const struct deed process_deeds[];
extern const size_t process_deed_count;
extern const struct deed lab_deeds[];
extern const size_t lab_deed_count;

#define DEED_COUNT(deeds) (sizeof(deeds) / sizeof((deeds)[0]))

/* Ends the deed: reports the text, and errno's behind it; failed_plainly() without it. Memory and open files are left as they
 * are: the process is short-lived. In a process of fork_part() they end the process. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void fail_plainly(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* fork() for what a deed does in a process of its own, which must end with _exit() or an exec. It doesn't outlive its parent. */
pid_t fork_part(void);
/* Waits for it; whether it ended with code 0. */
bool part_succeeded(pid_t part);

/* Closed on exec; fails with the path. Regular files only: a pipe or a device would be the host's. Files that are created can be
 * read by all. */
int open_file(const char *path, int flags);
/* Closed on exec. */
int open_socket(int family, int type, int protocol);
/* Fails unless the file is a copy of this program: no other is ever run. */
void check_is_copy(const char *path);

/* For what the kernel must refuse: had it agreed, the deed would not be harmless. `what` was asked for. */
void must_fail(long result, const char *what);

/* A whole number, or the deed fails. */
long number(const char *text);

/* main.c, run.c, report.c, script.c, sandbox.c, private.c, settings.c among each other. */

/* Seconds after which a run is ended. */
#define TIME_LIMIT 10
/* What a script may be: no more deeds, and no more bytes of text. */
#define DEED_LIMIT 200
#define SCRIPT_LIMIT (64 * 1024)
/* Of each file system in memory. */
#define MEMORY_LIMIT "64m"

enum exit_code { ALL_DONE, SOMETHING_FAILED, BAD_SCRIPT, NO_SANDBOX, TIMED_OUT };

/* The words of each line, NULL behind them, of the whole script. */
struct script {
	char ***deeds;
	int count;
	/* Of its text: no more than a little over SCRIPT_LIMIT is read. */
	size_t size;
	/* Holds the text, for the program that `as` goes on with. */
	int fd;
};

struct script read_script(int fd);
/* Reports what is wrong with it. */
bool is_valid(const struct script *script);
/* Does the script that standard input holds, in a sandbox. */
enum exit_code run_script(void);
const struct deed *find_deed(const char *name);
bool is_setting(const struct deed *deed);

/* Keeps standard output for the report and gives the deeds another: nowhere. */
void open_report(void);
void take_report(int fd);
int report_fd(void);
/* One line: the words, parted by tabs; what they hold of tabs, line ends and backslashes is escaped. */
void report(const char *what, long number, const char *text);

/* Does the deeds from one on, to the end of the script; returns ALL_DONE or SOMETHING_FAILED. */
enum exit_code do_deeds(const struct script *script, int first);
/* Makes the descriptor's file a copy of this program. */
void copy_program(int to);
/* Goes on as the program at a path, with the deed after the one that is being done. */
_Noreturn void go_on_as(const char *path);

/* Nothing of who started this program goes to the deeds: open files, mask of modes. To be called first. */
void forget_starter(void);
/* Own namespaces, for this process and its children, of which the next is the first in its pid namespace: enter_sandbox() is for
 * that one. Both return whether it worked, or say on standard error why not. */
bool make_sandbox(void);
bool enter_sandbox(void);
/* An empty file system in memory over a folder. */
void make_private(const char *folder);
/* The calling process ends when its parent does, and after the time limit. */
void end_with_parent(void);

#endif

// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * act: does the deeds of a policy's trigger, none of which changes anything of the host. main.c says how it is told which; the
 * deeds are in tables, one a file. A deed calls fail() when it can't be done. All it sees of the host is read-only: what it writes,
 * it writes below a folder that the script made private before.
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

/* Closed on exec; fails with the path. Files that are created can be read by all. */
int open_file(const char *path, int flags);

/* For what the kernel must refuse: had it agreed, the deed would not be harmless. `what` was asked for. */
void must_fail(long result, const char *what);

/* A whole number, or the deed fails. */
long number(const char *text);

/* main.c, report.c, script.c, sandbox.c, settings.c among each other. */

/* Seconds after which a run is ended. */
#define TIME_LIMIT 10

enum exit_code { ALL_DONE, SOMETHING_FAILED, BAD_SCRIPT, NO_SANDBOX, TIMED_OUT };

/* The words of each line, NULL behind them, of the whole script. */
struct script {
	char ***deeds;
	int count;
	/* Holds the text, for the program that `as` goes on with. */
	int fd;
};

struct script read_script(int fd);
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
/* Goes on as the program at a path, with the deed after the one that is being done. */
_Noreturn void go_on_as(const char *path);

/* Own namespaces; returns whether that worked, or says on standard error why not. */
bool make_sandbox(void);
/* An empty file system in memory over a folder. */
void make_private(const char *folder);
/* The calling process ends when its parent does, and after the time limit. */
void end_with_parent(void);
/* Ends all processes below this one, and waits for them. */
void end_all_below(void);

#endif

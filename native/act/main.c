// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * act list: the deeds, one a line: name, arguments, help, parted by tabs; settings first.
 * act run: reads a script (script.c) from standard input and does its deeds, one after the other, in a sandbox (sandbox.c): its
 * first child is the first process there, the second one does the deeds. `private` at the beginning of a script is done by the
 * former. Tells on standard output, a line each, words parted by tabs: `begun PID`, as the sandbox counts, `failed DEED TEXT` (deeds are counted
 * from 0), `invalid DEED TEXT` of a bad script, of which nothing is done, `ended SIGNAL NAME`, `timeout SECONDS`. Its exit code is
 * one of enum exit_code.
 * act go-on FD FD DEED: from itself, for `as`.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "act.h"

static const struct {
	const struct deed *deeds;
	const size_t *count;
} tables[] = {
	{ setting_deeds, &setting_deed_count }, { file_deeds, &file_deed_count },     { exec_deeds, &exec_deed_count },
	{ network_deeds, &network_deed_count }, { kernel_deeds, &kernel_deed_count },
	{ bpf_deeds, &bpf_deed_count },
	{ namespace_deeds, &namespace_deed_count },
	{ process_deeds, &process_deed_count },
	{ identity_deeds, &identity_deed_count },
	{ lab_deeds, &lab_deed_count },
};

const struct deed *find_deed(const char *name)
{
	for (size_t i = 0; i < DEED_COUNT(tables); i++)
		for (size_t j = 0; j < *tables[i].count; j++)
			if (!strcmp(tables[i].deeds[j].name, name))
				return &tables[i].deeds[j];
	return NULL;
}

bool is_setting(const struct deed *deed)
{
	return deed >= setting_deeds && deed < setting_deeds + setting_deed_count;
}

static int list_deeds(void)
{
	for (size_t i = 0; i < DEED_COUNT(tables); i++)
		for (size_t j = 0; j < *tables[i].count; j++)
			printf("%s\t%s\t%s\n", tables[i].deeds[j].name, tables[i].deeds[j].arguments, tables[i].deeds[j].help);
	return ALL_DONE;
}

static bool is_valid(const struct script *script)
{
	bool valid = true;

	if (script->size > SCRIPT_LIMIT || script->count > DEED_LIMIT) {
		char text[128];

		snprintf(text, sizeof(text), "a script has %d deeds and %d bytes at the most", DEED_LIMIT, SCRIPT_LIMIT);
		report("invalid", 0, text);
		return false;
	}
	for (int i = 0; i < script->count; i++) {
		const struct deed *deed = find_deed(script->deeds[i][0]);
		int arguments = -1;
		char text[256];

		for (char **word = script->deeds[i]; *word; word++)
			arguments++;
		if (deed && arguments >= deed->least && arguments <= deed->most)
			continue;
		if (deed)
			snprintf(text, sizeof(text), "it is: %s %s", deed->name, deed->arguments);
		else
			snprintf(text, sizeof(text), "there is no such deed: %s", script->deeds[i][0]);
		report("invalid", i, text);
		valid = false;
	}
	return valid;
}

/* The deeds that the first process does, of which events are not the script's: a policy about mounts is not to see them. */
static int leading_settings(const struct script *script)
{
	int count = 0;

	while (count < script->count && !strcmp(script->deeds[count][0], "private"))
		count++;
	return count;
}

static struct timespec until(const struct timespec *end)
{
	struct timespec now, left;

	clock_gettime(CLOCK_MONOTONIC, &now);
	left = (struct timespec){ .tv_sec = end->tv_sec - now.tv_sec, .tv_nsec = end->tv_nsec - now.tv_nsec };
	if (left.tv_nsec < 0) {
		left.tv_sec--;
		left.tv_nsec += 1000000000;
	}
	return left.tv_sec < 0 ? (struct timespec){ 0 } : left;
}

static enum exit_code result_of(int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	if (WTERMSIG(status) == SIGALRM)
		return TIMED_OUT;
	report("ended", WTERMSIG(status), strsignal(WTERMSIG(status)));
	return SOMETHING_FAILED;
}

/* Waits for the child, but not for longer than a run may take. SIGCHLD must be blocked. */
static enum exit_code wait_for(pid_t child)
{
	struct timespec end;
	sigset_t ended;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += TIME_LIMIT;
	sigemptyset(&ended);
	sigaddset(&ended, SIGCHLD);
	for (;;) {
		int status;
		pid_t done = waitpid(child, &status, WNOHANG);
		struct timespec left = until(&end);

		if (done == child)
			return result_of(status);
		if (sigtimedwait(&ended, NULL, &left) < 0 && errno == EAGAIN)
			return TIMED_OUT;
	}
}

/* The first process of the sandbox, with which all others there end. Tells by the pipe that it has made what they need. */
static enum exit_code be_first(const struct script *script, int ready)
{
	struct script before = *script;

	/* Who lost their parent are this process's children: they are gone as they end. */
	signal(SIGCHLD, SIG_IGN);
	before.count = leading_settings(script);
	if (!enter_sandbox())
		return NO_SANDBOX;
	if (do_deeds(&before, 0) != ALL_DONE)
		return SOMETHING_FAILED;
	/* Nobody reads when the parent had ended before this process asked to end with it. */
	if (write(ready, "", 1) != 1)
		return NO_SANDBOX;
	close(ready);
	for (;;)
		pause();
}

/* Returns whether the sandbox is ready; if not, `first` has ended, or is about to. */
static bool start_first(const struct script *script, pid_t *first)
{
	int ready[2];
	char byte;
	bool is_ready;

	if (pipe2(ready, O_CLOEXEC) || (*first = fork()) < 0) {
		perror("act: fork");
		return false;
	}
	if (*first == 0)
		_exit(be_first(script, ready[1]));
	close(ready[1]);
	is_ready = read(ready[0], &byte, 1) == 1;
	close(ready[0]);
	return is_ready;
}

static enum exit_code run_child(const struct script *script)
{
	enum exit_code result;
	sigset_t ended;
	pid_t child;

	sigemptyset(&ended);
	sigaddset(&ended, SIGCHLD);
	sigprocmask(SIG_BLOCK, &ended, NULL);
	child = fork();
	if (child < 0) {
		perror("act: fork");
		return NO_SANDBOX;
	}
	if (child == 0) {
		sigprocmask(SIG_UNBLOCK, &ended, NULL);
		end_with_parent();
		/* What it says is nobody's, and its standard files are no pipes or sockets. */
		dup2(STDOUT_FILENO, STDERR_FILENO);
		report("begun", getpid(), "");
		_exit(do_deeds(script, leading_settings(script)));
	}
	result = wait_for(child);
	if (result == TIMED_OUT)
		report("timeout", TIME_LIMIT, "");
	return result;
}

static enum exit_code run_script(void)
{
	struct script script;
	enum exit_code result;
	pid_t first = -1;
	int status;

	forget_starter();
	script = read_script(STDIN_FILENO);
	open_report();
	if (!is_valid(&script))
		return BAD_SCRIPT;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* A session of its own: no deed reaches the terminal, no signal of the terminal reaches a deed. */
	setsid();
	if (!make_sandbox())
		return NO_SANDBOX;
	if (!start_first(&script, &first))
		return first > 0 && waitpid(first, &status, 0) == first ? result_of(status) : NO_SANDBOX;
	result = run_child(&script);
	/* The kernel ends all that are left in its pid namespace, and lets it go when they are waited for: this process's child too. */
	kill(first, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	return result;
}

static enum exit_code go_on(char **argv)
{
	struct script script = read_script(atoi(argv[0]));

	close(atoi(argv[0]));
	take_report(atoi(argv[1]));
	return do_deeds(&script, atoi(argv[2]));
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "list"))
		return list_deeds();
	if (argc == 2 && !strcmp(argv[1], "run"))
		return run_script();
	if (argc == 5 && !strcmp(argv[1], "go-on"))
		return go_on(argv + 2);
	fputs("act list: tells what deeds there are\nact run: does those that standard input tells, one a line\n", stderr);
	return BAD_SCRIPT;
}

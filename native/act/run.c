// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* A run of a script: the process that was started, and its two children, the first process of the sandbox and that of the deeds. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "act.h"

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

enum exit_code run_script(void)
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

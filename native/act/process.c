// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Deeds of a process upon others: always a child of its own. */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act.h"

/* A child that sleeps until end_victim(). */
struct victim {
	pid_t pid;
	int leash;
};

/* The same in the child as here. */
static char byte = 'a';

static struct victim make_victim(void)
{
	int ends[2];
	struct victim victim;

	if (pipe2(ends, O_CLOEXEC))
		fail("pipe");
	victim.pid = fork_part();
	if (victim.pid == 0) {
		close(ends[1]);
		while (read(ends[0], &byte, 1) < 0 && errno == EINTR)
			;
		_exit(0);
	}
	close(ends[0]);
	victim.leash = ends[1];
	return victim;
}

/* Ends by itself when its pipe is closed: no signal, which would be a deed too. */
static void end_victim(struct victim victim)
{
	close(victim.leash);
	waitpid(victim.pid, NULL, 0);
}

static void trace(char **argv)
{
	struct victim victim = make_victim();
	long request = number(argv[0]);

	ptrace(request, victim.pid, NULL, NULL);
	if (request == PTRACE_ATTACH) {
		waitpid(victim.pid, NULL, 0);
		ptrace(PTRACE_DETACH, victim.pid, NULL, NULL);
	}
	end_victim(victim);
}

static void ask_to_be_traced(char **argv)
{
	pid_t part = fork_part();

	(void)argv;
	if (part == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		_exit(0);
	}
	part_succeeded(part);
}

typedef ssize_t (*transfer)(pid_t, const struct iovec *, unsigned long, const struct iovec *, unsigned long, unsigned long);

static void reach_into(transfer by, const char *what)
{
	struct victim victim = make_victim();
	char mine = 'b';
	struct iovec here = { &mine, 1 }, there = { &byte, 1 };

	if (by(victim.pid, &here, 1, &there, 1, 0) != 1)
		fail("%s", what);
	end_victim(victim);
}

static void write_process(char **argv)
{
	(void)argv;
	reach_into(process_vm_writev, "process_vm_writev");
}

static void read_process(char **argv)
{
	(void)argv;
	reach_into(process_vm_readv, "process_vm_readv");
}

static int open_process(struct victim victim)
{
	int fd = syscall(SYS_pidfd_open, victim.pid, 0);

	if (fd < 0)
		fail("pidfd_open");
	return fd;
}

static void take_descriptor(char **argv)
{
	struct victim victim = make_victim();
	int process = open_process(victim), taken = syscall(SYS_pidfd_getfd, process, 0, 0);

	(void)argv;
	if (taken >= 0)
		close(taken);
	close(process);
	end_victim(victim);
}

static void watch_process(char **argv)
{
	struct victim victim = make_victim();

	(void)argv;
	close(open_process(victim));
	end_victim(victim);
}

/* A stopped child sees the end of its pipe when it goes on. */
static void go_on(struct victim victim, long signal)
{
	if (signal == SIGSTOP)
		kill(victim.pid, SIGCONT);
	end_victim(victim);
}

static void signal_process(char **argv)
{
	struct victim victim = make_victim();
	long signal = number(argv[0]);

	if (kill(victim.pid, signal))
		fail("kill");
	go_on(victim, signal);
}

static void signal_thread(char **argv)
{
	struct victim victim = make_victim();
	long signal = number(argv[0]);

	if (syscall(SYS_tkill, victim.pid, signal) || syscall(SYS_tgkill, victim.pid, victim.pid, signal))
		fail("tkill and tgkill");
	go_on(victim, signal);
}

static void signal_by_descriptor(char **argv)
{
	struct victim victim = make_victim();
	long signal = number(argv[0]);
	int process = open_process(victim);

	if (syscall(SYS_pidfd_send_signal, process, signal, NULL, 0))
		fail("pidfd_send_signal");
	close(process);
	go_on(victim, signal);
}

/* To the process and to its thread. */
static void signal_with_value(char **argv)
{
	struct victim victim = make_victim();
	long signal = number(argv[0]);
	siginfo_t information = { .si_signo = signal, .si_code = SI_QUEUE };

	if (syscall(SYS_rt_sigqueueinfo, victim.pid, signal, &information) ||
	    syscall(SYS_rt_tgsigqueueinfo, victim.pid, victim.pid, signal, &information))
		fail("rt_sigqueueinfo and rt_tgsigqueueinfo");
	go_on(victim, signal);
}

/* Of addresses and values that mean nothing, so that what can't be taken back is refused. */
static void control_process(char **argv)
{
	prctl(number(argv[0]), -1L, -1L, -1L, -1L);
}

static void name_thread(char **argv)
{
	if (prctl(PR_SET_NAME, argv[0]))
		fail("PR_SET_NAME");
}

static void set_personality(char **argv)
{
	personality(number(argv[0]));
}

/* Without a filter, so that it is refused. */
static void set_filter(char **argv)
{
	must_fail(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, number(argv[0]), NULL), "seccomp without a filter");
}

/* To a terminal of its own, without a value. */
static void ask_terminal(char **argv)
{
	unsigned int request = number(argv[0]);
	int master, terminal;

	/* It needs no value: what the host's console is told would go to this terminal. */
	if (request == TIOCCONS)
		fail_plainly("TIOCCONS is not harmless");
	if (openpty(&master, &terminal, NULL, NULL, NULL))
		fail("openpty");
	syscall(SYS_ioctl, terminal, request, NULL);
	close(terminal);
	close(master);
}

const struct deed process_deeds[] = {
	{ "trace", 1, 1, trace, "REQUEST", "make a request of ptrace(2), by number, about a child" },
	{ "trace-me", 0, 0, ask_to_be_traced, "", "a child asks to be traced" },
	{ "write-process", 0, 0, write_process, "", "change a byte of a child's memory" },
	{ "read-process", 0, 0, read_process, "", "read a byte of a child's memory" },
	{ "take-descriptor", 0, 0, take_descriptor, "", "take an open file from a child" },
	{ "watch-process", 0, 0, watch_process, "", "open a descriptor of a child, as one that waits for it" },
	{ "signal", 1, 1, signal_process, "NUMBER", "send a child a signal" },
	{ "signal-thread", 1, 1, signal_thread, "NUMBER", "send a child's thread a signal, in two ways" },
	{ "signal-by-descriptor", 1, 1, signal_by_descriptor, "NUMBER", "send a child a signal by a descriptor of it" },
	{ "signal-with-value", 1, 1, signal_with_value, "NUMBER", "send a child a signal with a value, in two ways" },
	{ "process-control", 1, 1, control_process, "OPTION", "call prctl(2) with values that mean nothing" },
	{ "name-thread", 1, 1, name_thread, "NAME", "give the thread a name" },
	{ "personality", 1, 1, set_personality, "NUMBER", "set the process's personality" },
	{ "system-call-filter", 1, 1, set_filter, "FLAGS", "ask for a filter of system calls, and give none" },
	{ "terminal-request", 1, 1, ask_terminal, "REQUEST", "make a request to a terminal of its own, without a value" },
};
const size_t process_deed_count = DEED_COUNT(process_deeds);

/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The load of the soak, in a folder of the soak's own.
 *
 *   load mix SEED PER_SECOND FOLDER            mixed deeds until standard input ends
 *   load fill PER_SECOND EXECS BINARIES FOLDER so many short processes and so many programs with paths of their own, or until standard
 *                                              input ends
 *
 * The processes are of the program `brief` in that folder: see actor.c. Prints what it has done as JSON. Nothing of it survives it: whoever
 * it forks dies with it, and of an alarm if that should fail.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

#define TICKS_PER_SECOND 100
#define LINGERERS 24
#define FILES 4000
/* Seconds' worth of deeds that are made up for after a moment without processor. */
#define MOST_OWED 0.1
#define DEPTH 48
#define BURST 200
/* Of one process at a time, the burst's among them. */
#define MOST_RUNNING 256

extern char **environ;

/* What was done. `execs` are those of the program `brief`, by that path, which all have ended at the end. */
static struct {
	unsigned long execs, own_paths, forks, files, connects, struck;
} done;

static char brief[512], folder[400];
static int running;
static pid_t lingerers[LINGERERS];
/* Of the connections. */
static int listener;
static struct sockaddr_in listening;

static uint32_t state;

static uint32_t below(uint32_t limit)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % limit;
}

static int forget_lingerer(pid_t pid)
{
	for (int i = 0; i < LINGERERS; i++)
		if (lingerers[i] == pid) {
			lingerers[i] = 0;
			return 1;
		}
	return 0;
}

/* Only lingerers die of a signal, and only of ours. */
static void reap(int options)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, options)) > 0) {
		int lingered = forget_lingerer(pid);

		running--;
		if (WIFSIGNALED(status) && !(lingered && WTERMSIG(status) == SIGTERM))
			done.struck++;
	}
}

static pid_t start(const char *path, char *const args[])
{
	pid_t pid;

	while (running >= MOST_RUNNING) {
		reap(WNOHANG);
		if (running >= MOST_RUNNING)
			usleep(1000);
	}
	errno = posix_spawn(&pid, path, NULL, NULL, args, environ);
	if (errno)
		err(1, "%s", path);
	running++;
	return pid;
}

static void run_brief(unsigned long number)
{
	char code[8], turn[16];
	char *args[] = { brief, code, turn, NULL };

	snprintf(code, sizeof(code), "%u", below(4) ? 0 : below(256));
	snprintf(turn, sizeof(turn), "%lu", number);
	start(brief, args);
	done.execs++;
}

/* What terminals, shells and logs take for something else, and bytes that are no UTF-8. */
static char *const hostile[] = {
	"\033[2J\033[31m", "\033]0;title\007", "line\nbreak", "\r\rback", "\xff\xfe\xed\xa0\x80", "\xe2\x80\xae" "desrever",
	"'; rm -rf / #", "$(reboot)", "%s%n%p", "\x9b" "31m", "", "  ", "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb", "\"quoted\\",
};
#define HOSTILE (sizeof(hostile) / sizeof(*hostile))

static void run_hostile(void)
{
	char *args[] = { hostile[below(HOSTILE)], "0", hostile[below(HOSTILE)], hostile[below(HOSTILE)], NULL };

	start(brief, args);
	done.execs++;
}

/* Some 100 KiB of arguments. */
static void run_big(void)
{
	static char text[1000];
	char *args[103] = { brief, "0" };

	memset(text, 'a' + below(26), sizeof(text) - 1);
	for (int i = 2; i < 102; i++)
		args[i] = text;
	start(brief, args);
	done.execs++;
}

/* A program with a path that no other has: `number` tells them apart. */
static void run_own_path(unsigned long number)
{
	char path[1024];
	char *args[] = { path, "0", NULL };
	const char *suffix = hostile[below(HOSTILE)];
	int status;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/names/%lu%s", folder, number, strchr(suffix, '/') ? "" : suffix);
	if (link(brief, path))
		err(1, "%s", path);
	pid = start(path, args);
	if (waitpid(pid, &status, 0) != pid)
		err(1, "waitpid");
	running--;
	if (WIFSIGNALED(status))
		done.struck++;
	unlink(path);
	done.own_paths++;
}

/* Numbers that `mix` does not use. */
static void run_filling_path(unsigned long number)
{
	run_own_path(1000000000 + number);
}

static void linger(void)
{
	char *args[] = { "linger", NULL };
	int slot = below(LINGERERS);

	if (lingerers[slot]) {
		kill(lingerers[slot], SIGTERM);
		return;
	}
	lingerers[slot] = start(brief, args);
	done.execs++;
}

/* A chain of processes, each the parent of the next; `width` more below each. */
static void descend(int depth, int width)
{
	for (int i = 0; i < width; i++)
		if (!fork()) {
			be_mortal();
			_exit(0);
		}
	if (depth > 0 && !fork()) {
		be_mortal();
		descend(depth - 1, width);
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
}

static void grow_tree(void)
{
	int depth = below(DEPTH), width = below(3);
	pid_t pid = fork();

	if (pid < 0)
		return;
	if (!pid) {
		be_mortal();
		descend(depth, width);
		_exit(0);
	}
	running++;
	done.forks += 1 + depth + (depth + 1) * width;
}

static void use_file(unsigned long number)
{
	char path[512], data[512];
	int fd;

	snprintf(path, sizeof(path), "%s/data/%lu", folder, number);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		err(1, "%s", path);
	memset(data, 'x', sizeof(data));
	if (write(fd, data, sizeof(data)) != sizeof(data) || pread(fd, data, sizeof(data), 0) != sizeof(data))
		err(1, "%s", path);
	close(fd);
	done.files++;
}

static int listen_on_loopback(struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t length = sizeof(*address);

	*address = loopback(0);
	if (fd < 0 || bind(fd, (void *)address, length) || listen(fd, 16) || getsockname(fd, (void *)address, &length))
		err(1, "a port of the loopback");
	return fd;
}

/* Closed by a reset: else some 30,000 connections would wait for their end, and no port be left. */
static void connect_once(void)
{
	struct linger at_once = { .l_onoff = 1 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), peer;

	if (fd < 0 || connect(fd, (const void *)&listening, sizeof(listening)))
		err(1, "connect");
	peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
	close(peer);
	done.connects++;
}

static void do_something(unsigned long number)
{
	uint32_t dice = below(1000);

	if (dice < 640)
		run_brief(number);
	else if (dice < 690)
		run_hostile();
	else if (dice < 695)
		run_big();
	else if (dice < 725)
		run_own_path(done.own_paths);
	else if (dice < 855)
		use_file(below(FILES));
	else if (dice < 955)
		connect_once();
	else if (dice < 995)
		linger();
	else if (dice < 999)
		grow_tree();
	else
		for (int i = 0; i < BURST; i++)
			run_brief(number);
}

static void end_all(void)
{
	for (int i = 0; i < LINGERERS; i++)
		if (lingerers[i])
			kill(lingerers[i], SIGTERM);
	reap(0);
	printf("{\"execs\":%lu,\"ownPaths\":%lu,\"forks\":%lu,\"files\":%lu,\"connects\":%lu,\"struck\":%lu}\n", done.execs,
	       done.own_paths, done.forks, done.files, done.connects, done.struck);
}

/* Whether standard input ends within the time. */
static int is_over(int milliseconds)
{
	struct pollfd input = { .fd = 0, .events = POLLIN };
	char ignored[64];

	return poll(&input, 1, milliseconds) > 0 && read(0, ignored, sizeof(ignored)) <= 0;
}

/* Does a deed so many times, at an even rate; a machine that is too busy for that is not made busier afterwards. Ends with standard input. */
static void at_rate(unsigned per_second, unsigned long count, void (*deed)(unsigned long number))
{
	struct timespec before, now;
	double owed = 0;

	clock_gettime(CLOCK_MONOTONIC, &before);
	for (unsigned long number = 0; number < count && !is_over(1000 / TICKS_PER_SECOND);) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		owed += per_second * ((now.tv_sec - before.tv_sec) + (now.tv_nsec - before.tv_nsec) / 1e9);
		before = now;
		if (owed > MOST_OWED * per_second)
			owed = MOST_OWED * per_second;
		for (; owed >= 1 && number < count; owed--)
			deed(number++);
		reap(WNOHANG);
	}
}

static void mix(unsigned per_second)
{
	listener = listen_on_loopback(&listening);
	at_rate(per_second, ULONG_MAX, do_something);
}

static unsigned long filling_distance;

/* Programs with paths of their own between the others: each is hashed, which has its pace. */
static void run_filling_program(unsigned long number)
{
	if (number % filling_distance)
		run_brief(number);
	else
		run_filling_path(number / filling_distance);
}

static void fill(unsigned per_second, unsigned long execs, unsigned long binaries)
{
	filling_distance = (execs + binaries) / binaries;
	at_rate(per_second, FILES, use_file);
	at_rate(per_second, filling_distance * binaries, run_filling_program);
}

static void go_to(const char *where)
{
	snprintf(folder, sizeof(folder), "%s", where);
	snprintf(brief, sizeof(brief), "%s/brief", where);
}

int main(int count, char **args)
{
	const char *first = count > 1 ? args[1] : "";

	if (count == 5 && !strcmp(first, "mix")) {
		state = strtoul(args[2], NULL, 10) * 2654435761u | 1;
		go_to(args[4]);
		mix(atoi(args[3]));
		end_all();
		return 0;
	}
	if (count == 6 && !strcmp(first, "fill")) {
		state = 1;
		go_to(args[5]);
		fill(atoi(args[2]), strtoul(args[3], NULL, 10), strtoul(args[4], NULL, 10));
		end_all();
		return 0;
	}
	errx(2, "load mix SEED PER_SECOND FOLDER | load fill PER_SECOND EXECS BINARIES FOLDER");
}

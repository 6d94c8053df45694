// SPDX-License-Identifier: Apache-2.0
/*
 * Does one deed, most with one system call, and prints what that returned and its errno: `0 0`, `-1 13`. Linked statically, so that
 * nothing happens before that a policy would take for the deed.
 *
 *   victim DEED [ARGUMENT...]
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

/* A child that does nothing until it is killed, or we end. */
static pid_t idle_child(void)
{
	int ends[2];
	char byte;
	pid_t pid;

	if (pipe(ends))
		return -1;
	pid = fork();
	if (pid == 0) {
		close(ends[1]);
		while (read(ends[0], &byte, 1) > 0)
			;
		_exit(7);
	}
	close(ends[0]);
	return pid;
}

/* Of an address and a port. */
static struct sockaddr_in address_of(char **words)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((unsigned short)atoi(words[1])),
	};

	inet_pton(AF_INET, words[0], &address.sin_addr);
	return address;
}

static long open_to(char **words, int flags)
{
	return syscall(SYS_openat, AT_FDCWD, words[0], flags, 0644);
}

static long do_open(char **words)
{
	return open_to(words, O_RDONLY);
}

static long do_create(char **words)
{
	return open_to(words, O_CREAT | O_WRONLY | O_EXCL);
}

static long do_read(char **words)
{
	char bytes[64];
	int fd = (int)open_to(words, O_RDONLY);
	long length = read(fd, bytes, sizeof(bytes));
	int error = errno;

	if (length > 0)
		printf("read %.*s\n", (int)length, bytes);
	errno = error;
	return length;
}

static long do_write(char **words)
{
	return write((int)open_to(words, O_WRONLY | O_APPEND), words[1], strlen(words[1]));
}

static long do_truncate(char **words)
{
	return syscall(SYS_truncate, words[0], 1);
}

static long do_map(char **words)
{
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, (int)open_to(words, O_RDWR), 0);

	return memory == MAP_FAILED ? -1 : 0;
}

static long do_unlink(char **words)
{
	return syscall(SYS_unlink, words[0]);
}

static long do_rename(char **words)
{
	return syscall(SYS_rename, words[0], words[1]);
}

static long do_link(char **words)
{
	return syscall(SYS_link, words[0], words[1]);
}

static long do_linkat(char **words)
{
	return syscall(SYS_linkat, AT_FDCWD, words[0], AT_FDCWD, words[1], 0);
}

static long do_symlink(char **words)
{
	return syscall(SYS_symlink, words[0], words[1]);
}

static long do_symlinkat(char **words)
{
	return syscall(SYS_symlinkat, words[0], AT_FDCWD, words[1]);
}

static long do_mkdir(char **words)
{
	return syscall(SYS_mkdir, words[0], 0755);
}

static long do_chmod(char **words)
{
	return syscall(SYS_chmod, words[0], 0600);
}

static long do_mount(char **words)
{
	return mount("trigon-test", words[0], "tmpfs", 0, "");
}

/* Whether the tracer was accepted shows in the child's state: it stops. */
static long do_ptrace(char **words)
{
	pid_t child = idle_child();
	long result = ptrace(PTRACE_SEIZE, child, 0, 0);
	int error = errno;
	char path[64], line[256];
	FILE *status;

	(void)words;
	snprintf(path, sizeof(path), "/proc/%d/status", child);
	status = fopen(path, "r");
	while (status && fgets(line, sizeof(line), status))
		if (!strncmp(line, "TracerPid:", 10))
			printf("tracer %s\n", atoi(line + 10) == getpid() ? "yes" : "no");
	errno = error;
	return result;
}

static long do_kill(char **words)
{
	pid_t child = idle_child();
	long result = kill(child, SIGTERM);
	int error = errno;
	int status = 0;

	(void)words;
	/* A signal that was sent is there already: this one can't overtake it. */
	if (result == 0)
		waitpid(child, &status, 0);
	else
		waitpid(child, &status, WNOHANG);
	printf("child %s\n", WIFSIGNALED(status) ? "killed" : "alive");
	errno = error;
	return result;
}

static long do_connect(char **words)
{
	struct sockaddr_in address = address_of(words);

	return connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&address, sizeof(address));
}

static long do_bind(char **words)
{
	struct sockaddr_in address = address_of(words), own = {0};
	socklen_t length = sizeof(own);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	long result = bind(fd, (struct sockaddr *)&address, sizeof(address));
	int error = errno;

	getsockname(fd, (struct sockaddr *)&own, &length);
	printf("port %d\n", ntohs(own.sin_port));
	errno = error;
	return result;
}

static long do_datagram(char **words)
{
	struct sockaddr_in address = address_of(words);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	return sendto(fd, "x", 1, 0, (struct sockaddr *)&address, sizeof(address));
}

/* Takes a connection that a child makes. */
static long do_accept(char **words)
{
	char *any[] = {words[0], "0"};
	struct sockaddr_in address = address_of(any);
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int fd;

	if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, 1))
		return -1;
	getsockname(listener, (struct sockaddr *)&address, &length);
	if (fork() == 0)
		_exit(connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&address, length) ? 1 : 0);
	fd = accept(listener, NULL, NULL);
	wait(NULL);
	return fd < 0 ? -1 : close(fd);
}

static long do_setuid(char **words)
{
	long result = syscall(SYS_setuid, atoi(words[0]));
	int error = errno;

	printf("uid %d\n", getuid());
	errno = error;
	return result;
}

static long do_execve(char **words)
{
	char *arguments[] = {words[0], "say", words[1], NULL};

	return execve(words[0], arguments, NULL);
}

/* Runs another program and waits for it. @return its status as wait(2) has it */
static long do_spawn(char **words)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		execv(words[0], words);
		_exit(127);
	}
	waitpid(child, &status, 0);
	return status;
}

/* Opens a file when its input ends. */
static long do_open_later(char **words)
{
	char byte;

	puts("waits");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return do_open(words);
}

static long do_user_namespace(char **words)
{
	(void)words;
	return unshare(CLONE_NEWUSER);
}

static long do_enter_namespace(char **words)
{
	return setns((int)open_to(words, O_RDONLY), 0);
}

static long do_say(char **words)
{
	printf("said %s\n", words[0]);
	return 0;
}

static long do_finit_module(char **words)
{
	return syscall(SYS_finit_module, open_to(words, O_RDONLY), "", 0);
}

static long do_bpf(char **words)
{
	union bpf_attr attributes = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 4,
		.max_entries = 1,
	};

	(void)words;
	return syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof(attributes));
}

static long do_probed(char **words)
{
	return probed_sum(atoi(words[0]), 1000);
}

#define ANY (-1)

static const struct {
	const char *name;
	int words; /* how many, or ANY */
	long (*act)(char **words);
} deeds[] = {
	{"open", 1, do_open},
	{"create", 1, do_create},
	{"read", 1, do_read},
	{"write", 2, do_write},
	{"truncate", 1, do_truncate},
	{"map", 1, do_map},
	{"unlink", 1, do_unlink},
	{"rename", 2, do_rename},
	{"link", 2, do_link},
	{"linkat", 2, do_linkat},
	{"symlink", 2, do_symlink},
	{"symlinkat", 2, do_symlinkat},
	{"mkdir", 1, do_mkdir},
	{"chmod", 1, do_chmod},
	{"mount", 1, do_mount},
	{"ptrace", 0, do_ptrace},
	{"kill", 0, do_kill},
	{"connect", 2, do_connect},
	{"bind", 2, do_bind},
	{"datagram", 2, do_datagram},
	{"accept", 1, do_accept},
	{"setuid", 1, do_setuid},
	{"execve", 2, do_execve},
	{"say", 1, do_say},
	{"spawn", ANY, do_spawn},
	{"open-later", 1, do_open_later},
	{"user-namespace", 0, do_user_namespace},
	{"enter-namespace", 1, do_enter_namespace},
	{"finit-module", 1, do_finit_module},
	{"bpf", 0, do_bpf},
	{"probed", 1, do_probed},
};

int main(int count, char **words)
{
	for (unsigned long i = 0; count > 1 && i < sizeof(deeds) / sizeof(deeds[0]); i++) {
		long result;

		if (strcmp(deeds[i].name, words[1]) || (deeds[i].words != ANY && count != deeds[i].words + 2))
			continue;
		errno = 0;
		result = deeds[i].act(words + 2);
		printf("%ld %d\n", result, result < 0 ? errno : 0);
		return 0;
	}
	fprintf(stderr, "usage: victim DEED [ARGUMENT...]\n");
	return 2;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A signal for the process that was meant. Numbers of processes are used again: so the process is
 * first held by a pidfd, then what is held is compared by its start time, then signalled.
 */
#include "signal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arguments.h"
#include "error.h"

/* /proc/PID/stat: 52 numbers and a name; the kernel's own limit is a page. */
#define STAT_BYTES 4096

/* Start time, field 22 of /proc/PID/stat (proc_pid_stat(5)); 0 or -errno. */
static int read_start(uint32_t pid, uint64_t *start_ticks)
{
	char path[32], text[STAT_BYTES];
	const char *end;
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	length = read(fd, text, sizeof(text) - 1);
	if (length < 0)
		length = -errno;
	close(fd);
	if (length < 0)
		return (int)length;
	text[length] = '\0';

	/* The name may hold anything, parentheses and blanks included: it ends at the last one. */
	end = strrchr(text, ')');
	if (!end || sscanf(end + 1,
			   " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %" SCNu64,
			   start_ticks) != 1)
		return -EIO;
	return 0;
}

/*
 * Whether all threads of what the pidfd holds have ended: it is readable from then on. The state in
 * /proc is the main thread's, which may end long before the others (pthread_exit).
 */
static bool has_ended(int fd)
{
	struct pollfd held = { .fd = fd, .events = POLLIN };

	return poll(&held, 1, 0) == 1;
}

/*
 * What the pidfd holds is older than or the same as what the number stands for now, as read_start
 * reads it afterwards: with the start time that was asked for it is the same.
 */
static int send(uint32_t pid, uint64_t start_ticks, int number)
{
	uint64_t ticks;
	int error;
	const int fd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);

	if (fd < 0)
		return -errno;
	error = read_start(pid, &ticks);
	if (!error && ticks != start_ticks)
		error = -ESTALE;
	else if (!error && has_ended(fd))
		error = -ESRCH;
	if (!error && syscall(SYS_pidfd_send_signal, fd, number, NULL, 0))
		error = -errno;
	close(fd);
	return error;
}

static napi_value signal_process(napi_env env, napi_callback_info info)
{
	napi_value values[3];
	uint64_t start_ticks;
	uint32_t pid, number;
	int error;

	if (!read_arguments(env, info, 3, values) || !read_u32(env, values[0], "the process", &pid) ||
	    !read_u64(env, values[1], "the start time", &start_ticks) ||
	    !read_u32(env, values[2], "the signal", &number))
		return NULL;
	if (pid == 0 || pid > INT32_MAX || number == 0 || number > 64)
		return throw_argument(env, "no process %u or no signal %u", pid, number);
	error = send(pid, start_ticks, (int)number);
	if (error)
		return throw_failure(env, error, NULL, "send signal %u to process %u", number, pid);
	return NULL;
}

napi_status signal_define(napi_env env, napi_value exports)
{
	const napi_property_descriptor functions[] = {
		{ .utf8name = "signalProcess", .method = signal_process },
	};

	return napi_define_properties(env, exports, sizeof(functions) / sizeof(functions[0]),
				      functions);
}

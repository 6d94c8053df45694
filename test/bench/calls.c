/*
 * calls KIND SECONDS MOST [FILE]: makes one system call over and over, for SECONDS of CPU or MOST times, and prints how long one
 * took: nanoseconds of this thread's CPU, then of wall time. Each run of 200 calls is timed by itself and the median told, so that
 * an interrupt or another program on this CPU counts for nothing.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 200, MOST_BATCHES = 1 << 18 };

static char buffer[64 << 10];
static long at, size;

static double seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static void call(char kind, int fd)
{
	switch (kind) {
	case 'p':
		syscall(SYS_getppid);
		break;
	case 'g':
		syscall(SYS_getpgid, 0);
		break;
	case 's':
		syscall(SYS_getsid, 0);
		break;
	case 'l':
		syscall(SYS_getpriority, 0, 0);
		break;
	case 'u':
		syscall(SYS_umask, 022);
		break;
	case 'r':
		syscall(SYS_pread64, fd, buffer, 1, 0);
		break;
	case 'b':
		/* From end to end of a large file: a copy that stays in the CPU's cache would be no read that anybody does. */
		if (syscall(SYS_pread64, fd, buffer, sizeof(buffer), at) != sizeof(buffer))
			exit(1);
		at = (at + (long)sizeof(buffer)) % size;
		break;
	default:
		exit(2);
	}
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, long count)
{
	qsort(values, count, sizeof(*values), ascending);
	return values[count / 2];
}

int main(int argc, char **argv)
{
	static double cpu[MOST_BATCHES], wall[MOST_BATCHES];
	long batches = 0, most;
	double end;
	int fd = -1;

	if (argc < 4)
		return 2;
	most = atol(argv[3]) / BATCH;
	if (most < 1 || most > MOST_BATCHES)
		most = MOST_BATCHES;
	if (argc > 4 && (fd = open(argv[4], O_RDONLY)) < 0)
		return 1;
	size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	for (int i = 0; i < BATCH; i++)
		call(argv[1][0], fd);
	end = seconds(CLOCK_THREAD_CPUTIME_ID) + atof(argv[2]);
	while (batches < most) {
		double wall_before = seconds(CLOCK_MONOTONIC);
		double before = seconds(CLOCK_THREAD_CPUTIME_ID), after;

		for (int i = 0; i < BATCH; i++)
			call(argv[1][0], fd);
		after = seconds(CLOCK_THREAD_CPUTIME_ID);
		cpu[batches] = (after - before) / BATCH;
		wall[batches++] = (seconds(CLOCK_MONOTONIC) - wall_before) / BATCH;
		if (after > end)
			break;
	}
	printf("%.2f %.2f\n", median(cpu, batches) * 1e9, median(wall, batches) * 1e9);
	return 0;
}

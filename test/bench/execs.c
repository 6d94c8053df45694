/*
 * execs COUNT WORKERS PER_SECOND PROGRAM: starts PROGRAM COUNT times, with its turn as argument, and waits for each. WORKERS processes
 * share that out; PER_SECOND is for all of them together, 0: as fast as it goes. Prints seconds: CPU of all of it, the kernel's work
 * for it included, and wall time. Then it stays until its standard input ends, so that a tracer which started it can be looked at.
 */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int start_all(long first, long end, double per_second, char *program)
{
	long gap_ns = per_second > 0 ? (long)(1e9 / per_second) : 0;
	struct timespec next;

	if (clock_gettime(CLOCK_MONOTONIC, &next))
		return 1;
	for (long turn = first; turn < end; turn++) {
		char text[24];
		char *args[] = { program, text, NULL };
		pid_t pid;

		if (gap_ns) {
			clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
			next.tv_sec += (next.tv_nsec + gap_ns) / 1000000000;
			next.tv_nsec = (next.tv_nsec + gap_ns) % 1000000000;
		}
		snprintf(text, sizeof(text), "%ld", turn);
		if (posix_spawn(&pid, program, NULL, NULL, args, environ) || waitpid(pid, NULL, 0) != pid)
			return 1;
	}
	return 0;
}

static double wall_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* Of the workers, and of all that they have waited for. */
static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_CHILDREN, &usage);
	return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

int main(int argc, char **argv)
{
	int status, failed = 0;
	long count, workers;
	double started;

	if (argc != 5)
		return 2;
	count = atol(argv[1]);
	workers = atol(argv[2]);
	started = wall_seconds();
	for (long worker = 0; worker < workers; worker++) {
		pid_t pid = fork();

		if (pid < 0)
			return 1;
		if (pid == 0)
			_exit(start_all(count * worker / workers, count * (worker + 1) / workers,
					atof(argv[3]) / (double)workers, argv[4]));
	}
	while (wait(&status) > 0)
		failed |= status;
	if (failed)
		return 1;
	printf("%.6f %.6f\n", cpu_seconds(), wall_seconds() - started);
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}

/* reads PER_SECOND SECONDS FILE …: reads one byte so often, of the files in turn, in bursts of a millisecond. */
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { MOST_FILES = 256 };

int main(int argc, char **argv)
{
	int fds[MOST_FILES], files = argc - 3, next_file = 0;
	struct timespec next;
	long per_ms, ms;
	char byte;

	if (files < 1 || files > MOST_FILES)
		return 2;
	per_ms = atol(argv[1]) / 1000;
	ms = atol(argv[2]) * 1000;
	for (int i = 0; i < files; i++)
		if ((fds[i] = open(argv[3 + i], O_RDONLY)) < 0)
			return 1;
	if (clock_gettime(CLOCK_MONOTONIC, &next))
		return 1;
	for (long i = 0; i < ms; i++) {
		for (long j = 0; j < per_ms; j++) {
			if (pread(fds[next_file], &byte, 1, 0) != 1)
				return 1;
			next_file = (next_file + 1) % files;
		}
		next.tv_nsec += 1000000;
		if (next.tv_nsec >= 1000000000) {
			next.tv_nsec -= 1000000000;
			next.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
	return 0;
}

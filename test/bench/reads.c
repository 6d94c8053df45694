/* reads PER_SECOND SECONDS FILE: reads one byte of FILE so often, in bursts of a millisecond. */
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;

	long per_ms = atol(argv[1]) / 1000, ms = atol(argv[2]) * 1000;
	int fd = open(argv[3], O_RDONLY);
	struct timespec next;
	char byte;

	if (fd < 0 || clock_gettime(CLOCK_MONOTONIC, &next))
		return 1;
	for (long i = 0; i < ms; i++) {
		for (long j = 0; j < per_ms; j++)
			if (pread(fd, &byte, 1, 0) != 1)
				return 1;
		next.tv_nsec += 1000000;
		if (next.tv_nsec >= 1000000000) {
			next.tv_nsec -= 1000000000;
			next.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
	return 0;
}

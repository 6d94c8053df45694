/*
 * calls [FILE [RARE]]: reads lines "KIND SECONDS MOST", makes for each of them one system call over and over, for SECONDS of CPU or
 * MOST times (0: no limit), and prints how long one took: nanoseconds of this thread's CPU, then of wall time, how many there were,
 * and in how many runs. Each run of 200 calls, or of fewer when MOST is low, is timed by itself and the median told, so that an
 * interrupt or another program on this CPU counts for nothing. With RARE each run is of 1000 calls, the last of which is on RARE
 * instead of FILE.
 *
 * One process makes all calls that are compared: in another one the same buffer lies in other pages, which alone makes 64 KiB reads
 * some percent faster or slower.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
	MOST_BATCHES = 1 << 18,
	USUAL_BATCH = 200,
	RARE_BATCH = 1000,
	/* Of few calls so many batches are made, as long as their clock is nothing beside them. */
	FEW_BATCHES = 30,
	LEAST_BATCH = 20,
};

struct file {
	const char *path;
	int fd;
	long size;
};

static char buffer[64 << 10];
static long at;
static int listener = -1;
static struct sockaddr_in address;

static double seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void start_listening(void)
{
	socklen_t length = sizeof(address);

	if (listener >= 0)
		return;
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) || listen(listener, 16) ||
	    getsockname(listener, (struct sockaddr *)&address, &length))
		fail("listen");
}

/* A connection to ourselves and its end: by a reset, or the ports would be used up after seconds. */
static void connect_once(void)
{
	static const struct linger reset = { .l_onoff = 1 };
	int client = socket(AF_INET, SOCK_STREAM, 0), server;

	if (connect(client, (struct sockaddr *)&address, sizeof(address)))
		fail("connect");
	server = accept(listener, NULL, NULL);
	if (server < 0 || setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)))
		fail("accept");
	close(client);
	close(server);
}

static void call(char kind, const struct file *file)
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
	case 'o':
		close((int)syscall(SYS_openat, AT_FDCWD, file->path, O_RDONLY));
		break;
	case 'r':
		syscall(SYS_pread64, file->fd, buffer, 1, 0);
		break;
	case 'w':
		syscall(SYS_pwrite64, file->fd, buffer, 1, 0);
		break;
	case 'b':
		/* From end to end of a large file: a copy that stays in the CPU's cache would be no read that anybody does. */
		if (syscall(SYS_pread64, file->fd, buffer, sizeof(buffer), at) != sizeof(buffer))
			fail("pread");
		at = (at + (long)sizeof(buffer)) % file->size;
		break;
	case 'c':
		connect_once();
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
	qsort(values, (size_t)count, sizeof(*values), ascending);
	return values[count / 2];
}

static void make_batch(char kind, const struct file *usual, const struct file *rare, int batch)
{
	for (int i = 0; i < batch - 1; i++)
		call(kind, usual);
	call(kind, rare);
}

/* How many calls are timed together. */
static int batch_of(long most, int has_rare)
{
	long fitting = most / FEW_BATCHES;

	if (has_rare)
		return RARE_BATCH;
	if (most <= 0 || fitting >= USUAL_BATCH)
		return USUAL_BATCH;
	return fitting > LEAST_BATCH ? (int)fitting : LEAST_BATCH;
}

static void measure(char kind, double limit, long most, const struct file *files, int batch)
{
	static double cpu[MOST_BATCHES], wall[MOST_BATCHES];
	const struct file *rare = files[1].path ? &files[1] : &files[0];
	/* One goes to warm up. */
	long batches = 0, most_batches = most > 0 ? most / batch - 1 : MOST_BATCHES;
	double end;

	if (most_batches < 1 || most_batches > MOST_BATCHES)
		most_batches = MOST_BATCHES;
	if (kind == 'c')
		start_listening();
	make_batch(kind, &files[0], rare, batch);
	end = seconds(CLOCK_THREAD_CPUTIME_ID) + limit;
	while (batches < most_batches) {
		double wall_before = seconds(CLOCK_MONOTONIC);
		double before = seconds(CLOCK_THREAD_CPUTIME_ID), after;

		make_batch(kind, &files[0], rare, batch);
		after = seconds(CLOCK_THREAD_CPUTIME_ID);
		cpu[batches] = (after - before) / batch;
		wall[batches++] = (seconds(CLOCK_MONOTONIC) - wall_before) / batch;
		if (after > end)
			break;
	}
	printf("%.2f %.2f %ld %ld\n", median(cpu, batches) * 1e9, median(wall, batches) * 1e9,
	       (batches + 1) * batch, batches);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct file files[2] = { { .fd = -1 }, { .fd = -1 } };
	double limit;
	char kind;
	long most;

	for (int i = 0; i < 2 && i + 1 < argc; i++) {
		files[i].path = argv[i + 1];
		files[i].fd = open(argv[i + 1], O_RDWR | O_CLOEXEC);
		if (files[i].fd < 0)
			fail(argv[i + 1]);
		files[i].size = lseek(files[i].fd, 0, SEEK_END);
	}
	while (scanf(" %c %lf %ld", &kind, &limit, &most) == 3)
		measure(kind, limit, most, files, batch_of(most, files[1].path != NULL));
	return 0;
}

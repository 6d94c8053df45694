/*
 * feed OBJECT PID POLICY HOOK PER_SECOND SECONDS: loads OBJECT (feed.bpf.c) onto the maps of the Trigon that runs in process PID,
 * and posts records of that policy and hook into its ring, a batch each millisecond. Prints how many, and the seconds it took:
 * more than asked for when this rate is more than one processor can post.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

struct feed_request {
	__u32 count, policy, hook;
};

static int fail(const char *what)
{
	perror(what);
	return 1;
}

/* The number of the map behind a descriptor of another process, or 0. */
static __u32 map_id_of(const char *folder, const char *name)
{
	char path[512], line[128];
	__u32 id = 0;
	FILE *info;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	info = fopen(path, "r");
	if (!info)
		return 0;
	while (fgets(line, sizeof(line), info))
		if (sscanf(line, "map_id: %u", &id) == 1)
			break;
	fclose(info);
	return id;
}

/* Lets a map of the object be the process's map of that name. */
static int take_map(struct bpf_map *map, const char *folder)
{
	const char *name = bpf_map__name(map);
	DIR *descriptors = opendir(folder);
	const struct dirent *entry;
	int error = -1;

	if (!descriptors)
		return -1;
	while (error && (entry = readdir(descriptors))) {
		struct bpf_map_info info = { 0 };
		__u32 size = sizeof(info), id = map_id_of(folder, entry->d_name);
		int fd = id ? bpf_map_get_fd_by_id(id) : -1;

		if (fd < 0)
			continue;
		if (!bpf_obj_get_info_by_fd(fd, &info, &size) && !strcmp(info.name, name))
			error = bpf_map__reuse_fd(map, fd);
		close(fd);
	}
	closedir(descriptors);
	return error;
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);
	struct feed_request request = { 0 };
	struct bpf_object *object;
	struct bpf_map *map;
	char folder[64];
	long ms, posted = 0;
	double begin;
	int program;

	if (argc != 7)
		return 2;
	object = bpf_object__open_file(argv[1], NULL);
	if (!object)
		return fail(argv[1]);
	snprintf(folder, sizeof(folder), "/proc/%s/fdinfo", argv[2]);
	/* One that the process doesn't have is one that the program doesn't use, or it isn't loaded. */
	bpf_object__for_each_map(map, object)
		if (take_map(map, folder))
			bpf_map__set_autocreate(map, false);
	if (bpf_object__load(object))
		return fail("load");
	program = bpf_program__fd(bpf_object__find_program_by_name(object, "feed"));

	request.policy = strtoul(argv[3], NULL, 10);
	request.hook = strtoul(argv[4], NULL, 10);
	request.count = strtoul(argv[5], NULL, 10) / 1000;
	ms = atol(argv[6]) * 1000;
	options.ctx_in = &request;
	options.ctx_size_in = sizeof(request);
	begin = seconds_now();
	for (long i = 1; i <= ms; i++) {
		double wait;

		if (bpf_prog_test_run_opts(program, &options))
			return fail("run");
		if (options.retval) {
			fprintf(stderr, "Trigon does not know this process yet\n");
			return 1;
		}
		posted += request.count;
		wait = begin + i / 1e3 - seconds_now();
		if (wait > 0)
			usleep(wait * 1e6);
	}
	printf("%ld %f\n", posted, seconds_now() - begin);
	return 0;
}

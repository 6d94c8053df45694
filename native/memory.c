/* SPDX-License-Identifier: Apache-2.0 */
/* What BPF programs and maps take of the kernel's memory. bpf(2) doesn't tell; fdinfo does. */
#include "memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

int kernel_memory(int fd, uint64_t *bytes)
{
	char path[64], line[256];
	int error = -ENODATA;
	FILE *file;

	/* thread-self: a worker's descriptors are the process's, and this is right for any caller. */
	snprintf(path, sizeof(path), "/proc/thread-self/fdinfo/%d", fd);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	while (error && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "memlock: %" SCNu64, bytes) == 1)
			error = 0;
	}
	fclose(file);
	return error;
}

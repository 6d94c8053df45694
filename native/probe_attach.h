/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_PROBE_ATTACH_H
#define TRIGON_PROBE_ATTACH_H

#include <stdint.h>

#include "arguments.h"

/* How and where a program is attached for a moment. */
struct attachment {
	char way[NAME_BYTES];
	/* A function, a raw tracepoint, a cgroup's folder or an executable; "" where none is needed. */
	char target[NAME_BYTES];
	uint32_t attach_type;	/* enum bpf_attach_type */
	uint32_t perf_type;	/* struct perf_event_attr: type, config, and config2 or probe_offset */
	uint64_t perf_config;
	uint32_t offset;
};

/*
 * Attaches and detaches at once. 0, or a negative errno; -EOPNOTSUPP also for a way it doesn't know.
 * Nothing stays attached, also not when it fails.
 */
int attach_for_a_moment(int program, const struct attachment *attachment);

#endif

/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Where exec records are put together.
 */
#ifndef TRIGON_EXEC_SCRATCH_H
#define TRIGON_EXEC_SCRATCH_H

#include "kernel.h"
#include "events.h"

/* An exec record with room for its texts. Built per CPU and copied out at its real size. */
#define TG_EXEC_TEXT_MAX (3 * TG_PATH_MAX + TG_ARGS_MAX + TG_CGROUP_MAX + TG_ENVIRONMENT_MAX)

struct exec_scratch {
	struct tg_exec_record record;
	char text[TG_EXEC_TEXT_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct exec_scratch);
} exec_scratches SEC(".maps");

#endif

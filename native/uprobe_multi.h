/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_UPROBE_MULTI_H
#define TRIGON_UPROBE_MULTI_H

#include <stdbool.h>
#include <stdint.h>

/* enum bpf_attach_type has it since 6.6; headers of older distributions don't. */
#define TRACE_UPROBE_MULTI 48

struct uprobe_multi {
	const char *path;
	const uint64_t *offsets;
	const uint64_t *ref_counters;	/* NULL: none has one */
	const uint64_t *cookies;	/* NULL: all are 0 */
	uint32_t count;
	bool returns;
	uint32_t pid;			/* 0: all processes */
};

/* The link's descriptor, or a negative errno. libbpf 1.1 can't make this kind of link. */
int uprobe_multi_link(int program, const struct uprobe_multi *target);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_MAP_H
#define TRIGON_MAP_H

#include <node_api.h>
#include <stddef.h>
#include <stdint.h>

#include "object.h"

/* What a map is, as the kernel reports it: this, not the object file, decides what it copies. */
struct map_shape {
	uint32_t type;
	uint32_t key_size;
	uint32_t value_size;	/* bytes of one value; of one CPU's in a per-CPU map */
	uint32_t max_entries;
};

struct map {
	struct part part;
	struct bpf_map *bpf;	/* the object's; valid while the part has an owner */
	struct map_shape shape;
	size_t element_size;	/* bytes the kernel copies for one element, all CPUs included */
};

/* The map behind a handle whose object is still open, or NULL with an exception pending. */
struct map *map_read(napi_env env, napi_value value, const char *operation);

/* Adds the map functions to the addon's exports. */
napi_status map_define(napi_env env, napi_value exports);

#endif

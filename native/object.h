/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIGON_OBJECT_H
#define TRIGON_OBJECT_H

#include <node_api.h>
#include <stdbool.h>

#include <bpf/libbpf.h>

enum object_state {
	OBJECT_OPEN,	/* may still be configured */
	OBJECT_LOADED,	/* programs and maps exist in the kernel */
	OBJECT_FAILED,	/* the load was refused; only closing is left */
};

/* A map known by another name than libbpf's: reusing a descriptor renames libbpf's map after it. */
struct alias {
	struct alias *next;
	struct bpf_map *map;
	char name[];
};

/*
 * Something that lives inside an object (a link, a map, a ring) and has a JS handle of its own. The
 * object lists its parts, so closing it first releases them and then cuts their `owner`: a part
 * may be collected before or after its object, and one that outlives it can tell.
 */
struct part {
	struct object *owner;	/* NULL once released or once the object was closed */
	struct part *next;
	struct part **slot;
	void (*release)(struct part *part);
	char *name;
};

struct object {
	char *name;
	struct bpf_object *bpf;	/* NULL once closed */
	enum object_state state;
	struct alias *aliases;
	struct part *parts;
};

/* The open object behind a handle, or NULL with an exception pending. */
struct object *object_read(napi_env env, napi_value value, const char *operation);

/* As object_read, and the object must be loaded. */
struct object *object_read_loaded(napi_env env, napi_value value, const char *operation);

/*
 * As object_read, and the object must not be loaded: most settings only count before, and writing a
 * loaded .rodata would be a fault.
 */
struct object *object_read_unloaded(napi_env env, napi_value value, const char *operation);

/* The map of that name, or NULL with an exception pending. */
struct bpf_map *object_map(napi_env env, struct object *object, const char *operation,
			   const char *name);

/* Makes `part` one of the object's; false when there is no memory, the part then stays unlisted. */
bool part_join(struct part *part, struct object *owner, const char *name,
	       void (*release)(struct part *part));

/* Releases what the part holds and leaves the object; does nothing the second time. */
void part_release(struct part *part);

/* Adds the object functions to the addon's exports. */
napi_status object_define(napi_env env, napi_value exports);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* BPF objects: open, configure, load, close. */
#include "object.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "arguments.h"
#include "error.h"
#include "handle.h"
#include "map.h"
#include "program.h"
#include "user_reads.h"

static void object_close(struct object *object)
{
	/* Links go before the programs they run: the kernel detaches while the object is whole. */
	while (object->parts)
		part_release(object->parts);

	bpf_object__close(object->bpf);
	object->bpf = NULL;

	while (object->aliases) {
		struct alias *alias = object->aliases;

		object->aliases = alias->next;
		free(alias);
	}
}

static void object_dispose(void *structure)
{
	struct object *object = structure;

	object_close(object);
	free(object->name);
	free(object);
}

static const struct handle_kind object_kind = {
	.tag = { 0x7472696766f5a001, 0x9b1c0b5e2f5d4a01 },
	.what = "BPF object",
	.dispose = object_dispose,
};

bool part_join(struct part *part, struct object *owner, const char *name,
	       void (*release)(struct part *part))
{
	part->name = strdup(name);
	if (!part->name)
		return false;

	part->release = release;
	part->owner = owner;
	part->next = owner->parts;
	part->slot = &owner->parts;
	if (part->next)
		part->next->slot = &part->next;
	owner->parts = part;
	return true;
}

void part_release(struct part *part)
{
	if (!part->owner)
		return;

	if (part->release)
		part->release(part);
	*part->slot = part->next;
	if (part->next)
		part->next->slot = part->slot;
	part->owner = NULL;
}

struct object *object_read(napi_env env, napi_value value, const char *operation)
{
	struct object *object = handle_read(env, value, &object_kind);

	if (object && !object->bpf) {
		throw_failure(env, EBADF, NULL, "%s: object '%s' is closed", operation, object->name);
		return NULL;
	}
	return object;
}

struct object *object_read_loaded(napi_env env, napi_value value, const char *operation)
{
	struct object *object = object_read(env, value, operation);

	if (object && object->state != OBJECT_LOADED) {
		throw_failure(env, EINVAL, NULL, "%s: object '%s' is not loaded", operation,
			      object->name);
		return NULL;
	}
	return object;
}

struct object *object_read_unloaded(napi_env env, napi_value value, const char *operation)
{
	struct object *object = object_read(env, value, operation);

	if (object && object->state != OBJECT_OPEN) {
		throw_failure(env, EBUSY, NULL, "%s: object '%s' was already loaded", operation,
			      object->name);
		return NULL;
	}
	return object;
}

struct bpf_map *object_map(napi_env env, struct object *object, const char *operation,
			   const char *name)
{
	struct bpf_map *map;

	for (struct alias *alias = object->aliases; alias; alias = alias->next) {
		if (!strcmp(alias->name, name))
			return alias->map;
	}

	map = bpf_object__find_map_by_name(object->bpf, name);
	if (!map)
		throw_failure(env, ENOENT, NULL, "%s: object '%s' has no map '%s'", operation,
			      object->name, name);
	return map;
}

/* Returns NULL with an errno. */
static struct bpf_object *open_copy(void *elf, size_t length, const char *name, bool user_reads)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = name);

	errno = user_reads ? keep_user_reads() : 0;
	return errno ? NULL : bpf_object__open_mem(elf, length, &options);
}

static napi_value object_open(napi_env env, napi_callback_info info)
{
	napi_value values[3];
	char name[NAME_BYTES];
	struct bytes elf;
	struct object *object;
	bool user_reads;
	void *copy;
	int error;

	if (!read_arguments(env, info, 3, values) ||
	    !read_bytes(env, values[0], "the object file", &elf) ||
	    !read_name(env, values[1], "the object name", name) ||
	    !read_bool(env, values[2], "whether reads of user memory are kept", &user_reads))
		return NULL;
	if (!elf.length)
		return throw_failure(env, EINVAL, NULL, "open object '%s': the file is empty", name);

	object = calloc(1, sizeof(*object));
	if (!object || !(object->name = strdup(name))) {
		free(object);
		return throw_failure(env, ENOMEM, NULL, "open object '%s'", name);
	}

	/* A view into a larger buffer may start anywhere, and ELF structures want alignment. */
	copy = malloc(elf.length);
	if (copy) {
		memcpy(copy, elf.data, elf.length);
		object->bpf = open_copy(copy, elf.length, name, user_reads);
	}
	error = errno;
	/* libbpf has copied what it keeps. */
	free(copy);
	if (!object->bpf) {
		object_dispose(object);
		return throw_failure(env, error, NULL, "open object '%s'", name);
	}
	return handle_create(env, &object_kind, object, NULL);
}

/* The section a named variable lies in, or NULL. Only sections that become writable maps count. */
static const char *find_variable(const struct btf *btf, const char *name,
				 struct btf_var_secinfo *found)
{
	const __u32 types = btf ? btf__type_cnt(btf) : 0;

	for (__u32 id = 1; id < types; id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);
		const struct btf_var_secinfo *variable;
		const char *section;

		if (!btf_is_datasec(type))
			continue;
		section = btf__name_by_offset(btf, type->name_off);
		if (!section)
			continue;
		if (strncmp(section, ".rodata", 7) && strncmp(section, ".data", 5) &&
		    strncmp(section, ".bss", 4))
			continue;

		variable = btf_var_secinfos(type);
		for (__u32 i = 0; i < btf_vlen(type); i++, variable++) {
			const struct btf_type *declared = btf__type_by_id(btf, variable->type);
			/* libbpf 1.1 does not check these references; a damaged file must not crash us. */
			const char *known = declared ? btf__name_by_offset(btf, declared->name_off) : NULL;

			if (known && !strcmp(known, name)) {
				*found = *variable;
				return section;
			}
		}
	}
	return NULL;
}

static napi_value object_set_global(napi_env env, napi_callback_info info)
{
	napi_value values[3];
	char name[NAME_BYTES];
	struct bytes bytes;
	struct btf_var_secinfo variable;
	struct object *object;
	struct bpf_map *map;
	const char *section;
	size_t size = 0;
	uint8_t *content;

	if (!read_arguments(env, info, 3, values) ||
	    !(object = object_read_unloaded(env, values[0], "set global")) ||
	    !read_name(env, values[1], "the variable name", name) ||
	    !read_bytes(env, values[2], "the variable's bytes", &bytes))
		return NULL;

	section = find_variable(bpf_object__btf(object->bpf), name, &variable);
	if (!section)
		return throw_failure(env, ENOENT, NULL, "set global: object '%s' has no variable '%s'",
				     object->name, name);
	if (bytes.length > variable.size)
		return throw_failure(env, E2BIG, NULL,
				     "set global: variable '%s' of object '%s' has %u bytes, not %zu",
				     name, object->name, variable.size, bytes.length);

	/* The content is ours to write until the load; libbpf 1.1 only forgot to drop the const. */
	map = bpf_object__find_map_by_name(object->bpf, section);
	content = map ? (uint8_t *)bpf_map__initial_value(map, &size) : NULL;
	if (!content || variable.offset > size || bytes.length > size - variable.offset)
		return throw_failure(env, EINVAL, NULL,
				     "set global: section %s of object '%s' cannot be written", section,
				     object->name);
	if (bytes.length)
		memcpy(content + variable.offset, bytes.data, bytes.length);
	return NULL;
}

static napi_value object_set_max_entries(napi_env env, napi_callback_info info)
{
	napi_value values[3];
	char name[NAME_BYTES];
	struct object *object;
	struct bpf_map *map;
	uint32_t entries;
	int error;

	if (!read_arguments(env, info, 3, values) ||
	    !(object = object_read_unloaded(env, values[0], "set max entries")) ||
	    !read_name(env, values[1], "the map name", name) ||
	    !read_u32(env, values[2], "the number of entries", &entries) ||
	    !(map = object_map(env, object, "set max entries", name)))
		return NULL;

	error = bpf_map__set_max_entries(map, entries);
	if (error)
		return throw_failure(env, error, NULL, "set max entries of map '%s' to %u", name,
				     entries);
	return NULL;
}

static napi_value object_set_autoload(napi_env env, napi_callback_info info)
{
	napi_value values[3];
	char name[NAME_BYTES];
	struct object *object;
	struct bpf_program *program;
	bool load;
	int error;

	if (!read_arguments(env, info, 3, values) ||
	    !(object = object_read_unloaded(env, values[0], "set autoload")) ||
	    !read_name(env, values[1], "the program name", name) ||
	    !read_bool(env, values[2], "load", &load) ||
	    !(program = program_find(env, object, "set autoload", name)))
		return NULL;

	error = bpf_program__set_autoload(program, load);
	if (error)
		return throw_failure(env, error, name, "set autoload of program '%s'", name);
	return NULL;
}

static bool keep_name(struct object *object, struct bpf_map *map, const char *name)
{
	struct alias *alias;

	if (!strcmp(bpf_map__name(map), name))
		return true;
	alias = malloc(sizeof(*alias) + strlen(name) + 1);
	if (!alias)
		return false;
	strcpy(alias->name, name);
	alias->map = map;
	alias->next = object->aliases;
	object->aliases = alias;
	return true;
}

static napi_value object_reuse_map(napi_env env, napi_callback_info info)
{
	napi_value values[3];
	char name[NAME_BYTES];
	struct object *object;
	struct bpf_map *map;
	const struct map *given;
	int error;

	if (!read_arguments(env, info, 3, values) ||
	    !(object = object_read_unloaded(env, values[0], "reuse map")) ||
	    !read_name(env, values[1], "the map name", name) ||
	    !(map = object_map(env, object, "reuse map", name)) ||
	    !(given = map_read(env, values[2], "reuse map")))
		return NULL;

	/* libbpf takes any descriptor; programs built for another shape would fail obscurely. */
	if (bpf_map__type(map) != given->shape.type ||
	    bpf_map__key_size(map) != given->shape.key_size ||
	    bpf_map__value_size(map) != given->shape.value_size)
		return throw_failure(env, EINVAL, NULL,
				     "reuse map: '%s' of object '%s' is of type %d with %u byte keys and %u "
				     "byte values, the given '%s' of type %u with %u and %u",
				     name, object->name, bpf_map__type(map), bpf_map__key_size(map),
				     bpf_map__value_size(map), given->part.name, given->shape.type,
				     given->shape.key_size, given->shape.value_size);

	error = bpf_map__reuse_fd(map, bpf_map__fd(given->bpf));
	if (error)
		return throw_failure(env, error, NULL, "reuse map '%s' of object '%s'", name,
				     object->name);
	if (!keep_name(object, map, name))
		return throw_failure(env, ENOMEM, NULL, "reuse map '%s' of object '%s'", name,
				     object->name);
	return NULL;
}

static napi_value object_load(napi_env env, napi_callback_info info)
{
	napi_value values[1];
	struct object *object;
	int error;

	if (!read_arguments(env, info, 1, values) ||
	    !(object = object_read_unloaded(env, values[0], "load")))
		return NULL;

	error = bpf_object__load(object->bpf);
	object->state = error ? OBJECT_FAILED : OBJECT_LOADED;
	if (error)
		return throw_failure(env, error, NULL, "load object '%s'", object->name);
	return NULL;
}

static napi_value object_close_handle(napi_env env, napi_callback_info info)
{
	napi_value values[1];
	struct object *object;

	if (!read_arguments(env, info, 1, values) ||
	    !(object = handle_read(env, values[0], &object_kind)))
		return NULL;
	object_close(object);
	return NULL;
}

napi_status object_define(napi_env env, napi_value exports)
{
	const napi_property_descriptor functions[] = {
		{ .utf8name = "objectOpen", .method = object_open },
		{ .utf8name = "objectSetGlobal", .method = object_set_global },
		{ .utf8name = "objectSetMaxEntries", .method = object_set_max_entries },
		{ .utf8name = "objectSetAutoload", .method = object_set_autoload },
		{ .utf8name = "objectReuseMap", .method = object_reuse_map },
		{ .utf8name = "objectLoad", .method = object_load },
		{ .utf8name = "objectClose", .method = object_close_handle },
	};

	return napi_define_properties(env, exports, sizeof(functions) / sizeof(functions[0]),
				      functions);
}
